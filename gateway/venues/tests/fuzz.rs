//! Thousands of frames at the control socket of a running engine: good commands of every kind, and such
//! with bytes or fields changed. Each whole frame gets exactly one answer, in order; the run goes on, ends
//! in good order, and its replay is the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, Running, resume, stop};
use royale_codec::control::{
    Command as Ask, MarketRegime, MarketState, Reply, Request, Response, Share, decode,
};
use royale_codec::swap::{ModulePart, OrdersChoice, StrategyChoice, Swap};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::os::unix::net::UnixStream;

const FRAMES: u64 = 4_000;

/// SplitMix64: the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
    fn of<T: Clone>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len() as u64) as usize].clone()
    }
    fn slot(&mut self) -> String {
        let names =
            ["trend", "imbalance", "market-maker", "3", "0", "", "63", "64", "nobody", "-1"];
        self.of(&names).to_owned()
    }
    fn reason(&mut self) -> String {
        let words = ["drill", "", "σκοπός", "a \"quoted\" one", "line\nbreak", "\u{0}"];
        match self.below(8) {
            0 => "long ".repeat(self.below(300) as usize),
            _ => self.of(&words).to_owned(),
        }
    }
}

/// Any command but the one that would end the run.
fn ask(dice: &mut Dice) -> Ask {
    let (slot, reason) = (dice.slot(), dice.reason());
    match dice.below(16) {
        0 => Ask::Status {},
        1 => Ask::Halt { reason },
        2 => Ask::Resume { reason },
        3 => Ask::Quarantine { slot, reason },
        4 => Ask::Release { slot, reason },
        5 => Ask::Rollback { slot, reason },
        6 => Ask::Freeze { reason },
        7 => Ask::Unfreeze { reason },
        8 => Ask::Latency { histogram: None },
        9 => {
            let data = dice.of(&["AAEC", "", "A", "====", "AAECAAEC"]).to_owned();
            let (total, offset) = (dice.of(&[3, 0, 6, u32::MAX]), dice.of(&[0, 3, u32::MAX]));
            let sha256 = dice.of(&["00", "fF", "x", ""]).repeat(32);
            Ask::Module(Box::new(ModulePart { sha256, total, offset, data }))
        }
        10..=12 => {
            let count = dice.of(&[0, 1, 1, 2, 6, 64, 65]);
            let share = |_| Share {
                slot: dice.slot(),
                bp: dice.of(&[0, 1, 100, 1_600, 9_999, 10_000, u16::MAX]),
            };
            let shares = (0..count).map(share).collect();
            let state = dice.of(&[MarketState::Bull, MarketState::Bear, MarketState::Sideways]);
            let regime = MarketRegime { state, bp: dice.of(&[0, 3_333, 10_000, u16::MAX]) };
            Ask::Allocate { shares, regime: dice.of(&[None, Some(regime)]), reason }
        }
        _ => Ask::Swap(Box::new(swap(dice, slot, reason))),
    }
}

fn swap(dice: &mut Dice, slot: String, reason: String) -> Swap {
    let names = ["trend", "imbalance", "mean-reversion", "fair-value", "tredn", ""];
    let strategy = match dice.below(8) {
        0 => StrategyChoice::Vacant {},
        1 => StrategyChoice::Module { sha256: dice.of(&["00", "zz"]).repeat(32) },
        _ => StrategyChoice::Native { name: dice.of(&names).to_owned() },
    };
    let mut params = BTreeMap::new();
    for _ in 0..dice.of(&[0, 0, 0, 1, 2]) {
        let name = dice.of(&["fast_s", "slow_s", "symbol", "nonsense", ""]);
        params.insert(name.to_owned(), dice.of(&["20", "-1", "NaN", "1e400", ""]).to_owned());
    }
    let listen = |dice: &mut Dice| dice.of(&[0, 0, 1, 50, 1_000, 86_400_000, u64::MAX]);
    Swap {
        slot,
        strategy,
        params,
        carry: dice.below(3) == 0,
        shadow_ms: listen(dice),
        probation_ms: listen(dice),
        orders: dice.of(&[OrdersChoice::HandOver, OrdersChoice::Cancel]),
        dry_run: dice.below(4) == 0,
        reason,
    }
}

/// A frame's body: a request, whole or with something changed.
fn body(dice: &mut Dice, id: u64) -> Vec<u8> {
    let request = Request::new(id, ask(dice));
    match dice.below(4) {
        // Bounds that only the protocol's check holds are left to the engine, too.
        0 | 1 => serde_json::to_vec(&request).unwrap(),
        2 => {
            let mut value = serde_json::to_value(&request).unwrap();
            for _ in 0..=dice.below(2) {
                change(dice, &mut value);
            }
            serde_json::to_vec(&value).unwrap()
        }
        _ => scramble(dice, serde_json::to_vec(&request).unwrap()),
    }
}

/// Changes a field somewhere: gone, another, or of another type.
fn change(dice: &mut Dice, value: &mut Value) {
    let other = [
        json!(null),
        json!(-1),
        json!(u64::MAX),
        json!(1e308),
        json!(""),
        json!("status"),
        json!([]),
        json!({}),
        json!({"type": "freeze"}),
        json!([[[[]]]]),
        json!(true),
        json!("x".repeat(5_000)),
    ];
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = dice.of(&names);
            match dice.below(5) {
                0 => drop(fields.remove(&name)),
                1 => drop(fields.insert("unheard_of".to_owned(), dice.of(&other))),
                2 => drop(fields.insert(name, dice.of(&other))),
                _ => change(dice, fields.get_mut(&name).unwrap()),
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let at = dice.below(list.len() as u64) as usize;
            match dice.below(3) {
                0 => list.push(list[at].clone()),
                _ => change(dice, &mut list[at]),
            }
        }
        leaf => *leaf = dice.of(&other),
    }
}

/// Changes bytes, takes some out, or puts some in.
fn scramble(dice: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    for _ in 0..=dice.below(4) {
        let at = dice.below(body.len().max(1) as u64) as usize;
        match dice.below(4) {
            0 => body.truncate(at),
            1 => body.insert(at.min(body.len()), dice.below(256) as u8),
            2 if at < body.len() => drop(body.remove(at)),
            _ if at < body.len() => body[at] ^= 1 << dice.below(8),
            _ => {}
        }
    }
    body
}

fn framed(body: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(body.len()).unwrap().to_le_bytes().to_vec();
    frame.extend(body);
    frame
}

/// What became of the frames.
#[derive(Default, Debug)]
struct Tally {
    malformed: u32,
    refused: u32,
    swapped: u32,
    answered: u32,
    places: BTreeSet<u64>,
}

impl Tally {
    /// The one answer to a frame: by the protocol's own reading of it, the answer to a request or to
    /// something that is none.
    fn take(&mut self, body: &[u8], answer: Option<Response>) {
        let text = || String::from_utf8_lossy(body).into_owned();
        let answer = answer.unwrap_or_else(|| panic!("no answer to {}", text()));
        let Ok(request) = decode::<Request>(body) else {
            let refusal = answer.result.expect_err(&text());
            assert_eq!((answer.id, refusal.code.as_str()), (0, "malformed"), "{}", text());
            self.malformed += 1;
            return;
        };
        assert_eq!(answer.id, request.id, "an answer to another question than {}", text());
        match answer.result {
            Err(refusal) => {
                // Was: an allocation that named nobody held everybody's line until the deadline.
                let is_answer = !["malformed", "timeout"].contains(&refusal.code.as_str());
                assert!(is_answer, "{refusal:?} of {}", text());
                assert!(!refusal.message.is_empty() && !refusal.remedy.is_empty(), "{refusal:?}");
                self.refused += 1;
            }
            Ok(Reply::Accepted { seq }) => {
                assert!(self.places.insert(seq), "two commands at place {seq}");
            }
            Ok(Reply::Swapped(_)) => self.swapped += 1,
            Ok(_) => self.answered += 1,
        }
    }
}

/// A stream whose very lengths are wrong: it may be cut off or left waiting, and nobody else notices.
fn broken_stream(dice: &mut Dice, run: &Running) {
    let mut stream = UnixStream::connect(&run.socket).unwrap();
    let mut bytes = Vec::new();
    for id in 0..dice.below(4) {
        bytes.extend(framed(&serde_json::to_vec(&Request::new(id, Ask::Status {})).unwrap()));
    }
    // It may be cut off while it still speaks.
    let _ = stream.write_all(&scramble(dice, bytes));
}

#[test]
fn every_frame_is_answered_once_and_the_run_goes_on() {
    let desk = Desk::new();
    let run = desk.start("out", &["run.speed=1x", "run.max_idle_gap_ms=100"]);
    let mut dice = Dice(2_026);
    let mut client = run.client();
    let (mut tally, mut sent) = (Tally::default(), 0);
    let mut seq = client.status().seq;
    while sent < FRAMES {
        // Some at once, some one by one.
        let bodies: Vec<_> =
            (0..1 + dice.below(6)).map(|nth| body(&mut dice, 1_000_000 + sent + nth)).collect();
        sent += bodies.len() as u64;
        client
            .stream
            .write_all(&bodies.iter().flat_map(|body| framed(body)).collect::<Vec<_>>())
            .unwrap();
        for body in &bodies {
            tally.take(body, client.hear());
        }
        if dice.below(8) == 0 {
            broken_stream(&mut dice, &run);
        }
        if dice.below(100) == 0 {
            // Nothing was left unread, and the market goes on: halted or not, the engine hears it.
            let now = client.status().seq;
            run.reach(now + 3);
            assert!(now > seq, "the sequencer stands at {now}");
            seq = now;
        }
    }
    assert!(tally.malformed > 500 && tally.refused > 300 && tally.answered > 100, "{tally:?}");
    assert!(tally.swapped > 100 && tally.places.len() > 200, "{tally:?}");

    client.command(resume());
    run.reach(client.status().seq + 100);
    client.command(stop());
    run.end().with(0, &[]);
    desk.replay("out").with(0, &[]);
}

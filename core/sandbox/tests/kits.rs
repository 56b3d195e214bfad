//! The authors' kits: what is checked in as a module passes inspection, and is the strategy that it
//! says it is. `kits/rebuild.sh` holds the modules against their sources.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

#[path = "kit/cross.rs"]
mod cross;
#[path = "kit/dip.rs"]
mod dip;
mod duel;
mod kit;

use cross::{Cross, Watch};
use dip::Dip;
use duel::{Answer, Duel};
use kit::{recording, settings};
use proptest::arbitrary::any;
use proptest::sample::select;
use proptest::strategy::{Just, Strategy as Generator};
use proptest::test_runner::Config;
use proptest::{prop_oneof, proptest};
use royale_engine::Strategy;
use royale_model::*;
use royale_sandbox::{Guest, Host, Limits, Module, StartError};

/// `dip` in each language.
const DIPS: [&str; 4] = [
    "c/dip-c.wasm",
    "assemblyscript/dip-assemblyscript.wasm",
    "rust/dip-rust.wasm",
    "wat/dip-wat.wasm",
];
/// `ema-cross`, which hands its state over, also from one language to the other.
const EMA_CROSSES: [&str; 2] = ["c/ema-cross-c.wasm", "rust/ema-cross-rust.wasm"];
/// `mid-cross`, which watches a book.
const MID_CROSS: &str = "c/mid-cross-c.wasm";

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(kit::folder("kits").join(path)).unwrap()
}

fn host() -> Host {
    Host::new(&Limits { guests_max: 8, ..Limits::default() }).unwrap()
}

fn start(
    host: &Host,
    path: &str,
    parameters: &[(&str, f64)],
    table: &[Instrument],
) -> Result<Guest, StartError> {
    host.module(&bytes(path)).unwrap().instantiate(&settings(parameters), table)
}

/// Native first, then every language.
fn dips(modules: &[Module], drop: f64, table: &[Instrument]) -> Duel {
    let high = Price::ZERO;
    let native = Dip { drop: Price::from_f64_on_grid(drop, Price::from_raw(1)).unwrap(), high };
    let duel = Duel::new(table).with("native", native);
    DIPS.iter().zip(modules).fold(duel, |duel, (path, module)| {
        duel.with(path, module.instantiate(&settings(&[("drop", drop)]), table).unwrap())
    })
}

/// `dip` in every language, compiled by the host.
fn compiled() -> Vec<Module> {
    let host = host();
    DIPS.iter().map(|path| host.module(&bytes(path)).unwrap()).collect()
}

#[test]
fn every_module_is_small_and_asks_only_for_what_it_uses() {
    let host = host();
    for path in DIPS {
        let card = host.inspect(&bytes(path)).unwrap();
        assert!(card.bytes < 4_096 && card.memory_bytes == 65_536, "{path}: {card:?}");
        let mut imports = card.imports.clone();
        imports.sort();
        assert_eq!(imports, ["instrument", "orders", "param", "position", "submit"], "{path}");
        assert!(!card.hands_over_state, "{path}");
    }
    for path in EMA_CROSSES {
        let card = host.inspect(&bytes(path)).unwrap();
        assert!(card.bytes < 4_096 && card.hands_over_state, "{path}: {card:?}");
    }
    for path in DIPS.iter().chain(&EMA_CROSSES).chain([&MID_CROSS]) {
        assert!(host.inspect(&bytes(path)).unwrap().filters_events, "{path}");
    }
}

#[test]
fn the_modules_lie_where_their_sums_are_written() {
    let sums = std::fs::read_to_string(kit::folder("kits").join("SHA256SUMS")).unwrap();
    for path in DIPS.iter().chain(&EMA_CROSSES).chain([&MID_CROSS]) {
        let sha256 = host().inspect(&bytes(path)).unwrap().sha256;
        let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(sums.contains(&format!("{hex}  {path}\n")), "{path}: run kits/rebuild.sh --update");
    }
}

#[test]
fn a_setting_that_makes_no_sense_is_refused_in_every_language() {
    let (host, table) = (host(), kit::random_market::instruments());
    for path in DIPS {
        for drop in [f64::NAN, f64::INFINITY, -1.0, 0.0, 0.009, 1.000_001e6] {
            let refused = start(&host, path, &[("drop", drop)], &table).unwrap_err();
            assert!(matches!(refused, StartError::Refused(-2)), "{path}, {drop}: {refused}");
        }
        for drop in [0.01, 1e6] {
            assert!(start(&host, path, &[("drop", drop)], &table).is_ok(), "{path}, {drop}");
        }
        let refused = start(&host, path, &[], &[]).unwrap_err();
        assert!(matches!(refused, StartError::Refused(-1)), "{path}: {refused}");
        let mistyped = start(&host, path, &[("drip", 1.0)], &table).unwrap_err();
        assert!(matches!(mistyped, StartError::Unknown { .. }), "{path}: {mistyped}");
    }
}

/// What may happen next.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// A trade this far (in 10⁻⁹) from 100, less the drop where the flag is set.
    Trade {
        instrument: u32,
        less_the_drop: bool,
        off: i64,
    },
    /// A trade at a price that no market has.
    Absurd(i64),
    Quote {
        bid: i64,
        ask: i64,
    },
    Other(u8),
    Answer(Answer),
}

fn next() -> impl Generator<Value = Next> {
    let off = prop_oneof![3 => Just(0_i64), 3 => -2..3_i64, 1 => -3_000_000_000..3_000_000_000_i64];
    const ABSURD: [i64; 6] = [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX];
    const ANSWERS: [Answer; 3] = [Answer::Acknowledge, Answer::Fill, Answer::Reject];
    prop_oneof![
        12 => (0..2_u32, any::<bool>(), off).prop_map(|(instrument, less_the_drop, off)| {
            Next::Trade { instrument, less_the_drop, off }
        }),
        1 => select(&ABSURD[..]).prop_map(Next::Absurd),
        2 => (any::<i64>(), any::<i64>()).prop_map(|(bid, ask)| Next::Quote { bid, ask }),
        2 => (0..5_u8).prop_map(Next::Other),
        8 => select(&ANSWERS[..]).prop_map(Next::Answer),
    ]
}

fn event(next: Next, drop: f64, time: i64) -> Event {
    let id = if let Next::Trade { instrument, .. } = next { instrument } else { 0 };
    let stamp = Stamp {
        seq: 0,
        time: Nanos::from_raw(time),
        venue_time: Nanos::ZERO,
        instrument: InstrumentId(id),
    };
    let trade = |price| {
        let price = Price::from_raw(price);
        Body::Trade(Trade { price, qty: Qty::ONE, trade_id: 1, aggressor: None })
    };
    let (qty, open) = (Qty::ONE, Price::from_int(100));
    let body = match next {
        Next::Trade { less_the_drop, off, .. } => {
            let less = if less_the_drop { (drop * 1e9) as i64 } else { 0 };
            trade(100_000_000_000 - less + off)
        }
        Next::Absurd(price) => trade(price),
        Next::Quote { bid, ask } => {
            let (bid, ask) = (Price::from_raw(bid), Price::from_raw(ask));
            Body::Quote(Quote { bid, bid_qty: qty, ask, ask_qty: qty })
        }
        Next::Other(0) => Body::Settlement(Settlement { value: open }),
        Next::Other(1) => Body::Gap(Gap { expected: 1, received: 3, reason: GapReason::Sequence }),
        Next::Other(2) => Body::Timer(Timer { id: 1, due: Nanos::ZERO }),
        Next::Other(3) => {
            let (high_ticks, low_ticks, close_ticks) = (2, 3, -1);
            Body::Bar(Bar { open, high_ticks, low_ticks, close_ticks, seconds: 60, volume: qty })
        }
        _ => Body::Odds(Odds { bid: open, ask: open, last: open, volume: qty }),
    };
    Event::new(stamp, body, EventFlags::LAST)
}

/// Ordinary settings, the ends of the range, and halves of 10⁻⁹, where rounding shows.
fn drops() -> impl Generator<Value = f64> {
    prop_oneof![
        0.01..3.0,
        0.01..1e6,
        select(vec![0.01, 1e6, 1.0, 0.3]),
        (10_000_000..20_000_000_i64).prop_map(|half| (half as f64 + 0.5) / 1e9),
    ]
}

thread_local! {
    static COMPILED: Vec<Module> = compiled();
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    #[test]
    fn on_any_market_every_language_decides_as_the_native_one(
        drop in drops(),
        script in proptest::collection::vec(next(), 1..120),
    ) {
        let table = kit::random_market::instruments();
        let mut duel = COMPILED.with(|modules| dips(modules, drop, &table));
        for (time, &next) in (1..).zip(&script) {
            match next {
                Next::Answer(answer) => duel.answer(answer),
                next => {
                    duel.play(&event(next, drop, time * 20_000_000));
                }
            }
        }
    }
}

const SESSION: &str = "kalshi-btc15m-20260514T002426Z.tapez";

#[test]
fn on_a_recording_every_language_decides_as_the_native_one() {
    let (table, events) = recording(SESSION);
    let mut duel = dips(&compiled(), 5.0, &table);
    let (mut buys, mut sells) = (0, 0);
    for event in &events {
        for decision in duel.play(event) {
            *(if decision.side == Side::Buy { &mut buys } else { &mut sells }) += 1;
        }
        // Every order waits for its fill until the next event.
        duel.answer(Answer::Fill);
    }
    assert!(buys >= 5 && sells >= 5, "{buys} buys and {sells} sells show too little");
}

#[test]
fn on_a_recording_each_cross_decides_as_its_native_twin() {
    let (host, (table, events)) = (host(), recording(SESSION));
    let (fast, slow) = (20.0, 200.0);
    let books = |instrument: u32| {
        let native = Cross::new(Watch::Book, InstrumentId(instrument), fast, slow);
        let own = [("instrument", instrument.into()), ("fast", fast), ("slow", slow)];
        let guest = start(&host, MID_CROSS, &own, &table).unwrap();
        Duel::new(&table).with("native", native).with(MID_CROSS, guest)
    };
    let trades = || {
        let native = Cross::new(Watch::Trades, InstrumentId(0), fast, slow);
        let duel = Duel::new(&table).with("native", native);
        EMA_CROSSES
            .iter()
            .fold(duel, |duel, path| duel.with(path, start(&host, path, &WINDOWS, &table).unwrap()))
    };
    for (name, mut duel) in [("trades", trades()), ("book 1", books(1)), ("book 2", books(2))] {
        let mut decisions = 0;
        for event in &events {
            decisions += duel.play(event).len();
            duel.answer(Answer::Fill);
        }
        assert!(decisions > 10, "{name}: {decisions} decisions show too little");
    }
}

const WINDOWS: [(&str, f64); 2] = [("fast", 20.0), ("slow", 200.0)];

/// `ema-cross` twice; half-way through a recording the second makes room for a successor.
fn handed_over(
    [from, to]: [&str; 2],
    settings: &[(&str, f64)],
    hand_over: impl FnOnce(&mut dyn Strategy, &mut Guest),
) -> (Duel, Vec<Event>) {
    let (host, (table, mut events)) = (host(), recording(SESSION));
    let ema = |path, settings| start(&host, path, settings, &table).unwrap();
    let mut duel = Duel::new(&table)
        .with("one", ema(EMA_CROSSES[0], &WINDOWS))
        .with("its successor", ema(from, &WINDOWS));
    let rest = events.split_off(events.len() / 2);
    let mut decisions = 0;
    for event in &events {
        decisions += duel.play(event).len();
        duel.answer(Answer::Fill);
    }
    assert!(decisions > 5, "{decisions} decisions before the hand-over");
    let mut next = ema(to, settings);
    duel.replace(1, |old| {
        hand_over(old, &mut next);
        Box::new(next)
    });
    (duel, rest)
}

/// From each language to each.
fn hand_overs() -> impl Iterator<Item = [&'static str; 2]> {
    EMA_CROSSES.into_iter().flat_map(|from| EMA_CROSSES.into_iter().map(move |to| [from, to]))
}

#[test]
fn a_successor_goes_on_as_if_nothing_had_happened() {
    for languages in hand_overs() {
        let (mut duel, rest) = handed_over(languages, &WINDOWS, |old, next| {
            assert_eq!(old.state_layout(), next.state_layout());
            let mut state = [0; 256];
            let length = old.export_state(&mut state).unwrap();
            assert!(next.import_state(&state[..length]));
        });
        let mut decisions = 0;
        for event in &rest {
            decisions += duel.play(event).len();
            duel.answer(Answer::Fill);
        }
        assert!(decisions > 5, "{decisions} decisions after the hand-over {languages:?}");
    }
}

#[test]
fn without_the_hand_over_it_would_not() {
    let (mut duel, rest) = handed_over([EMA_CROSSES[0]; 2], &WINDOWS, |_, _| {});
    assert!(!rest.iter().all(|event| duel.agree(event)), "the state makes no difference");
}

#[test]
fn a_state_of_other_windows_or_of_another_length_is_not_taken() {
    let others = [("fast", 30.0), ("slow", 200.0)];
    for languages in hand_overs() {
        for (settings, length) in [(others, 40), (WINDOWS, 32), (WINDOWS, 39), (WINDOWS, 4_096)] {
            handed_over(languages, &settings, |old, next| {
                let mut state = [0; 4_096];
                assert_eq!(old.export_state(&mut state), Some(40));
                let mut before = [0; 40];
                next.export_state(&mut before).unwrap();
                assert!(!next.import_state(&state[..length]), "{languages:?}, {length} bytes");
                let mut after = [0; 40];
                next.export_state(&mut after).unwrap();
                assert_eq!(before, after, "it is as before");
            });
        }
    }
}

//! The ladder over the seasons of a battle: who moves and why, the same bytes again, and what a
//! promotion is refused with.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../plane/tests/support/mod.rs"]
mod support;
mod terminal;

use royale_codec::FrameDecoder;
use royale_codec::control::{
    self, Command as Ask, EngineState, Refusal, Reply, Request, Response, SlotStatus, Status,
};
use royale_model::{ExecType, Side};
use serde_json::Value;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use support::{BTC, SIX, Script, preamble};
use terminal::{ctl, err, out};

/// One season of the built-in battle's six: the first slot wins four of five round trips, the others
/// lose, each more than the one before it.
fn write_season(folder: &Path, seed: u64, trips: u64, tiers: &[(&str, &str)]) {
    let key = |(slot, tier): &(&str, &str)| (format!("slot.{slot}.tier"), (*tier).to_owned());
    let loader = royale_config::Loader::battle("").set("meta.policy", "off");
    let loader = loader.set("run.seed", seed.to_string());
    let loader = tiers.iter().map(key).fold(loader, |loader, (key, tier)| loader.set(&key, tier));
    let mut all = preamble(&loader.load().unwrap().canonical());
    all.slots = SIX.map(str::to_owned).to_vec();
    let mut s = Script::create_with(folder, &all);
    for trip in 0..trips {
        let (bid, ask) = if trip % 5 == 0 { ("99", "101") } else { ("104", "106") };
        s.wait(4_000).quote(BTC, "99", "101");
        let slots = if trip < 10 { 0..6 } else { 0..1 };
        let bought: Vec<_> = slots
            .map(|slot| {
                let id = s.decide(slot, 2 * trip + 1, BTC, Side::Buy, "1", "101");
                s.send(id, BTC, Side::Buy, "1", "101");
                id
            })
            .collect();
        for id in &bought {
            s.wait(1).report(*id, BTC, Side::Buy, ExecType::Trade, ("1", "101", "0"));
        }
        s.wait(4_000).quote(BTC, bid, ask);
        for (slot, _) in (0_u16..).zip(&bought) {
            let worse = (100 - slot).to_string();
            let at = if slot == 0 { bid } else { &worse };
            let id = s.decide(slot, 2 * trip + 2, BTC, Side::Sell, "1", at);
            s.send(id, BTC, Side::Sell, "1", at);
            s.wait(1).report(id, BTC, Side::Sell, ExecType::Trade, ("1", at, "0"));
        }
    }
    s.finish();
}

/// An engine that writes its arguments down and leaves the journal that was prepared for its season.
fn prepare(here: &Path, seasons: &[(u64, &[(&str, &str)])]) {
    for (at, (trips, tiers)) in (1_u64..).zip(seasons) {
        write_season(&here.join(format!("season-{at:02}")), 6 + at, *trips, tiers);
    }
    let script = format!(
        "#!/bin/sh\nARGS=\"$*\"\nwhile [ $# -gt 0 ]; do case \"$1\" in --out) OUT=\"$2\";; esac; shift; done\n\
         S=$(basename \"$OUT\")\necho \"$ARGS\" > {0}/args-$S\ncp -r {0}/$S \"$OUT/journal\"\n",
        here.display()
    );
    std::fs::write(here.join("fake-royale"), script).unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(here.join("fake-royale"), executable).unwrap();
}

fn battle(here: &Path, seasons: &str) -> Vec<u8> {
    let output = ctl(here, &["battle", "--epochs", seasons, "--out", "battle", "--no-report"]);
    assert!(output.status.success(), "{}", err(&output));
    std::fs::read(here.join("battle/ladder.json")).unwrap()
}

fn moves(season: &Value) -> Vec<(&str, &str, &str)> {
    let text = |one: &'_ Value, key: &str| one[key].as_str().unwrap().to_owned().leak() as &str;
    let all = season["moves"].as_array().unwrap().iter();
    all.map(|one| (text(one, "slot"), text(one, "from"), text(one, "to"))).collect()
}

#[test]
fn two_seasons_move_the_best_up_and_the_last_down_and_do_so_again_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let second = [("fair-value", "live"), ("imbalance", "shadow")];
    prepare(here, &[(100, &[]), (100, &second)]);
    let ladder = battle(here, "2");
    let value: Value = serde_json::from_slice(&ladder).unwrap();
    let first = &value["seasons"][0];
    assert_eq!(moves(first), [("fair-value", "paper", "live"), ("imbalance", "paper", "shadow")]);
    // The move names what it rests on.
    let up = first["moves"][0]["why"].as_str().unwrap();
    assert!(up.contains("trades 100") && up.contains("at 6 strategies tried"), "{up}");
    let down = first["moves"][1]["why"].as_str().unwrap();
    assert!(down.contains("rank 6") && down.contains("trades 10, "), "{down}");
    let verified = out(&ctl(here, &["journal", "verify", "battle/season-01"]));
    assert!(verified.contains(first["seal"].as_str().unwrap()), "{verified}");
    // The next season begins with the new tiers, and no other.
    let args = |season: &str| std::fs::read_to_string(here.join(format!("args-{season}"))).unwrap();
    assert!(!args("season-01").contains("tier"), "{}", args("season-01"));
    let (up, down) = ("slot.fair-value.tier=live", "slot.imbalance.tier=shadow");
    let given = args("season-02");
    assert!(given.contains(up) && given.contains(down), "{given}");
    assert_eq!(given.matches("tier=").count(), 2, "{given}");
    // From the top nobody goes up; of five with capital one goes down.
    assert_eq!(moves(&value["seasons"][1]), [("mean-reversion", "paper", "shadow")]);
    let pooled = &value["seasons"][1]["slots"][0]["so_far"];
    assert_eq!((&pooled["seasons"], &pooled["gate"][0]["value"]), (&2.into(), &"100".into()));
    assert_eq!(value["next"]["fair-value"], "live");

    assert!(battle(here, "2") == ladder, "the same battle gives the same moves");
    let args = ["ladder", "judge", "--journal", "battle", "--json"];
    assert!(ctl(here, &args).stdout == ladder, "whoever judges the journals gets the same");
    let shown = out(&ctl(here, &["ladder", "show", "--journal", "battle"]));
    for part in ["fair-value", "live", "after season 1, meets every bound", "ladder"] {
        assert!(shown.contains(part), "no `{part}` in:\n{shown}");
    }
}

#[test]
fn ninety_nine_round_trips_are_refused_with_the_reason_and_pooling_does_not_help() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    prepare(here, &[(99, &[]), (99, &[("imbalance", "shadow")])]);
    let value: Value = serde_json::from_slice(&battle(here, "2")).unwrap();
    for season in value["seasons"].as_array().unwrap() {
        let best = &season["slots"][0];
        assert_eq!((&best["slot"], &best["verdict"]), (&"fair-value".into(), &"stays".into()));
        let why = best["why"].as_str().unwrap();
        assert!(why.starts_with("not promoted: trades 99, at least 100 wanted"), "{why}");
    }
    let text = out(&ctl(here, &["ladder", "judge", "--journal", "battle"]));
    for part in ["none of 6 meets the validation gate", "trades 99, at least 100 wanted"] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
    // A season alone is judged by itself.
    let one = out(&ctl(here, &["ladder", "judge", "--journal", "battle/season-01"]));
    assert!(one.contains("6 strategies tried, one season"), "{one}");
}

/// An engine on a socket that tells where its journal is, and keeps what it is asked.
fn answering(here: &Path, journal: &Path) -> std::thread::JoinHandle<Vec<Ask>> {
    let listener = UnixListener::bind(here.join("engine.sock")).unwrap();
    let slot = |(slot, name): (u16, &str)| SlotStatus {
        slot,
        name: name.to_owned(),
        strategy: name.to_owned(),
        version: 0,
        fault: String::new(),
        listener: String::new(),
        tier: "paper".to_owned(),
        allocation_bp: 0,
        schedule: String::new(),
    };
    let status = Status {
        pid: 1,
        uptime_ms: 0,
        run_dir: String::new(),
        journal_dir: journal.display().to_string(),
        state: EngineState::Running,
        seq: 1,
        sim_time_ns: 0,
        tape_progress: None,
        topology: String::new(),
        speed: String::new(),
        slots: (0..).zip(SIX).map(slot).collect(),
        sessions: Vec::new(),
    };
    std::thread::spawn(move || {
        let mut asked = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            let mut decoder = FrameDecoder::default();
            let mut chunk = [0; 4_096];
            let body = loop {
                match decoder.next_frame().unwrap() {
                    Some(body) => break body,
                    None => {
                        let count = stream.read(&mut chunk).unwrap();
                        decoder.feed(&chunk[..count]);
                    }
                }
            };
            let request: Request = control::decode(&body).unwrap();
            let result = match &request.command {
                Ask::Status {} => Ok(Reply::Status(Box::new(status.clone()))),
                Ask::Tier { missed, .. } if !missed.is_empty() => Err(Refusal {
                    code: "gate".to_owned(),
                    message: missed.clone(),
                    remedy: String::new(),
                }),
                _ => Ok(Reply::Accepted { seq: 77 }),
            };
            let is_stop = matches!(request.command, Ask::Stop { .. });
            asked.push(request.command);
            stream
                .write_all(&control::encode(&Response::new(request.id, result)).unwrap())
                .unwrap();
            if is_stop {
                break;
            }
        }
        asked
    })
}

/// What `ctl ladder` answers: exit code, data, words.
fn ask(here: &Path, at: &[&str], what: &str, rest: &[&str]) -> (Option<i32>, String, String) {
    let args: Vec<&str> = ["ladder", what].iter().chain(rest).chain(at).copied().collect();
    let output = ctl(here, &args);
    (output.status.code(), out(&output), err(&output))
}

#[test]
fn a_promotion_names_its_evidence_and_is_refused_with_what_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_season(&here.join("run/journal"), 7, 100, &[]);
    let engine = answering(here, &here.join("run/journal"));
    let socket = here.join("engine.sock").display().to_string();
    let at = ["--socket", &socket, "--reason", "a drill"];
    let promote = |rest: &[&str]| ask(here, &at, "promote", rest);
    let value: Value = serde_json::from_str(&promote(&["fair-value", "--json"]).1).unwrap();
    assert_eq!((&value["from"], &value["to"]), (&"paper".into(), &"live".into()));
    let refused = |what: &str, rest: &[&str], code: i32, words: &[&str]| {
        let (ended, _, text) = ask(here, &at, what, rest);
        assert_eq!(ended, Some(code), "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    };
    let missed = ["trades 10, at least 100 wanted", "win rate 0.0 %, at least 45.0 % wanted"];
    refused("promote", &["trend"], 6, &missed);
    refused("promote", &["trnd"], 3, &["did you mean `trend`"]);
    refused("relegate", &["trend", "--to", "live"], 2, &["no relegation"]);
    let (_, down, _) = ask(here, &at, "relegate", &["3"]);
    assert!(down.contains("trend: from paper to shadow; it is input 77"), "{down}");
    ctl(here, &["stop", "--socket", &socket]);

    let asked = engine.join().unwrap();
    let tiers: Vec<_> = asked
        .iter()
        .filter_map(|ask| match ask {
            Ask::Tier { slot, tier, missed, reason } => {
                Some((slot.as_str(), tier.as_str(), missed.is_empty(), reason.as_str()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(tiers.len(), 3, "{tiers:?}");
    let (slot, tier, is_met, reason) = tiers[0];
    assert_eq!((slot, tier, is_met), ("0", "live", true));
    for part in
        ["a drill (evidence: inputs 1 to ", "6 strategies tried", "trades 100, win rate 80.0 %"]
    {
        assert!(reason.contains(part), "no `{part}` in: {reason}");
    }
    assert!(!tiers[1].2, "a refusal goes to the engine too, so that it stands on the journal");
    assert_eq!(tiers[2], ("3", "shadow", true, "a drill"));
}

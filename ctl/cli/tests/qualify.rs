//! `ctl strategy check`: the card, the gate and the exit codes, over findings and seasons that a script
//! in the engine's place leaves.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../plane/tests/support/mod.rs"]
mod support;

use royale_codec::findings::{
    Bounded, FINDINGS_FILE, FaultFacts, Findings, Fuel, HandOver, LookAhead, ModuleFacts, Outcome,
    Refused, Spread, Step, Trial,
};
use royale_model::{ExecType, Side};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{BTC, Script, preamble};

/// A folder with an engine that is a script, and a place for temporary files.
struct Desk(tempfile::TempDir);

impl Desk {
    /// The engine writes its arguments down and then does this; `$OUT` is the folder it was given.
    fn new(engine: &str) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(desk.path("tmp")).unwrap();
        std::fs::write(desk.path("agent.wasm"), "bytes").unwrap();
        let script = format!(
            "#!/bin/sh\ncd '{}'\nprintf '%s\\n' \"$@\" > args\n\
             while [ $# -gt 0 ]; do case \"$1\" in --out) OUT=\"$2\";; esac; shift; done\n\
             cp \"$OUT/check.toml\" seen.toml; ls \"$OUT/tapes\" > seen.tapes 2>&1\n{engine}\n",
            desk.0.path().display()
        );
        std::fs::write(desk.path("engine"), script).unwrap();
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(desk.path("engine"), executable).unwrap();
        desk
    }
    /// The engine leaves these findings, and a season with so many round trips.
    fn leaving(findings: &Findings, trips: u64) -> Self {
        let desk = Self::new("cp findings.json \"$OUT\"; cp -r season \"$OUT/journal\"");
        let text = serde_json::to_string(findings).unwrap();
        std::fs::write(desk.path(FINDINGS_FILE), text).unwrap();
        write_season(&desk.path("season"), trips);
        desk
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ctl"));
        command.args(["strategy", "check"]).args(args).current_dir(self.0.path()).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("TMPDIR", self.path("tmp"));
        command.env("ROYALE_BIN", self.path("engine"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
    /// Checks, and holds the exit code, and that no temporary file stays.
    #[track_caller]
    fn check(&self, args: &[&str], code: i32) -> (String, String) {
        self.ended(self.command(args).output().unwrap(), code)
    }
    #[track_caller]
    fn ended(&self, output: Output, code: i32) -> (String, String) {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(code), "{out}{err}");
        assert_eq!(std::fs::read_dir(self.path("tmp")).unwrap().count(), 0, "something stays");
        (out, err)
    }
    fn json(&self, args: &[&str], code: i32) -> serde_json::Value {
        serde_json::from_str(&self.check(args, code).0).unwrap()
    }
}

/// Round trips on a coin, every fifth of them a loss: good enough for the gate but for their number.
fn write_season(folder: &Path, trips: u64) {
    let config = royale_config::Loader::battle("").load().unwrap().canonical();
    let mut all = preamble(&config);
    all.slots = vec!["candidate".to_owned()];
    let mut s = Script::create_with(folder, &all);
    for trip in 0..trips {
        let (bid, ask) = if trip % 5 == 0 { ("99", "101") } else { ("104", "106") };
        s.wait(4_000).quote(BTC, "99", "101");
        let buy = s.decide(0, 2 * trip + 1, BTC, Side::Buy, "1", "101");
        s.send(buy, BTC, Side::Buy, "1", "101");
        s.wait(20).report(buy, BTC, Side::Buy, ExecType::Trade, ("1", "101", "0"));
        s.wait(4_000).quote(BTC, bid, ask);
        let sell = s.decide(0, 2 * trip + 2, BTC, Side::Sell, "1", bid);
        s.send(sell, BTC, Side::Sell, "1", bid);
        s.wait(20).report(sell, BTC, Side::Sell, ExecType::Trade, ("1", bid, "0"));
    }
    s.finish();
}

/// What the engine finds out about a module that keeps every bound.
fn good() -> Findings {
    let bounded = |value, limit| Bounded { value, limit };
    let equal = Outcome::Equal { records: 5_000 };
    let spread = Spread { p50: 15, p99: 69, max: 334, max_seq: 41_656 };
    Findings {
        strategy: "agent.wasm".to_owned(),
        params: BTreeMap::new(),
        module: Some(ModuleFacts {
            sha256: "00".repeat(32),
            abi: 1,
            imports: vec!["submit".to_owned()],
            functions: 3,
            bytes: bounded(916, 4 << 20),
            memory_bytes: bounded(65_536, 16 << 20),
            compile_weight: bounded(5_278, 10_000_000),
            compile_us: 2_000,
        }),
        refused: None,
        trial: Some(Trial {
            tapes: vec!["a.tapez".to_owned()],
            tape_events: 400,
            asked: 800,
            fault: None,
            fuel: Some(Fuel { limit: 100_000, instructions: spread, host_calls: spread }),
            time_ns: spread,
            determinism: equal.clone(),
            look_ahead: LookAhead { cuts: vec![1, 2, 3, 4], outcome: equal.clone() },
            hand_over: HandOver::Tried { seq: 200, bytes: 40, outcome: equal },
        }),
    }
}

#[test]
fn a_hundred_round_trips_qualify_and_ninety_nine_do_not() {
    let desk = Desk::leaving(&good(), 100);
    let (card, _) = desk.check(&["agent.wasm"], 0);
    assert!(card.contains("\nqualified") && !card.contains("FAIL"), "{card}");
    for part in ["65,536 bytes", "max 334 (event 41656)", "100  ", "at least 45.0 %", "80.0 %"] {
        assert!(card.contains(part), "no `{part}` in:\n{card}");
    }
    let value = desk.json(&["agent.wasm", "--json"], 0);
    assert_eq!(
        (value["qualified"].as_bool(), &value["season"]["standing"]["trades"]),
        (Some(true), &100.into())
    );

    let desk = Desk::leaving(&good(), 99);
    let (card, _) = desk.check(&["agent.wasm"], 6);
    assert!(card.contains("\nrefused\n  trades: too few"), "{card}");
    let value = desk.json(&["agent.wasm", "--json"], 6);
    assert_eq!(value["qualified"], false);
    assert_eq!(value["refused_by"], serde_json::json!(["trades"]));
}

#[test]
fn more_tries_raise_the_bar_for_the_sharpe_ratio() {
    let desk = Desk::leaving(&good(), 100);
    let luck = |trials: &str| {
        let value = desk.json(&["agent.wasm", "--json", "--trials", trials], 0);
        let found = &value["season"]["deflated_sharpe"];
        assert_eq!(found["trials"].to_string(), trials);
        found["by_luck"].as_f64().unwrap()
    };
    assert!(luck("1") == 0.0 && luck("1") < luck("10") && luck("10") < luck("1000"));
}

#[test]
fn each_finding_refuses_by_itself_and_with_its_reason() {
    let differs =
        || Outcome::Differs { why: "record 7 differs:\n  journal: a\n  rebuilt: b".into() };
    type Plant = fn(&mut Trial, Outcome);
    let planted: [(&str, &str, Plant); 6] = [
        ("determinism", "record 7", |trial, differs| trial.determinism = differs),
        ("look-ahead", "record 7", |trial, differs| trial.look_ahead.outcome = differs),
        ("hand-over", "record 7", |trial, differs| {
            trial.hand_over = HandOver::Tried { seq: 1, bytes: 0, outcome: differs };
        }),
        ("faults", "event 12: trap", |trial, _| {
            trial.fault = Some(FaultFacts { seq: 12, fault: "trap".into() });
        }),
        ("fuel: instructions", "wanted more", |trial, _| {
            trial.fault = Some(FaultFacts { seq: 12, fault: "fuel".into() });
            trial.fuel.as_mut().unwrap().instructions.max = 100_000;
        }),
        ("fuel: host calls", "wanted more", |trial, _| {
            trial.fault = Some(FaultFacts { seq: 12, fault: "fuel".into() });
        }),
    ];
    for (check, why, plant) in planted {
        let mut findings = good();
        plant(findings.trial.as_mut().unwrap(), differs());
        let desk = Desk::leaving(&findings, 100);
        let (card, _) = desk.check(&["agent.wasm"], 6);
        let reason = card.split_once("\nrefused\n").unwrap().1;
        assert!(reason.contains(&format!("  {check}: ")) && reason.contains(why), "{card}");
        let refused_by = desk.json(&["agent.wasm", "--json"], 6)["refused_by"].take();
        let mut expected = vec![check];
        if check.starts_with("fuel") {
            expected.insert(0, "faults");
        }
        assert_eq!(refused_by, serde_json::json!(expected));
    }
    // What offers no hand-over, or is native and burns no fuel, lacks nothing.
    let mut findings = good();
    let trial = findings.trial.as_mut().unwrap();
    (trial.fuel, trial.hand_over) = (None, HandOver::NotOffered {});
    findings.module = None;
    let (card, _) = Desk::leaving(&findings, 100).check(&["trend"], 0);
    assert!(card.contains("not offered") && !card.contains("fuel"), "{card}");
}

#[test]
fn what_never_saw_an_event_is_refused_without_a_season() {
    for (step, check) in [(Step::Module, "module"), (Step::Start, "init")] {
        let refused = Some(Refused { step, why: "imports `env`.`seed`\u{1b}[2J".to_owned() });
        let module = good().module.filter(|_| step == Step::Start);
        let findings = Findings { module, refused, trial: None, ..good() };
        let desk = Desk::leaving(&findings, 0);
        let (card, _) = desk.check(&["agent.wasm"], 6);
        assert!(card.contains(&format!("{check}: imports `env`.`seed`·[2J")), "{card}");
        assert!(!card.contains("gate"), "{card}");
        let value = desk.json(&["agent.wasm", "--json"], 6);
        assert!(value["season"].is_null() && value["refused_by"][0] == check, "{value}");
    }
}

#[test]
fn the_engine_gets_one_free_slot_of_the_default_battle_without_capital() {
    let desk = Desk::leaving(&good(), 100);
    let load = || royale_config::Loader::file(desk.path("seen.toml")).load().unwrap();
    desk.check(&["agent.wasm", "--param", "drop=-5", "--param", "mode=a b"], 0);
    let args = desk.text("args");
    for part in ["strategy\ncheck\n", "\n--param=drop=-5\n--param=mode=a b\n", "\n--\nagent.wasm\n"]
    {
        assert!(args.contains(part), "{args}");
    }
    let settings = load();
    let [slot] = settings.slots.as_slice() else { panic!("{:?}", settings.slots) };
    assert_eq!((slot.strategy.as_str(), slot.allocation_bp), ("vacant", 0));
    let default = royale_config::Loader::battle("").load().unwrap();
    assert_eq!((&settings.risk, &settings.simulation), (&default.risk, &default.simulation));
    assert_eq!(settings.run.seed, default.run.seed);
    assert_eq!(desk.text("seen.tapes").lines().count(), 9, "the bundled recordings");

    std::fs::write(desk.path("mine.tapez"), "").unwrap();
    desk.check(&["agent.wasm", "--tape", "mine.tapez"], 0);
    assert_eq!(load().run.tapes, [desk.path("mine.tapez")]);
}

#[test]
fn what_is_kept_is_a_run_that_other_commands_read() {
    let desk = Desk::leaving(&good(), 100);
    let (card, _) = desk.check(&["agent.wasm", "--out", "kept"], 0);
    assert!(card.contains("ctl why-not candidate --journal kept"), "{card}");
    assert!(desk.path("kept").join(FINDINGS_FILE).exists());
    let mut other = Command::new(env!("CARGO_BIN_EXE_ctl"));
    other.args(["why-not", "candidate", "--journal", "kept"]).current_dir(desk.0.path());
    assert!(other.output().unwrap().status.success());
    // It is never written over.
    let (out, err) = desk.check(&["agent.wasm", "--out", "kept"], 6);
    assert!(out.is_empty() && err.contains("not empty"), "{err}");
}

#[test]
fn errors_are_no_verdicts() {
    let desk = Desk::new("echo 'royale: unknown parameter `dorp`' >&2; exit 5");
    let (out, err) = desk.check(&["agent.wasm", "--param", "dorp=1"], 5);
    assert!(out.is_empty() && err == "royale: unknown parameter `dorp`\n", "{err}");
    let (_, err) = desk.check(&["none.wasm"], 3);
    assert!(err.contains("none.wasm"), "{err}");
    desk.check(&["agent.wasm", "--trials", "0"], 2);
    desk.check(&["agent.wasm", "--param", "drop"], 2);
    let (_, err) = Desk::new("exit 0").check(&["agent.wasm"], 3);
    assert!(err.contains(FINDINGS_FILE), "{err}");
    let (_, err) = Desk::new("kill -9 $$").check(&["agent.wasm"], 1);
    assert!(err.contains("signal: 9"), "{err}");
}

#[test]
fn an_interrupted_check_decides_nothing_and_leaves_nothing() {
    let desk = Desk::new("echo $$ > pid; sleep 20 > /dev/null 2>&1; touch went-on");
    let child = desk.command(&["agent.wasm"]).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let engine = loop {
        let text = std::fs::read_to_string(desk.path("pid")).unwrap_or_default();
        if let Some(pid) = text.strip_suffix('\n') {
            break pid.to_owned();
        }
        assert!(Instant::now() < deadline, "the engine does not start");
        std::thread::sleep(Duration::from_millis(5));
    };
    let signal = |name: &str, pid: &str| {
        Command::new("kill").args(["-s", name, pid]).stderr(Stdio::null()).status().unwrap()
    };
    assert!(signal("TERM", &child.id().to_string()).success());
    let (out, err) = desk.ended(child.wait_with_output().unwrap(), 130);
    assert!(out.is_empty() && err.contains("interrupted"), "{err}");
    assert!(!signal("0", &engine).success(), "the engine goes on");
    assert!(!desk.path("went-on").exists(), "the engine was waited for");
}

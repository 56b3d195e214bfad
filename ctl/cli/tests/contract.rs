//! The contract of the commands: help, errors, exit codes, data on stdout, JSON that stays.
//!
//! Runs the built binary. Where a battle needs an engine, a small script plays one: it copies a
//! journal that was prepared.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../plane/tests/support/mod.rs"]
mod support;
mod terminal;

use std::path::Path;
use std::process::Command;
use support::HOSTILE;
use terminal::{canonical, ctl, err, fails, fake_engine, out, run_folder};

const LEAVES: [&[&str]; 52] = [
    &["add-strategy"],
    &["allocation", "auto"],
    &["allocation", "freeze"],
    &["allocation", "history"],
    &["allocation", "set"],
    &["allocation", "show"],
    &["attribution"],
    &["battle"],
    &["commands"],
    &["completion"],
    &["config", "check"],
    &["config", "show"],
    &["decisions"],
    &["doctor"],
    &["explain"],
    &["halt"],
    &["journal", "diff"],
    &["journal", "dump"],
    &["journal", "replay"],
    &["journal", "tail"],
    &["journal", "verify"],
    &["ladder", "judge"],
    &["ladder", "promote"],
    &["ladder", "relegate"],
    &["ladder", "show"],
    &["latency"],
    &["leaderboard"],
    &["list-strategies"],
    &["meta", "posterior"],
    &["meta", "regret"],
    &["meta", "run"],
    &["meta", "simulate"],
    &["meta", "verify"],
    &["orders"],
    &["positions"],
    &["quarantine"],
    &["release"],
    &["remove-strategy"],
    &["report"],
    &["resume"],
    &["rollback"],
    &["status"],
    &["stop"],
    &["strategy", "check"],
    &["strategy", "inspect"],
    &["strategy", "new"],
    &["swap-strategy"],
    &["tape", "import"],
    &["tape", "info"],
    &["tape", "pack"],
    &["tape", "unpack"],
    &["why-not"],
];

#[test]
fn every_command_explains_itself_with_examples() {
    let folder = tempfile::tempdir().unwrap();
    for leaf in LEAVES {
        let args: Vec<&str> = leaf.iter().copied().chain(["--help"]).collect();
        let output = ctl(folder.path(), &args);
        let text = out(&output);
        assert!(output.status.success(), "{leaf:?}");
        assert!(text.contains("Examples:"), "{leaf:?} has no example");
        assert!(text.lines().all(|line| line.chars().count() <= 110), "{leaf:?} is too wide");
    }
    let help = out(&ctl(folder.path(), &["--help"]));
    assert_eq!(help, include_str!("help.txt"), "if this is wanted: ctl --help > tests/help.txt");
    let names: Vec<String> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect();
    assert!(names.is_sorted(), "help is alphabetic: {names:?}");
    assert_eq!(names.len(), 31);
}

#[test]
fn the_exit_code_says_what_kind_of_failure_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fails(here, &["batle"], 2, &["battle"]);
    fails(here, &["tape", "pack", "a.tape", "--out", "b.tape"], 2, &["b.tape", ".tapez"]);
    fails(here, &["leaderboard"], 3, &["runs/", "ctl battle"]);
    fails(here, &["journal", "verify", "nowhere"], 3, &["nowhere", "does not exist"]);
    fails(here, &["explain", "nonsense"], 3, &["nonsense", "S03-17"]);
    fails(here, &["status"], 4, &["royale/engine.sock", "--socket"]);
    fails(here, &["halt", "--reason", "drill"], 4, &["no engine"]);
    fails(here, &["swap-strategy", "a", "--to", "b", "--state", "warm"], 2, &["--shadow 5m"]);
    fails(here, &["swap-strategy", "a", "--to", "b", "--shadow", "5"], 2, &["500ms, 30s"]);
    fails(here, &["swap-strategy", "a", "--to", "b", "--param", "x"], 2, &["KEY=VALUE"]);
    fails(here, &["swap-strategy", "a", "--to", "none.wasm"], 1, &["none.wasm"]);
    fails(here, &["quarantine", "a"], 4, &["no engine"]);
    fails(here, &["battle"], 3, &["ROYALE_BIN", "fake-royale"]);
    std::fs::write(here.join("bad.toml"), "schema_version = 1\n[run]\nsped = \"max\"\n").unwrap();
    fails(here, &["config", "check", "bad.toml"], 5, &["bad.toml:3", "run.sped", "run.speed"]);
}

#[test]
fn a_check_says_what_it_did_not_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("tape"), "").unwrap();
    std::fs::write(here.join("one.wasm"), "no module").unwrap();
    let slot = |name: &str, what: &str| {
        format!("[[slot]]\nname = \"{name}\"\nallocation_bp = 1\nstrategy = {what}\n")
    };
    let native = "schema_version = 1\nrun = { name = \"d\", tapes = [\"tape\"] }\n".to_owned()
        + &slot("native", "\"trend\"");
    std::fs::write(here.join("native.toml"), &native).unwrap();
    let guest = native + &slot("guest", "\"module\"\nmodule = \"one.wasm\"");
    std::fs::write(here.join("guest.toml"), guest).unwrap();
    let check = |file: &str| {
        let output = ctl(here, &["config", "check", file]);
        assert!(output.status.success(), "{}", err(&output));
        out(&output)
    };
    assert!(!check("native.toml").contains("not checked"));
    let text = check("guest.toml");
    assert!(text.contains("the modules of guest") && text.contains("royale check"), "{text}");
    let json = out(&ctl(here, &["config", "check", "guest.toml", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["modules_not_compiled"], serde_json::json!(["guest"]));
}

#[test]
fn a_wrong_slot_name_gives_the_nearest() {
    let (folder, _) = run_folder();
    fails(folder.path(), &["why-not", "alhpa"], 3, &["alhpa", "did you mean `alpha`"]);
    fails(folder.path(), &["orders", "--slot", "zzz"], 3, &["one of alpha"]);
}

#[test]
fn the_journal_that_is_read_is_named_on_stderr() {
    let (folder, _) = run_folder();
    let output = ctl(folder.path(), &["leaderboard"]);
    assert!(err(&output).contains("runs/sample/journal (the newest under runs/"));
    let text = out(&output);
    assert!(text.contains("100,014.00") && text.contains("+0.01 %"), "{text}");
    let wide = out(&ctl(folder.path(), &["leaderboard", "--wide"]));
    assert!(wide.contains("+14.00"), "{wide}");
    assert!(!text.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn json_has_stable_names_and_exact_money() {
    let (folder, run) = run_folder();
    let run = run.to_str().unwrap();
    let args = ["leaderboard", "--journal", run, "--json"];
    let text = out(&ctl(folder.path(), &args));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let first = &value["standings"][0];
    assert_eq!((first["slot"].as_str(), first["equity"].as_str()), (Some("alpha"), Some("100014")));
    for name in ["rank", "profit", "return_ratio", "sharpe", "max_drawdown", "win_rate", "fees"] {
        assert!(!first[name].is_null() || name == "sharpe", "{name}");
    }
    assert_eq!(value["standings"][1]["equity"], "100002.7");
    assert_eq!(text, out(&ctl(folder.path(), &args)));
    for args in [
        vec!["orders", "--journal", run, "--json"],
        vec!["orders", "--trades", "--journal", run, "--json"],
        vec!["positions", "--journal", run, "--json"],
        vec!["explain", "S00-1", "--no-verify", "--journal", run, "--json"],
        vec!["explain", "3", "--no-verify", "--journal", run, "--json"],
        vec!["attribution", "--journal", run, "--json"],
        vec!["attribution", "--slot", "alpha", "--journal", run, "--json"],
        vec!["why-not", "alpha", "--journal", run, "--json"],
        vec!["journal", "verify", run, "--json"],
        vec!["config", "show", "--json"],
    ] {
        let output = ctl(folder.path(), &args);
        assert!(output.status.success(), "{args:?}: {}", err(&output));
        serde_json::from_str::<serde_json::Value>(&out(&output)).unwrap();
    }
}

#[test]
fn an_attribution_ends_in_the_profit_of_the_leaderboard_however_it_is_cut() {
    let (folder, run) = run_folder();
    let run = run.to_str().unwrap();
    for (cut, slot, last) in [
        ("strategy", None, "+16.70"),
        ("execution", None, "+16.70"),
        ("factor", None, "+16.70"),
        ("factor", Some("alpha"), "+14.00"),
    ] {
        let mut args = vec!["attribution", "--journal", run, "--by", cut];
        args.extend(slot.map(|slot| ["--slot", slot]).into_iter().flatten());
        let text = out(&ctl(folder.path(), &args));
        let total = text.split("\n\n").next().unwrap().lines().last().unwrap();
        assert!(total.contains(last), "{args:?}: {text}");
    }
    let text = out(&ctl(folder.path(), &["attribution", "--journal", run, "--json"]));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["total"]["profit"], "16.7");
    assert_eq!(value["strategies"][0]["signal"], "20");
    let known = ["attribution", "--slot", "alpah", "--journal", run];
    fails(folder.path(), &known, 3, &["alpha"]);
}

#[test]
fn parts_that_do_not_add_up_are_an_exit_code_and_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("runs/odd");
    std::fs::create_dir_all(&run).unwrap();
    let mut script = support::Script::create(&run.join("journal"), &canonical());
    script.quote(support::BTC, "100", "102");
    // Nobody decided this order: its money has no way back to a reason.
    let stranger = royale_model::OrderId::parse("S00-9").unwrap();
    let (side, exec) = (royale_model::Side::Buy, royale_model::ExecType::Trade);
    script.report(stranger, support::BTC, side, exec, ("1", "102", "0"));
    script.finish();
    let run = run.to_str().unwrap();
    for more in [&["--by", "factor"][..], &["--json"]] {
        let args = [&["attribution", "--journal", run][..], more].concat();
        fails(folder.path(), &args, 8, &["do not add up", "never decided", "journal verify"]);
    }
}

#[test]
fn journals_are_dumped_followed_verified_and_compared() {
    let (folder, run) = run_folder();
    let here = folder.path();
    let run = run.to_str().unwrap();
    let dump = out(&ctl(here, &["journal", "dump", run, "--kind", "settlement"]));
    assert!(dump.contains("settled at 1") && dump.lines().count() == 1, "{dump}");
    let args = ["journal", "dump", run, "--kind", "execution-report", "--json"];
    let fills = out(&ctl(here, &args));
    let fill: serde_json::Value = serde_json::from_str(fills.lines().nth(1).unwrap()).unwrap();
    assert_eq!((&fill["body"]["last_price"], &fill["body"]["fee"]), (&"102".into(), &"1".into()));
    let tail = out(&ctl(here, &["journal", "tail", run, "-n", "2", "--follow"]));
    assert_eq!(tail.lines().count(), 2, "a closed journal ends the following");
    let same = ctl(here, &["journal", "diff", run, run]);
    assert_eq!((same.status.code(), out(&same).as_str()), (Some(0), "24 records are the same\n"));
    let other = here.join("other");
    support::write_long(&other, &canonical(), 3);
    let differ = ctl(here, &["journal", "diff", run, other.to_str().unwrap()]);
    assert_eq!(differ.status.code(), Some(8));
    assert!(out(&differ).contains("  a  #1"), "{}", out(&differ));
    // One flipped bit in the middle.
    let segment = Path::new(run).join("journal/000001.journal");
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    fails(here, &["journal", "verify", run], 8, &["000001.journal", "at byte"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (folder, run) = run_folder();
    let script =
        format!("'{}' journal dump '{}' | head -n 1", env!("CARGO_BIN_EXE_ctl"), run.display());
    let output =
        Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn the_report_is_written_beside_the_run() {
    let (folder, run) = run_folder();
    let output = ctl(folder.path(), &["report", run.to_str().unwrap()]);
    assert!(output.status.success(), "{}", err(&output));
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("every checksum and seal verified") && !page.contains(HOSTILE));
}

#[test]
fn a_battle_ends_with_standings_a_report_and_the_next_commands() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    support::write_long(&here.join("prepared"), &canonical(), 1);
    fake_engine(here, "cp -r prepared \"$OUT/copy\" && mv \"$OUT/copy\" \"$OUT/journal\"");
    let output = ctl(here, &["battle", "--speed", "max", "--epochs", "2"]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    for part in ["2 of 2", "runs/battle-7/report.html", "ctl explain S0", "ctl journal verify"] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
    assert!(here.join("runs/battle-7/season-02/royale.log").exists());
    // The commands that it proposes work as they stand.
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("ctl ")) {
        let command = line.split("  ").next().unwrap();
        let args: Vec<&str> = command.split_whitespace().collect();
        if args[1] != "replay" {
            let untold = args[0] == "explain";
            let args: Vec<&str> = args.into_iter().chain(untold.then_some("--no-verify")).collect();
            let output = ctl(here, &args);
            assert!(output.status.success(), "{line}: {}", err(&output));
        }
    }
    let page = std::fs::read(here.join("runs/battle-7/report.html")).unwrap();
    let args = ["battle", "--speed", "max", "--epochs", "2", "--json"];
    let (one, two) = (ctl(here, &args), ctl(here, &args));
    assert!(one.status.success() && two.status.success(), "{}{}", err(&one), err(&two));
    assert!(one.stdout == two.stdout, "the document is the same from run to run");
    assert!(page == std::fs::read(here.join("runs/battle-7/report.html")).unwrap());
    let value: serde_json::Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(value["seasons"][1]["seed"], 8);
    assert!(value["wall_clock"].is_null());
    // What the meta-agent believes is on it, from the journal alone.
    let p_best = |row: &serde_json::Value| row["p_best"].as_f64().unwrap();
    let season = &value["seasons"][0];
    let sum: f64 = season["standings"].as_array().unwrap().iter().map(p_best).sum();
    assert!((sum - 1.0).abs() < 1e-9 && season["agent"]["epochs"] == 270, "{sum}");
    let table = out(&ctl(here, &["leaderboard", "--journal", "runs/battle-7/season-01"]));
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].contains("deflated") && lines[0].contains("P(best)"), "{table}");
    assert!(lines.iter().all(|line| line.chars().count() <= 115), "{table}");
    assert!(String::from_utf8(page.clone()).unwrap().contains("The house and its meta-agent"));
    let with = ctl(here, &["battle", "--speed", "max", "--json", "--wall-clock"]);
    let value: serde_json::Value = serde_json::from_slice(&with.stdout).unwrap();
    assert!(value["wall_clock"]["elapsed_s"].is_number());
}

#[test]
fn a_failing_engine_is_shown_with_its_own_words_and_code() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fake_engine(here, "echo 'core 99 does not exist' >&2; exit 5");
    fails(here, &["battle"], 5, &["core 99 does not exist", "season-01/royale.log"]);
    fake_engine(here, "kill -9 $$");
    fails(here, &["battle"], 1, &["signal: 9"]);
    fake_engine(here, "exit 0");
    fails(here, &["battle"], 1, &["without a journal"]);
}

#[test]
fn a_foreign_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fake_engine(here, "exit 0");
    std::fs::create_dir(here.join("thesis")).unwrap();
    std::fs::write(here.join("thesis/chapter.txt"), "years of work").unwrap();
    fails(here, &["battle", "--out", "thesis"], 6, &["thesis", "not empty", "--out DIR"]);
    assert_eq!(std::fs::read_dir(here.join("thesis")).unwrap().count(), 1);
    fails(here, &["battle", "--only", "tremd"], 3, &["did you mean `trend`"]);
    assert!(!here.join("runs").exists(), "a refused battle leaves nothing");
}

#[test]
fn completions_are_scripts() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = ctl(folder.path(), &["completion", shell]);
        assert!(output.status.success() && out(&output).contains("why-not"), "{shell}");
    }
}

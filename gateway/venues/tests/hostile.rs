//! A hostile environment: each fault has its exit code, and a message that names the input, the
//! place and the remedy; nothing half-written stays, and nothing panics.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, Ended, KALSHI, NEXT, config, cut, finish, first_core, refused};
use royale_journal::{recover, verify};
use royale_model::*;

#[test]
fn a_bad_command_line_is_a_usage_error() {
    let desk = Desk::of(100);
    let royale = |args: &[&str]| finish(desk.royale(args).spawn().unwrap());
    royale(&[]).with(2, &["Usage: royale"]);
    royale(&["fly"]).with(2, &["fly"]);
    royale(&["run"]).with(2, &["--config"]);
    royale(&["run", "--config", "battle.toml", "--sed", "run.seed=1"]).with(2, &["--sed"]);
    royale(&["run", "--config", "battle.toml", "--set", "run.seed"]).with(2, &["KEY=VALUE"]);
    for args in [&["--help"][..], &["run", "--help"], &["check", "--help"], &["replay", "--help"]] {
        let help = royale(args).with(0, &[]).stdout;
        assert!(help.contains("Exit codes") || help.contains("run.json"), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

#[test]
fn a_bad_configuration_is_named_with_its_place_and_its_remedy() {
    let desk = Desk::of(100);
    let good = config(&["short.tape"]);
    let with = |text: &str, set: &[&str], named: &[&str]| {
        desk.write("battle.toml", text);
        refused(&desk, set, 5, named);
    };
    with("run = [", &[], &["battle.toml:1:"]);
    with("\u{0}\u{1}", &[], &["battle.toml"]);
    with("", &[], &["battle.toml", "schema_version"]);
    with(&good.replace("speed", "sped"), &[], &["battle.toml:4:", "`run.sped`", "`run.speed`"]);
    with(&good.replace("\"max\"", "\"warp\""), &[], &["battle.toml:4:", "run.speed", "warp"]);
    with(&good, &["run.sede=3"], &["run.sede", "run.seed"]);
    with(&good, &["run.seed=-3"], &["run.seed"]);
    with(&good, &["journal.segment_mib=0"], &["journal.segment_mib"]);
    with(&good.replace("trend", "tredn"), &[], &["tredn", "trend"]);
    let slot = desk::slot("mine", "trend", 0, "fsat_s = 3");
    with(&format!("{good}{slot}"), &[], &["slot `mine`", "fsat_s", "`fast_s`"]);
    let slot = desk::slot("mine", "trend", 0, "fast_s = -1");
    with(&format!("{good}{slot}"), &[], &["slot `mine`", "fast_s"]);
    let slot = desk::slot("mine", "trend", 0, "symbol = \"DOGE\"");
    with(&format!("{good}{slot}"), &[], &["slot `mine`", "DOGE", "symbol"]);
    std::fs::write(desk.path("battle.toml"), b"\xff\xfe").unwrap();
    refused(&desk, &[], 5, &["battle.toml"]);
    std::fs::remove_file(desk.path("battle.toml")).unwrap();
    refused(&desk, &[], 5, &["battle.toml", "cannot be read", "check its path"]);
    std::fs::create_dir(desk.path("battle.toml")).unwrap();
    refused(&desk, &[], 5, &["battle.toml", "cannot be read"]);
}

#[test]
fn a_bad_tape_is_refused_before_anything_is_written() {
    let (preamble, events) = cut(KALSHI, 3_000);
    let desk = Desk::playing(&preamble, &events);
    let playing = |tapes: &[&str], code: i32, named: &[&str]| {
        desk.write("battle.toml", &config(tapes));
        refused(&desk, &[], code, named);
    };
    playing(&["nowhere.tape"], 5, &["nowhere.tape", "battle.toml:6:", "correct the path"]);
    std::fs::create_dir(desk.path("folder.tape")).unwrap();
    playing(&["folder.tape"], 5, &["folder.tape", "not a file", "correct the path"]);
    playing(&[], 5, &["run.tapes", "name at least one"]);

    let plain = std::fs::read(desk.path("short.tape")).unwrap();
    let packed = royale_codec::pack(&preamble, &events).unwrap();
    for (name, bytes) in [("plain.tape", &plain), ("packed.tapez", &packed)] {
        for length in [0, 1, 7, 100, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(desk.path(name), &bytes[..length]).unwrap();
            playing(&[name], 1, &[name, "byte", "again"]);
        }
        for at in [0, 8, 40, bytes.len() / 2, bytes.len() - 3] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            std::fs::write(desk.path(name), damaged).unwrap();
            playing(&[name], 1, &[name, "byte", "again"]);
        }
        std::fs::write(desk.path(name), b"A text about the weather, not a tape.").unwrap();
        playing(&[name], 1, &[name, "byte", "again"]);
    }
    // Under each other's name.
    std::fs::write(desk.path("plain.tape"), &packed).unwrap();
    playing(&["plain.tape"], 1, &["plain.tape", "byte 0"]);
    std::fs::write(desk.path("packed.tapez"), &plain).unwrap();
    playing(&["packed.tapez"], 1, &["packed.tapez", "byte 0"]);

    desk.write("battle.toml", &config(&["short.tape"]));
    desk.run("journaled", &[]).with(0, &[]);
    playing(
        &["journaled/journal/000001.journal"],
        5,
        &["000001.journal", "not a tape", "royale replay --journal"],
    );
}

/// Was: found in the middle of the run, after the journal had begun.
#[test]
fn tapes_out_of_order_or_twice_are_refused_before_anything_is_written() {
    let (preamble, events) = cut(KALSHI, 2_000);
    let desk = Desk::playing(&preamble, &events);
    let (preamble, events) = cut(NEXT, 2_000);
    std::fs::write(desk.path("next.tapez"), royale_codec::pack(&preamble, &events).unwrap())
        .unwrap();
    std::fs::copy(desk.path("short.tape"), desk.path("copy.tape")).unwrap();
    for tapes in [["next.tapez", "short.tape"], ["short.tape", "copy.tape"]] {
        desk.write("battle.toml", &config(&tapes));
        refused(&desk, &[], 5, &[tapes[1], "before", tapes[0], "order of their recording"]);
    }
    desk.write("battle.toml", &config(&["short.tape", "short.tape"]));
    refused(&desk, &[], 5, &["run.tapes", "one name", "each tape once"]);
    desk.write("battle.toml", &config(&["short.tape", "next.tapez"]));
    desk.run("out", &[]).with(0, &[]);
}

#[test]
fn an_event_that_no_tape_may_hold_is_refused_with_its_number() {
    let (preamble, events) = cut(KALSHI, 50);
    let holding = |event: Event, named: &[&str]| {
        let mut events = events.clone();
        events[30] = event;
        let desk = Desk::playing(&preamble, &events);
        refused(&desk, &[], 1, &[&["short.tape", "event 31"], named].concat());
        // Packed, where the packer takes it at all.
        if let Ok(packed) = royale_codec::pack(&preamble, &events) {
            std::fs::write(desk.path("packed.tapez"), packed).unwrap();
            desk.write("battle.toml", &config(&["packed.tapez"]));
            refused(&desk, &[], 1, &[&["packed.tapez", "event 31"], named].concat());
        }
    };
    let time = events[30].time();
    let on = |id, time| Stamp { seq: 0, time, venue_time: time, instrument: id };
    let gap = Body::Gap(Gap { expected: 1, received: 2, reason: GapReason::Sequence });
    let flags = EventFlags::LAST;
    holding(Event::new(on(InstrumentId(77), time), gap, flags), &["instrument", "table"]);
    holding(Event::new(on(InstrumentId::NONE, time), gap, flags), &["instrument", "table"]);
    let id = InstrumentId(0);
    holding(Event::new(on(id, Nanos::from_secs(1)), gap, flags), &["back in time"]);
    let stop = Command { code: CommandCode::Stop, uid: 0, pid: 0, slot: 0, value: 0 };
    let stop = Event::new(on(InstrumentId::NONE, time), Body::Command(stop), EventFlags::default());
    holding(stop, &["only market data"]);
}

#[test]
fn an_empty_tape_is_a_short_run() {
    let (preamble, _) = cut(KALSHI, 1);
    let desk = Desk::playing(&preamble, &[]);
    for topology in ["run.topology=fused", "run.topology=split2", "run.topology=pinned4"] {
        desk.run(topology, &[topology]).with(0, &[]);
        assert!(verify(&desk.path(topology).join("journal")).unwrap().sealed);
        desk.replay(topology).with(0, &[]);
    }
}

#[test]
fn threads_that_cannot_be_placed_are_refused_by_name() {
    let desk = Desk::of(500);
    let one_core = |set: &[&str]| {
        let mut command = std::process::Command::new("taskset");
        command.args(["-c", &first_core(), env!("CARGO_BIN_EXE_royale")]);
        command.args(["run", "--config", "battle.toml", "--out", "out", "--socket", "s.sock"]);
        for pair in set {
            command.args(["--set", pair]);
        }
        let pipe = std::process::Stdio::piped;
        command.current_dir(desk.path("")).stdout(pipe()).stderr(pipe());
        finish(command.spawn().unwrap())
    };
    let spin = ["run.topology=pinned4", "run.wait=spin"];
    one_core(&spin).with(5, &["pinned4", "spins 4 threads", "1 cores", "yield", "fused"]);
    refused(&desk, &["run.topology=fused", "run.cpus=[1023]"], 5, &["cpu 1023", "may use"]);
    let core = first_core();
    let twice = format!("run.cpus=[{core},{core}]");
    refused(&desk, &["run.topology=split2", &twice], 5, &["run.cpus", "twice"]);
    let three = format!("run.cpus=[{core}]");
    refused(&desk, &["run.topology=split2", &three], 5, &["1 cpus", "2 threads"]);
    assert!(!desk.path("out").exists());
    // What can be placed, runs.
    one_core(&["run.topology=fused", "run.wait=spin", &three]).with(0, &[]);
    one_core(&["run.topology=pinned4"]).with(1, &["already holds a journal"]);
}

#[test]
fn an_out_folder_that_is_used_or_cannot_be_written_is_refused() {
    let desk = Desk::of(500);
    desk.run("out", &[]).with(0, &[]);
    let before = (desk.listing(), desk.journal("out"));
    desk.run("out", &[]).with(1, &["out/journal", "already holds a journal", "new folder"]);
    assert_eq!((desk.listing(), desk.journal("out")), before);

    desk.write("file", "precious");
    let into = |out: &str| {
        let args = ["run", "--config", "battle.toml", "--socket", "s.sock", "--out", out];
        finish(desk.royale(&args).spawn().unwrap())
    };
    into("file/below").with(1, &["file/below/journal", "create the folder"]);
    into("/proc/royale").with(1, &["/proc/royale"]);
    assert!(!desk.path("s.sock").exists());
    refused_out_dir(&desk);
}

fn refused_out_dir(desk: &Desk) {
    let mut command = desk.royale(&["run", "--config", "battle.toml", "--set", "run.out_dir=file"]);
    command.args(["--socket", "s.sock"]);
    finish(command.spawn().unwrap()).with(5, &["run.out_dir", "not a folder"]);
    assert_eq!(std::fs::read_to_string(desk.path("file")).unwrap(), "precious");
}

/// Was: SIGXFSZ ended the process without a word.
#[test]
fn a_full_disk_stops_the_run_with_a_journal_that_is_good_up_to_there() {
    let desk = Desk::of(40_000);
    // Blocks of 1,024 bytes (bash) or 512 (dash): both are below one segment of 1 MiB.
    limited(&desk, "none", 500, &[]).with(1, &["000001", "no space", "Free space"]);
    assert!(!desk.path("none").exists(), "a journal that never was left folders");

    // A file system of its own where that is allowed; else there is nothing to fill.
    let disk = desk.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mount = |args: &[&str]| {
        std::process::Command::new("mount")
            .args(args)
            .arg(&disk)
            .output()
            .is_ok_and(|o| o.status.success())
    };
    if !mount(&["-t", "tmpfs", "-o", "size=2500k", "tmpfs"]) {
        eprintln!("no file system can be mounted here: only the first segment was tested");
        return;
    }
    let ended = desk.run_into_full_disk();
    let checked = std::panic::catch_unwind(|| {
        ended.with(1, &["disk/out/journal/", "no space", "Free space"]);
        let journal = disk.join("out/journal");
        let report = recover(&journal).unwrap();
        assert!(report.records > 1_000 && !report.sealed, "{report:?}");
        verify(&journal).unwrap();
        desk.replay("disk/out").with(0, &[]);
        assert!(!desk.path("full.sock").exists());
    });
    assert!(std::process::Command::new("umount").arg(&disk).status().unwrap().success());
    if let Err(failed) = checked {
        std::panic::resume_unwind(failed);
    }
}

fn limited(desk: &Desk, out: &str, blocks: u32, set: &[&str]) -> Ended {
    let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_royale"), "run", "--config", "battle.toml"]);
    command.args(["--out", out, "--socket", "full.sock"]);
    for pair in set {
        command.args(["--set", pair]);
    }
    let pipe = std::process::Stdio::piped;
    command.current_dir(desk.path("")).stdout(pipe()).stderr(pipe());
    finish(command.spawn().unwrap())
}

impl Desk {
    fn run_into_full_disk(&self) -> Ended {
        let mut command = self.royale(&["run", "--config", "battle.toml", "--socket", "full.sock"]);
        command.args(["--out", "disk/out", "--set", "run.topology=split2"]);
        finish(command.spawn().unwrap())
    }
}

/// Was: a panic, exit code 101.
#[test]
fn an_output_that_cannot_be_written_is_an_error_and_no_panic() {
    let desk = Desk::of(500);
    desk.run("out", &[]).with(0, &[]);
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for args in [
        &["check", "--config", "battle.toml"][..],
        &["replay", "--journal", "out"],
        &["replay", "--journal", "out", "--json"],
    ] {
        let mut command = desk.royale(args);
        finish(command.stdout(full()).spawn().unwrap()).with(1, &["standard output"]);
    }
    let mut command = desk.royale(&["replay", "--journal", "nowhere"]);
    let ended = finish(command.stderr(full()).spawn().unwrap());
    assert_eq!(ended.code, Some(1), "where nobody can be told, the exit code still says it");
}

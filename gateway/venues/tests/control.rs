//! The control socket: what a client may do, and what it must not be able to do.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Client, Desk, Running, halt, resume, stop};
use royale_codec::control::{Command as Ask, EngineState, Request, encode};
use royale_journal::{Record, verify};
use royale_model::{Body, Command, CommandCode};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Slow enough to be talked to, fast enough for a test.
const TALK: [&str; 2] = ["run.speed=20x", "run.max_idle_gap_ms=200"];

fn commands(desk: &Desk, out: &str) -> Vec<(u64, Command)> {
    let command = |record: &Record| match record {
        Record::Event(event) => match event.body() {
            Body::Command(command) => Some((event.seq(), command)),
            _ => None,
        },
        _ => None,
    };
    desk.records(out).iter().filter_map(command).collect()
}

fn own_uid() -> u32 {
    std::fs::metadata("/proc/self").unwrap().uid()
}

#[test]
fn each_command_is_answered_once_and_stands_on_the_journal_with_its_sender() {
    let desk = Desk::new();
    let run = desk.start("out", &TALK);
    let mode = std::fs::metadata(&run.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut client = run.client();
    let status = client.status();
    assert_eq!(status.pid, run.pid());
    assert_eq!(status.state, EngineState::Running);
    assert_eq!(Path::new(&status.journal_dir), desk.path("out/journal"));
    assert_eq!(status.slots.len(), 6);
    assert_eq!(status.tape_progress.unwrap().total, 15_000);

    run.reach(200);
    let halted = client.command(halt());
    while client.status().state != EngineState::Halted {}
    let resumed = client.command(resume());
    while client.status().state != EngineState::Running {}
    let stopped = client.command(stop());
    assert!(client.hear().is_none(), "an answer to nothing");
    run.end().with(0, &[]);

    let sent = |code| Command { code, uid: own_uid(), pid: std::process::id(), slot: 0, value: 0 };
    assert_eq!(
        commands(&desk, "out"),
        [
            (halted, sent(CommandCode::Halt)),
            (resumed, sent(CommandCode::Resume)),
            (stopped, sent(CommandCode::Stop)),
        ]
    );
    let report = verify(&desk.path("out/journal")).unwrap();
    assert!(report.sealed && report.last_seq >= stopped);
    assert_eq!(desk.run_json("out")["stopped"], true);
    assert!(!desk.path("out.sock").exists());
    desk.replay("out").with(0, &[]);
}

/// Was: the process could end between the command's acceptance and its answer.
#[test]
fn a_stop_is_answered_before_the_process_ends() {
    let desk = Desk::of(3_000);
    for round in 0..5 {
        let run = desk.start(&format!("out{round}"), &TALK);
        run.client().command(stop());
        run.end().with(0, &[]);
    }
}

#[test]
fn a_signal_stops_the_run_in_good_order() {
    let desk = Desk::new();
    for signal in ["TERM", "INT"] {
        let run = desk.start(signal, &TALK);
        run.reach(100);
        run.signal(signal);
        let pid = run.pid();
        run.end().with(0, &[]);
        let commands = commands(&desk, signal);
        let sent = Command { code: CommandCode::Stop, uid: own_uid(), pid, slot: 0, value: 0 };
        assert_eq!(commands.len(), 1, "{commands:?}");
        assert_eq!(commands[0].1, sent);
        let report = verify(&desk.path(&format!("{signal}/journal"))).unwrap();
        assert!(report.sealed && report.last_seq >= commands[0].0);
        assert!(!desk.path(&format!("{signal}.sock")).exists());
        desk.replay(signal).with(0, &[]);
    }
}

/// The commands that a live run took at whatever moment, it must take again in its replay.
#[test]
fn a_replay_takes_every_command_where_the_run_took_it() {
    let desk = Desk::new();
    for (out, speed, topology) in [
        ("slow", "run.speed=10x", "run.topology=fused"),
        ("quick", "run.speed=100x", "run.topology=split2"),
        ("threads", "run.speed=40x", "run.topology=pinned4"),
    ] {
        let run = desk.start(out, &[speed, topology, "run.max_idle_gap_ms=500"]);
        let mut client = run.client();
        for _ in 0..8 {
            client.command(halt());
            client.command(resume());
            std::thread::sleep(std::time::Duration::from_millis(7));
        }
        client.command(stop());
        run.end().with(0, &[]);
        assert_eq!(commands(&desk, out).len(), 17);
        desk.replay(out).with(0, &[]);
    }
}

fn raw(run: &Running) -> UnixStream {
    UnixStream::connect(&run.socket).unwrap()
}

/// Hostile and careless clients. None may disturb the run, or the journal.
#[test]
fn no_client_disturbs_the_run() {
    let desk = Desk::new();
    desk.run("calm", &[]).with(0, &[]);
    let run = desk.start("out", &["run.speed=60x", "run.max_idle_gap_ms=200"]);

    // Garbage: a length that cannot be, said once, and the end.
    let mut garbage = Client::new(raw(&run));
    garbage.stream.write_all(&[0xff; 4096]).unwrap();
    let refusal = garbage.hear().unwrap().result.unwrap_err();
    assert_eq!(refusal.code, "malformed");
    assert!(garbage.hear().is_none());

    // Two gibibytes, announced.
    let mut huge = Client::new(raw(&run));
    huge.stream.write_all(&(1_u32 << 31).to_le_bytes()).unwrap();
    assert!(huge.hear().unwrap().result.unwrap_err().message.contains("2147483648"));

    // A frame that is no request, and one of a version to come: answered, and the stream goes on.
    let mut foreign = Client::new(raw(&run));
    for body in [&b"{}"[..], b"\"halt\"", br#"{"version":99,"id":3,"command":{}}"#, b"\xff\xfe"] {
        let mut frame = u32::try_from(body.len()).unwrap().to_le_bytes().to_vec();
        frame.extend(body);
        foreign.stream.write_all(&frame).unwrap();
        assert_eq!(foreign.hear().unwrap().result.unwrap_err().code, "malformed");
    }
    foreign.status();
    let mut deep = vec![b'['; 1 << 20];
    deep.splice(..0, (1_u32 << 20).to_le_bytes());
    foreign.stream.write_all(&deep).unwrap();
    assert_eq!(foreign.hear().unwrap().result.unwrap_err().code, "malformed");

    // Half a frame, and nothing more; nothing at all; a client that asks and does not listen.
    let half = encode(&Request::new(1, halt())).unwrap();
    let mut cut = raw(&run);
    cut.write_all(&half[..half.len() / 2]).unwrap();
    let silent = raw(&run);
    let mut gone = raw(&run);
    gone.write_all(&encode(&Request::new(1, Ask::Status {})).unwrap()).unwrap();
    drop(gone);

    // A hundred at once: some are served, the rest are turned away, and when they are gone the
    // next is served.
    let crowd: Vec<UnixStream> = (0..100).map(|_| raw(&run)).collect();
    let deadline = std::time::Instant::now() + desk::PATIENCE;
    let is_closed = |mut stream: &UnixStream| matches!(stream.read(&mut [0]), Ok(0));
    crowd.iter().for_each(|stream| stream.set_nonblocking(true).unwrap());
    while crowd.iter().filter(|&stream| is_closed(stream)).count() < 80 {
        assert!(std::time::Instant::now() < deadline, "more than 20 of 100 are kept");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    drop(crowd);
    drop((cut, silent));
    loop {
        let mut next = Client::new(raw(&run));
        let asked = encode(&Request::new(1, Ask::Status {})).unwrap();
        if next.stream.write_all(&asked).is_ok() && next.hear().is_some() {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "nobody is served any more");
    }

    run.end().with(0, &[]);
    assert!(desk.journal("calm") == desk.journal("out"), "a client left its mark");
}

#[test]
fn two_engines_never_share_a_socket_or_steal_it() {
    let desk = Desk::new();
    let run = desk.start("first", &TALK);
    let second = |out: &str| {
        let args = ["run", "--config", "battle.toml", "--out", out, "--socket", "first.sock"];
        desk::finish(desk.royale(&args).spawn().unwrap())
    };
    second("second").with(1, &["first.sock", "another engine", "ctl stop", "--socket"]);
    assert!(!desk.path("second").exists(), "the second engine left a folder");
    run.client().status();

    // Killed: the socket stays, and the next engine takes it over.
    run.signal("KILL");
    assert_eq!(run.end().signal, Some(9));
    assert!(desk.path("first.sock").exists());
    second("third").with(0, &[]);
    assert!(!desk.path("first.sock").exists());
}

#[test]
fn engines_that_start_together_leave_one_in_charge() {
    let desk = Desk::of(5_000);
    // A stale socket, so that both want to clear it.
    drop(std::os::unix::net::UnixListener::bind(desk.path("shared.sock")).unwrap());
    let start = |out: &str| {
        let mut args = vec!["run", "--config", "battle.toml", "--socket", "shared.sock"];
        args.extend(["--out", out, "--set", "run.speed=1x"]);
        desk.royale(&args).spawn().unwrap()
    };
    let mut children: Vec<_> = ["a", "b", "c", "d"].into_iter().map(start).collect();
    // Three give up; the one that is left is in charge, and can be reached.
    let deadline = std::time::Instant::now() + desk::PATIENCE;
    let mut ended = Vec::new();
    while ended.len() < 3 {
        assert!(std::time::Instant::now() < deadline, "{ended:#?}");
        match children.iter_mut().position(|child| child.try_wait().unwrap().is_some()) {
            Some(at) => ended.push(desk::finish(children.swap_remove(at))),
            None => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    }
    Client::new(UnixStream::connect(desk.path("shared.sock")).unwrap()).command(stop());
    ended.extend(children.into_iter().map(desk::finish));
    let good = ended.iter().filter(|ended| ended.code == Some(0)).count();
    assert_eq!(good, 1, "{ended:#?}");
    assert!(!desk.path("shared.sock").exists());
}

#[test]
fn what_is_not_our_socket_stays() {
    let desk = Desk::of(1_000);
    let run = |socket: &str| {
        let args = ["run", "--config", "battle.toml", "--out", "out", "--socket", socket];
        desk::finish(desk.royale(&args).spawn().unwrap())
    };
    desk.write("file", "precious");
    run("file").with(1, &["file", "stays", "--socket"]);
    assert_eq!(std::fs::read_to_string(desk.path("file")).unwrap(), "precious");
    std::os::unix::fs::symlink("file", desk.path("link")).unwrap();
    run("link").with(1, &["link", "stays", "--socket"]);
    std::os::unix::fs::symlink("nowhere", desk.path("dangling")).unwrap();
    run("dangling").with(1, &["dangling", "stays"]);
    assert!(desk.path("dangling").is_symlink());
    run("file/inside/engine.sock").with(1, &["file/inside/engine.sock", "folder", "--socket"]);
    run(&"x".repeat(200)).with(1, &["xxx", "--socket"]);
    std::fs::create_dir(desk.path("open")).unwrap();
    let everybody = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(desk.path("open"), everybody).unwrap();
    run("open/engine.sock").with(1, &["open/engine.sock", "everybody", "chmod o-w"]);
    assert!(!desk.path("out").exists(), "a run without a socket left a folder");

    // A folder of ours is made for us alone.
    run("new/engine.sock").with(0, &[]);
    let mode = std::fs::metadata(desk.path("new")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

/// Was: an engine removed whatever stood at its socket's path when it ended.
#[test]
fn an_engine_removes_its_own_socket_only() {
    let desk = Desk::of(5_000);
    let run = desk.start("out", &TALK);
    let mut client = run.client();
    std::fs::remove_file(&run.socket).unwrap();
    let _other = std::os::unix::net::UnixListener::bind(&run.socket).unwrap();
    client.command(stop());
    let socket = run.socket.clone();
    run.end().with(0, &[]);
    assert!(socket.exists(), "another engine's socket is gone");
}

//! What is said to the engine stands on its journal: by whom, why, and what was refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Client, Desk, Running, halt, resume, stop};
use royale_codec::control::{Command as Ask, Reply, Share};
use royale_codec::swap::{OrdersChoice, StrategyChoice, Swap};
use royale_journal::Record;
use royale_model::{Body, Command, CommandCode, Remark};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;

const TALK: [&str; 2] = ["run.speed=20x", "run.max_idle_gap_ms=200"];

/// Each command of a run with its reason and its refusal.
fn said(desk: &Desk, out: &str) -> Vec<(Command, String, String)> {
    let mut remark = Remark::default();
    let mut all = Vec::new();
    for record in desk.records(out) {
        let Record::Event(event) = record else { continue };
        match event.body() {
            Body::Note(note) => remark.take(&note),
            Body::Command(command) => {
                let remark = std::mem::take(&mut remark);
                all.push((command, remark.reason(), remark.refusal()));
            }
            _ => {}
        }
    }
    assert_eq!(remark, Remark::default(), "words without a command");
    all
}

fn refused(client: &mut Client, ask: Ask) -> String {
    client.ask(ask).result.expect_err("not refused").code
}

fn share_out(shares: &[(&str, u16)], reason: &str) -> Ask {
    let share = |&(slot, bp): &(&str, u16)| Share { slot: slot.to_owned(), bp };
    let shares = shares.iter().map(share).collect();
    Ask::Allocate { shares, regime: None, reason: reason.to_owned() }
}

fn shares(client: &mut Client) -> Vec<u32> {
    client.status().slots.iter().map(|slot| slot.allocation_bp).collect()
}

#[test]
fn every_command_stands_on_the_journal_with_its_reason_and_so_does_its_refusal() {
    let desk = Desk::new();
    let run = desk.start("out", &TALK);
    let mut client = run.client();
    run.reach(100);
    let long = format!("{} — the end", "why ".repeat(200));
    client.command(Ask::Halt { reason: long.clone() });
    client.command(Ask::Resume { reason: String::new() });
    let slot = |slot: &str| slot.to_owned();
    let quarantine = |name| Ask::Quarantine { slot: slot(name), reason: slot("a drill") };
    assert_eq!(refused(&mut client, quarantine("nobody")), "unknown");
    client.ask(quarantine("trend")).result.unwrap();
    let swap = Swap {
        slot: slot("imbalance"),
        strategy: StrategyChoice::Native { name: slot("no-such") },
        params: BTreeMap::new(),
        carry: false,
        shadow_ms: 0,
        probation_ms: 0,
        orders: OrdersChoice::Cancel,
        dry_run: false,
        reason: slot("a better one"),
    };
    assert_eq!(refused(&mut client, Ask::Swap(Box::new(swap))), "invalid");
    client.command(stop());
    run.end().with(0, &[]);

    let uid = std::fs::metadata("/proc/self").unwrap().uid();
    let pid = std::process::id();
    let seen = said(&desk, "out");
    assert!(seen.iter().all(|(command, ..)| (command.uid, command.pid) == (uid, pid)));
    let row = |at: usize| {
        let (command, reason, refusal) = &seen[at];
        (command.code, command.slot, command.value, reason.as_str(), refusal.as_str())
    };
    assert_eq!(row(0), (CommandCode::Halt, 0, 0, long.as_str(), ""));
    assert_eq!(row(1), (CommandCode::Resume, 0, 0, "", ""));
    let asked = |code| code as i64;
    assert_eq!(
        row(2),
        (
            CommandCode::Refused,
            Command::NO_SLOT,
            asked(CommandCode::Quarantine),
            "a drill",
            "there is no slot `nobody`"
        )
    );
    assert_eq!(row(3), (CommandCode::Quarantine, 3, 0, "a drill", ""));
    let (code, slot, value, reason, refusal) = row(4);
    assert_eq!((code, slot, value), (CommandCode::Refused, 5, asked(CommandCode::Install)));
    assert!(reason == "a better one" && refusal.contains("no-such"), "{refusal}");
    assert_eq!((row(5).0, row(5).3, seen.len()), (CommandCode::Stop, "drill", 6));
    // Words are inputs too: they come again where they came.
    desk.replay("out").with(0, &[]);
}

#[test]
fn the_house_is_shared_out_whole_or_not_at_all() {
    let desk = Desk::new();
    let run = desk.start(
        "out",
        &[
            "run.speed=20x",
            "run.max_idle_gap_ms=200",
            "risk.allocation_bp_max=4000",
            "meta.cap_bp=4000",
        ],
    );
    let mut client = run.client();
    run.reach(100);
    let before = shares(&mut client);
    assert_eq!(before, [1_600; 6]);
    // What is given up first makes room, in whatever order it is said.
    client
        .command(share_out(&[("trend", 4_000), ("imbalance", 0), ("fair-value", 800)], "it earns"));
    let after = [800, 1_600, 1_600, 4_000, 1_600, 0];
    assert_eq!(shares(&mut client), after);
    for (wrong, code) in [
        (share_out(&[("trend", 4_001)], ""), "limit"),
        (share_out(&[("imbalance", 401)], ""), "limit"),
        (share_out(&[("imbalance", 1), ("nobody", 1)], ""), "unknown"),
        (share_out(&[("imbalance", 1), ("5", 2)], ""), "invalid"),
    ] {
        assert_eq!(refused(&mut client, wrong), code);
        assert_eq!(shares(&mut client), after, "half done");
    }
    client.command(stop());
    run.end().with(0, &[]);
    let seen = said(&desk, "out");
    let of = |code| seen.iter().filter(move |(command, ..)| command.code == code);
    let set: Vec<_> = of(CommandCode::Allocate).map(|(one, ..)| (one.slot, one.value)).collect();
    assert_eq!(set, [(0, 800), (5, 0), (3, 4_000)]);
    assert_eq!(of(CommandCode::Refused).count(), 4);
    desk.replay("out").with(0, &[]);
}

fn read_door(run: &Running) -> Client {
    Client::new(UnixStream::connect(format!("{}.read", run.socket.display())).unwrap())
}

#[test]
fn the_socket_for_reading_answers_and_takes_no_commands() {
    let desk = Desk::new();
    let run = desk.start("out", &TALK);
    let mut reader = read_door(&run);
    assert_eq!(reader.status().pid, run.pid());
    for ask in [halt(), resume(), stop(), share_out(&[("trend", 0)], "")] {
        assert_eq!(refused(&mut reader, ask), "read-only");
    }
    // As many readers as are let in keep nobody out who commands.
    let crowd: Vec<_> = (0..16).map(|_| read_door(&run)).collect();
    run.client().command(stop());
    drop((crowd, reader));
    run.end().with(0, &[]);
    let seen = said(&desk, "out");
    assert_eq!(seen.len(), 1, "a reader wrote on the journal: {seen:?}");
    assert!(!desk.path("out.sock.read").exists());
}

/// Another user, as the kernel knows him: turned away, unless he is on the list. Only root can play
/// two users; elsewhere the rule alone is tested, where it stands.
#[test]
fn another_user_is_turned_away_unless_he_is_on_the_list() {
    const STRANGER: u32 = 65_534;
    if let Ok(socket) = std::env::var("ROYALE_KNOCKS_AT") {
        return knock(&socket);
    }
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let open = |desk: &Desk| {
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(desk.path(""), all).unwrap();
    };
    // The test itself, as somebody else, from a place that he may read.
    let desk = Desk::new();
    open(&desk);
    let copy = desk.path("knocker");
    std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let visit = |socket: &str| {
        let knocker = std::process::Command::new(&copy)
            .args([
                "--exact",
                "another_user_is_turned_away_unless_he_is_on_the_list",
                "--nocapture",
            ])
            .env("ROYALE_KNOCKS_AT", desk.path(socket))
            .uid(STRANGER)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&knocker.stdout).into_owned();
        let heard = text.lines().find_map(|line| line.split("heard: ").nth(1)).unwrap_or(&text);
        heard.to_owned()
    };
    let lists: [(&str, &[&str], [&str; 2]); 3] = [
        ("closed", &[], ["no entry", "no entry"]),
        ("reads", &["control.read_uids=65534"], ["no entry", "status, read-only"]),
        ("commands", &["control.command_uids=65534"], ["status, accepted", "status, read-only"]),
    ];
    for (out, list, expected) in lists {
        let run = desk.start(out, &[&TALK[..], list].concat());
        let heard = [visit(&format!("{out}.sock")), visit(&format!("{out}.sock.read"))];
        assert_eq!(heard, expected, "{out}");
        run.client().command(stop());
        run.end().with(0, &[]);
    }
    let halts = said(&desk, "commands");
    let by_him = halts.iter().find(|(command, ..)| command.uid == STRANGER).unwrap();
    assert_eq!((by_him.0.code, by_him.1.as_str()), (CommandCode::Halt, "drill"));
}

/// What a visitor hears: whether he comes in, an answer, and what becomes of a command.
fn knock(socket: &str) {
    let Ok(stream) = UnixStream::connect(socket) else { return println!("heard: no entry") };
    let mut client = Client::new(stream);
    let command = match client.ask_or_leave(Ask::Status {}) {
        None => return println!("heard: no entry"),
        Some(_) => client.ask(halt()).result,
    };
    let outcome = match command {
        Ok(Reply::Accepted { .. }) => "accepted".to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(refusal) => refusal.code,
    };
    println!("heard: status, {outcome}");
}

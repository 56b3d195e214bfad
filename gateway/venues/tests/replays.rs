//! A replay says identical exactly when it is.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::Desk;
use royale_journal::{Record, recover, verify};
use std::os::unix::fs::FileExt;

#[test]
fn a_fresh_run_is_rebuilt_from_its_journal_alone() {
    let desk = Desk::new();
    desk.run("out", &[]).with(0, &[]);
    // Neither tape nor configuration nor anything else beside the journal is needed.
    std::fs::remove_file(desk.path("short.tape")).unwrap();
    std::fs::remove_file(desk.path("battle.toml")).unwrap();
    let ended = desk.replay("out").with(0, &[]);
    assert!(ended.stdout.contains("identical") && ended.stdout.contains("seal "), "{ended:?}");
    desk.replay("out/journal").with(0, &[]);
    let mut command = desk.royale(&["replay", "--journal", "out", "--json"]);
    let report: serde_json::Value =
        serde_json::from_str(&desk::finish(command.spawn().unwrap()).with(0, &[]).stdout).unwrap();
    assert_eq!(report["identical"], true);
    assert_eq!(report["records"], desk.records("out").len());
    assert_eq!(report["seal"], desk.run_json("out")["journal_seal"]);
}

/// A journal that a kill cut short is replayed as it is, up to its last record; recovery takes a
/// torn tail away first where there is one, and changes nothing else.
#[test]
fn a_journal_that_a_kill_cut_short_is_rebuilt_up_to_there() {
    let desk = Desk::of(30_000);
    for (round, reached) in [(0, 50), (1, 1_000), (2, 3_000), (3, 6_000)] {
        let out = format!("out{round}");
        let topology = if round % 2 == 0 { "run.topology=fused" } else { "run.topology=pinned4" };
        let run = desk.start(&out, &["run.speed=300x", "run.max_idle_gap_ms=300", topology]);
        run.reach(reached);
        run.signal("KILL");
        assert_eq!(run.end().signal, Some(9));
        let journal = desk.path(&out).join("journal");
        let before = desk.records(&out);
        assert!(before.last().is_some_and(|last| last.seq() >= reached), "written was lost");
        let ended = desk.replay(&out).with(0, &[]);
        assert!(ended.stdout.contains("cut short"), "{ended:?}");
        recover(&journal).unwrap();
        assert!(!verify(&journal).unwrap().sealed);
        assert!(desk.records(&out) == before, "recovery changed records");
        desk.replay(&out).with(0, &[]);
        desk.run(&out, &[]).with(1, &[&out, "already holds a journal"]);
    }
}

/// Was: where the feed is slower than the venue's answers, the end of a broken-off journal let the
/// venue work past market events that the journal lacks.
#[test]
fn a_run_that_ends_early_is_rebuilt_where_the_feed_is_slower_than_the_answers() {
    let desk = Desk::new();
    let constant = |us: u32| format!("{{ kind = \"constant\", us = {us} }}");
    let slow = format!(
        "[simulation]\nfeed_latency = {}\norder_latency = {}\nresponse_latency = {}\n",
        constant(60_000),
        "{ kind = \"uniform\", min_us = 1, max_us = 30000 }",
        "{ kind = \"uniform\", min_us = 1, max_us = 20000 }"
    );
    desk.write("battle.toml", &(desk::config(&["short.tape"]) + &slow));
    for round in 0..6 {
        let out = format!("out{round}");
        let run = desk.start(&out, &["run.speed=30x", "run.max_idle_gap_ms=300"]);
        run.reach(100 + 60 * round);
        let mut client = run.client();
        for _ in 0..4 {
            client.command(desk::halt());
            client.command(desk::resume());
            client.command(desk::halt());
            client.command(desk::resume());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        if round % 2 == 0 {
            client.command(desk::halt());
            run.signal("KILL");
            assert_eq!(run.end().signal, Some(9));
        } else {
            client.command(desk::stop());
            run.end().with(0, &[]);
        }
        desk.replay(&out).with(0, &[]);
    }
}

/// Where each record begins, by kind: the places of a journal worth hurting.
fn places(desk: &Desk, out: &str) -> Vec<(&'static str, u64)> {
    let bytes = &desk.journal(out)["000001.journal"];
    let sizes = |record: &Record| match record {
        Record::Decision(_) => 208,
        _ => 80,
    };
    let records = desk.records(out);
    let of_records: u64 = records.iter().map(sizes).sum();
    let seal = bytes.len() as u64 - 64;
    let mut at = seal - of_records;
    let mut places = vec![("magic", 0), ("header", 9), ("header", at / 2), ("header", at - 1)];
    let mut seen = [0_u32; 5];
    for record in &records {
        let kind = record.kind() as usize;
        seen[kind] += 1;
        if seen[kind] == 2 {
            let name = ["", "event", "decision", "verdict", "order"][kind];
            // Tag, checksum, sequence, and the payload's first, middle and last byte.
            let end = sizes(record);
            places.extend([0, 5, 9, 16, end / 2, end - 1].map(|byte| (name, at + byte)));
        }
        at += sizes(record);
    }
    assert_eq!(at, seal);
    places.extend([0, 5, 9, 20, 50, 56, 63].map(|byte| ("seal", seal + byte)));
    places
}

#[test]
fn one_changed_byte_anywhere_is_found_and_named() {
    let desk = Desk::of(8_000);
    desk.run("out", &["journal.segment_mib=16"]).with(0, &[]);
    let path = desk.path("out/journal/000001.journal");
    let file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    let places = places(&desk, "out");
    assert_eq!(places.len(), 4 + 4 * 6 + 7, "some kind of record is missing: {places:?}");
    for (name, at) in places {
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
        let ended = desk.replay("out");
        assert_eq!(ended.code, Some(8), "{name}, byte {at}: {ended:?}");
        ended.with(8, &["000001.journal", "at byte "]);
        file.write_all_at(&byte, at).unwrap();
    }
    desk.replay("out").with(0, &[]);
}

/// A forger who computes every checksum anew is found by the engine itself.
#[test]
fn a_forged_journal_with_a_right_seal_is_not_what_the_engine_does() {
    let desk = Desk::of(4_000);
    desk.run("out", &[]).with(0, &[]);
    let records = desk.records("out");
    let reader = royale_journal::Reader::open(&desk.path("out/journal")).unwrap();
    let forge = |out: &str, change: &dyn Fn(usize, Record) -> Option<Record>| {
        let options = royale_journal::Options::default();
        let path = desk.path(out);
        let mut writer = royale_journal::Writer::create(&path, reader.preamble(), options).unwrap();
        for (at, &record) in records.iter().enumerate() {
            match change(at, record) {
                Some(Record::Event(event)) => writer.event(&event),
                Some(Record::Decision(decision)) => writer.decision(&decision),
                Some(Record::Verdict(verdict)) => writer.verdict(&verdict),
                Some(Record::Order(order)) => writer.order(&order),
                Some(Record::Slot(change)) => writer.slot(&change),
                None => {}
            }
        }
        writer.finish().unwrap();
        assert!(verify(&path).unwrap().sealed);
        desk.replay(out)
    };
    forge("same", &|_, record| Some(record)).with(0, &[]);
    let last_order = records.iter().rposition(|r| matches!(r, Record::Order(_))).unwrap();
    forge("omitted", &|at, record| (at != last_order).then_some(record))
        .with(8, &["omitted", "record", "differs", "journal:", "rebuilt:"]);
    forge("moved", &|at, record| match record {
        Record::Order(mut order) if at == last_order => {
            order.qty = order.qty.saturating_add(order.qty);
            Some(Record::Order(order))
        }
        other => Some(other),
    })
    .with(8, &["moved", &format!("record {} differs", last_order + 1)]);
}

#[test]
fn what_is_no_journal_is_an_error_and_no_mismatch() {
    let desk = Desk::of(1_000);
    desk.replay("nowhere").with(1, &["nowhere"]);
    std::fs::create_dir(desk.path("empty")).unwrap();
    desk.replay("empty").with(1, &["empty", "holds no journal"]);
    desk.replay("short.tape").with(1, &["short.tape", "tape"]);
    desk.replay("battle.toml").with(8, &["battle.toml", "at byte 0"]);
}

//! A part of a journal is recomputed: what an auditor of one order asks for, while a run goes on too.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, Ended, finish};
use royale_journal::{Options, Reader, Record, Writer};
use royale_model::Decision;
use std::os::unix::fs::FileExt;
use zerocopy::{IntoBytes, TryFromBytes};

/// Where a decision's attributions begin, and how long each is.
const ATTRIBUTIONS: usize = 64;
const LENGTH: usize = 16;

fn until(desk: &Desk, out: &str, seq: u64) -> Ended {
    let seq = seq.to_string();
    let args = ["replay", "--journal", out, "--until", &seq, "--json"];
    finish(desk.royale(&args).spawn().unwrap())
}

fn json(ended: &Ended) -> serde_json::Value {
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Writes the journal anew, with every checksum and seal right and other records.
fn forge(desk: &Desk, out: &str, change: &dyn Fn(usize, Record) -> Vec<Record>) {
    let reader = Reader::open(&desk.path("out/journal")).unwrap();
    let path = desk.path(out);
    let mut writer = Writer::create(&path, reader.preamble(), Options::default()).unwrap();
    let forged = desk.records("out").into_iter().enumerate();
    for record in forged.flat_map(|(at, record)| change(at, record)) {
        match record {
            Record::Event(event) => writer.event(&event),
            Record::Decision(decision) => writer.decision(&decision),
            Record::Verdict(verdict) => writer.verdict(&verdict),
            Record::Order(order) => writer.order(&order),
            Record::Slot(change) => writer.slot(&change),
        }
    }
    writer.finish().unwrap();
}

/// The decision with other bytes.
fn bent(decision: &Decision, bend: impl Fn(&mut [u8])) -> Decision {
    let mut bytes = [0; size_of::<Decision>()];
    bytes.copy_from_slice(decision.as_bytes());
    bend(&mut bytes);
    Decision::try_read_from_bytes(&bytes).unwrap()
}

/// A nano of score from the second reason to the first: the sum stays what it is.
fn shifted(decision: &Decision) -> Decision {
    bent(decision, |bytes| {
        for (reason, by) in [(0, 1), (1, -1)] {
            let place = ATTRIBUTIONS + reason * LENGTH;
            let share = &mut bytes[place..place + 8];
            let old = i64::from_le_bytes(share.as_ref().try_into().unwrap());
            share.copy_from_slice(&(old + by).to_le_bytes());
        }
    })
}

/// The place of a decision with at least two reasons.
fn with_reasons(records: &[Record]) -> (usize, Decision) {
    let found = records.iter().enumerate().skip(records.len() / 2).find_map(|(at, record)| {
        let Record::Decision(decision) = record else { return None };
        (decision.attributions().len() > 1).then_some((at, *decision))
    });
    found.unwrap()
}

#[test]
fn every_record_up_to_an_input_is_recomputed_and_none_after_it() {
    let desk = Desk::of(8_000);
    desk.run("out", &[]).with(0, &[]);
    let records = desk.records("out");
    let last = records.last().unwrap().seq();
    let decided = records.iter().filter(|record| matches!(record, Record::Decision(_)));
    let decided: Vec<u64> = decided.map(Record::seq).collect();
    assert!(decided.len() > 20, "{decided:?}");
    let some = decided.iter().step_by(decided.len() / 8).copied();
    for seq in some.chain([1, last - 1, last]) {
        let report = json(&until(&desk, "out", seq).with(0, &[]));
        let expected = records.iter().filter(|record| record.seq() <= seq).count();
        assert_eq!((&report["identical"], &report["inputs"]), (&true.into(), &seq.into()));
        assert_eq!(report["records"], expected, "until {seq}");
    }
    until(&desk, "out", last + 1).with(1, &["there is no input", &last.to_string()]);
}

#[test]
fn an_attribution_that_was_changed_with_its_checksum_is_named() {
    let desk = Desk::of(8_000);
    desk.run("out", &[]).with(0, &[]);
    let records = desk.records("out");
    let (place, decision) = with_reasons(&records);
    forge(&desk, "shifted", &|at, record| match record {
        Record::Decision(decision) if at == place => vec![Record::Decision(shifted(&decision))],
        other => vec![other],
    });
    royale_journal::verify(&desk.path("shifted")).unwrap();
    until(&desk, "shifted", decision.seq - 1).with(0, &[]);
    let name = decision.attributions()[0].feature.name();
    let part = format!("attribution 1 ({name}): contribution");
    for seq in [decision.seq, records.last().unwrap().seq()] {
        let ended = until(&desk, "shifted", seq).with(8, &[&part]);
        let report = json(&ended);
        assert_eq!((&report["identical"], &report["kind"]), (&false.into(), &"decision".into()));
        assert_eq!(report["seq"], decision.seq);
        assert_eq!(report["record"], place + 1);
        assert_eq!(report["fields"].as_array().unwrap().len(), 2, "{report}");
        assert_eq!(report["fields"][0]["name"], part.as_str());
    }
}

/// Was: a sign before a zero passed, because records were compared as numbers and not as bytes.
#[test]
fn a_sign_before_a_zero_is_a_difference() {
    let desk = Desk::of(8_000);
    desk.run("out", &[]).with(0, &[]);
    let of_zero = |decision: &Decision| decision.attributions().iter().position(|r| r.value == 0.0);
    let found = desk.records("out").into_iter().enumerate().find_map(|(at, record)| match record {
        Record::Decision(decision) => of_zero(&decision).map(|reason| (at, reason, decision.seq)),
        _ => None,
    });
    let (place, reason, seq) = found.unwrap();
    forge(&desk, "signed", &|at, record| match record {
        Record::Decision(decision) if at == place => {
            let sign = ATTRIBUTIONS + reason * LENGTH + 11;
            vec![Record::Decision(bent(&decision, |bytes| bytes[sign] ^= 0x80))]
        }
        other => vec![other],
    });
    let report = json(&until(&desk, "signed", seq).with(8, &["value"]));
    assert_eq!(
        (&report["fields"][0]["journal"], &report["fields"][0]["rebuilt"]),
        (&"-0.0".into(), &"0.0".into())
    );
}

/// The last record of the last input that is looked at, where nothing behind it would tell.
#[test]
fn a_record_that_was_left_out_at_the_end_of_the_part_is_missed() {
    let desk = Desk::of(8_000);
    desk.run("out", &[]).with(0, &[]);
    let records = desk.records("out");
    let is_last_of_its_input = |at: usize| records[at].seq() != records[at + 1].seq();
    let place = (0..records.len() - 1)
        .find(|&at| matches!(records[at], Record::Order(_)) && is_last_of_its_input(at))
        .unwrap();
    let seq = records[place].seq();
    let one = |at: usize, record: Record| vec![record; usize::from(at != place)];
    forge(&desk, "omitted", &one);
    let report = json(&until(&desk, "omitted", seq).with(8, &["differs"]));
    assert_eq!(report["record"], place + 1);
    // And one too many.
    forge(&desk, "added", &|at, record| vec![record; 1 + usize::from(at == place)]);
    let report = json(&until(&desk, "added", seq).with(8, &["the engine ends after record"]));
    assert_eq!((&report["record"], &report["kind"]), (&(place + 2).into(), &"order".into()));
}

#[test]
fn a_damaged_byte_is_no_word_short_of_its_place() {
    let desk = Desk::of(8_000);
    desk.run("out", &["journal.segment_mib=16"]).with(0, &[]);
    let records = desk.records("out");
    let (number, decision) = with_reasons(&records);
    let sizes = |record: &Record| if matches!(record, Record::Decision(_)) { 208 } else { 80 };
    let path = desk.path("out/journal/000001.journal");
    let file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    let behind: u64 = records[number..].iter().map(sizes).sum();
    let begins = file.metadata().unwrap().len() - 64 - behind;
    // The lowest byte of the first contribution.
    let at = begins + 16 + ATTRIBUTIONS as u64;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
    let place = format!("000001.journal: at byte {begins}");
    for seq in [1, decision.seq, records.last().unwrap().seq()] {
        let ended = until(&desk, "out", seq).with(8, &[&place]);
        assert_eq!(ended.stdout, "", "damage is no report of the engine");
    }
    file.write_all_at(&byte, at).unwrap();
    until(&desk, "out", decision.seq).with(0, &[]);
    // With its checksum repaired, far behind what is looked at: the seal tells.
    forge(&desk, "shifted", &|at, record| match record {
        Record::Decision(decision) if at == number => vec![Record::Decision(shifted(&decision))],
        other => vec![other],
    });
    let forged = std::fs::File::open(desk.path("shifted/000001.journal")).unwrap();
    let mut record = [0; 208];
    let behind_in_forged = forged.metadata().unwrap().len() - 64 - behind;
    forged.read_exact_at(&mut record, behind_in_forged).unwrap();
    file.write_all_at(&record, begins).unwrap();
    until(&desk, "out", 1).with(8, &["000001.journal: at byte ", "seal"]);
}

#[test]
fn a_run_that_goes_on_is_recomputed_up_to_where_it_was() {
    let desk = Desk::of(30_000);
    for topology in ["fused", "pinned4"] {
        let topology = format!("run.topology={topology}");
        let run = desk.start(&topology, &["run.speed=30x", "run.max_idle_gap_ms=300", &topology]);
        for reached in [100, 400, 900] {
            run.reach(reached);
            let mut client = run.client();
            client.command(desk::halt());
            let halted = client.command(desk::resume());
            let now = desk.records(&topology).last().unwrap().seq();
            for seq in [reached, halted, now] {
                let report = json(&until(&desk, &topology, seq).with(0, &[]));
                assert_eq!((&report["inputs"], &report["sealed"]), (&seq.into(), &false.into()));
            }
        }
        run.client().command(desk::stop());
        run.end().with(0, &[]);
    }
}

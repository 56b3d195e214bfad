//! What a run with swaps left behind, by its journal alone: what became of versions, and of orders.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

use royale_journal::Record;
use royale_model::*;
use std::collections::{BTreeMap, BTreeSet};

/// What can become of a version under any strategy that may panic, give up for want of fuel, ask for too
/// much, keep its state to itself or refuse another's.
pub const ANYWHERE: [(&str, &str); 14] = [
    ("installed", "none"),
    ("shadowing", "none"),
    ("confirmed", "none"),
    ("rolled-back", "none"),
    ("released", "none"),
    ("disarmed", "panic"),
    ("disarmed", "fuel"),
    ("disarmed", "risk"),
    ("disarmed", "quarantine"),
    ("dismissed", "state"),
    ("dismissed", "panic"),
    ("dismissed", "none"),
    ("refused", "busy"),
    ("refused", "nothing"),
];

/// Of what can happen, each of `expected` did, so many commands came, and so many installs took place: a busy
/// slot takes none, and a test of swaps in which few take place shows little.
pub fn happened<'a>(
    records: &[Record],
    expected: impl IntoIterator<Item = &'a (&'a str, &'a str)>,
    (commands, installs): (usize, u32),
) {
    let is_command = |record: &&Record| matches!(record, Record::Event(event) if event.kind() == EventKind::Command);
    assert_eq!(records.iter().filter(is_command).count(), commands, "commands that came");
    let mut happened: BTreeMap<_, u32> = BTreeMap::new();
    for record in records {
        if let Record::Slot(change) = record {
            *happened.entry((change.event.name(), change.fault.name())).or_default() += 1;
        }
    }
    for what in expected {
        assert!(happened.contains_key(what), "{what:?} never happened: {happened:?}");
    }
    assert!(happened[&("installed", "none")] >= installs, "{happened:?}");
}

/// Every order that went out came to exactly one end, which is known before the run is over; how many.
pub fn every_order_ends_once(records: &[Record]) -> usize {
    let (mut live, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for record in records {
        match record {
            Record::Order(order) if !order.is_cancel() => {
                assert!(live.insert(order.id), "{:?} went out twice", order.id);
            }
            Record::Event(event) => {
                if let Body::ExecutionReport(report) = event.body()
                    && report.is_final
                    && live.remove(&report.order)
                {
                    assert!(ended.insert(report.order), "{:?} ended twice", report.order);
                }
            }
            _ => {}
        }
    }
    assert!(live.is_empty(), "orders that nobody answers for: {live:?}");
    ended.len()
}

/// Inputs within which what is to be called back is: sixteen cancels go on one event of the slot's.
const SOON: Seq = 100;

/// What a version that failed up to `until` had resting is called back by a cancel in its slot's name, soon,
/// unless it ends by itself; how many were.
pub fn what_a_failed_version_had_resting_is_called_back(records: &[Record], until: Seq) -> u32 {
    let (mut live, mut owed) = (BTreeSet::new(), BTreeMap::new());
    let mut called_back = 0;
    for record in records {
        match record {
            Record::Order(order) if order.id.account().is_house() => {}
            Record::Order(order) if order.is_cancel() => {
                called_back += u32::from(owed.remove(&order.id).is_some());
                live.remove(&order.id);
            }
            Record::Order(order) => {
                live.insert(order.id);
            }
            Record::Slot(change) if change.event == SlotEvent::Disarmed && change.seq <= until => {
                let own = Account::shadow(change.slot);
                let resting = live.iter().copied().filter(|id| id.account() == own);
                owed.extend(resting.map(|id| (id, change.seq + SOON)));
            }
            Record::Event(event) => {
                match event.body() {
                    Body::Command(command) if command.code == CommandCode::Stop => break,
                    Body::ExecutionReport(report) if report.is_final => {
                        live.remove(&report.order);
                        owed.remove(&report.order);
                    }
                    _ => {}
                }
                let late = owed.iter().find(|(_, due)| **due < event.seq());
                assert_eq!(late, None, "an order of a failed version that nobody called back");
            }
            _ => {}
        }
    }
    assert!(owed.is_empty(), "orders of failed versions that nobody called back: {owed:?}");
    called_back
}

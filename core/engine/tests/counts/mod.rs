//! Holds the histograms of a run against its records: whatever the journal has was measured once.

use royale_engine::latency::{LatencyBoard, Measure, Precision};
use royale_journal::Record;
use royale_model::*;
use std::collections::BTreeMap;

/// Panics where a histogram counts something else than the records do. `scheduled` slots run on timers.
pub fn check(
    records: &[Record],
    board: &LatencyBoard,
    strategy_threads: usize,
    scheduled: &[bool],
) {
    let count = |counts: &dyn Fn(&Record) -> bool| {
        records.iter().filter(|record| counts(record)).count() as u64
    };
    let stop = records.iter().position(|record| is_command(record, CommandCode::Stop));
    let before_stop = &records[..stop.unwrap_or(records.len())];
    let shown = before_stop.iter().filter(|r| is_market(r)).count() as u64;
    let reported = before_stop.iter().filter(|r| is_shadow_report(r)).count() as u64;
    let of_kind = |kind: EventKind| {
        before_stop.iter().filter(|r| matches!(r, Record::Event(e) if e.kind() == kind)).count()
            as u64
    };
    // Nobody is asked at the end of an epoch.
    let epochs = before_stop.iter().filter(|r| is_epoch(r)).count() as u64;
    let (settled, timers) = (of_kind(EventKind::Settlement), of_kind(EventKind::Timer) - epochs);
    let on_events = scheduled.iter().filter(|scheduled| !*scheduled).count() as u64;
    let on_timers = scheduled.len() as u64 - on_events;
    let mut seen = 0;
    for measured in board.read() {
        seen += 1;
        let of_slot = |slot: SlotId| measured.slot.is_none_or(|wanted| wanted == slot);
        let expected = match measured.measure {
            Measure::TickToDecision => {
                count(&|r| matches!(r, Record::Decision(d) if of_slot(d.slot)))
            }
            Measure::TickToOrder | Measure::Order => {
                count(&|r| matches!(r, Record::Order(o) if of_slot(o.id.account().slot())))
            }
            Measure::TickToEnd | Measure::Journal => count(&|r| matches!(r, Record::Event(_))),
            Measure::FeedToStrategy => shown * strategy_threads as u64,
            // Each slot sees the market or its timers, settlements, and the reports of its own shadow
            // account.
            Measure::Strategy => shown * on_events + timers + settled * on_timers + reported,
            Measure::Swap => count(&|r| {
                matches!(r, Record::Slot(change) if of_slot(change.slot)
                    && matches!(change.event, SlotEvent::Installed | SlotEvent::RolledBack))
            }),
            // All that submits are told, but that a slot has no share of the house.
            Measure::Risk => {
                count(&|r| {
                    matches!(r, Record::Verdict(v)
                    if v.code != RefusalCode::NoAllocation && v.code != RefusalCode::UnknownOrder)
                }) - count(&|r| matches!(r, Record::Order(o) if o.is_cancel()))
            }
            Measure::OrderToAck => {
                let expected = answers(records);
                assert!(measured.histogram == expected, "other answers than the journal's");
                expected.len()
            }
        };
        let name = measured.measure.name();
        assert_eq!(measured.histogram.len(), expected, "{name} of {:?}", measured.slot);
        // Most runs swap nothing.
        let may_be_none = measured.measure == Measure::Swap;
        assert!(expected > 0 || may_be_none, "nothing to count for {name} of {:?}", measured.slot);
        assert_eq!(measured.above_range, 0);
    }
    assert!(seen > 10, "every measure, for the run and for its slots: {seen}");
}

fn is_command(record: &Record, code: CommandCode) -> bool {
    matches!(record, Record::Event(event)
        if matches!(event.body(), Body::Command(command) if command.code == code))
}

fn is_epoch(record: &Record) -> bool {
    matches!(record, Record::Event(event)
        if matches!(event.body(), Body::Timer(timer) if timer.id == Timer::EPOCH))
}

fn is_shadow_report(record: &Record) -> bool {
    matches!(record, Record::Event(event) if event.account().is_some_and(|a| !a.is_house()))
}

fn is_market(record: &Record) -> bool {
    matches!(record, Record::Event(event)
        if event.kind().is_market())
}

/// From each order to its first report, in the journal's own times.
fn answers(records: &[Record]) -> hdrhistogram::Histogram<u64> {
    let mut answers = Precision::Fine.empty().unwrap();
    let mut unanswered = BTreeMap::new();
    for record in records {
        match record {
            Record::Order(order) if !order.is_cancel() => {
                unanswered.insert(order.id, order.time);
            }
            Record::Event(event) => {
                if let Body::ExecutionReport(report) = event.body()
                    && let Some(sent) = unanswered.remove(&report.order)
                {
                    answers.saturating_record(event.time().since(sent).raw().unsigned_abs());
                }
            }
            _ => {}
        }
    }
    answers
}

//! Journal records as lines of text and as JSON, decoded with the journal's own tables.

use crate::commands::{decisions, journal::hex};
use royale_journal::{Preamble, Record};
use royale_model::{
    Body, Event, ExecType, ExecutionReport, Fault, GapReason, Liquidity, NotePurpose, Order, Price,
    Seq, Side, SlotChange, Verdict,
};
use royale_plane::{event_sentence, kind_name, reject_name, sentence, stamp, verdict_sentence};
use serde_json::{Value, json};

/// Name of the record's kind, as `--kind` takes it: `event`, `decision`, `verdict`, `order`, `slot`.
pub fn record_kind(record: &Record) -> &'static str {
    match record {
        Record::Event(_) => "event",
        Record::Decision(_) => "decision",
        Record::Verdict(_) => "verdict",
        Record::Order(_) => "order",
        Record::Slot(_) => "slot",
    }
}

/// Sequence number of the event that the record belongs to.
pub fn record_seq(record: &Record) -> Seq {
    match record {
        Record::Event(event) => event.seq(),
        Record::Decision(decision) => decision.seq,
        Record::Verdict(verdict) => verdict.seq,
        Record::Order(order) => order.seq,
        Record::Slot(change) => change.seq,
    }
}

/// True when `wanted` is the record's kind, or the kind of its event.
pub fn is_kind(record: &Record, wanted: &str) -> bool {
    record_kind(record) == wanted
        || matches!(record, Record::Event(event) if kind_name(event.kind()) == wanted)
}

/// One line.
pub fn line(record: &Record, preamble: &Preamble) -> String {
    let (seq, kind) = (record_seq(record), record_kind(record));
    let (time, text) = match record {
        Record::Event(event) => (event.time(), event_sentence(event, &preamble.instruments)),
        Record::Decision(decision) => {
            let slot = slot(preamble, decision.slot.index());
            let instrument = preamble.instruments.get(decision.instrument.index());
            (decision.time, sentence(decision, instrument, slot))
        }
        Record::Verdict(verdict) => {
            (verdict.time, format!("{}: {}", verdict.order, verdict_sentence(verdict)))
        }
        Record::Order(order) => (order.time, order_text(order, preamble)),
        Record::Slot(change) => (change.time, slot_text(change, preamble)),
    };
    crate::out::clean(&format!("#{seq:<9} {} {kind:<8} {text}", stamp(time)))
}

/// As JSON, with money and quantities as decimal text.
pub fn json(record: &Record, preamble: &Preamble) -> Value {
    let mut value = match record {
        Record::Event(event) => event_json(event, preamble),
        Record::Decision(decision) => {
            let name = slot(preamble, decision.slot.index());
            let symbol = symbol(preamble, decision.instrument.index());
            decisions::document(decision, name, symbol.as_deref())
        }
        Record::Verdict(verdict) => verdict_json(verdict, preamble),
        Record::Order(order) => order_json(order, preamble),
        Record::Slot(change) => slot_json(change, preamble),
    };
    if let Some(map) = value.as_object_mut() {
        map.insert("record".to_owned(), record_kind(record).into());
    }
    value
}

fn event_json(event: &Event, preamble: &Preamble) -> Value {
    json!({
        "kind": kind_name(event.kind()),
        "seq": event.seq(),
        "time": stamp(event.time()),
        "time_ns": event.time().raw(),
        "venue_time_ns": event.venue_time().raw(),
        "instrument": symbol(preamble, event.instrument().index()),
        "flags": event.flags().0,
        "body": body_json(&event.body()),
        "text": event_sentence(event, &preamble.instruments),
    })
}

fn body_json(body: &Body) -> Value {
    match body {
        Body::Quote(q) => json!({
            "bid": q.bid.to_string(), "bid_qty": q.bid_qty.to_string(),
            "ask": q.ask.to_string(), "ask_qty": q.ask_qty.to_string(),
        }),
        Body::Trade(t) => json!({
            "price": t.price.to_string(), "qty": t.qty.to_string(), "trade_id": t.trade_id,
            "aggressor": t.aggressor.map(Side::name),
        }),
        Body::BookDelta(d) => json!({
            "price": d.price.to_string(), "qty": d.qty.to_string(), "side": d.side.name(),
            "update_id": d.update_id,
        }),
        Body::Bar(b) => json!({
            "open": b.open.to_string(), "high_ticks": b.high_ticks, "low_ticks": b.low_ticks,
            "close_ticks": b.close_ticks, "seconds": b.seconds, "volume": b.volume.to_string(),
        }),
        Body::Odds(o) => json!({
            "bid": o.bid.to_string(), "ask": o.ask.to_string(), "last": o.last.to_string(),
            "volume": o.volume.to_string(),
        }),
        Body::Gap(g) => json!({
            "expected": g.expected, "received": g.received,
            "reason": match g.reason {
                GapReason::Reconnect => "reconnect",
                GapReason::Sequence => "sequence",
                GapReason::Corrupt => "corrupt",
            },
        }),
        Body::Settlement(s) => json!({ "value": s.value.to_string() }),
        Body::ExecutionReport(r) => report_json(r),
        Body::Command(c) => json!({
            "command": c.code.name(),
            "uid": c.uid, "pid": c.pid, "slot": c.slot, "value": c.value,
        }),
        Body::Note(note) => json!({
            "of": match note.purpose() {
                NotePurpose::Reason => "reason",
                NotePurpose::Refusal => "refusal",
            },
            "text": String::from_utf8_lossy(note.text()),
        }),
        Body::Timer(t) => json!({ "id": t.id, "due_ns": t.due.raw() }),
    }
}

fn report_json(r: &ExecutionReport) -> Value {
    json!({
        "order": r.order.to_string(),
        "exec": match r.exec {
            ExecType::New => "new",
            ExecType::Trade => "trade",
            ExecType::Canceled => "canceled",
            ExecType::Rejected => "rejected",
            ExecType::Expired => "expired",
            ExecType::CancelRejected => "cancel-rejected",
        },
        "side": r.side.name(),
        "final": r.is_final,
        "maker": r.liquidity == Liquidity::Maker,
        "last_price": r.last_price.to_string(),
        "last_qty": r.last_qty.to_string(),
        "fee": Price::from_raw(r.fee).to_string(),
        "reject": reject_name(r.reject),
    })
}

fn verdict_json(verdict: &Verdict, preamble: &Preamble) -> Value {
    json!({
        "seq": verdict.seq,
        "time": stamp(verdict.time),
        "order": verdict.order.to_string(),
        "instrument": symbol(preamble, verdict.instrument.index()),
        "rule": verdict.code.name(),
        "approved": verdict.is_approved(),
        "actual": verdict.actual,
        "limit": verdict.limit,
    })
}

fn order_json(order: &Order, preamble: &Preamble) -> Value {
    json!({
        "seq": order.seq,
        "time": stamp(order.time),
        "order": order.id.to_string(),
        "cancel": order.is_cancel(),
        "instrument": symbol(preamble, order.instrument.index()),
        "side": order.side.name(),
        "price": order.price.to_string(),
        "qty": order.qty.to_string(),
    })
}

fn order_text(order: &Order, preamble: &Preamble) -> String {
    let symbol = symbol(preamble, order.instrument.index()).unwrap_or_default();
    if order.is_cancel() {
        return format!("{}: cancel on {symbol}", order.id);
    }
    format!("{}: {} {} {symbol} at {}", order.id, order.side.name(), order.qty, order.price)
}

/// What became of a slot, in words.
fn slot_text(change: &SlotChange, preamble: &Preamble) -> String {
    let mut text = format!(
        "{}: {} version {}",
        slot(preamble, change.slot.index()),
        change.event.name(),
        change.version
    );
    if change.fault != Fault::None {
        text.push_str(&format!(", because of {}", change.fault.name()));
    }
    if change.differences > 0 {
        let events = change.differences;
        text.push_str(&format!(", which would have answered {events} events otherwise"));
    }
    if change.version > 0 {
        text.push_str(&format!(", manifest {}", &hex(&change.digest)[..12]));
    }
    text
}

fn slot_json(change: &SlotChange, preamble: &Preamble) -> Value {
    json!({
        "seq": change.seq,
        "time": stamp(change.time),
        "slot": slot(preamble, change.slot.index()),
        "event": change.event.name(),
        "fault": change.fault.name(),
        "version": change.version,
        "manifest": hex(&change.digest),
        "differences": change.differences,
    })
}

fn slot(preamble: &Preamble, index: usize) -> &str {
    preamble.slots.get(index).map_or("unknown slot", String::as_str)
}

fn symbol(preamble: &Preamble, index: usize) -> Option<String> {
    preamble.instruments.get(index).map(|known| known.symbol.to_string())
}

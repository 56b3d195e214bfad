//! The form in which one stage's word travels to the next: cache lines of the ring.
//!
//! Owns the packing. The first word of a line is the sequence number of what it carries and the kind
//! of the line; the other seven are the rest of the record. Event, verdict, order and slot change fit one line;
//! a decision takes four. Must never lose a bit: a journal written behind a ring is the same.

use crate::risk::ApprovedOrder;
use crate::sink::Promise;
use royale_model::{Decision, Event, Nanos, Order, Seq, SlotChange, Verdict};
use royale_ring::{BODY_WORDS, Line};
use zerocopy::{IntoBytes, TryFromBytes};

/// One call of the [`crate::Sink`] behind the ring.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message {
    /// An input.
    Event(Event),
    /// What a strategy wants.
    Decision(Decision),
    /// What becomes of a slot.
    Slot(SlotChange),
    /// What the gate says.
    Verdict(Verdict),
    /// What may go out.
    Order(ApprovedOrder),
    /// All of an input, and when the next market event happens at the earliest.
    End(Nanos),
    /// The sequencer's word.
    Promise(Promise),
    /// The end.
    Finish,
}

/// The kinds of line.
const EVENT: u64 = 1;
const DECISION: u64 = 2;
const VERDICT: u64 = 3;
const ORDER: u64 = 4;
const END: u64 = 5;
const PROMISE: u64 = 6;
const FINISH: u64 = 7;
/// The second and later lines of a decision.
const MORE: u64 = 8;
const SLOT: u64 = 9;

const KIND_BITS: u32 = 8;

/// Lines of a decision: the first carries its sequence number and seven words, as all do.
const DECISION_LINES: usize = (size_of::<Decision>() / 8 - 1).div_ceil(BODY_WORDS);

/// A record of one line, sequence number first, as all records have it.
fn line_of<T: IntoBytes + zerocopy::Immutable>(kind: u64, record: &T) -> Line {
    const { assert!(size_of::<T>() == 64) };
    let mut words = [0_u64; 1 + BODY_WORDS];
    words.as_mut_bytes().copy_from_slice(record.as_bytes());
    let [seq, body @ ..] = words;
    Line { head: head(kind, seq), body }
}

/// The record of a line, if it can be one.
fn record_of<T: TryFromBytes>(line: &Line) -> Option<T> {
    let mut words = [0_u64; 1 + BODY_WORDS];
    words[0] = line.head >> KIND_BITS;
    words[1..].copy_from_slice(&line.body);
    T::try_read_from_bytes(words.as_bytes()).ok()
}

/// A sequence number has 55 bits here: enough for a thousand years of a million events a second.
fn head(kind: u64, seq: Seq) -> u64 {
    (seq << KIND_BITS | kind) & royale_ring::HEAD_MAX
}

pub(super) fn event(event: &Event) -> Line {
    line_of(EVENT, event)
}
pub(super) fn slot(change: &SlotChange) -> Line {
    line_of(SLOT, change)
}
pub(super) fn verdict(verdict: &Verdict) -> Line {
    line_of(VERDICT, verdict)
}
pub(super) fn order(order: &ApprovedOrder) -> Line {
    line_of(ORDER, order.order())
}
pub(super) fn end(next_market: Nanos) -> Line {
    signal(END, [next_market.raw().cast_unsigned(), 0, 0])
}
pub(super) fn promise(promise: &Promise) -> Line {
    let market = promise.market_not_before.raw().cast_unsigned();
    let input = promise.input_not_before.raw().cast_unsigned();
    signal(PROMISE, [promise.id, market, input])
}
pub(super) fn finish() -> Line {
    signal(FINISH, [0; 3])
}
fn signal(kind: u64, [a, b, c]: [u64; 3]) -> Line {
    Line { head: head(kind, 0), body: [a, b, c, 0, 0, 0, 0] }
}

/// The lines of a decision, in order.
pub(super) fn decision(decision: &Decision) -> [Line; DECISION_LINES] {
    let mut words = [0_u64; 1 + DECISION_LINES * BODY_WORDS];
    words.as_mut_bytes()[..size_of::<Decision>()].copy_from_slice(decision.as_bytes());
    let [seq, words @ ..] = words;
    let (bodies, _) = words.as_chunks::<BODY_WORDS>();
    std::array::from_fn(|nth| {
        let kind = if nth == 0 { DECISION } else { MORE };
        Line { head: head(kind, seq), body: bodies[nth] }
    })
}

/// Puts a message together: from its first line, and from those that `more` brings where it has
/// more. `None`: what came was no message, or `more` has ended.
#[inline]
pub(super) fn read(first: &Line, more: impl FnMut() -> Option<Line>) -> Option<Message> {
    let time = |nth: usize| Nanos::from_raw(first.body[nth].cast_signed());
    match first.head & ((1 << KIND_BITS) - 1) {
        EVENT => record_of(first).map(Message::Event),
        DECISION => read_decision(first, more).map(Message::Decision),
        SLOT => record_of(first).map(Message::Slot),
        VERDICT => record_of(first).map(Message::Verdict),
        ORDER => record_of::<Order>(first).map(ApprovedOrder::carried).map(Message::Order),
        END => Some(Message::End(time(0))),
        PROMISE => Some(Message::Promise(Promise {
            id: first.body[0],
            market_not_before: time(1),
            input_not_before: time(2),
        })),
        FINISH => Some(Message::Finish),
        _ => None,
    }
}

fn read_decision(first: &Line, mut more: impl FnMut() -> Option<Line>) -> Option<Decision> {
    let mut words = [0_u64; 1 + DECISION_LINES * BODY_WORDS];
    words[0] = first.head >> KIND_BITS;
    let (bodies, _) = words[1..].as_chunks_mut::<BODY_WORDS>();
    bodies[0] = first.body;
    for body in &mut bodies[1..] {
        *body = more()?.body;
    }
    Decision::try_read_from_bytes(&words.as_bytes()[..size_of::<Decision>()]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_model::{
        Action, Body, EventFlags, Fault, Feature, InstrumentId, OrderId, Reasons, RefusalCode,
        Side, SlotEvent, SlotId, Stamp, Timer,
    };

    fn carried(lines: &[Line]) -> Message {
        let mut rest = lines[1..].iter().copied();
        let message = read(&lines[0], || rest.next()).unwrap();
        assert!(rest.next().is_none(), "no line is left over");
        message
    }

    #[test]
    fn nothing_is_lost_on_the_way() {
        let (seq, time, id) = (Seq::MAX >> 9, Nanos::from_raw(-7), InstrumentId(9));
        let stamp = Stamp { seq, time, venue_time: Nanos::MAX, instrument: id };
        let timer = Body::Timer(Timer { id: u64::MAX, due: Nanos::MIN });
        let sent = Event::new(stamp, timer, EventFlags::LAST);
        assert!(matches!(carried(&[event(&sent)]), Message::Event(got) if got == sent));

        let mut reasons = Reasons::new();
        for nth in 0..8 {
            reasons = reasons.because(Feature::EDGE, f64::from(nth) - 3.5, 0.25);
        }
        let mut wanted = Decision::new(seq, time, SlotId(63), id, Action::Submit, &reasons);
        wanted.confidence_bp = 9_999;
        let got = carried(&decision(&wanted));
        assert!(matches!(got, Message::Decision(got) if got == wanted));

        let change = SlotChange::new(seq, time, SlotId(63), SlotEvent::Installed, Fault::Fuel)
            .of(u32::MAX, [0xa5; 32]);
        assert!(matches!(carried(&[slot(&change)]), Message::Slot(got) if got == change));

        let order_id = OrderId::from_raw(u64::MAX);
        let said = Verdict::new(seq, time, order_id, id, RefusalCode::Position, i64::MIN, i64::MAX);
        assert!(matches!(carried(&[verdict(&said)]), Message::Verdict(got) if got == said));

        let approved = ApprovedOrder::carried(Order::cancel(seq, time, order_id, id, Side::Sell));
        let got = carried(&[order(&approved)]);
        assert!(matches!(got, Message::Order(got) if got.order() == approved.order()));

        let asked = Promise { id: 3, market_not_before: time, input_not_before: Nanos::MAX };
        assert!(matches!(carried(&[promise(&asked)]), Message::Promise(got) if got == asked));
        assert!(matches!(carried(&[end(time)]), Message::End(got) if got == time));
        assert!(matches!(carried(&[finish()]), Message::Finish));
    }

    #[test]
    fn what_is_no_message_is_none() {
        let line = |head, word| Line { head, body: [word; BODY_WORDS] };
        for kind in [0, MORE, SLOT + 1, 255] {
            assert!(read(&line(kind, 0), || None).is_none(), "kind {kind}");
        }
        assert!(read(&line(EVENT, u64::MAX), || None).is_none(), "an event of no kind");
        assert!(read(&line(DECISION, 0), || None).is_none(), "a decision that breaks off");
    }
}

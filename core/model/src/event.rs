//! The event: one input to the system, one cache line.
//!
//! Every input (market data, odds, execution report, command, timer) is an [`Event`] of 64 bytes.
//! [`Body`] is the closed enum that code matches on; [`Event`] is its form in memory, in rings and
//! in the journal. Bytes from outside become an `Event` only through `TryFromBytes`.

use crate::book_side::Side;
use crate::command::{Command, CommandCode, Note, NotePurpose};
use crate::ids::{Account, InstrumentId, OrderId, Seq};
use crate::instrument::Liquidity;
use crate::order::{ExecType, RejectReason};
use crate::units::{Nanos, Price, Qty};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// The kinds of [`Body`], as stored.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum EventKind {
    /// Best bid and ask.
    Quote = 1,
    /// A trade print.
    Trade = 2,
    /// One level of a book changed.
    BookDelta = 3,
    /// A bar closed.
    Bar = 4,
    /// The market's own summary of an event contract.
    Odds = 5,
    /// Messages are missing.
    Gap = 6,
    /// An instrument paid out.
    Settlement = 7,
    /// A venue's word on one of our orders.
    ExecutionReport = 8,
    /// A person or the meta-agent said something.
    Command = 9,
    /// A timer fired.
    Timer = 10,
    /// A part of the text that belongs to the next command.
    Note = 11,
}

impl EventKind {
    /// The market's: what a recording holds.
    #[inline]
    pub const fn is_market(self) -> bool {
        match self {
            Self::Quote
            | Self::Trade
            | Self::BookDelta
            | Self::Bar
            | Self::Odds
            | Self::Gap
            | Self::Settlement => true,
            Self::ExecutionReport | Self::Command | Self::Timer | Self::Note => false,
        }
    }
    /// The market's, and nobody's money: all but a settlement. Nearly every event is.
    #[inline]
    pub const fn is_market_data(self) -> bool {
        self.is_market() && !matches!(self, Self::Settlement)
    }
    /// Neither the market's nor a venue's answer: nobody but the journal knows it afterwards.
    #[inline]
    pub const fn is_own(self) -> bool {
        matches!(self, Self::Command | Self::Timer | Self::Note)
    }
}

/// Bits beside the kind; which bits mean something depends on the kind.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(transparent)]
pub struct EventFlags(pub u8);

impl EventFlags {
    /// Market data: the last event of one venue message; books are consistent after it.
    pub const LAST: Self = Self(1);
    /// Book delta: part of a snapshot. The first of them clears the book.
    pub const SNAPSHOT: Self = Self(2);
    /// Book delta: clear the whole book before applying.
    pub const CLEAR: Self = Self(4);
    /// Book delta: the ask side. Trade: the aggressor sold.
    pub const SELL: Self = Self(8);
    /// Trade: the aggressor bought. With neither, the aggressor is unknown.
    pub const BUY: Self = Self(16);

    /// Both sets.
    #[inline]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// True when all of `other` is set.
    #[inline]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// When, where and in which order: what every event carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// Place in the total order; 0 until the sequencer gives one.
    pub seq: Seq,
    /// The sequencer's time: what strategies know as now.
    pub time: Nanos,
    /// When the venue says that it happened; 0 when it does not say.
    pub venue_time: Nanos,
    /// What it is about, or `NONE`.
    pub instrument: InstrumentId,
}

/// Best bid and ask of a book. A side without liquidity has quantity 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quote {
    /// Best bid.
    pub bid: Price,
    /// Quantity there.
    pub bid_qty: Qty,
    /// Best ask.
    pub ask: Price,
    /// Quantity there.
    pub ask_qty: Qty,
}

/// A trade print.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trade {
    /// Its price.
    pub price: Price,
    /// Its quantity; 0 when the source does not tell.
    pub qty: Qty,
    /// The venue's number for it; 0 when the source does not tell.
    pub trade_id: u64,
    /// Who crossed, where known.
    pub aggressor: Option<Side>,
}

/// One level of a book: the quantity that rests there now (not a difference); 0 removes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BookDelta {
    /// The level.
    pub price: Price,
    /// What rests there from now on.
    pub qty: Qty,
    /// Bids (`Buy`) or asks (`Sell`).
    pub side: Side,
    /// The venue's sequence number of the message that it came in.
    pub update_id: u64,
}

/// A closed bar; high, low and close are stored in ticks from the open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bar {
    /// First price.
    pub open: Price,
    /// Ticks from open up to the highest price.
    pub high_ticks: u32,
    /// Ticks from open down to the lowest price.
    pub low_ticks: u32,
    /// Ticks from open to the last price.
    pub close_ticks: i32,
    /// Length in seconds; the bar closed at the event's time.
    pub seconds: u32,
    /// Quantity traded.
    pub volume: Qty,
}

/// A prediction market's own summary: prices are probabilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Odds {
    /// Best bid for yes.
    pub bid: Price,
    /// Best ask for yes.
    pub ask: Price,
    /// Last traded probability.
    pub last: Price,
    /// Contracts traded since listing.
    pub volume: Qty,
}

/// Why data is missing.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(u8)]
pub enum GapReason {
    /// The source was disconnected or the recording starts anew.
    Reconnect = 1,
    /// Sequence numbers are missing.
    Sequence = 2,
    /// The book contradicted itself and waits for a snapshot.
    Corrupt = 3,
}

/// Messages of this instrument are missing: its book is void until the next snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The venue's number that was expected.
    pub expected: u64,
    /// The number that came.
    pub received: u64,
    /// Why.
    pub reason: GapReason,
}

/// The final value of an instrument: 0 or 1 for an event contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// Paid for each unit.
    pub value: Price,
}

/// What a venue says of an order (FIX `ExecutionReport`, 35=8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExecutionReport {
    /// Which order.
    pub order: OrderId,
    /// What happened.
    pub exec: ExecType,
    /// The order's side.
    pub side: Side,
    /// True when the order is dead after this report.
    pub is_final: bool,
    /// Gave or took liquidity (fills).
    pub liquidity: Liquidity,
    /// Price of this fill; 0 otherwise.
    pub last_price: Price,
    /// Quantity of this fill; for the other reports what is left on the order.
    pub last_qty: Qty,
    /// Fee of this fill in 10⁻⁹ of the instrument's currency.
    pub fee: i64,
    /// Why it was rejected.
    pub reject: RejectReason,
}

/// A timer that was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timer {
    /// Which one.
    pub id: u64,
    /// When it was due.
    pub due: Nanos,
}

impl Timer {
    /// The timer of no slot: an epoch ends, and whoever shares out the house looks at it.
    pub const EPOCH: u64 = u64::MAX;
}

/// What an event says: the closed set of inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Body {
    /// Best bid and ask.
    Quote(Quote),
    /// A trade print.
    Trade(Trade),
    /// One level of a book.
    BookDelta(BookDelta),
    /// A closed bar.
    Bar(Bar),
    /// A prediction market's summary.
    Odds(Odds),
    /// Missing messages.
    Gap(Gap),
    /// A final payment.
    Settlement(Settlement),
    /// A venue's word on an order.
    ExecutionReport(ExecutionReport),
    /// A command.
    Command(Command),
    /// A timer.
    Timer(Timer),
    /// A part of the text that belongs to the next command.
    Note(Note),
}

/// One input in its stored form: 64 bytes, one cache line, plain data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, TryFromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct Event {
    seq: Seq,
    time: Nanos,
    venue_time: Nanos,
    instrument: InstrumentId,
    kind: EventKind,
    flags: EventFlags,
    // Small enums of the execution report: exec type and reject reason; 0 elsewhere.
    minor: [u8; 2],
    words: [i64; 4],
}

const _: () = assert!(size_of::<Event>() == 64 && align_of::<Event>() == 64);

/// Bits of `flags` in execution reports.
const REPORT_FINAL: u8 = 1;
const REPORT_MAKER: u8 = 2;
const REPORT_SELL: u8 = 4;

impl Event {
    /// Packs a body. `flags` adds [`EventFlags::LAST`], `SNAPSHOT` or `CLEAR` to market data.
    #[inline]
    pub fn new(stamp: Stamp, body: Body, flags: EventFlags) -> Self {
        let mut minor = [0_u8; 2];
        let mut extra = flags;
        let (kind, words) = match body {
            Body::Quote(q) => {
                (EventKind::Quote, [q.bid.raw(), q.bid_qty.raw(), q.ask.raw(), q.ask_qty.raw()])
            }
            Body::Trade(t) => {
                extra = match t.aggressor {
                    Some(Side::Buy) => extra.with(EventFlags::BUY),
                    Some(Side::Sell) => extra.with(EventFlags::SELL),
                    None => extra,
                };
                (EventKind::Trade, [t.price.raw(), t.qty.raw(), t.trade_id as i64, 0])
            }
            Body::BookDelta(d) => {
                if d.side == Side::Sell {
                    extra = extra.with(EventFlags::SELL);
                }
                (EventKind::BookDelta, [d.price.raw(), d.qty.raw(), d.update_id as i64, 0])
            }
            Body::Bar(b) => {
                let ticks = i64::from(b.high_ticks) << 32 | i64::from(b.low_ticks);
                let tail = i64::from(b.close_ticks) << 32 | i64::from(b.seconds);
                (EventKind::Bar, [b.open.raw(), ticks, tail, b.volume.raw()])
            }
            Body::Odds(o) => {
                (EventKind::Odds, [o.bid.raw(), o.ask.raw(), o.last.raw(), o.volume.raw()])
            }
            Body::Gap(g) => {
                minor[0] = g.reason as u8;
                (EventKind::Gap, [g.expected as i64, g.received as i64, 0, 0])
            }
            Body::Settlement(s) => (EventKind::Settlement, [s.value.raw(), 0, 0, 0]),
            Body::ExecutionReport(r) => {
                minor = [r.exec as u8, r.reject as u8];
                extra = EventFlags(
                    if r.is_final { REPORT_FINAL } else { 0 }
                        | if r.liquidity == Liquidity::Maker { REPORT_MAKER } else { 0 }
                        | if r.side == Side::Sell { REPORT_SELL } else { 0 },
                );
                let words = [r.order.raw() as i64, r.last_price.raw(), r.last_qty.raw(), r.fee];
                (EventKind::ExecutionReport, words)
            }
            Body::Command(c) => {
                minor[0] = c.code as u8;
                let who = i64::from(c.uid) << 32 | i64::from(c.pid);
                (EventKind::Command, [who, i64::from(c.slot), c.value, 0])
            }
            Body::Timer(t) => (EventKind::Timer, [t.id as i64, t.due.raw(), 0, 0]),
            Body::Note(note) => {
                minor = [note.purpose() as u8, note.len()];
                (EventKind::Note, note.words())
            }
        };
        Self {
            seq: stamp.seq,
            time: stamp.time,
            venue_time: stamp.venue_time,
            instrument: stamp.instrument,
            kind,
            flags: extra,
            minor,
            words,
        }
    }

    /// Unpacks the body.
    #[inline]
    pub fn body(&self) -> Body {
        let [a, b, c, d] = self.words;
        match self.kind {
            EventKind::Quote => Body::Quote(self.read_quote()),
            EventKind::Trade => Body::Trade(Trade {
                price: Price::from_raw(a),
                qty: Qty::from_raw(b),
                trade_id: c as u64,
                aggressor: if self.flags.has(EventFlags::BUY) {
                    Some(Side::Buy)
                } else if self.flags.has(EventFlags::SELL) {
                    Some(Side::Sell)
                } else {
                    None
                },
            }),
            EventKind::BookDelta => Body::BookDelta(self.read_book_delta()),
            EventKind::Bar => Body::Bar(Bar {
                open: Price::from_raw(a),
                high_ticks: (b >> 32) as u32,
                low_ticks: b as u32,
                close_ticks: (c >> 32) as i32,
                seconds: c as u32,
                volume: Qty::from_raw(d),
            }),
            EventKind::Odds => Body::Odds(Odds {
                bid: Price::from_raw(a),
                ask: Price::from_raw(b),
                last: Price::from_raw(c),
                volume: Qty::from_raw(d),
            }),
            EventKind::Gap => Body::Gap(Gap {
                expected: a as u64,
                received: b as u64,
                reason: GapReason::try_read_from_bytes(&self.minor[..1])
                    .unwrap_or(GapReason::Corrupt),
            }),
            EventKind::Settlement => Body::Settlement(Settlement { value: Price::from_raw(a) }),
            EventKind::ExecutionReport => Body::ExecutionReport(ExecutionReport {
                order: OrderId::from_raw(a as u64),
                exec: ExecType::from_code(self.minor[0]),
                side: if self.flags.0 & REPORT_SELL != 0 { Side::Sell } else { Side::Buy },
                is_final: self.flags.0 & REPORT_FINAL != 0,
                liquidity: if self.flags.0 & REPORT_MAKER != 0 {
                    Liquidity::Maker
                } else {
                    Liquidity::Taker
                },
                last_price: Price::from_raw(b),
                last_qty: Qty::from_raw(c),
                fee: d,
                reject: RejectReason::from_code(self.minor[1]),
            }),
            EventKind::Command => Body::Command(Command {
                code: CommandCode::try_read_from_bytes(&self.minor[..1])
                    .unwrap_or(CommandCode::Halt),
                uid: (a >> 32) as u32,
                pid: a as u32,
                slot: b as u16,
                value: c,
            }),
            EventKind::Timer => Body::Timer(Timer { id: a as u64, due: Nanos::from_raw(b) }),
            EventKind::Note => {
                let purpose = NotePurpose::try_read_from_bytes(&self.minor[..1]);
                let purpose = purpose.unwrap_or(NotePurpose::Reason);
                Body::Note(Note::from_words(purpose, self.minor[1], self.words))
            }
        }
    }

    /// Its body where it is a change of one level, as nearly all events are. Stages that do this for
    /// every event ask here first: [`Event::body`] costs them as much as the change of a book.
    #[inline]
    pub fn book_delta(&self) -> Option<BookDelta> {
        (self.kind == EventKind::BookDelta).then(|| self.read_book_delta())
    }
    /// Its body where it is a quote: the second most frequent kind.
    #[inline]
    pub fn quote(&self) -> Option<Quote> {
        (self.kind == EventKind::Quote).then(|| self.read_quote())
    }

    #[inline]
    fn read_book_delta(&self) -> BookDelta {
        let [price, qty, update_id, _] = self.words;
        BookDelta {
            price: Price::from_raw(price),
            qty: Qty::from_raw(qty),
            side: if self.flags.has(EventFlags::SELL) { Side::Sell } else { Side::Buy },
            update_id: update_id as u64,
        }
    }
    #[inline]
    fn read_quote(&self) -> Quote {
        let [bid, bid_qty, ask, ask_qty] = self.words;
        Quote {
            bid: Price::from_raw(bid),
            bid_qty: Qty::from_raw(bid_qty),
            ask: Price::from_raw(ask),
            ask_qty: Qty::from_raw(ask_qty),
        }
    }

    /// The same event at another place and time in the order: what the sequencer does.
    #[inline]
    pub fn sequenced(&self, seq: Seq, time: Nanos) -> Self {
        self.released(seq, time, self.venue_time)
    }
    /// The same event at another place and time in the order, having happened at another time, too.
    #[inline]
    pub fn released(&self, seq: Seq, time: Nanos, venue_time: Nanos) -> Self {
        let Self { instrument, kind, flags, minor, words, .. } = *self;
        // Part by part: copied as one block from behind what changes, the words would lie across the
        // processor's stores, and the first to read them would wait until those are in the cache.
        Self { seq, time, venue_time, instrument, kind, flags, minor, words }
    }
    /// The same event about another instrument: tapes have tables of their own.
    #[inline]
    pub fn about(mut self, instrument: InstrumentId) -> Self {
        self.instrument = instrument;
        self
    }
    /// The same event with another venue time: a simulation decides when things happened.
    #[inline]
    pub fn happened_at(&self, venue_time: Nanos) -> Self {
        self.released(self.seq, self.time, venue_time)
    }
    /// Place in the total order.
    #[inline]
    pub fn seq(&self) -> Seq {
        self.seq
    }
    /// The sequencer's time.
    #[inline]
    pub fn time(&self) -> Nanos {
        self.time
    }
    /// The venue's time; 0 when it did not say.
    #[inline]
    pub fn venue_time(&self) -> Nanos {
        self.venue_time
    }
    /// What it is about.
    #[inline]
    pub fn instrument(&self) -> InstrumentId {
        self.instrument
    }
    /// The kind of its body.
    #[inline]
    pub fn kind(&self) -> EventKind {
        self.kind
    }
    /// Its flags.
    #[inline]
    pub fn flags(&self) -> EventFlags {
        self.flags
    }
    /// True when books are consistent after this event.
    #[inline]
    pub fn is_last(&self) -> bool {
        self.flags.has(EventFlags::LAST)
    }
    /// The account of an execution report; `None` for other kinds.
    #[inline]
    pub fn account(&self) -> Option<Account> {
        (self.kind == EventKind::ExecutionReport)
            .then(|| OrderId::from_raw(self.words[0] as u64).account())
    }
    /// Checks what the type system cannot: enums inside the body.
    ///
    /// # Errors
    /// Names the part that no writer of ours produces.
    pub fn check(&self) -> Result<(), &'static str> {
        let round_trip = Self::new(
            Stamp {
                seq: self.seq,
                time: self.time,
                venue_time: self.venue_time,
                instrument: self.instrument,
            },
            self.body(),
            self.flags,
        );
        if round_trip == *self { Ok(()) } else { Err("event body is not in canonical form") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SlotId;

    fn bodies() -> Vec<Body> {
        let price = |raw| Price::from_raw(raw);
        let qty = |raw| Qty::from_raw(raw);
        let order = OrderId::new(Account::house(SlotId(5)), 99);
        let mut all = vec![
            Body::Quote(Quote { bid: price(1), bid_qty: qty(2), ask: price(3), ask_qty: qty(4) }),
            Body::BookDelta(BookDelta {
                price: price(-7),
                qty: qty(8),
                side: Side::Sell,
                update_id: u64::MAX,
            }),
            Body::Bar(Bar {
                open: price(100),
                high_ticks: u32::MAX,
                low_ticks: 7,
                close_ticks: -7,
                seconds: 60,
                volume: qty(9),
            }),
            Body::Odds(Odds { bid: price(1), ask: price(2), last: price(3), volume: qty(4) }),
            Body::Gap(Gap { expected: 1, received: 9, reason: GapReason::Sequence }),
            Body::Settlement(Settlement { value: Price::ONE }),
            Body::Command(Command {
                code: CommandCode::Allocate,
                uid: u32::MAX,
                pid: 42,
                slot: 3,
                value: -1,
            }),
            Body::Timer(Timer { id: 1, due: Nanos::from_secs(1) }),
        ];
        all.extend(
            Note::split(NotePurpose::Refusal, "a reason that is longer than one line of it")
                .map(Body::Note),
        );
        for aggressor in [None, Some(Side::Buy), Some(Side::Sell)] {
            all.push(Body::Trade(Trade { price: price(5), qty: qty(6), trade_id: 7, aggressor }));
        }
        for exec in ExecType::ALL {
            all.push(Body::ExecutionReport(ExecutionReport {
                order,
                exec,
                side: Side::Sell,
                is_final: exec != ExecType::New,
                liquidity: Liquidity::Maker,
                last_price: price(1),
                last_qty: qty(2),
                fee: -3,
                reject: RejectReason::PostOnlyWouldCross,
            }));
        }
        all
    }

    #[test]
    fn every_body_survives_its_stored_form() {
        let stamp = Stamp {
            seq: 7,
            time: Nanos::from_raw(8),
            venue_time: Nanos::from_raw(9),
            instrument: InstrumentId(3),
        };
        for body in bodies() {
            let event = Event::new(stamp, body, EventFlags::LAST);
            assert_eq!(event.body(), body);
            let read = Event::try_read_from_bytes(event.as_bytes()).unwrap();
            assert_eq!(read, event);
            assert_eq!(read.check(), Ok(()));
        }
    }

    #[test]
    fn foreign_bytes_are_refused_or_caught() {
        let stamp = Stamp {
            seq: 1,
            time: Nanos::ZERO,
            venue_time: Nanos::ZERO,
            instrument: InstrumentId::NONE,
        };
        let gap = Body::Gap(Gap { expected: 0, received: 0, reason: GapReason::Sequence });
        let mut bytes = [0_u8; 64];
        bytes.copy_from_slice(Event::new(stamp, gap, EventFlags::default()).as_bytes());
        let kind_at = 28;
        let mut wrong_kind = bytes;
        wrong_kind[kind_at] = 200;
        assert!(Event::try_read_from_bytes(&wrong_kind).is_err());
        let mut wrong_reason = bytes;
        wrong_reason[kind_at + 2] = 77;
        assert!(Event::try_read_from_bytes(&wrong_reason).unwrap().check().is_err());
    }
}

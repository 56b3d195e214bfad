//! The book of one Kalshi market while it is imported: sequence, validity, absolute sizes.
//!
//! Owns the rules of when a book is void (`docs/tapes.md`): a missing number, a level below zero, a
//! new connection without snapshot. Must never guess: a void book stays void until a snapshot.
//! Called by `kalshi_session` with the lines in replay order.

use crate::agreement::{Seen, State};
use crate::kalshi::{BookChange, BookSnapshot, Outcome};
use crate::ladder::{Ladder, Top};
use crate::report::InstrumentReport;
use royale_model::{Gap, GapReason, Nanos, Price, Qty, Side};

const ONE: i64 = Price::ONE.raw();

/// Where a line stands: who sent it, which number it has, when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub connection: u32,
    pub sequence: u64,
    pub local_time: Nanos,
    pub venue_time: Nanos,
}

/// What became of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    /// Nothing for the tape.
    Ignored,
    /// The book is void from here on.
    Void(Gap),
    /// The book changed; a snapshot after a void or a gap also says which.
    Applied(Option<Gap>),
}

/// One market's book.
pub(crate) struct MarketBook {
    pub ladder: Ladder,
    pub valid: bool,
    seen_snapshot: bool,
    connection: u32,
    last: u64,
    last_venue: Nanos,
    pub states: Vec<State>,
    pub tickers: Vec<Seen>,
    pub counts: InstrumentReport,
}

impl MarketBook {
    pub fn new() -> Self {
        Self {
            ladder: Ladder::new(["yes", "no"]),
            valid: false,
            seen_snapshot: false,
            connection: 0,
            last: 0,
            last_venue: Nanos::ZERO,
            states: Vec::new(),
            tickers: Vec::new(),
            counts: InstrumentReport::default(),
        }
    }

    /// Best prices of yes: an empty side is 0 or 1.
    pub fn top(&self) -> Top {
        let (bid, bid_size) = best(&self.ladder.first);
        let (no, ask_size) = best(&self.ladder.second);
        Top { bid, bid_size, ask: ONE - no, ask_size }
    }

    /// Best bid ≥ best ask, both sides present.
    pub fn is_crossed(&self) -> bool {
        let both = !self.ladder.first.is_empty() && !self.ladder.second.is_empty();
        both && self.top().bid >= self.top().ask
    }

    /// A new connection was announced: what was known of the book is void.
    pub fn connected(&mut self, connection: u32) -> Option<Gap> {
        if !self.seen_snapshot {
            return None;
        }
        let gap = Gap { expected: self.last + 1, received: 0, reason: GapReason::Reconnect };
        self.connection = connection;
        self.last = 0;
        self.begin_anew(gap)
    }

    fn begin_anew(&mut self, gap: Gap) -> Option<Gap> {
        self.counts.reconnects += 1;
        self.void(gap)
    }

    fn void(&mut self, gap: Gap) -> Option<Gap> {
        std::mem::replace(&mut self.valid, false).then_some(gap)
    }

    /// Gives the book up because it contradicts itself.
    pub fn corrupt(&mut self) -> Option<Gap> {
        let gap = Gap { expected: self.last, received: self.last, reason: GapReason::Corrupt };
        self.void(gap)
    }

    /// Applies a snapshot.
    pub fn snapshot(&mut self, place: Place, book: &BookSnapshot) -> Effect {
        self.counts.snapshots += 1;
        let mut gap = None;
        if place.sequence == 1 || place.connection != self.connection {
            // The same connection's first snapshot again is a duplicate of nothing: it starts anew.
            if self.seen_snapshot && self.last != 0 {
                let received = place.sequence;
                let reason = GapReason::Reconnect;
                gap = self.begin_anew(Gap { expected: self.last + 1, received, reason });
            }
        } else if place.sequence <= self.last {
            self.counts.duplicates += 1;
            return Effect::Ignored;
        } else if place.sequence > self.last + 1 {
            gap = self.missing(place.sequence);
        }
        self.follow(place);
        self.ladder.first = book.yes.iter().map(|(p, q)| (p.raw(), q.raw())).collect();
        self.ladder.second = book.no.iter().map(|(p, q)| (p.raw(), q.raw())).collect();
        self.counts.snapshots_empty += u64::from(book.yes.is_empty() && book.no.is_empty());
        self.counts.snapshots_one_sided += u64::from(book.yes.is_empty() != book.no.is_empty());
        self.valid = true;
        self.seen_snapshot = true;
        self.note_state(place);
        Effect::Applied(gap)
    }

    /// Applies a relative change.
    pub fn change(&mut self, place: Place, change: &BookChange) -> Effect {
        self.counts.deltas += 1;
        if !self.seen_snapshot {
            self.counts.before_snapshot += 1;
            return Effect::Ignored;
        }
        let gap = match self.sequence(place) {
            Sequence::Repeated => return Effect::Ignored,
            Sequence::Next => None,
            Sequence::Broken(gap) => gap,
        };
        if !self.valid {
            self.counts.dropped += 1;
            self.note_state(place);
            return gap.map_or(Effect::Ignored, Effect::Void);
        }
        let side = match change.outcome {
            Outcome::Yes => &mut self.ladder.first,
            Outcome::No => &mut self.ladder.second,
        };
        let old = side.get(&change.price.raw()).copied().unwrap_or(0);
        match old.checked_add(change.change.raw()) {
            Some(new) if new >= 0 => Ladder::set(side, change.price.raw(), new),
            _ => {
                self.counts.negative_levels += 1;
                self.counts.dropped += 1;
                let gap = self.corrupt();
                self.note_state(place);
                return gap.map_or(Effect::Ignored, Effect::Void);
            }
        }
        self.counts.deltas_applied += 1;
        self.counts.level_updates += 1;
        if self.is_crossed() {
            let top = self.top();
            self.counts.crossed_states += 1;
            self.counts.locked_states += u64::from(top.bid == top.ask);
        }
        self.note_state(place);
        self.ladder.note_applied();
        Effect::Applied(None)
    }

    fn sequence(&mut self, place: Place) -> Sequence {
        let same = place.connection == self.connection;
        if same && place.sequence <= self.last {
            // A repeated line repeats its time; a lower number with a later time is a sequence
            // that began anew while its snapshot was lost.
            if place.venue_time <= self.last_venue {
                self.counts.duplicates += 1;
                return Sequence::Repeated;
            }
        } else if same && place.sequence > self.last + 1 {
            let gap = self.missing(place.sequence);
            self.follow(place);
            return Sequence::Broken(gap);
        } else if same {
            self.follow(place);
            return Sequence::Next;
        }
        let received = place.sequence;
        let gap = Gap { expected: self.last + 1, received, reason: GapReason::Reconnect };
        let gap = self.begin_anew(gap);
        self.follow(place);
        Sequence::Broken(gap)
    }

    fn missing(&mut self, received: u64) -> Option<Gap> {
        self.counts.sequence_gaps += 1;
        self.counts.sequence_missing += received - self.last - 1;
        self.void(Gap { expected: self.last + 1, received, reason: GapReason::Sequence })
    }

    fn follow(&mut self, place: Place) {
        self.connection = place.connection;
        self.last = place.sequence;
        self.last_venue = self.last_venue.max(place.venue_time);
    }

    fn note_state(&mut self, place: Place) {
        let before = self.states.last().map_or(0, |state| state.venue_ms);
        let venue_ms = match place.venue_time.raw() / 1_000_000 {
            0 => before,
            ms => ms,
        };
        let top = self.valid.then(|| self.top());
        self.states.push(State { local: place.local_time.raw(), venue_ms, top });
    }

    /// Every level as the tape wants it: side of yes, price of yes, size.
    pub fn levels(&self) -> impl Iterator<Item = (Side, Price, Qty)> {
        let bids = self.ladder.first.iter().map(|(&p, &q)| (Side::Buy, p, q));
        let asks = self.ladder.second.iter().map(|(&p, &q)| (Side::Sell, ONE - p, q));
        bids.chain(asks).map(|(side, p, q)| (side, Price::from_raw(p), Qty::from_raw(q)))
    }

    /// The level of a change as the tape wants it.
    pub fn level(&self, change: &BookChange) -> (Side, Price, Qty) {
        let key = change.price.raw();
        let (side, ladder, price) = match change.outcome {
            Outcome::Yes => (Side::Buy, &self.ladder.first, key),
            Outcome::No => (Side::Sell, &self.ladder.second, ONE - key),
        };
        let size = ladder.get(&key).copied().unwrap_or(0);
        (side, Price::from_raw(price), Qty::from_raw(size))
    }
}

enum Sequence {
    Repeated,
    Next,
    Broken(Option<Gap>),
}

fn best(side: &crate::ladder::Side) -> (i64, i64) {
    side.last_key_value().map_or((0, 0), |(&price, &size)| (price, size))
}

//! The book of one Binance symbol while it is imported: bridging a snapshot, following the chain.
//!
//! Owns the sync rules of spot and futures (`docs/tapes.md`). Must never apply a message whose
//! place in the chain is not known. Called by `binance_session` with the lines in file order.

use crate::binance::{Depth, Kind, Level, Snapshot};
use crate::ladder::{Ladder, Side as Levels, Top};
use crate::report::{Agreement, InstrumentReport};
use royale_model::{Gap, GapReason};

/// Depth messages that wait for a snapshot; more are dropped, oldest first.
const WAITING_MAX: usize = 100_000;

/// What the tape gets.
pub(crate) enum Step {
    /// The whole book, as it stands.
    Snapshot(Box<Snapshot>),
    /// Changed levels.
    Depth(Box<Depth>),
    /// The book is void.
    Gap(Gap),
}

enum Sync {
    /// No book: messages wait.
    Void,
    /// A snapshot's last number; the first message must bridge it.
    Bridging(u64),
    /// The last number applied.
    InStep(u64),
}

/// One symbol's book.
pub(crate) struct SymbolBook {
    kind: Kind,
    sync: Sync,
    waiting: std::collections::VecDeque<Depth>,
    pub ladder: Ladder,
    pub counts: InstrumentReport,
    /// Number and top after each applied message.
    tops: Vec<(u64, Top)>,
    /// Number and prices of each bookTicker.
    pub quotes: Vec<(u64, Top)>,
}

impl SymbolBook {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            sync: Sync::Void,
            waiting: std::collections::VecDeque::new(),
            ladder: Ladder::new(["bid", "ask"]),
            counts: InstrumentReport::default(),
            tops: Vec::new(),
            quotes: Vec::new(),
        }
    }

    pub fn is_valid(&self) -> bool {
        matches!(self.sync, Sync::InStep(_))
    }

    fn is_older(&self, depth: &Depth, snapshot: u64) -> bool {
        match self.kind {
            Kind::Spot => depth.last <= snapshot,
            Kind::Usdm | Kind::Coinm => depth.last < snapshot,
        }
    }

    fn bridges(&self, depth: &Depth, snapshot: u64) -> bool {
        match self.kind {
            Kind::Spot => depth.first <= snapshot.saturating_add(1),
            Kind::Usdm | Kind::Coinm => depth.first <= snapshot,
        }
    }

    fn follows(&self, depth: &Depth, last: u64) -> bool {
        match self.kind {
            Kind::Spot => depth.first == last.saturating_add(1),
            Kind::Usdm | Kind::Coinm => depth.previous == Some(last),
        }
    }

    /// A REST snapshot: bridged at once with what waits.
    pub fn snapshot(&mut self, snapshot: Snapshot, out: &mut Vec<Step>) {
        self.counts.snapshots += 1;
        if self.is_valid() {
            self.counts.snapshots_ignored += 1;
            return;
        }
        let last = snapshot.last;
        while self.waiting.front().is_some_and(|depth| self.is_older(depth, last)) {
            self.waiting.pop_front();
            self.counts.before_snapshot += 1;
        }
        if self.waiting.front().is_some_and(|depth| !self.bridges(depth, last)) {
            self.counts.bridge_failures += 1;
            self.sync = Sync::Void;
            return;
        }
        self.ladder.first.clear();
        self.ladder.second.clear();
        set_all(&mut self.ladder.first, &snapshot.bids);
        set_all(&mut self.ladder.second, &snapshot.asks);
        let (bids, asks) = (self.ladder.first.len(), self.ladder.second.len());
        self.counts.snapshots_empty += u64::from(bids + asks == 0);
        self.counts.snapshots_one_sided += u64::from((bids == 0) != (asks == 0));
        self.sync = Sync::Bridging(last);
        out.push(Step::Snapshot(Box::new(snapshot)));
        for depth in std::mem::take(&mut self.waiting) {
            self.place(depth, out);
        }
    }

    /// A depth message.
    pub fn depth(&mut self, depth: Depth, out: &mut Vec<Step>) {
        self.counts.deltas += 1;
        self.place(depth, out);
    }

    fn place(&mut self, depth: Depth, out: &mut Vec<Step>) {
        match self.sync {
            Sync::Void => self.wait(depth),
            Sync::Bridging(snapshot) if self.is_older(&depth, snapshot) => {
                self.counts.before_snapshot += 1;
            }
            Sync::Bridging(snapshot) if self.bridges(&depth, snapshot) => self.apply(depth, out),
            Sync::Bridging(snapshot) => {
                self.counts.bridge_failures += 1;
                self.lose(snapshot.saturating_add(1), depth, out);
            }
            Sync::InStep(last) if depth.last <= last => self.counts.duplicates += 1,
            Sync::InStep(last) if self.follows(&depth, last) => self.apply(depth, out),
            Sync::InStep(last) => {
                self.counts.sequence_gaps += 1;
                self.lose(last.saturating_add(1), depth, out);
            }
        }
    }

    fn lose(&mut self, expected: u64, depth: Depth, out: &mut Vec<Step>) {
        let received = depth.first;
        out.push(Step::Gap(Gap { expected, received, reason: GapReason::Sequence }));
        self.sync = Sync::Void;
        self.wait(depth);
    }

    fn wait(&mut self, depth: Depth) {
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
            self.counts.dropped += 1;
        }
        self.waiting.push_back(depth);
    }

    fn apply(&mut self, depth: Depth, out: &mut Vec<Step>) {
        set_all(&mut self.ladder.first, &depth.bids);
        set_all(&mut self.ladder.second, &depth.asks);
        self.counts.deltas_applied += 1;
        self.counts.level_updates += (depth.bids.len() + depth.asks.len()) as u64;
        let top = self.top();
        if self.is_crossed() {
            self.counts.crossed_states += 1;
            self.counts.locked_states += u64::from(top.bid == top.ask);
        }
        self.ladder.note_applied();
        self.tops.push((depth.last, top));
        self.sync = Sync::InStep(depth.last);
        out.push(Step::Depth(Box::new(depth)));
    }

    /// Best bid ≥ best ask, both sides present.
    pub fn is_crossed(&self) -> bool {
        let both = !self.ladder.first.is_empty() && !self.ladder.second.is_empty();
        both && self.top().bid >= self.top().ask
    }

    fn top(&self) -> Top {
        let best = |level: Option<(&i64, &i64)>| level.map_or((0, 0), |(&p, &q)| (p, q));
        let (bid, bid_size) = best(self.ladder.first.last_key_value());
        let (ask, ask_size) = best(self.ladder.second.first_key_value());
        Top { bid, ask, bid_size, ask_size }
    }

    /// Messages that still wait: they were never applied.
    pub fn finish(&mut self) {
        self.counts.dropped += self.waiting.len() as u64;
        self.counts.valid_at_end = self.is_valid();
        self.counts.levels = [self.ladder.first.len() as u64, self.ladder.second.len() as u64];
        self.counts.book_sha256 = self.ladder.book_sha256();
        self.counts.checkpoints_sha256 = self.ladder.checkpoints_sha256();
        self.agree();
    }

    /// The book after number u against the bookTicker with the greatest number ≤ u.
    fn agree(&mut self) {
        self.quotes.sort_by_key(|quote| quote.0);
        let (mut all, mut same) = (Agreement::default(), Agreement::default());
        for &(number, top) in &self.tops {
            let after = self.quotes.partition_point(|quote| quote.0 <= number);
            let Some(&(id, quote)) = after.checked_sub(1).and_then(|at| self.quotes.get(at)) else {
                all.no_book += 1;
                continue;
            };
            compare(&mut all, top, quote);
            if id == number {
                compare(&mut same, top, quote);
            }
        }
        self.counts.bbo_by_venue = all;
        self.counts.bbo_same_id = same;
    }
}

fn compare(agreement: &mut Agreement, top: Top, quote: Top) {
    if top.same_prices(quote) {
        agreement.exact += 1;
        agreement.exact_with_size += u64::from(top == quote);
    } else {
        agreement.differ += 1;
    }
}

fn set_all(side: &mut Levels, levels: &[Level]) {
    for (price, size) in levels {
        Ladder::set(side, price.raw(), size.raw());
    }
}

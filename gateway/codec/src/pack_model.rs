//! What a tape's next event probably is: the prediction that makes packed tapes small.
//!
//! Owns the one description of an event in columns, run in both directions: packing writes the
//! difference from the prediction, unpacking reads it. Must never look at what unpacking cannot
//! know yet. Called by `pack`. Wrapping arithmetic: any value survives, likely or not.

use royale_model::{EventFlags, EventKind, Instrument};
use std::collections::BTreeMap;

/// The columns, in file order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub(crate) enum Column {
    /// Events that follow with the same stamp (book deltas only).
    Followers,
    What,
    Instrument,
    Flags,
    Seq,
    Time,
    TimeRest,
    Venue,
    VenueRest,
    UpdateHead,
    UpdateNext,
    PriceHead,
    PriceNext,
    PriceRest,
    QtyNew,
    QtyOld,
    QtyRest,
    QuotePrice,
    QuoteSpread,
    QuoteQtySame,
    QuoteQtyMoved,
    TradePrice,
    TradeQty,
    TradeId,
    Other,
    OtherRest,
    Spare,
}

/// Number of columns.
pub(crate) const COLUMNS: usize = Column::Spare as usize + 1;

/// One direction of the flow between events and columns.
pub(crate) trait Flow {
    /// Packing: writes `value`. Unpacking: replaces it by what was written.
    fn pass(&mut self, column: Column, value: &mut u64) -> Option<()>;

    /// The same for a signed value with a prediction.
    fn near(&mut self, column: Column, value: &mut i64, predicted: i64) -> Option<()> {
        let mut residue = super::pack_columns::zigzag(value.wrapping_sub(predicted));
        self.pass(column, &mut residue)?;
        *value = predicted.wrapping_add(super::pack_columns::unzigzag(residue));
        Some(())
    }

    /// The same in steps of `unit` from the prediction; what is off the grid goes to `rest`.
    fn on_grid(
        &mut self,
        [column, rest]: [Column; 2],
        value: &mut i64,
        predicted: i64,
        unit: i64,
    ) -> Option<()> {
        let difference = value.wrapping_sub(predicted);
        let (mut steps, mut off) = (difference.div_euclid(unit), difference.rem_euclid(unit));
        self.near(column, &mut steps, 0)?;
        self.near(rest, &mut off, 0)?;
        *value = predicted.wrapping_add(steps.wrapping_mul(unit)).wrapping_add(off);
        Some(())
    }
}

/// An event in parts, as stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Parts {
    pub seq: u64,
    pub time: i64,
    pub venue_time: i64,
    pub instrument: u32,
    pub kind: u8,
    pub flags: u8,
    pub minor: [u8; 2],
    pub words: [i64; 4],
}

/// Grids that most values lie on; chosen by the packer, stored in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Units {
    /// Of local times, in nanoseconds.
    pub time: i64,
    /// Of venue times, in nanoseconds.
    pub venue: i64,
    /// 1: sizes of levels that exist are written as changes; 0: as they are.
    pub relative: u8,
}

#[derive(Clone, Default)]
struct Memory {
    time: i64,
    time_rest: i64,
    venue_time: i64,
    update: i64,
    side_price: [i64; 2],
    quote: [i64; 4],
    trade_price: i64,
    trade_id: i64,
    words: [[i64; 4]; 16],
    book: BTreeMap<(bool, i64), i64>,
}

/// Everything that both directions know at an event.
pub(crate) struct Model {
    units: Units,
    grids: Vec<(i64, i64)>,
    memories: Vec<Memory>,
    before: Parts,
    time_steps: i64,
    /// Events with the stamp of the one before that still follow.
    pub followers: u64,
}

const DELTA: u8 = EventKind::BookDelta as u8;
const QUOTE: u8 = EventKind::Quote as u8;
const TRADE: u8 = EventKind::Trade as u8;
const ODDS: u8 = EventKind::Odds as u8;
const LAST: u8 = EventFlags::LAST.0;
const SELL: u8 = EventFlags::SELL.0;
const CLEAR: u8 = EventFlags::CLEAR.0;

impl Model {
    pub fn new(units: Units, instruments: &[Instrument]) -> Self {
        let grid = |i: &Instrument| (i.tick.raw().max(1), i.lot.raw().max(1));
        Self {
            units,
            grids: instruments.iter().map(grid).collect(),
            // The last one is for events without a known instrument.
            memories: vec![Memory::default(); instruments.len() + 1],
            before: Parts::default(),
            time_steps: 0,
            followers: 0,
        }
    }

    /// Passes one event. `followers` of the packer: how many events with this stamp come after.
    pub fn pass(&mut self, flow: &mut impl Flow, e: &mut Parts, followers: u64) -> Option<()> {
        let is_follower = self.followers > 0;
        if is_follower {
            self.followers -= 1;
            let b = self.before;
            (e.instrument, e.kind, e.time, e.venue_time) =
                (b.instrument, b.kind, b.time, b.venue_time);
            e.minor = b.minor;
        } else {
            self.stamp(flow, e)?;
            if e.kind == DELTA {
                self.followers = followers;
                flow.pass(Column::Followers, &mut self.followers)?;
            }
        }
        let mut seq = e.seq as i64;
        flow.near(Column::Seq, &mut seq, self.before.seq as i64)?;
        e.seq = seq as u64;
        let likely = if e.kind != DELTA || self.followers == 0 { LAST } else { 0 };
        let mut flags = u64::from(e.flags ^ likely);
        flow.pass(Column::Flags, &mut flags)?;
        e.flags = u8::try_from(flags).ok()? ^ likely;
        let at = self.memory_of(e.instrument);
        let (tick, lot) = self.grids.get(at).copied().unwrap_or((1, 1));
        let relative = self.units.relative == 1;
        let memory = &mut self.memories[at];
        match e.kind {
            DELTA => memory.delta(flow, e, (tick, lot), relative, is_follower)?,
            QUOTE => memory.quote(flow, e, (tick, lot))?,
            TRADE => memory.trade(flow, e, (tick, lot))?,
            _ => memory.other(flow, e, (tick, lot))?,
        }
        self.before = *e;
        Some(())
    }

    fn memory_of(&self, instrument: u32) -> usize {
        (instrument as usize).min(self.memories.len() - 1)
    }

    fn stamp(&mut self, flow: &mut impl Flow, e: &mut Parts) -> Option<()> {
        let no_venue_time = e.venue_time == 0;
        let mut what = u64::from(e.kind) | u64::from(no_venue_time) << 8;
        what |= u64::from(u16::from_le_bytes(e.minor)) << 16;
        flow.pass(Column::What, &mut what)?;
        e.kind = what as u8;
        e.minor = ((what >> 16) as u16).to_le_bytes();
        let no_venue_time = what & 1 << 8 != 0;
        let mut instrument = u64::from(e.instrument.wrapping_add(1));
        flow.pass(Column::Instrument, &mut instrument)?;
        e.instrument = u32::try_from(instrument).ok()?.wrapping_sub(1);

        let at = self.memory_of(e.instrument);
        let memory = &mut self.memories[at];
        let unit = self.units.time;
        let (mut steps, mut rest) = (e.time.div_euclid(unit), e.time.rem_euclid(unit));
        flow.near(Column::Time, &mut steps, self.time_steps)?;
        flow.near(Column::TimeRest, &mut rest, memory.time_rest)?;
        e.time = steps.wrapping_mul(unit).wrapping_add(rest);
        self.time_steps = steps;
        memory.time_rest = rest;
        if no_venue_time {
            e.venue_time = 0;
        } else {
            // The venue's clock advances as ours does: what is left is the change of latency.
            let unit = self.units.venue;
            let advance = e.time.wrapping_sub(memory.time);
            let guess =
                memory.venue_time.wrapping_add(advance.wrapping_sub(advance.rem_euclid(unit)));
            let grid = [Column::Venue, Column::VenueRest];
            flow.on_grid(grid, &mut e.venue_time, guess, unit)?;
            memory.venue_time = e.venue_time;
            memory.time = e.time;
        }
        Some(())
    }
}

impl Memory {
    fn delta(
        &mut self,
        flow: &mut impl Flow,
        e: &mut Parts,
        (tick, lot): (i64, i64),
        relative: bool,
        is_follower: bool,
    ) -> Option<()> {
        let update = if is_follower { Column::UpdateNext } else { Column::UpdateHead };
        flow.near(update, &mut e.words[2], self.update)?;
        self.update = e.words[2];
        let is_ask = e.flags & SELL != 0;
        let column = if is_follower { Column::PriceNext } else { Column::PriceHead };
        let side = usize::from(is_ask);
        let guess = if is_follower { self.side_price[side] } else { self.near_touch(side) };
        flow.on_grid([column, Column::PriceRest], &mut e.words[0], guess, tick)?;
        self.side_price[side] = e.words[0];
        if !is_follower {
            self.side_price[1 - side] = self.near_touch(1 - side);
        }
        if e.flags & CLEAR != 0 {
            self.book.clear();
        }
        let key = (is_ask, e.words[0]);
        let old = self.book.get(&key).copied();
        let guess = if relative { old.unwrap_or(0) } else { 0 };
        let column = if old.is_some() { Column::QtyOld } else { Column::QtyNew };
        flow.on_grid([column, Column::QtyRest], &mut e.words[1], guess, lot)?;
        if e.words[1] == 0 {
            self.book.remove(&key);
        } else {
            self.book.insert(key, e.words[1]);
        }
        flow.near(Column::OtherRest, &mut e.words[3], 0)
    }

    /// Where the side's best price was seen last.
    fn near_touch(&self, side: usize) -> i64 {
        match self.quote[side * 2] {
            0 => self.side_price[side],
            price => price,
        }
    }

    fn quote(
        &mut self,
        flow: &mut impl Flow,
        e: &mut Parts,
        (tick, lot): (i64, i64),
    ) -> Option<()> {
        let [bid, bid_qty, ask, ask_qty] = self.quote;
        flow.on_grid([Column::QuotePrice, Column::PriceRest], &mut e.words[0], bid, tick)?;
        let guess = e.words[0].wrapping_add(ask.wrapping_sub(bid));
        flow.on_grid([Column::QuoteSpread, Column::PriceRest], &mut e.words[2], guess, tick)?;
        for (place, price, qty) in [(1, bid, bid_qty), (3, ask, ask_qty)] {
            let same = e.words[place - 1] == price;
            let column = if same { Column::QuoteQtySame } else { Column::QuoteQtyMoved };
            let guess = if same { qty } else { 0 };
            flow.on_grid([column, Column::QtyRest], &mut e.words[place], guess, lot)?;
        }
        self.quote = e.words;
        Some(())
    }

    fn trade(
        &mut self,
        flow: &mut impl Flow,
        e: &mut Parts,
        (tick, lot): (i64, i64),
    ) -> Option<()> {
        let touch = self.quote[if e.flags & SELL != 0 { 0 } else { 2 }];
        let guess = if touch == 0 { self.trade_price } else { touch };
        flow.on_grid([Column::TradePrice, Column::PriceRest], &mut e.words[0], guess, tick)?;
        flow.on_grid([Column::TradeQty, Column::QtyRest], &mut e.words[1], 0, lot)?;
        let next = self.trade_id.wrapping_add(i64::from(self.trade_id != 0));
        flow.near(Column::TradeId, &mut e.words[2], next)?;
        (self.trade_price, self.trade_id) = (e.words[0], e.words[2]);
        flow.near(Column::OtherRest, &mut e.words[3], 0)
    }

    fn other(
        &mut self,
        flow: &mut impl Flow,
        e: &mut Parts,
        (tick, lot): (i64, i64),
    ) -> Option<()> {
        let known = &mut self.words[usize::from(e.kind) % 16];
        let units = if e.kind == ODDS { [tick, tick, tick, lot] } else { [1; 4] };
        for ((word, &before), unit) in e.words.iter_mut().zip(known.iter()).zip(units) {
            flow.on_grid([Column::Other, Column::OtherRest], word, before, unit)?;
        }
        *known = e.words;
        Some(())
    }
}

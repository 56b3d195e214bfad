//! The live orders of the venue: a fixed table, threaded into one price-time list a side.
//!
//! Owns each live order from its acceptance to its end. Must never allocate after construction.
//! The exchange inserts, walks and removes.

use crate::order_map::OrderMap;
use crate::present;
use royale_model::{InstrumentId, Nanos, OrdType, Order, OrderId, Price, Qty, Side, TimeInForce};

/// No place: the end of a list.
pub(super) const NONE: u32 = u32::MAX;

/// A live order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub(super) id: OrderId,
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    pub(super) price: Price,
    /// What is not filled yet.
    pub(super) leaves: Qty,
    pub(super) time_in_force: TimeInForce,
    /// Quantity ahead in the queue; below zero by what was traded beyond it.
    pub(super) front: Qty,
    /// Traded at the level since its quantity last changed.
    pub(super) traded: Qty,
    /// How long its reports take.
    pub(super) response: Nanos,
    /// True while an instrument without a book has not traded since the order came: nobody knows
    /// yet whether it crosses.
    pub(super) untested: bool,
    next: u32,
    previous: u32,
}

impl Live {
    /// An order as it arrives, with nothing filled.
    pub(super) fn new(order: &Order, response: Nanos) -> Self {
        let time_in_force = match order.ord_type {
            // A market order takes what there is within its collar, and never rests.
            OrdType::Market if order.time_in_force != TimeInForce::FillOrKill => {
                TimeInForce::ImmediateOrCancel
            }
            OrdType::Market | OrdType::Limit => order.time_in_force,
        };
        Self {
            id: order.id,
            instrument: order.instrument,
            side: order.side,
            price: order.price,
            leaves: order.qty,
            time_in_force,
            front: Qty::ZERO,
            traded: Qty::ZERO,
            response,
            untested: false,
            next: NONE,
            previous: NONE,
        }
    }

    /// True for an order that stays when it cannot fill at once.
    pub(super) fn rests(&self) -> bool {
        matches!(self.time_in_force, TimeInForce::GoodTillCancel | TimeInForce::PostOnly)
    }

    /// True when the order would trade at `price`.
    #[inline]
    pub(super) fn accepts(&self, price: Price) -> bool {
        match self.side {
            Side::Buy => price <= self.price,
            Side::Sell => price >= self.price,
        }
    }
}

/// All live orders.
#[derive(Debug)]
pub(super) struct OrderTable {
    places: Vec<Live>,
    free: Vec<u32>,
    heads: Vec<[u32; 2]>,
    index: OrderMap<u32>,
    capacity: usize,
}

impl OrderTable {
    pub(super) fn new(instruments: usize, orders_max: usize) -> Self {
        let capacity = orders_max.clamp(1, NONE as usize / 2);
        Self {
            places: present::vec(capacity, Live::new(&present::NO_ORDER, Nanos::ZERO)),
            free: present::vec(capacity, NONE),
            heads: vec![[NONE; 2]; instruments],
            index: OrderMap::new(capacity, NONE),
            capacity,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
    pub(super) fn is_full(&self) -> bool {
        self.len() == self.capacity
    }
    /// Where a live order stands.
    pub(super) fn find(&self, id: OrderId) -> Option<u32> {
        self.index.get(id)
    }
    #[inline]
    pub(super) fn get(&self, place: u32) -> &Live {
        &self.places[place as usize]
    }
    #[inline]
    pub(super) fn get_mut(&mut self, place: u32) -> &mut Live {
        &mut self.places[place as usize]
    }
    /// True when no order of ours lives in this instrument.
    #[inline]
    pub(super) fn is_empty_at(&self, instrument: usize) -> bool {
        self.heads[instrument] == [NONE; 2]
    }
    /// The order of a side with the best price, the oldest of them; `NONE` when there is none.
    #[inline]
    pub(super) fn first(&self, instrument: usize, side: Side) -> u32 {
        self.heads[instrument][lane(side)]
    }
    /// The one behind it.
    #[inline]
    pub(super) fn next(&self, place: u32) -> u32 {
        self.places[place as usize].next
    }
    /// Every live order, in no order that means anything but always the same.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Live> {
        self.places.iter().filter(|live| live.leaves.is_positive())
    }

    /// Takes an order in, behind all with its price or a better one. The caller has seen to room.
    pub(super) fn insert(&mut self, mut live: Live) {
        let (instrument, side) = (live.instrument.index(), lane(live.side));
        let (mut before, mut after) = (NONE, self.heads[instrument][side]);
        while after != NONE && !is_better(live.side, live.price, self.get(after).price) {
            before = after;
            after = self.next(after);
        }
        (live.previous, live.next) = (before, after);
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = live;
                place
            }
            None => {
                self.places.push(live);
                (self.places.len() - 1) as u32
            }
        };
        self.index.insert(live.id, place);
        match before {
            NONE => self.heads[instrument][side] = place,
            _ => self.get_mut(before).next = place,
        }
        if after != NONE {
            self.get_mut(after).previous = place;
        }
    }

    /// Takes an order out. Returns the place behind it.
    pub(super) fn remove(&mut self, place: u32) -> u32 {
        let live = *self.get(place);
        match live.previous {
            NONE => self.heads[live.instrument.index()][lane(live.side)] = live.next,
            previous => self.get_mut(previous).next = live.next,
        }
        if live.next != NONE {
            self.get_mut(live.next).previous = live.previous;
        }
        self.get_mut(place).leaves = Qty::ZERO;
        self.index.remove(live.id);
        self.free.push(place);
        live.next
    }
}

pub(super) fn lane(side: Side) -> usize {
    usize::from(side == Side::Sell)
}

/// True when a price stands nearer to the touch than another on this side.
#[inline]
pub(super) fn is_better(side: Side, price: Price, other: Price) -> bool {
    match side {
        Side::Buy => price > other,
        Side::Sell => price < other,
    }
}

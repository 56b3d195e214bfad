//! From an order's id to what is kept of it: open addressing, fixed size, no random seed.
//!
//! Must never allocate after construction. The venue's order table and the order stage own one each.

use crate::sim::mix;
use royale_model::OrderId;

/// A hash table that is never more than half full.
#[derive(Debug)]
pub(crate) struct OrderMap<V> {
    /// `OrderId::NONE` marks a free entry.
    entries: Vec<(OrderId, V)>,
    mask: usize,
    len: usize,
}

impl<V: Copy> OrderMap<V> {
    /// Room for `orders_max` orders, all of it written with a blank; the caller sees to it that there
    /// are never more.
    pub(crate) fn new(orders_max: usize, blank: V) -> Self {
        let size = orders_max.max(4).saturating_mul(2).next_power_of_two();
        Self { entries: vec![(OrderId::NONE, blank); size], mask: size - 1, len: 0 }
    }

    fn home(&self, id: OrderId) -> usize {
        mix(id.raw()) as usize & self.mask
    }

    /// Where the id stands, or the free entry where it would stand.
    fn find(&self, id: OrderId) -> usize {
        let mut at = self.home(id);
        while self.entries[at].0 != OrderId::NONE && self.entries[at].0 != id {
            at = (at + 1) & self.mask;
        }
        at
    }

    /// Orders in it.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// What is kept of an order.
    pub(crate) fn get(&self, id: OrderId) -> Option<V> {
        let (found, value) = self.entries[self.find(id)];
        (found != OrderId::NONE).then_some(value)
    }

    /// What is kept of an order, to be changed.
    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut V> {
        let at = self.find(id);
        let (found, value) = &mut self.entries[at];
        (*found != OrderId::NONE).then_some(value)
    }

    /// Keeps something of an order; what was kept of it before is gone.
    pub(crate) fn insert(&mut self, id: OrderId, value: V) {
        debug_assert!(id != OrderId::NONE && self.len <= self.mask / 2);
        let at = self.find(id);
        self.len += usize::from(self.entries[at].0 == OrderId::NONE);
        self.entries[at] = (id, value);
    }

    /// Forgets an order, and moves back what stood behind it so that no search ends early.
    pub(crate) fn remove(&mut self, id: OrderId) {
        let mut hole = self.find(id);
        if self.entries[hole].0 == OrderId::NONE {
            return;
        }
        self.len -= 1;
        self.entries[hole].0 = OrderId::NONE;
        let mut at = (hole + 1) & self.mask;
        while self.entries[at].0 != OrderId::NONE {
            let home = self.home(self.entries[at].0);
            // It may move when its home is not between the hole (excluded) and here.
            let from_home = at.wrapping_sub(home) & self.mask;
            let from_hole = at.wrapping_sub(hole) & self.mask;
            if from_home >= from_hole {
                self.entries[hole] = self.entries[at];
                self.entries[at].0 = OrderId::NONE;
                hole = at;
            }
            at = (at + 1) & self.mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn removal_never_hides_another_order() {
        let mut map = OrderMap::new(64, 0);
        let mut twin = BTreeMap::new();
        let mut state = 1_u64;
        for step in 0..200_000_u32 {
            state = mix(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
            let id = OrderId::from_raw(1 + state % 300);
            if twin.contains_key(&id) {
                map.remove(id);
                twin.remove(&id);
            } else if twin.len() < 64 {
                map.insert(id, step);
                twin.insert(id, step);
            }
            let probe = OrderId::from_raw(1 + (state >> 32) % 300);
            assert_eq!(map.get(probe), twin.get(&probe).copied());
            assert_eq!(map.len(), twin.len());
        }
    }
}

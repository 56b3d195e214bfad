//! From an order's id to its place in the table: open addressing, fixed size, no random seed.
//!
//! Owns nothing but numbers. Must never allocate after construction. The order table calls it.

use super::latency::mix;
use super::orders::NONE;
use royale_model::OrderId;

/// A hash table of at most half its size.
#[derive(Debug)]
pub(super) struct Index {
    entries: Vec<(OrderId, u32)>,
    mask: usize,
}

impl Index {
    pub(super) fn new(orders_max: usize) -> Self {
        let size = orders_max.max(4).saturating_mul(2).next_power_of_two();
        Self { entries: vec![(OrderId::NONE, NONE); size], mask: size - 1 }
    }

    fn home(&self, id: OrderId) -> usize {
        mix(id.raw()) as usize & self.mask
    }

    /// Where the id stands, or the free entry where it would stand.
    fn find(&self, id: OrderId) -> usize {
        let mut at = self.home(id);
        while self.entries[at].1 != NONE && self.entries[at].0 != id {
            at = (at + 1) & self.mask;
        }
        at
    }

    pub(super) fn get(&self, id: OrderId) -> Option<u32> {
        let place = self.entries[self.find(id)].1;
        (place != NONE).then_some(place)
    }

    /// Notes the place of an id; the caller keeps the count at or below `orders_max`.
    pub(super) fn insert(&mut self, id: OrderId, place: u32) {
        let at = self.find(id);
        self.entries[at] = (id, place);
    }

    /// Forgets an id, and moves back what stood behind it so that no search ends early.
    pub(super) fn remove(&mut self, id: OrderId) {
        let mut hole = self.find(id);
        self.entries[hole].1 = NONE;
        let mut at = (hole + 1) & self.mask;
        while self.entries[at].1 != NONE {
            let home = self.home(self.entries[at].0);
            // It may move when its home is not between the hole (excluded) and here.
            let from_home = at.wrapping_sub(home) & self.mask;
            let from_hole = at.wrapping_sub(hole) & self.mask;
            if from_home >= from_hole {
                self.entries[hole] = self.entries[at];
                self.entries[at].1 = NONE;
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
        let mut index = Index::new(64);
        let mut twin = BTreeMap::new();
        let mut state = 1_u64;
        for step in 0..200_000_u32 {
            state = mix(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
            let id = OrderId::from_raw(1 + state % 300);
            if twin.contains_key(&id) {
                index.remove(id);
                twin.remove(&id);
            } else if twin.len() < 64 {
                index.insert(id, step);
                twin.insert(id, step);
            }
            let probe = OrderId::from_raw(1 + (state >> 32) % 300);
            assert_eq!(index.get(probe), twin.get(&probe).copied());
        }
    }
}

//! From what is wanted to what is allowed: shares in whole basis points, within every bound.
//!
//! Owns the bounds on an allocation. It knows nothing of beliefs or returns: weights go in, shares
//! come out, and what no bound lets a slot have stays with the house as its reserve.
//!
//! Of the bounds, caps hold always, whatever the shares were before; then slots that were moved not
//! long ago keep what they have; then come floors. Floors are reached as fast as
//! the turnover allows, which only what must be given up may exceed: a slot that may hold less than
//! it has gives the rest up at once.

/// The whole, in basis points.
pub const WHOLE_BP: i64 = 10_000;

/// What one slot may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// At least, in basis points; what it has less, it is given.
    pub floor: i64,
    /// At most.
    pub cap: i64,
    /// It keeps what it has: it was moved not long ago.
    pub is_held: bool,
    /// Index of its class in the class caps, if it has one.
    pub class: Option<usize>,
}

/// Bounds on all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Slot by slot.
    pub slots: Vec<Bounds>,
    /// Most that all slots of a class have together.
    pub class_caps: Vec<i64>,
    /// Most that changes hands in one step.
    pub turnover: i64,
}

impl Shape {
    /// The shares nearest to `weights` (never negative, in any unit) that the bounds and the way from
    /// `current` allow; with the reserve they add up to the whole.
    pub fn apply(&self, weights: &[f64], current: &[i64]) -> Vec<i64> {
        let must = self.given_up(current);
        let target = self.whole(&self.project(weights, &must));
        self.towards(&target, &must)
    }

    /// The same shares again, but for what must be given up.
    pub fn stay(&self, current: &[i64]) -> Vec<i64> {
        self.given_up(current)
    }

    /// What the slots have once they gave up what they may not hold: above a cap, then above a
    /// class's, each slot of it in proportion.
    fn given_up(&self, current: &[i64]) -> Vec<i64> {
        let mut shares: Vec<i64> = self
            .slots
            .iter()
            .zip(current)
            .map(|(slot, &now)| now.clamp(0, slot.cap.max(0)))
            .collect();
        for (class, &cap) in self.class_caps.iter().enumerate() {
            let total: i64 = self.members(class).map(|at| shares[at]).sum();
            if total <= cap {
                continue;
            }
            let mut over = total - cap;
            for at in self.members(class) {
                // Rounded up, so that nothing above the cap is left.
                let cut = (shares[at] * (total - cap) + total - 1) / total;
                let cut = cut.min(over).min(shares[at]);
                shares[at] -= cut;
                over -= cut;
            }
        }
        shares
    }

    fn members(&self, class: usize) -> impl Iterator<Item = usize> {
        let is_member = move |(_, slot): &(usize, &Bounds)| slot.class == Some(class);
        self.slots.iter().enumerate().filter(is_member).map(|(at, _)| at)
    }

    /// Shares in proportion to the weights, as far as the bounds allow: one factor for all, so large
    /// that they add up to the whole, or that nobody may have more. A class whose cap is reached
    /// keeps the factor at which it was.
    fn project(&self, weights: &[f64], now: &[i64]) -> Vec<f64> {
        // A weight of nothing still takes what nobody else may have.
        let weight =
            |at: usize| weights.get(at).copied().filter(|w| *w > 0.0).unwrap_or(0.0) + 1e-9;
        let floors = self.floors(now);
        let share = |at: usize, factor: f64| {
            let (slot, held) = (&self.slots[at], now.get(at).copied().unwrap_or(0));
            let (low, high) = if slot.is_held { (held, held) } else { (floors[at], slot.cap) };
            (factor * weight(at)).clamp(low.max(0) as f64, high.max(0) as f64)
        };
        let class_factors: Vec<f64> = (0..self.class_caps.len())
            .map(|class| {
                let total = |factor| self.members(class).map(|at| share(at, factor)).sum();
                largest_factor(total, self.class_caps[class] as f64)
            })
            .collect();
        let of_slot = |at: usize, factor: f64| {
            let class = self.slots[at].class.and_then(|class| class_factors.get(class));
            share(at, class.map_or(factor, |own| own.min(factor)))
        };
        let all = 0..self.slots.len();
        let factor = largest_factor(
            |factor| all.clone().map(|at| of_slot(at, factor)).sum(),
            WHOLE_BP as f64,
        );
        all.map(|at| of_slot(at, factor)).collect()
    }

    /// Each slot's floor, or less where held slots leave less room for all floors of its class, or of
    /// the house.
    fn floors(&self, now: &[i64]) -> Vec<i64> {
        let room = |members: &[usize], cap: i64| {
            let held = members.iter().filter(|&&at| self.slots[at].is_held).map(|&at| now[at]);
            let free = members.iter().filter(|&&at| !self.slots[at].is_held).count() as i64;
            (cap - held.sum::<i64>()).max(0) / free.max(1)
        };
        let all: Vec<usize> = (0..self.slots.len()).collect();
        let of_house = room(&all, WHOLE_BP);
        let of_class: Vec<i64> = (0..self.class_caps.len())
            .map(|class| room(&self.members(class).collect::<Vec<_>>(), self.class_caps[class]))
            .collect();
        let floor = |slot: &Bounds| {
            let class = slot.class.and_then(|class| of_class.get(class)).copied();
            slot.floor.min(slot.cap).min(of_house).min(class.unwrap_or(WHOLE_BP))
        };
        self.slots.iter().map(floor).collect()
    }

    /// Whole basis points: rounded down, then the largest remainders up, while the bounds allow.
    fn whole(&self, shares: &[f64]) -> Vec<i64> {
        let mut whole: Vec<i64> = shares.iter().map(|share| share.floor() as i64).collect();
        let wanted = (shares.iter().sum::<f64>() + 1e-6).floor() as i64;
        let mut order: Vec<usize> = (0..shares.len()).collect();
        let rest = |at: usize| shares[at] - shares[at].floor();
        order.sort_by(|&a, &b| rest(b).total_cmp(&rest(a)).then(a.cmp(&b)));
        let mut left = wanted.min(WHOLE_BP) - whole.iter().sum::<i64>();
        for at in order {
            if left <= 0 {
                break;
            }
            let class = self.slots[at].class;
            let room = class.is_none_or(|class| {
                let total: i64 = self.members(class).map(|member| whole[member]).sum();
                self.class_caps.get(class).is_none_or(|&cap| total < cap)
            });
            if room && whole[at] < self.slots[at].cap && !self.slots[at].is_held {
                whole[at] += 1;
                left -= 1;
            }
        }
        whole
    }

    /// As far from `now` to `target` as the turnover allows: every slot goes the same part of its way.
    fn towards(&self, target: &[i64], now: &[i64]) -> Vec<i64> {
        let all = moved(now, target);
        if all <= self.turnover {
            return target.to_vec();
        }
        // Gains are rounded down and losses up, so that no sum is above what the exact way has; the
        // difference goes to the reserve, a basis point a slot at most, and is kept free for it.
        let budget = (self.turnover - now.len() as i64).max(0);
        let way = |(to, from): (&i64, &i64)| {
            if to >= from {
                from + (to - from) * budget / all
            } else {
                from - ((from - to) * budget + all - 1) / all
            }
        };
        target.iter().zip(now).map(way).collect()
    }
}

/// The largest factor at which a sum that rises with it is not above `limit`.
fn largest_factor(total: impl Fn(f64) -> f64, limit: f64) -> f64 {
    let (mut low, mut high) = (0.0, WHOLE_BP as f64 * 1e10);
    if total(high) <= limit {
        return high;
    }
    // 80 halvings leave less than a billionth of a basis point.
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if total(middle) <= limit { low = middle } else { high = middle }
    }
    low
}

/// What changes hands from one allocation to the next: the sum of all gains, the reserve's with them.
pub fn moved(before: &[i64], after: &[i64]) -> i64 {
    let gains: i64 = before.iter().zip(after).map(|(from, to)| (to - from).max(0)).sum();
    let reserve = |shares: &[i64]| WHOLE_BP - shares.iter().sum::<i64>();
    gains + (reserve(after) - reserve(before)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(floor: i64, cap: i64) -> Bounds {
        Bounds { floor, cap, is_held: false, class: None }
    }
    fn free(slots: Vec<Bounds>) -> Shape {
        Shape { slots, class_caps: Vec::new(), turnover: WHOLE_BP }
    }

    #[test]
    fn weights_become_shares_that_add_up() {
        let shape = free(vec![slot(0, 10_000); 3]);
        assert_eq!(shape.apply(&[1.0, 1.0, 1.0], &[0; 3]), [3_334, 3_333, 3_333]);
        assert_eq!(shape.apply(&[5.0, 0.0, 0.0], &[0; 3]), [10_000, 0, 0]);
        assert_eq!(shape.apply(&[f64::NAN, -1.0, 2.0], &[0; 3]), [0, 0, 10_000]);
    }

    #[test]
    fn what_a_cap_takes_goes_to_the_others_and_at_last_to_the_reserve() {
        let shape = free(vec![slot(200, 4_500); 3]);
        assert_eq!(shape.apply(&[0.98, 0.02, 0.0], &[3_000; 3]), [4_500, 4_500, 1_000]);
        let poor = free(vec![slot(0, 2_000); 3]);
        assert_eq!(poor.apply(&[1.0, 1.0, 1.0], &[0; 3]), [2_000; 3]);
    }

    #[test]
    fn a_class_has_a_cap_of_its_own() {
        let of = |class| Bounds { class: Some(class), ..slot(100, 6_000) };
        let shape = Shape { class_caps: vec![5_000], ..free(vec![of(0), of(0), slot(100, 6_000)]) };
        assert_eq!(shape.apply(&[2.0, 1.0, 1.0], &[0; 3]), [3_333, 1_667, 5_000]);
    }

    #[test]
    fn what_must_be_given_up_is_given_up_at_once_and_the_rest_takes_its_time() {
        let mut shape = free(vec![slot(0, 5_000); 4]);
        shape.turnover = 1_000;
        shape.slots[0].cap = 0;
        let after = shape.apply(&[0.0, 1.0, 0.0, 0.0], &[4_000, 2_000, 2_000, 2_000]);
        assert_eq!(after[0], 0);
        assert!(after[1] > 2_000 && moved(&[0, 2_000, 2_000, 2_000], &after) <= 1_000, "{after:?}");
    }

    #[test]
    fn a_slot_that_was_moved_keeps_what_it_has() {
        let mut shape = free(vec![slot(0, 6_000); 3]);
        shape.slots[1].is_held = true;
        assert_eq!(shape.apply(&[1.0, 0.0, 1.0], &[1_000, 5_000, 4_000]), [2_500, 5_000, 2_500]);
    }
}

//! The tick grid: how many ticks lie between two prices, exactly and without a division.
//!
//! Owns the arithmetic of one instrument's tick. Must never round: a distance that is no whole
//! number of ticks is none of its steps. Called for every update of a book.

/// Division by a tick, as a multiplication by its inverse modulo 2⁶⁴.
///
/// With tick = odd · 2ˢ, a distance is a multiple of the tick exactly when
/// rotate_right(distance · odd⁻¹, s) is at most ⌊(2⁶⁴ − 1) / tick⌋, and then that is the quotient
/// (T. Granlund, P. Montgomery, "Division by Invariant Integers using Multiplication", 1994,
/// section 9). One comparison with a bound below that one checks range and divisibility at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    tick: i64,
    inverse: u64,
    shift: u32,
}

impl Grid {
    /// The grid of a tick of which `steps` fit well into the range of prices; of a tick of 1 (10⁻⁹)
    /// where they do not, or where the tick is not above zero.
    pub(super) fn new(tick: i64, steps: usize) -> Self {
        let most = i64::try_from(steps).map_or(0, |steps| i64::MAX / 4 / steps.max(1));
        let tick = if (1..=most).contains(&tick) { tick } else { 1 };
        let shift = tick.trailing_zeros();
        let odd = tick.unsigned_abs() >> shift;
        // Newton: an odd number is its own inverse modulo 8, and each step doubles the bits.
        let mut inverse = odd;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        Self { tick, inverse, shift }
    }

    /// The tick, in 10⁻⁹.
    #[inline]
    pub(super) fn tick(&self) -> i64 {
        self.tick
    }

    /// Ticks in a distance modulo 2⁶⁴; more than 2⁶⁴ / tick where they are no whole number.
    #[inline]
    pub(super) fn steps(&self, distance: i64) -> u64 {
        distance.cast_unsigned().wrapping_mul(self.inverse).rotate_right(self.shift)
    }
}

#[cfg(test)]
mod tests {
    use super::Grid;
    use proptest::prelude::*;

    const STEPS: usize = 16_384;

    proptest! {
        #[test]
        fn the_inverse_divides_as_a_division_does(
            tick in prop_oneof![
                1_i64..2_000,
                Just(1_000_000),
                Just(10_000_000),
                Just(100_000_000),
                1..=i64::MAX / 4 / STEPS as i64,
            ],
            steps in 0..STEPS as i64,
            off in prop_oneof![Just(0_i64), -3..3_i64, any::<i64>()],
        ) {
            let grid = Grid::new(tick, STEPS);
            prop_assert_eq!(grid.tick(), tick);
            let distance = (steps * tick).wrapping_add(off);
            let found = grid.steps(distance);
            let unsigned = distance.cast_unsigned();
            if unsigned.is_multiple_of(tick.unsigned_abs()) {
                prop_assert_eq!(found, unsigned / tick.unsigned_abs());
            } else {
                prop_assert!(found >= STEPS as u64);
            }
        }
    }

    #[test]
    fn a_tick_that_cannot_be_falls_back_to_the_finest() {
        for tick in [0, -5, i64::MIN, i64::MAX, i64::MAX / STEPS as i64] {
            assert_eq!(Grid::new(tick, STEPS).tick(), 1, "{tick}");
        }
    }
}

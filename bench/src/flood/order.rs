//! The kinds of windows, and the order in which a run has them.

/// What happens in a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Nobody asks anything.
    Idle,
    /// The clients talk to a thread that stands in for the engine's: the other core is as busy as in
    /// a flood, and the engine hears nothing.
    StandIn,
    /// The clients talk to the engine.
    Flood,
}

impl Kind {
    /// All of them, each at the index of its number.
    pub const ALL: [Self; 3] = [Self::Idle, Self::StandIn, Self::Flood];

    /// Its name in tables and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::StandIn => "stand-in",
            Self::Flood => "flood",
        }
    }
}

/// The order of the windows in a round: random, and the same for the same seed.
///
/// From run to run it is turned by one, so that in three runs every piece of the tape is once in a
/// window of each kind.
#[must_use]
pub fn of_round(seed: u64, run: usize, round: u64) -> [Kind; 3] {
    let drawn = mix(seed ^ mix(round));
    let mut order = Kind::ALL;
    if drawn & 1 == 1 {
        order.swap(0, 1);
    }
    order.rotate_left((drawn >> 1) as usize % 3);
    order.rotate_left(run % 3);
    order
}

/// SplitMix64: every bit of the result depends on every bit of the number.
fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(kind: Kind, order: [Kind; 3]) -> usize {
        order.iter().position(|of| *of == kind).unwrap()
    }

    #[test]
    fn no_kind_always_comes_first() {
        for kind in Kind::ALL {
            let mut places = [0; 3];
            (0..600).for_each(|round| places[place(kind, of_round(7, 0, round))] += 1);
            assert!(places.iter().all(|count| (150..250).contains(count)), "{kind:?} {places:?}");
        }
        // And after each of the others as often.
        let first_two = |round| {
            let [a, b, _] = of_round(7, 0, round);
            (a as usize, b as usize)
        };
        for pair in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            let count = (0..600).filter(|round| first_two(*round) == pair).count();
            assert!((60..140).contains(&count), "{pair:?} {count}");
        }
    }

    #[test]
    fn three_runs_give_every_piece_of_the_tape_to_every_kind() {
        for round in 0..50 {
            for at in 0..3 {
                let mut seen = [0, 1, 2].map(|run| of_round(7, run, round)[at] as usize);
                seen.sort_unstable();
                assert_eq!(seen, [0, 1, 2], "round {round}, window {at}");
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_order_again_and_another_seed_another() {
        let orders = |seed| (0..20).map(|round| of_round(seed, 0, round)).collect::<Vec<_>>();
        assert_eq!(orders(1), orders(1));
        assert_ne!(orders(1), orders(2));
    }
}

//! The fast book against its naive twin, level by level after every step.

use proptest::prelude::*;
use royale_engine::book::naive::NaiveBook;
use royale_engine::{Book, Level};
use royale_model::{Price, Qty, Side};

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

#[derive(Clone, Copy, Debug)]
enum Step {
    Set(Side, i64, i64),
    Clear,
}

fn step(prices: i64) -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => (any::<bool>(), 0..prices, -1_i64..4).prop_map(|(buy, price, qty)| {
            Step::Set(if buy { Side::Buy } else { Side::Sell }, price, qty)
        }),
        1 => Just(Step::Clear),
    ]
}

/// A naive book that forgets the level farthest from the touch when a side has too many.
struct Bounded {
    naive: NaiveBook,
    capacity: usize,
    dropped: u64,
}

impl Bounded {
    fn set(&mut self, side: Side, price: Price, qty: Qty) {
        self.naive.set(side, price, qty);
        let levels = self.naive.levels(side);
        if levels.len() > self.capacity {
            let farthest = levels[levels.len() - 1].price;
            self.naive.set(side, farthest, Qty::ZERO);
            self.dropped += 1;
        }
    }
}

fn agree(steps: &[Step], capacity: usize, offset: i64) -> Result<(), TestCaseError> {
    let mut book = Book::with_capacity(capacity);
    let mut twin = Bounded { naive: NaiveBook::default(), capacity, dropped: 0 };
    for &step in steps {
        match step {
            Step::Clear => {
                book.clear();
                twin.naive.clear();
            }
            Step::Set(side, price, qty) => {
                let (price, qty) = (Price::from_raw(offset + price), Qty::from_raw(qty));
                let expected = twin.naive.levels(side);
                let expected = expected.iter().find(|level| level.price == price);
                let expected = expected.map_or(Qty::ZERO, |level| level.qty);
                prop_assert_eq!(book.qty_at(side, price), expected);
                prop_assert_eq!(book.set(side, price, qty), expected);
                twin.set(side, price, qty);
            }
        }
        for side in SIDES {
            let levels: Vec<Level> = book.levels(side).collect();
            prop_assert_eq!(&levels, &twin.naive.levels(side));
            prop_assert_eq!(book.best(side), levels.first().copied());
            let three = levels.iter().take(3).fold(Qty::ZERO, |sum, l| sum.saturating_add(l.qty));
            prop_assert_eq!(book.depth(side, 3), three);
        }
        let touch = (book.best_bid(), book.best_ask());
        let crossed = matches!(touch, (Some(bid), Some(ask)) if bid.price >= ask.price);
        prop_assert_eq!(book.is_crossed(), crossed);
        prop_assert_eq!(book.dropped(), twin.dropped);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_small_full_book_drops_its_farthest_level(
        steps in prop::collection::vec(step(24), 1..300),
        capacity in 1_usize..12,
    ) {
        agree(&steps, capacity, 100)?;
    }

    #[test]
    fn a_deep_book_finds_every_level(steps in prop::collection::vec(step(400), 1..900)) {
        agree(&steps, 1_000, -200)?;
    }

    #[test]
    fn prices_at_the_ends_of_the_range_keep_their_order(
        steps in prop::collection::vec(step(40), 1..120),
        high in any::<bool>(),
    ) {
        agree(&steps, 16, if high { i64::MAX - 40 } else { i64::MIN })?;
    }
}

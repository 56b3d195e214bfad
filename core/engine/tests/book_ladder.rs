//! The fast book against its naive twin, level by level: on random streams that look for its
//! corners, and on the recorded ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use royale_engine::book::naive::NaiveBook;
use royale_engine::{Book, Level};
use royale_model::{Body, EventFlags, Price, Qty, Side};
use std::path::Path;

const SIDES: [Side; 2] = [Side::Buy, Side::Sell];

#[derive(Clone, Copy, Debug)]
enum Step {
    Set(Side, i64, i64),
    Clear,
}

fn side() -> impl Strategy<Value = Side> {
    any::<bool>().prop_map(|buy| SIDES[usize::from(!buy)])
}

/// Both books, and what a reader of either could see.
struct Pair {
    book: Book,
    twin: NaiveBook,
}

impl Pair {
    fn new(tick: i64, levels: usize) -> Self {
        let book = Book::with_capacity(Price::from_raw(tick), levels);
        Self { book, twin: NaiveBook::with_capacity(levels) }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Clear => {
                self.book.clear();
                self.twin.clear();
            }
            Step::Set(side, price, qty) => {
                let (price, qty) = (Price::from_raw(price), Qty::from_raw(qty));
                let shown = self.book.qty_at(side, price);
                let before = self.twin.set(side, price, qty);
                prop_assert_eq!(shown, before, "shown at {:?}", price);
                prop_assert_eq!(self.book.set(side, price, qty), before, "was at {:?}", price);
            }
        }
        for side in SIDES {
            prop_assert_eq!(self.book.best(side), self.twin.best(side));
        }
        let touch = (self.twin.best(Side::Buy), self.twin.best(Side::Sell));
        let crossed = matches!(touch, (Some(bid), Some(ask)) if bid.price >= ask.price);
        prop_assert_eq!(self.book.is_crossed(), crossed);
        prop_assert_eq!(self.book.dropped(), self.twin.dropped());
        Ok(())
    }

    fn agree(&self) -> Result<(), TestCaseError> {
        for side in SIDES {
            let expected = self.twin.levels(side);
            let levels: Vec<Level> = self.book.levels(side).collect();
            prop_assert_eq!(&levels, &expected);
            for level in expected.iter().step_by(7) {
                prop_assert_eq!(self.book.qty_at(side, level.price), level.qty);
            }
            let three = levels.iter().take(3).fold(Qty::ZERO, |sum, l| sum.saturating_add(l.qty));
            prop_assert_eq!(self.book.depth(side, 3), three);
        }
        Ok(())
    }
}

/// Runs both books, comparing all levels every `every` steps and at the end.
fn agree(steps: &[Step], tick: i64, levels: usize, every: usize) -> Result<(), TestCaseError> {
    let mut pair = Pair::new(tick, levels);
    for (nth, &step) in steps.iter().enumerate() {
        pair.step(step)?;
        if nth % every == 0 {
            pair.agree()?;
        }
    }
    pair.agree()
}

fn steps(prices: i64, offset: i64, most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        60 => (side(), 0..prices, -1_i64..4)
            .prop_map(move |(side, price, qty)| Step::Set(side, offset + price, qty)),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..most)
}

/// A move of the market, then an update some way from the touch.
#[derive(Clone, Copy, Debug)]
struct Move {
    touch: i64,
    side: Side,
    away: i64,
    qty: i64,
    off_grid: i64,
}

/// A touch that wanders, jumps and comes back; updates near it, deep, and through it; in ticks.
fn moves(off_grid: u32) -> impl Strategy<Value = Vec<Move>> {
    let touch = prop_oneof![
        30 => -3_i64..4,
        4 => -200_i64..200,
        1 => -30_000_i64..30_000,
    ];
    let away = prop_oneof![
        20 => -2_i64..40,
        10 => 0_i64..600,
        4 => 0_i64..20_000,
        1 => -5_000_i64..2_000_000,
    ];
    let qty = prop_oneof![1 => Just(0_i64), 2 => 1_i64..9];
    let off = prop_oneof![40 => Just(0_i64), off_grid => 1_i64..1_000];
    let one = (touch, side(), away, qty, off).prop_map(|(touch, side, away, qty, off_grid)| Move {
        touch,
        side,
        away,
        qty,
        off_grid,
    });
    prop::collection::vec(one, 1..1_500)
}

fn walk(moves: &[Move], tick: i64) -> Vec<Step> {
    let mut touch = 50_000_i64;
    let mut before = Vec::new();
    let step = |(nth, at): (usize, &Move)| {
        touch += at.touch;
        let ticks = if at.side == Side::Buy { touch - at.away } else { touch + at.away };
        let mut price = ticks * tick + at.off_grid;
        // Every third goes back to a price that was set before: levels change and leave.
        if nth % 3 == 2 {
            price = before[(at.touch + at.away).unsigned_abs() as usize % before.len()];
        }
        before.push(price);
        Step::Set(at.side, price, at.qty)
    };
    moves.iter().enumerate().map(step).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_small_full_book_drops_its_farthest_level(
        steps in steps(24, 100, 300),
        levels in 0_usize..12,
    ) {
        agree(&steps, 1, levels, 1)?;
    }

    #[test]
    fn a_full_book_drops_its_farthest_level_wherever_it_lies(
        moves in moves(4),
        levels in 1_usize..200,
    ) {
        agree(&walk(&moves, 1_000), 1_000, levels, 50)?;
    }

    #[test]
    fn a_deep_book_finds_every_level(steps in steps(400, -200, 900)) {
        agree(&steps, 1, 1_000, 20)?;
    }

    #[test]
    fn a_market_that_walks_and_jumps_loses_no_level(
        moves in moves(0),
        tick in prop_oneof![Just(1_i64), Just(1_000_000), Just(12_500_000), Just(100_000_000)],
        levels in prop_oneof![Just(8_192_usize), Just(2_000)],
    ) {
        agree(&walk(&moves, tick), tick, levels, 50)?;
    }

    #[test]
    fn prices_off_the_grid_keep_their_place(moves in moves(6), levels in 100_usize..2_000) {
        agree(&walk(&moves, 1_000), 1_000, levels, 50)?;
    }

    #[test]
    fn a_tick_that_is_wrong_costs_time_alone(
        moves in moves(0),
        tick in prop_oneof![Just(i64::MIN), Just(0), Just(7), Just(i64::MAX), 1..i64::MAX],
    ) {
        agree(&walk(&moves, 1_000), tick, 300, 50)?;
    }

    #[test]
    fn prices_at_the_ends_of_the_range_keep_their_order(
        steps in prop::collection::vec(
            (side(), prop_oneof![
                0_i64..40,
                -40_i64..0,
                Just(i64::MAX), Just(i64::MIN),
                (0_i64..700).prop_map(|below| i64::MAX - below),
                (0_i64..700).prop_map(|above| i64::MIN + above),
                any::<i64>(),
            ], prop_oneof![-1_i64..4, Just(i64::MIN), Just(i64::MAX)]),
            1..200,
        ),
        tick in prop_oneof![Just(1_i64), Just(3), Just(64), Just(1_000_000_000), 1..i64::MAX],
        levels in prop_oneof![Just(16_usize), Just(8_192)],
    ) {
        let steps = steps.iter().map(|&(side, price, qty)| Step::Set(side, price, qty));
        agree(&steps.collect::<Vec<_>>(), tick, levels, 5)?;
    }
}

/// A snapshot of `levels` levels a side in any order, then a market that moves through it.
#[test]
fn a_snapshot_is_held_whole_in_whatever_order_it_comes() {
    let levels = 5_000_i64;
    type Order = fn(i64) -> i64;
    let best_first: Order = |nth| nth;
    let worst_first: Order = |nth| 4_999 - nth;
    let mixed: Order = |nth| nth * 2_011 % 5_000;
    for order in [best_first, worst_first, mixed] {
        for spread in [1, 3, 700] {
            let mut pair = Pair::new(10, 8_192);
            for round in 0..2 {
                for nth in 0..levels {
                    let away = (1 + order(nth) * spread) * 10;
                    pair.step(Step::Set(Side::Buy, 1_000_000 - away, nth + 1)).unwrap();
                    pair.step(Step::Set(Side::Sell, 1_000_000 + away, nth + 1)).unwrap();
                }
                pair.agree().unwrap();
                // The bids are eaten from the best on; what is left must come forward in order.
                for nth in 0..levels {
                    let away = (1 + nth * spread) * 10;
                    pair.step(Step::Set(Side::Buy, 1_000_000 - away, 0)).unwrap();
                    if nth % 1_000 == 0 {
                        pair.agree().unwrap();
                    }
                }
                assert_eq!(pair.book.best(Side::Buy), None, "round {round}");
                pair.step(Step::Clear).unwrap();
            }
        }
    }
}

/// Every bundled recording, with room for all levels and with too little.
#[test]
fn the_recorded_books_are_those_of_the_naive_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tapes");
    let mut updates = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tapez") {
            continue;
        }
        let (preamble, events) = royale_codec::unpack(&std::fs::read(&path).unwrap()).unwrap();
        for levels in [8_192, 48] {
            let pair = |i: &royale_model::Instrument| Pair::new(i.tick.raw(), levels);
            let mut pairs: Vec<Pair> = preamble.instruments.iter().map(pair).collect();
            for event in &events {
                let Body::BookDelta(delta) = event.body() else { continue };
                let pair = &mut pairs[event.instrument().index()];
                if event.flags().has(EventFlags::CLEAR) {
                    pair.step(Step::Clear).unwrap();
                }
                let set = Step::Set(delta.side, delta.price.raw(), delta.qty.raw());
                pair.step(set).unwrap();
                updates += 1;
                if updates % 20_000 == 0 {
                    pair.agree().unwrap();
                }
            }
            pairs.iter().for_each(|pair| pair.agree().unwrap());
        }
    }
    assert!(updates > 4_000_000, "the bundled recordings have more than {updates} updates");
}

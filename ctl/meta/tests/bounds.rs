//! A million steps through random bounds: none leaves them.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use royale_meta::shape::{Bounds, Shape, WHOLE_BP, moved};
use royale_quant::rng::Xoshiro256PlusPlus;

fn shape(rng: &mut Xoshiro256PlusPlus, slots: usize) -> Shape {
    let cap = 500 + rng.below(9_500) as i64;
    // Floors that can be met: together they are below the whole, and below every class's cap.
    let floor = rng.below(1 + (cap.min(WHOLE_BP / slots as i64 / 2)) as u64) as i64;
    let classes = rng.below(3) as usize;
    let class_caps = (0..classes)
        .map(|_| (floor * slots as i64).max(rng.below(10_000) as i64).min(WHOLE_BP))
        .collect();
    let slot = |rng: &mut Xoshiro256PlusPlus| {
        let is_out = rng.below(20) == 0;
        let halved = if rng.below(10) == 0 { 2 } else { 1 };
        Bounds {
            floor: if is_out { 0 } else { floor.min(cap / halved) },
            cap: if is_out { 0 } else { cap / halved },
            is_held: rng.below(4) == 0,
            class: (classes > 0 && rng.below(2) == 0).then(|| rng.below(classes as u64) as usize),
        }
    };
    let slots = (0..slots).map(|_| slot(rng)).collect();
    Shape { slots, class_caps, turnover: 1 + rng.below(10_000) as i64 }
}

fn class_total(shape: &Shape, shares: &[i64], class: usize) -> i64 {
    let of_class = shape.slots.iter().zip(shares).filter(|(slot, _)| slot.class == Some(class));
    of_class.map(|(_, share)| share).sum()
}

/// What each free slot can have of what the held ones leave, of its class and of the house.
fn room_for_floors(shape: &Shape, shares: &[i64], class: Option<usize>) -> i64 {
    let room = |is_member: &dyn Fn(&Bounds) -> bool, cap: i64| {
        let members = || shape.slots.iter().zip(shares).filter(|(slot, _)| is_member(slot));
        let held: i64 = members().filter(|(slot, _)| slot.is_held).map(|(_, share)| share).sum();
        let free = members().filter(|(slot, _)| !slot.is_held).count() as i64;
        (cap - held) / free.max(1)
    };
    let of_class = class
        .map(|class| room(&|slot: &Bounds| slot.class == Some(class), shape.class_caps[class]));
    room(&|_| true, WHOLE_BP).min(of_class.unwrap_or(WHOLE_BP))
}

#[test]
fn no_step_leaves_its_bounds() {
    let mut rng = Xoshiro256PlusPlus::from_seed(7);
    let steps = 1_000_000_u64;
    let (mut whole, mut bound_by_turnover) = (0, 0);
    let mut shares: Vec<i64> = Vec::new();
    for step in 0..steps {
        if step % 40 == 0 {
            let slots = 1 + rng.below(16) as usize;
            let start = WHOLE_BP / slots as i64;
            shares = vec![start; slots];
        }
        let shape = shape(&mut rng, shares.len());
        let weights: Vec<f64> = shares.iter().map(|_| rng.uniform().powi(4)).collect();
        let must = shape.stay(&shares);
        let next = shape.apply(&weights, &shares);
        for ((slot, share), before) in shape.slots.iter().zip(&next).zip(&must) {
            assert!((0..=slot.cap).contains(share), "{shape:?} {shares:?} {next:?}");
            // What is below its floor rises, what is above stays above, where those that are held
            // leave room for all floors.
            let room = room_for_floors(&shape, &must, slot.class);
            assert!(*share >= slot.floor.min(*before).min(room), "{shape:?} {shares:?} {next:?}");
            assert!(!slot.is_held || share == before, "{shape:?} {shares:?} {next:?}");
        }
        for (class, &cap) in shape.class_caps.iter().enumerate() {
            assert!(class_total(&shape, &next, class) <= cap, "{shape:?} {shares:?} {next:?}");
        }
        let total: i64 = next.iter().sum();
        assert!(total <= WHOLE_BP, "{shape:?} {shares:?} {next:?}");
        assert!(moved(&must, &next) <= shape.turnover, "{shape:?} {shares:?} {next:?}");
        // Nothing is left to the reserve while somebody may have it and the way was not too far.
        let free = shape
            .slots
            .iter()
            .zip(&next)
            .any(|(slot, share)| slot.class.is_none() && !slot.is_held && *share < slot.cap);
        let unhurried = moved(&must, &next) + 2 * shares.len() as i64 <= shape.turnover;
        assert!(total == WHOLE_BP || !free || !unhurried, "{shape:?} {shares:?} {next:?}");
        whole += u64::from(total == WHOLE_BP);
        bound_by_turnover += u64::from(!unhurried);
        shares = next;
    }
    assert!(whole > steps / 4 && bound_by_turnover > steps / 20, "{whole}, {bound_by_turnover}");
}

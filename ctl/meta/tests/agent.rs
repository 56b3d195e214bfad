//! The meta-agent over made-up runs: what it may never do, and what it is there for.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use royale_config::{Loader, Meta, Policy, SlotRegime};
use royale_meta::{Agent, EPOCHS_MIN, Look, Mode, Step, Terms};
use royale_model::Nanos;
use royale_quant::rng::Xoshiro256PlusPlus;

const EPOCH: i64 = 30_000_000_000;

fn meta() -> Meta {
    Loader::battle("").load().unwrap().meta
}

fn any(slots: usize) -> Vec<Terms> {
    vec![Terms { class: None, regime: SlotRegime::Any }; slots]
}

/// A run of slots whose returns are given, epoch by epoch; the shares go where the agent puts them.
struct Run {
    agent: Agent,
    look: Look,
}

impl Run {
    fn new(meta: &Meta, terms: Vec<Terms>) -> Self {
        let slots = terms.len();
        let look = Look {
            seq: 0,
            time: Nanos::ZERO,
            equity: vec![1.0; slots],
            loss_streaks: vec![0; slots],
            may_trade: vec![true; slots],
            may_hold: vec![true; slots],
            reference: Some(100.0),
            shares: vec![10_000 / slots as i64; slots],
            is_frozen: false,
        };
        Self { agent: Agent::new(meta, terms, 7).unwrap(), look }
    }
    fn epoch(&mut self, returns: &[f64]) -> Step {
        self.look.seq += 100;
        self.look.time = Nanos::from_raw(self.look.time.raw() + EPOCH);
        self.look.equity.iter_mut().zip(returns).for_each(|(equity, gain)| *equity += gain);
        let step = self.agent.step(&self.look);
        self.look.shares.clone_from(&step.shares);
        step
    }
}

/// Noise, and a mean for each slot.
fn noisy(rng: &mut Xoshiro256PlusPlus, means: &[f64]) -> Vec<f64> {
    means.iter().map(|mean| mean + 1e-3 * rng.normal()).collect()
}

#[test]
fn capital_goes_to_the_slot_that_earns_and_leaves_it_when_another_does() {
    let mut run = Run::new(&meta(), any(5));
    let mut rng = Xoshiro256PlusPlus::from_seed(1);
    let mut means = [0.0; 5];
    for (best, epochs) in [(2, 250), (4, 250)] {
        means = [0.0; 5];
        means[best] = 6e-4;
        let mut step = None;
        for _ in 0..epochs {
            step = Some(run.epoch(&noisy(&mut rng, &means)));
        }
        let step = step.unwrap();
        let most = (0..5).max_by_key(|&slot| step.shares[slot]).unwrap();
        assert_eq!(most, best, "{step:?}");
        assert!(step.p_best[best] > 0.6 && step.shares[best] > 3_500, "{step:?}");
    }
    let step = run.epoch(&noisy(&mut rng, &means));
    assert!(step.regret.proposed > step.regret.equal, "{:?}", step.regret);
    assert!(step.regret.oracle > step.regret.best_fixed);
}

#[test]
fn copies_of_one_strategy_share_what_one_would_have() {
    // Two slots that differ, and then the same with the first one copied three times.
    let share_of_first = |copies: usize| {
        let mut run = Run::new(&Meta { hrp_bp: 0, ..meta() }, any(copies + 1));
        let mut rng = Xoshiro256PlusPlus::from_seed(3);
        let mut total = 0.0;
        for epoch in 0..300 {
            let pair = noisy(&mut rng, &[0.0, 0.0]);
            let mut returns = vec![pair[0]; copies];
            returns.push(pair[1]);
            let step = run.epoch(&returns);
            if epoch >= 100 {
                total += step.p_best[..copies].iter().sum::<f64>() / 200.0;
            }
        }
        total
    };
    let (alone, four) = (share_of_first(1), share_of_first(4));
    assert!((four - alone).abs() < 0.15, "{alone} alone, {four} as four copies");
}

/// The house follows no shadow slot, others are shared out as if it were not there, and the day it is
/// promoted it is known as well as they are.
#[test]
fn a_shadow_slot_gets_nothing_and_is_known_the_day_it_is_promoted() {
    let meta = Meta { turnover_bp: 10_000, hold_epochs: 0, cost_bp: 0, ..meta() };
    let mut run = Run::new(&meta, any(4));
    let mut alone = Run::new(&meta, any(3));
    run.look.may_hold[1] = false;
    run.look.shares = vec![2_500, 0, 2_500, 2_500];
    let mut rng = Xoshiro256PlusPlus::from_seed(8);
    for epoch in 0..300 {
        let returns = noisy(&mut rng, &[0.0, 8e-4, 0.0, 0.0]);
        let step = run.epoch(&returns);
        let others = alone.epoch(&[returns[0], returns[2], returns[3]]);
        assert_eq!((step.shares[1], step.p_best[1], step.by_risk[1]), (0, 0.0, 0.0), "{epoch}");
        let risk = [step.by_risk[0], step.by_risk[2], step.by_risk[3]];
        for (with, without) in risk.iter().zip(&others.by_risk) {
            assert!((with - without).abs() < 1e-9, "{:?} {:?}", step.by_risk, others.by_risk);
        }
        // What a slot that the house may not follow earns, no proposal earned, not even a first one.
        assert!(step.epoch > 8 || step.regret.proposed == step.regret.earned, "{step:?}");
        // By far the best, and nobody's choice: whoever shares out equally, or knows the best, had it
        // no more than the agent.
        let (with, without) = (&step.regret, &others.regret);
        assert!((with.equal - without.equal).abs() < 1e-9 && with.best_fixed < 0.05, "{with:?}");
        assert!((with.oracle - without.oracle).abs() < 1e-9, "{with:?} {without:?}");
    }
    run.look.may_hold[1] = true;
    let step = run.epoch(&noisy(&mut rng, &[0.0, 8e-4, 0.0, 0.0]));
    assert!(step.p_best[1] > 0.6 && step.shares[1] > 3_000, "{step:?}");
}

/// Whatever happens, the bounds hold: here with everything that an agent can be shown.
#[test]
fn no_run_leaves_the_bounds() {
    let mut rng = Xoshiro256PlusPlus::from_seed(11);
    for round in 0..40 {
        let slots = 1 + rng.below(9) as usize;
        let meta = Meta {
            policy: [Policy::Thompson, Policy::Hrp, Policy::Equal][round % 3],
            floor_bp: rng.below(400) as u32,
            cap_bp: 2_000 + rng.below(8_000) as u32,
            turnover_bp: 1 + rng.below(4_000) as u32,
            hold_epochs: rng.below(4) as u32,
            hrp_bp: rng.below(10_001) as u32,
            class_caps: vec![("a".to_owned(), 4_000 + rng.below(6_000) as u32)],
            ..meta()
        };
        let terms = (0..slots)
            .map(|_| Terms {
                class: (rng.below(3) == 0).then_some(0),
                regime: [SlotRegime::Any, SlotRegime::Sideways][rng.below(2) as usize],
            })
            .collect::<Vec<_>>();
        let mut run = Run::new(&meta, terms.clone());
        for _ in 0..150 {
            let slot = rng.below(slots as u64) as usize;
            run.look.loss_streaks[slot] = rng.below(14) as u32;
            run.look.may_trade[slot] = rng.below(8) > 0;
            run.look.may_hold[slot] = rng.below(8) > 0;
            run.look.is_frozen = rng.below(12) == 0;
            run.look.reference = (rng.below(10) > 0).then(|| 100.0 + rng.normal());
            let wild = if rng.below(50) == 0 { f64::NAN } else { 1e-3 };
            let returns: Vec<f64> = (0..slots).map(|_| wild * rng.normal()).collect();
            let before = run.look.shares.clone();
            let step = run.epoch(&returns);
            let total: i64 = step.shares.iter().sum();
            assert!(total <= 10_000 && step.shares.iter().all(|share| *share >= 0), "{step:?}");
            if matches!(step.mode, Mode::Frozen | Mode::Warmup) {
                assert_eq!(step.shares, before);
                continue;
            }
            for (at, share) in step.shares.iter().enumerate() {
                assert!(run.look.may_hold[at] || *share == 0, "{step:?}");
                let halved = run.look.loss_streaks[at] >= meta.loss_streak;
                let cap = i64::from(meta.cap_bp) / if halved { 2 } else { 1 };
                let cap = if run.look.may_trade[at] { cap } else { 0 };
                assert!(*share <= cap, "slot {at}: {step:?}");
            }
            let of_class = terms.iter().zip(&step.shares).filter(|(one, _)| one.class == Some(0));
            let class: i64 = of_class.map(|(_, share)| share).sum();
            assert!(class <= i64::from(meta.class_caps[0].1), "{step:?}");
        }
    }
}

/// The same, whatever comes later: nothing from the future reaches an allocation.
#[test]
fn what_comes_later_changes_nothing() {
    let play = |epochs: usize, twist: bool| -> Vec<Step> {
        let mut run = Run::new(&meta(), any(4));
        let mut rng = Xoshiro256PlusPlus::from_seed(5);
        let mut price = 100.0;
        (0..epochs)
            .map(|epoch| {
                price *= 1.0 + 1e-3 * rng.normal();
                let is_other = twist && epoch >= 120;
                run.look.reference = Some(if is_other { 1.0 } else { price });
                let mut returns = noisy(&mut rng, &[1e-4, 0.0, 0.0, -1e-4]);
                if is_other {
                    returns.reverse();
                }
                run.epoch(&returns)
            })
            .collect()
    };
    let (whole, cut, other) = (play(200, false), play(120, false), play(200, true));
    assert_eq!(whole[..120], cut[..]);
    assert_eq!(whole[..120], other[..120]);
    assert!(whole[120..] != other[120..], "the twist is none");
}

#[test]
fn an_agent_that_loses_to_equal_shares_steps_back_and_says_so() {
    // Whoever was best last week is worst this week: momentum is the wrong belief.
    let mut run = Run::new(
        &Meta {
            hrp_bp: 0,
            cap_bp: 9_500,
            turnover_bp: 10_000,
            hold_epochs: 0,
            cost_bp: 0,
            ..meta()
        },
        any(2),
    );
    let mut rng = Xoshiro256PlusPlus::from_seed(9);
    let mut benched = 0;
    for epoch in 0..1_200 {
        let step_before = run.look.shares.clone();
        let favourite = usize::from(step_before[1] > step_before[0]);
        let mut means = [4e-4; 2];
        means[favourite] = -4e-4;
        let returns = means.map(|mean| mean + 1e-5 * rng.normal());
        let step = run.epoch(&returns);
        if step.mode == Mode::Benched {
            assert!(epoch >= EPOCHS_MIN);
            benched += 1;
            assert!(step.sentence(&["a".to_owned(), "b".to_owned()]).contains("benched"));
        }
    }
    assert!(benched > 100, "benched in {benched} epochs");
}

#[test]
fn ten_losses_in_a_row_halve_a_slot_and_a_win_ends_it() {
    let meta = meta();
    let mut run = Run::new(&meta, any(3));
    let mut rng = Xoshiro256PlusPlus::from_seed(13);
    let good = [8e-4, 0.0, 0.0];
    let mut after = |run: &mut Run, epochs: usize| {
        let mut share = 0;
        for _ in 0..epochs {
            share = run.epoch(&noisy(&mut rng, &good)).shares[0];
        }
        share
    };
    assert!(after(&mut run, 150) > 4_000);
    run.look.loss_streaks[0] = meta.loss_streak;
    let halved = after(&mut run, 1);
    assert!(halved <= i64::from(meta.cap_bp) / 2, "at once: {halved}");
    run.look.loss_streaks[0] = 0;
    assert!(after(&mut run, 20) > 4_000);
}

#[test]
fn hands_off_means_hands_off() {
    let mut run = Run::new(&meta(), any(3));
    let mut rng = Xoshiro256PlusPlus::from_seed(17);
    for _ in 0..60 {
        run.epoch(&noisy(&mut rng, &[5e-4, 0.0, 0.0]));
    }
    let before = run.look.shares.clone();
    run.look.is_frozen = true;
    for _ in 0..60 {
        let step = run.epoch(&noisy(&mut rng, &[0.0, 0.0, 9e-4]));
        assert_eq!((step.mode, &step.shares), (Mode::Frozen, &before));
    }
    run.look.is_frozen = false;
    let mut last = before.clone();
    for _ in 0..20 {
        last = run.epoch(&noisy(&mut rng, &[0.0, 0.0, 9e-4])).shares;
    }
    assert!(last[2] > before[2], "it went on learning");
}

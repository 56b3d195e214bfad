//! Many runs of one world with all contestants: mean regret with its error. Owns the order of the
//! runs and of the additions, so that the result does not depend on the number of threads.

use super::contestant::Contestant;
use super::world::{Tape, World};
use royale_quant::ParameterError;
use royale_quant::bandit::{Outcome, Policy, RegimeView};
use royale_quant::rng::{SplitMix64, Xoshiro256PlusPlus};

/// Most runs of a study.
pub const SEEDS_MAX: u32 = 1_000_000;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Study<'a> {
    /// Where.
    pub world: &'a World,
    /// Who.
    pub contestants: &'a [Contestant],
    /// Number of runs, at least 2: the spread between runs gives the error.
    pub seeds: u32,
    /// Where the runs' seeds come from.
    pub seed: u64,
    /// After how many steps to look, rising; what lies beyond the horizon is left out.
    pub checkpoints: Vec<usize>,
    /// How many threads; the result does not depend on it.
    pub threads: usize,
}

/// How a contestant stands after some steps, on average over the runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Steps played.
    pub step: usize,
    /// Sum over the steps of the best mean less the mean of the arm played.
    pub regret: f64,
    /// Standard error of it.
    pub regret_error: f64,
    /// Share of steps in which the best arm was played.
    pub best_share: f64,
    /// Mean reward of a step.
    pub reward: f64,
}

/// A contestant's curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The contestant, as it was written.
    pub name: String,
    /// One point for each checkpoint.
    pub points: Vec<Point>,
}

impl Curve {
    /// The last point.
    #[must_use]
    pub fn end(&self) -> Option<&Point> {
        self.points.last()
    }
}

/// One contestant in one run at one checkpoint.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    regret: f64,
    best: u32,
    reward: f64,
}

impl Study<'_> {
    /// Runs it; `on_run` hears of each finished run, from whichever thread.
    ///
    /// # Errors
    /// A world that cannot be, a contestant's parameter out of range, or too few runs.
    pub fn run(&self, on_run: &(dyn Fn() + Sync)) -> Result<Vec<Curve>, ParameterError> {
        self.world.check()?;
        let refuse = |parameter, requirement| Err(ParameterError { parameter, requirement });
        if !(2..=SEEDS_MAX).contains(&self.seeds) {
            return refuse("seeds", "between 2 and 1000000");
        }
        let steps: Vec<usize> = self
            .checkpoints
            .iter()
            .copied()
            .filter(|t| (1..=self.world.horizon).contains(t))
            .collect();
        if steps.is_empty() || !steps.is_sorted_by(|a, b| a < b) {
            return refuse("checkpoints", "rising, and one of them within the horizon");
        }
        let runs = self.runs(&steps, on_run)?;
        let curve = |at: usize, contestant: &Contestant| Curve {
            name: contestant.name().to_owned(),
            points: (0..steps.len()).map(|k| mean(steps[k], &runs, at * steps.len() + k)).collect(),
        };
        Ok(self.contestants.iter().enumerate().map(|(at, one)| curve(at, one)).collect())
    }

    /// Every run's tallies, in the order of the runs.
    fn runs(
        &self,
        steps: &[usize],
        on_run: &(dyn Fn() + Sync),
    ) -> Result<Vec<Vec<Tally>>, ParameterError> {
        let threads = self.threads.clamp(1, 256) as u32;
        let share = |thread: u32| -> Result<Vec<(u32, Vec<Tally>)>, ParameterError> {
            let mut done = Vec::new();
            for run in (thread..self.seeds).step_by(threads as usize) {
                done.push((run, self.one(run, steps)?));
                on_run();
            }
            Ok(done)
        };
        let mut all: Vec<(u32, Vec<Tally>)> = Vec::with_capacity(self.seeds as usize);
        std::thread::scope(|scope| {
            let share = &share;
            let hands: Vec<_> =
                (0..threads).map(|thread| scope.spawn(move || share(thread))).collect();
            for hand in hands {
                match hand.join() {
                    Ok(done) => all.extend(done?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(())
        })?;
        all.sort_unstable_by_key(|(run, _)| *run);
        Ok(all.into_iter().map(|(_, tallies)| tallies).collect())
    }

    /// One run: the same tape for everybody.
    fn one(&self, run: u32, steps: &[usize]) -> Result<Vec<Tally>, ParameterError> {
        let seed = SplitMix64::at(self.seed, u64::from(run));
        let tape = self.world.tape(&mut Xoshiro256PlusPlus::from_stream(seed, 0));
        let mut tallies = Vec::with_capacity(steps.len() * self.contestants.len());
        for contestant in self.contestants {
            // A contestant's dice hang on its name, so that nobody's depend on who else takes part.
            let dice = contestant
                .name()
                .bytes()
                .fold(1, |hash: u64, byte| hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
            let mut rng = Xoshiro256PlusPlus::from_stream(seed, dice);
            let mut policy = contestant.policy(self.world, tape.means_at(0))?;
            let mut tally = Tally::default();
            let mut next = steps.iter().peekable();
            play(&tape, policy.as_mut(), contestant.sees_all(), &mut rng, |step, arm| {
                let means = tape.means_at(step);
                let best = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                tally.regret += best - means[arm];
                tally.best += u32::from(means[arm] == best);
                tally.reward += tape.rewards_at(step)[arm];
                if next.next_if(|at| **at == step + 1).is_some() {
                    tallies.push(tally);
                }
            });
        }
        Ok(tallies)
    }
}

/// Plays a tape: choose, be told, step by step. `on_step` hears which arm was played. An arm beyond
/// the last counts as the last.
pub fn play(
    tape: &Tape,
    policy: &mut dyn Policy,
    sees_all: bool,
    rng: &mut Xoshiro256PlusPlus,
    mut on_step: impl FnMut(usize, usize),
) {
    let mut seen = Vec::with_capacity(tape.arms);
    for (step, &label) in tape.labels.iter().enumerate() {
        let regime = RegimeView { label, probabilities: tape.probabilities_at(step) };
        let chosen = policy.choose(regime, rng).min(tape.arms - 1);
        on_step(step, chosen);
        let outcome = |(arm, &reward): (usize, &f64)| Outcome { arm, reward };
        let outcomes = tape.rewards_at(step).iter().enumerate().map(outcome);
        seen.clear();
        seen.extend(outcomes.filter(|outcome| sees_all || outcome.arm == chosen));
        policy.observe(regime, &seen);
    }
}

/// Mean over the runs of the tallies at a place, with the error of the regret.
fn mean(step: usize, runs: &[Vec<Tally>], at: usize) -> Point {
    let count = runs.len() as f64;
    let average =
        |of: &dyn Fn(&Tally) -> f64| runs.iter().map(|run| of(&run[at])).sum::<f64>() / count;
    let regret = average(&|tally| tally.regret);
    let variance = average(&|tally| (tally.regret - regret) * (tally.regret - regret));
    Point {
        step,
        regret,
        regret_error: (variance / (count - 1.0)).sqrt(),
        best_share: average(&|tally| f64::from(tally.best)) / step as f64,
        reward: average(&|tally| tally.reward) / step as f64,
    }
}

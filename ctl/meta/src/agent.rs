//! The meta-agent: at the end of each epoch, who gets how much of the house, and why.
//!
//! Owns the order of its thoughts: what was earned, which regime it is, what is believed, what risk
//! says, which rules hold, and what the bounds allow. A pure function of what it is shown and of its
//! seed: the same journal gives the same allocations, and whoever doubts one can compute it again.
//! Must never see anything that came after the epoch's end.

use crate::belief::{Belief, View};
use crate::honesty::{Held, Honesty, Regret};
use crate::joint::{Odds, Standing, Together, odds};
use crate::shape::{Bounds, Shape, WHOLE_BP, moved};
use crate::weather::Weather;
use royale_config::{Meta, Policy, SlotRegime};
use royale_model::{Nanos, Regime, RegimeOdds, Seq};
use royale_quant::ParameterError;
use royale_quant::bandit::Outcome;
use royale_quant::portfolio::{Covariance, Hrp, LeafOrder, Riskless, WindowCovariance};
use royale_quant::rng::Xoshiro256PlusPlus;
use serde::Serialize;

/// Epochs in the window of covariances.
const WINDOW: usize = 120;
/// Epochs for which an edge is expected to last: what the slower memory forgets in.
const HORIZON: f64 = 100.0;
/// Part of its share that a slot keeps after too many losses in a row.
const HALF: f64 = 0.5;

/// What the agent knows of a slot beforehand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Its class, if it has one: an index into the caps of [`Meta::class_caps`].
    pub class: Option<usize>,
    /// The regime that it needs.
    pub regime: SlotRegime,
}

/// What the agent is shown at the end of an epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct Look {
    /// Sequence number of the epoch's end.
    pub seq: Seq,
    /// When it was.
    pub time: Nanos,
    /// Equity of each slot's shadow account, in parts of what it began with.
    pub equity: Vec<f64>,
    /// Losing round trips of each slot in a row, up to now.
    pub loss_streaks: Vec<u32>,
    /// False for slots that are free, or stopped.
    pub may_trade: Vec<bool>,
    /// False for slots that the house does not follow: they are learned about like any other, and get
    /// nothing.
    pub may_hold: Vec<bool>,
    /// Price of the reference instrument; none where it has no market.
    pub reference: Option<f64>,
    /// Shares in force, in basis points.
    pub shares: Vec<i64>,
    /// True while somebody has told the agent to keep its hands off.
    pub is_frozen: bool,
}

impl Look {
    /// The slots that may be given something.
    fn eligible(&self) -> Vec<bool> {
        self.may_trade.iter().zip(&self.may_hold).map(|(trades, holds)| *trades && *holds).collect()
    }
}

/// Why the shares are what they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Still only watching.
    Warmup,
    /// Told to keep its hands off.
    Frozen,
    /// It followed its policy.
    Follows,
    /// What it would gain is not worth the move.
    NotWorthIt,
    /// It was losing to equal shares: risk parity alone.
    Benched,
}

/// What the agent made of an epoch.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Step {
    /// Its number, from 1.
    pub epoch: u64,
    /// Sequence number of the epoch's end.
    pub seq: Seq,
    /// When it was, in nanoseconds.
    pub time_ns: i64,
    /// Why the shares are what they are.
    pub mode: Mode,
    /// What each slot earned in the epoch, in parts of its capital.
    pub returns: Vec<f64>,
    /// Probability of each regime in the next epoch, the most bearish first; empty before they are known.
    pub regimes: Vec<f64>,
    /// Probability of each slot to be the best one.
    pub p_best: Vec<f64>,
    /// Where each slot stands, with 90 % credibility; none for slots that may not trade. Empty before
    /// anything is believed.
    pub standings: Vec<Option<Standing>>,
    /// What risk parity alone would give.
    pub by_risk: Vec<f64>,
    /// What is left of each weight after the rules: losses in a row, the wrong regime.
    pub kept: Vec<f64>,
    /// What the agent would give if it were followed, in basis points.
    pub proposed: Vec<i64>,
    /// The shares before, in basis points.
    pub before: Vec<i64>,
    /// The shares from now on, in basis points.
    pub shares: Vec<i64>,
    /// What changes hands, in basis points.
    pub moved: i64,
    /// What all of it earned so far.
    pub regret: Regret,
}

/// The agent.
#[derive(Debug)]
pub struct Agent {
    meta: Meta,
    terms: Vec<Terms>,
    seed: u64,
    epoch: u64,
    before: Option<Vec<f64>>,
    weather: Weather,
    /// None until there is something to scale a prior by.
    belief: Option<Belief>,
    /// Returns from before there was a belief.
    early: Vec<(Vec<f64>, Vec<f64>)>,
    covariance: WindowCovariance,
    honesty: Honesty,
    /// The house as it is shared out.
    house: Hand,
    /// The house as it would be shared out, had the agent always been followed.
    proposal: Hand,
}

/// Shares that are moved from epoch to epoch.
#[derive(Debug)]
struct Hand {
    /// In basis points.
    shares: Vec<i64>,
    /// Epochs since each slot was moved.
    rested: Vec<u32>,
    /// What the last move cost, in parts of the house.
    cost: f64,
}

impl Hand {
    fn new(slots: usize) -> Self {
        Self { shares: vec![0; slots], rested: vec![u32::MAX; slots], cost: 0.0 }
    }
    /// From what it is to what it is from now on.
    fn turn(&mut self, after: &[i64], cost_bp: u32) {
        for ((rested, now), then) in self.rested.iter_mut().zip(after).zip(&self.shares) {
            *rested = if now == then { rested.saturating_add(1) } else { 0 };
        }
        self.cost = cost_of(moved(&self.shares, after), cost_bp);
        self.shares = after.to_vec();
    }
    fn held(&self) -> Held<'_> {
        Held { shares: &self.shares, cost: self.cost }
    }
}

impl Agent {
    /// An agent for these slots that has seen nothing.
    ///
    /// # Errors
    /// There are no slots.
    pub fn new(meta: &Meta, terms: Vec<Terms>, seed: u64) -> Result<Self, ParameterError> {
        let slots = terms.len();
        Ok(Self {
            seed,
            epoch: 0,
            before: None,
            weather: Weather::new(meta.epoch)?,
            belief: None,
            early: Vec::new(),
            covariance: WindowCovariance::new(slots, WINDOW)?,
            honesty: Honesty::new(slots),
            house: Hand::new(slots),
            proposal: Hand::new(slots),
            meta: meta.clone(),
            terms,
        })
    }

    /// Takes the end of an epoch; what is to be done about it.
    pub fn step(&mut self, look: &Look) -> Step {
        self.epoch += 1;
        // Others may have moved it since.
        self.house.shares.clone_from(&look.shares);
        if self.epoch == 1 {
            self.proposal.shares.clone_from(&look.shares);
        }
        let returns = self.learn(look);
        let regimes = if self.weather.is_known() { self.weather.forecast() } else { Vec::new() };
        let eligible = look.eligible();
        let Odds { p_best, standings } = self.odds(&eligible);
        let by_risk = self.by_risk(look);
        let kept = self.kept(look, &eligible);
        let weights = self.weights(&p_best, &by_risk, &kept);
        let (_, proposed) = self.follow(look, &self.proposal, &weights, &kept);
        let (mode, shares) = self.decide(look, &weights, &by_risk, &kept);
        self.proposal.turn(&proposed, self.meta.cost_bp);
        self.house.turn(&shares, self.meta.cost_bp);
        Step {
            epoch: self.epoch,
            seq: look.seq,
            time_ns: look.time.raw(),
            mode,
            returns,
            regimes,
            p_best,
            standings,
            by_risk,
            kept,
            proposed,
            before: look.shares.clone(),
            moved: moved(&look.shares, &shares),
            shares,
            regret: self.honesty.regret(),
        }
    }

    /// What each slot earned since the last look; all that is believed takes it in.
    fn learn(&mut self, look: &Look) -> Vec<f64> {
        let before = self.before.replace(look.equity.clone());
        self.weather.take(look.time, look.reference);
        let Some(before) = before else { return vec![0.0; look.equity.len()] };
        let returns: Vec<f64> =
            look.equity.iter().zip(&before).map(|(now, was)| now - was).collect();
        self.covariance.update(&returns);
        self.honesty.take(&returns, &look.may_hold, self.proposal.held(), self.house.held());
        let regimes = self.weather.now();
        match &mut self.belief {
            Some(belief) => belief.learn(&regimes, &outcomes(&returns, &look.may_trade)),
            None => {
                self.early.push((returns.clone(), regimes));
                self.begin_to_believe();
            }
        }
        returns
    }

    /// Scales the prior by what the first epochs showed, once they showed anything.
    fn begin_to_believe(&mut self) {
        if self.early.len() < self.meta.warmup_epochs as usize {
            return;
        }
        let all = self.early.iter().flat_map(|(returns, _)| returns);
        let (sum, count) = all.fold((0.0, 0.0), |(sum, count), x| (sum + x * x, count + 1.0));
        let deviation = (sum / count).sqrt();
        let Ok(mut belief) = Belief::new(self.terms.len(), deviation) else { return };
        for (returns, regimes) in self.early.drain(..) {
            let seen = vec![true; returns.len()];
            belief.learn(&regimes, &outcomes(&returns, &seen));
        }
        self.belief = Some(belief);
    }

    /// All ways to see the slots in the epoch that begins.
    fn views(&self) -> Vec<View> {
        let (regimes, trust) = (self.weather.forecast(), self.weather.trust());
        self.belief.as_ref().map(|belief| belief.views(&regimes, trust)).unwrap_or_default()
    }

    fn odds(&self, eligible: &[bool]) -> Odds {
        let views = self.views();
        let Some(covariance) = self.covariance.covariance().filter(|_| !views.is_empty()) else {
            return Odds::even(eligible);
        };
        let together = Together::new(&covariance);
        // Dice of its own for each epoch: what was drawn before makes no difference.
        let mut rng = Xoshiro256PlusPlus::from_stream(self.seed, self.epoch);
        odds(&views, &together, eligible, &mut rng)
    }

    fn by_risk(&self, look: &Look) -> Vec<f64> {
        let equal = || Odds::even(&look.may_hold).p_best;
        // A slot that does not move has shown no risk, not that it has none.
        // Turned leaves: the weights do not depend on how slots are numbered.
        let hrp =
            Hrp { leaf_order: LeafOrder::Turned, riskless: Riskless::LeftOut, ..Hrp::default() };
        let covariance = self.covariance.covariance();
        let covariance = covariance.and_then(|all| without_shadows(all, &look.may_hold));
        let allocation = covariance.and_then(|covariance| hrp.allocate(&covariance).ok());
        let mut weights = allocation.map_or_else(equal, |allocation| allocation.weights);
        for (weight, may_have) in weights.iter_mut().zip(look.eligible()) {
            *weight *= f64::from(u8::from(may_have));
        }
        weights
    }

    /// What the rules leave of each slot's weight.
    fn kept(&self, look: &Look, eligible: &[bool]) -> Vec<f64> {
        let part = |(terms, (streak, eligible)): (&Terms, (&u32, &bool))| {
            let losing = if *streak >= self.meta.loss_streak { HALF } else { 1.0 };
            let fits = self.weather.fits(terms.regime);
            if *eligible { losing * fits } else { 0.0 }
        };
        let facts = look.loss_streaks.iter().zip(eligible);
        self.terms.iter().zip(facts).map(part).collect()
    }

    fn weights(&self, p_best: &[f64], by_risk: &[f64], kept: &[f64]) -> Vec<f64> {
        let risk = match self.meta.policy {
            Policy::Hrp => 1.0,
            Policy::Equal => return kept.to_vec(),
            Policy::Thompson | Policy::Off => f64::from(self.meta.hrp_bp) / WHOLE_BP as f64,
        };
        let blend = |((best, risky), kept): ((&f64, &f64), &f64)| {
            ((1.0 - risk) * best + risk * risky) * kept
        };
        p_best.iter().zip(by_risk).zip(kept).map(blend).collect()
    }

    /// The bounds of a hand.
    fn shape(&self, look: &Look, hand: &Hand, kept: &[f64]) -> Shape {
        let bounds = |at: usize| {
            let is_halved = look.loss_streaks[at] >= self.meta.loss_streak;
            let cap = i64::from(self.meta.cap_bp);
            let cap = if is_halved { cap / 2 } else { cap };
            let cap = if kept[at] > 0.0 { cap } else { 0 };
            Bounds {
                floor: i64::from(self.meta.floor_bp).min(cap),
                cap,
                is_held: hand.rested[at] < self.meta.hold_epochs && hand.shares[at] <= cap,
                class: self.terms[at].class,
            }
        };
        Shape {
            slots: (0..self.terms.len()).map(bounds).collect(),
            class_caps: self.meta.class_caps.iter().map(|(_, cap)| i64::from(*cap)).collect(),
            turnover: i64::from(self.meta.turnover_bp),
        }
    }

    /// The shares of the house from now on.
    fn decide(
        &self,
        look: &Look,
        weights: &[f64],
        by_risk: &[f64],
        kept: &[f64],
    ) -> (Mode, Vec<i64>) {
        if look.is_frozen || self.meta.policy == Policy::Off {
            return (Mode::Frozen, look.shares.clone());
        }
        if self.honesty.is_benched() && self.meta.policy == Policy::Thompson {
            let weights: Vec<f64> =
                by_risk.iter().zip(kept).map(|(risk, part)| risk * part).collect();
            let shape = self.shape(look, &self.house, kept);
            return (Mode::Benched, shape.apply(&weights, &look.shares));
        }
        self.follow(look, &self.house, weights, kept)
    }

    /// Where the policy moves a hand. What rules and caps take away is taken away in any case.
    fn follow(&self, look: &Look, hand: &Hand, weights: &[f64], kept: &[f64]) -> (Mode, Vec<i64>) {
        if self.epoch <= u64::from(self.meta.warmup_epochs) {
            return (Mode::Warmup, hand.shares.clone());
        }
        let shape = self.shape(look, hand, kept);
        let wanted = shape.apply(weights, &hand.shares);
        let stay = shape.stay(&hand.shares);
        if self.is_worth_it(&stay, &wanted) {
            return (Mode::Follows, wanted);
        }
        (Mode::NotWorthIt, stay)
    }

    /// True when what the move is expected to earn, as long as an edge lasts, is more than it costs.
    fn is_worth_it(&self, stay: &[i64], wanted: &[i64]) -> bool {
        if self.belief.is_none() || self.meta.policy != Policy::Thompson {
            return true;
        }
        let gain = |view: &View| -> f64 {
            let ways = wanted.iter().zip(stay).zip(&view.means);
            let all = ways.map(|((to, from), mean)| (to - from) as f64 * mean.location);
            view.weight * all.sum::<f64>() / WHOLE_BP as f64
        };
        let edge: f64 = self.views().iter().map(gain).sum();
        edge * HORIZON >= cost_of(moved(stay, wanted), self.meta.cost_bp)
    }
}

/// What it costs to move so much, at so many basis points, in parts of the house.
fn cost_of(moved: i64, cost_bp: u32) -> f64 {
    moved as f64 / WHOLE_BP as f64 * f64::from(cost_bp) / 10_000.0
}

impl Step {
    /// What the market is taken for in the next epoch, as decisions carry it; none before that is known.
    pub fn regime(&self) -> Option<RegimeOdds> {
        // The order of `regimes`.
        let known = [Regime::Bear, Regime::Sideways, Regime::Bull];
        let all = known.into_iter().zip(&self.regimes);
        let (regime, probability) = all.max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(RegimeOdds::new(regime, (probability * WHOLE_BP as f64) as u16))
    }

    /// In one line, for whoever reads the journal: with the slots' names.
    pub fn sentence(&self, slots: &[String]) -> String {
        let name = |at: usize| slots.get(at).map_or("?", String::as_str);
        let best =
            (0..self.p_best.len()).max_by(|&a, &b| self.p_best[a].total_cmp(&self.p_best[b]));
        let best = best.map(|at| format!(", {} is best with P {:.2}", name(at), self.p_best[at]));
        let mode = match self.mode {
            Mode::Warmup => "watching",
            Mode::Frozen => "frozen",
            Mode::Follows => "shared out",
            Mode::NotWorthIt => "not worth the move",
            Mode::Benched => "benched: by risk alone",
        };
        let percent = self.moved as f64 / 100.0;
        let less: Vec<&str> =
            (0..self.kept.len()).filter(|&at| self.kept[at] < 1.0).map(name).collect();
        let less =
            if less.is_empty() { String::new() } else { format!("; less for {}", less.join(", ")) };
        format!(
            "epoch {}: {mode}{}, {percent:.2} % moved{less}",
            self.epoch,
            best.unwrap_or_default()
        )
    }
}

/// The covariance with slots that the house does not follow as if they stood still: risk parity leaves
/// out what does not move, and shares out among the others as if these were not there.
fn without_shadows(all: Covariance, may_hold: &[bool]) -> Option<Covariance> {
    if may_hold.iter().all(|holds| *holds) {
        return Some(all);
    }
    let cell =
        |i: usize, j: usize| all.get(i, j).filter(|_| may_hold[i] && may_hold[j]).unwrap_or(0.0);
    let slots = 0..all.order();
    let rows: Vec<Vec<f64>> =
        slots.clone().map(|i| slots.clone().map(|j| cell(i, j)).collect()).collect();
    Covariance::from_rows(&rows).ok()
}

fn outcomes(returns: &[f64], seen: &[bool]) -> Vec<Outcome> {
    let of_arm = |(arm, reward): (usize, &f64)| Outcome { arm, reward: *reward };
    let all = returns.iter().enumerate().map(of_arm);
    all.filter(|outcome| seen.get(outcome.arm).copied().unwrap_or(false)).collect()
}

//! Is the agent worth its keep? What its shares earned, held against what others would have.
//!
//! Owns the count of every epoch's gain under the agent's own proposal, the shares in force, equal
//! shares, each slot alone, and the best slot of each epoch. Must never leave out an epoch.

use serde::Serialize;

/// Epochs before anything is said of significance.
pub const EPOCHS_MIN: u64 = 50;
/// Two-sided 90 %, one-sided 95 % of the normal distribution.
const Z: f64 = 1.644_853_626_951_472_6;

/// What has been earned since the run began, as parts of the house capital.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Regret {
    /// Epochs counted.
    pub epochs: u64,
    /// By the shares that were in force, the cost of moving them taken off.
    pub earned: f64,
    /// By the shares that the agent proposed, also while it was benched, with the cost of moving from
    /// one proposal to the next.
    pub proposed: f64,
    /// By equal shares that are never moved.
    pub equal: f64,
    /// By the slot that was best in hindsight, alone.
    pub best_fixed: f64,
    /// That slot.
    pub best_slot: usize,
    /// By whoever knew each epoch's best slot beforehand.
    pub oracle: f64,
    /// Proposed less equal, an epoch, with a 90 % band; absent before two epochs.
    pub edge: Option<Band>,
}

/// A mean and the band in which it lies with a probability of 90 %: of [`Regret::edge`] by the normal
/// distribution, with epochs taken as independent; of a slot by the draws of what is believed.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Band {
    /// Its lower end.
    pub low: f64,
    /// The mean.
    pub mean: f64,
    /// Its upper end.
    pub high: f64,
}

/// Shares that were held in an epoch.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// In basis points.
    pub shares: &'a [i64],
    /// What it cost to move to them from those before, in parts of the house.
    pub cost: f64,
}

impl Held<'_> {
    fn gain(&self, returns: &[f64]) -> f64 {
        let parts = self.shares.iter().zip(returns);
        parts.map(|(&bp, gain)| bp as f64 / 10_000.0 * gain).sum::<f64>() - self.cost
    }
}

/// The count.
#[derive(Clone, Debug)]
pub struct Honesty {
    epochs: u64,
    earned: f64,
    proposed: f64,
    equal: f64,
    oracle: f64,
    alone: Vec<f64>,
    /// Mean and sum of squared deviations of proposed less equal (Welford).
    edge: (f64, f64),
    /// The same, fading: what decides about coming back.
    lately: f64,
    is_benched: bool,
}

impl Honesty {
    /// Nothing counted yet.
    pub fn new(slots: usize) -> Self {
        Self {
            epochs: 0,
            earned: 0.0,
            proposed: 0.0,
            equal: 0.0,
            oracle: 0.0,
            alone: vec![0.0; slots],
            edge: (0.0, 0.0),
            lately: 0.0,
            is_benched: false,
        }
    }

    /// An epoch is over: what each slot returned, whether the house may follow it, what had been proposed
    /// for it, and what was in force. Whom the house may not follow is nobody's choice, in hindsight
    /// either.
    pub fn take(
        &mut self,
        returns: &[f64],
        may_hold: &[bool],
        proposed: Held<'_>,
        in_force: Held<'_>,
    ) {
        let open =
            || returns.iter().zip(may_hold).filter(|(_, holds)| **holds).map(|(gain, _)| gain);
        let equal = open().sum::<f64>() / open().count().max(1) as f64;
        let proposal = proposed.gain(returns);
        self.epochs += 1;
        self.earned += in_force.gain(returns);
        self.proposed += proposal;
        self.equal += equal;
        let best = open().copied().reduce(f64::max).unwrap_or(0.0);
        self.oracle += best.max(-1.0);
        for ((sum, gain), holds) in self.alone.iter_mut().zip(returns).zip(may_hold) {
            *sum += if *holds { *gain } else { 0.0 };
        }
        let edge = proposal - equal;
        let (mean, squares) = &mut self.edge;
        let apart = edge - *mean;
        *mean += apart / self.epochs as f64;
        *squares += apart * (edge - *mean);
        self.lately = 0.98 * self.lately + 0.02 * edge;
        self.judge();
    }

    /// Benched when it loses to equal shares and that is no chance; back when lately it does not.
    fn judge(&mut self) {
        let loses = self.epochs >= EPOCHS_MIN && self.band().is_some_and(|band| band.high < 0.0);
        self.is_benched = if self.is_benched { self.lately <= 0.0 } else { loses };
    }

    /// True while the agent's proposals are not followed.
    pub fn is_benched(&self) -> bool {
        self.is_benched
    }

    fn band(&self) -> Option<Band> {
        let count = self.epochs as f64;
        let (mean, squares) = self.edge;
        (self.epochs > 1).then(|| {
            let half = Z * (squares / (count - 1.0) / count).sqrt();
            Band { low: mean - half, mean, high: mean + half }
        })
    }

    /// The count so far.
    pub fn regret(&self) -> Regret {
        let best = (0..self.alone.len()).max_by(|&a, &b| self.alone[a].total_cmp(&self.alone[b]));
        let best_slot = best.unwrap_or(0);
        Regret {
            epochs: self.epochs,
            earned: self.earned,
            proposed: self.proposed,
            equal: self.equal,
            best_fixed: self.alone.get(best_slot).copied().unwrap_or(0.0),
            best_slot,
            oracle: self.oracle,
            edge: self.band(),
        }
    }
}

impl Regret {
    /// Whether the agent is worth its keep, in words.
    pub fn verdict(&self, is_benched: bool) -> &'static str {
        match self.edge {
            _ if is_benched => {
                "benched: it was losing to equal shares, and risk parity shares out in its place"
            }
            None => "nothing to say yet",
            Some(_) if self.epochs < EPOCHS_MIN => "too early to say whether that is chance",
            Some(edge) if edge.low > 0.0 => "better than equal shares, and that is no chance",
            Some(edge) if edge.high < 0.0 => "worse than equal shares, and that is no chance",
            Some(_) => "no better and no worse than equal shares, as far as can be told",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_loses_to_equal_shares_is_benched_and_comes_back_when_he_does_not() {
        let mut honesty = Honesty::new(2);
        let mut epoch = 0_i64;
        let mut play = |honesty: &mut Honesty, good: usize, epochs: usize| {
            for _ in 0..epochs {
                epoch += 1;
                let noise = if epoch % 2 == 0 { 1e-4 } else { -1e-4 };
                let mut returns = [0.0; 2];
                returns[good] = 1e-3 + noise;
                // All on slot 0.
                let proposed = Held { shares: &[10_000, 0], cost: 0.0 };
                let in_force = Held { shares: &[5_000, 5_000], cost: 0.0 };
                honesty.take(&returns, &[true; 2], proposed, in_force);
            }
        };
        play(&mut honesty, 1, 49);
        assert!(!honesty.is_benched(), "too early to say");
        play(&mut honesty, 1, 1);
        assert!(honesty.is_benched());
        play(&mut honesty, 0, 60);
        assert!(!honesty.is_benched());
        let regret = honesty.regret();
        assert_eq!(regret.best_slot, 0);
        assert!((regret.oracle - 0.11).abs() < 1e-4 && (regret.equal - 0.055).abs() < 1e-4);
        assert!((regret.earned - regret.equal).abs() < 1e-12);
    }
}

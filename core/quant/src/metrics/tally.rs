//! Wins and losses of any series of results: trades or periods. Owns the rule that a result of
//! zero is breakeven, counted but not a win.

use super::profit_factor;
use super::sum::CompensatedSum;

/// Counts and sums of wins and losses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    count: u64,
    wins: u64,
    losses: u64,
    gross_profit: CompensatedSum,
    gross_loss: CompensatedSum,
    total: CompensatedSum,
    largest_win: f64,
    largest_loss: f64,
}

impl Tally {
    /// Takes a result that is usable.
    pub(super) fn add(&mut self, result: f64) {
        self.count += 1;
        self.total.add(result);
        if result > 0.0 {
            self.wins += 1;
            self.gross_profit.add(result);
            self.largest_win = self.largest_win.max(result);
        } else if result < 0.0 {
            self.losses += 1;
            self.gross_loss.add(result);
            self.largest_loss = self.largest_loss.min(result);
        }
    }

    /// Results taken, breakeven included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Results above zero.
    #[must_use]
    pub fn wins(&self) -> u64 {
        self.wins
    }

    /// Results below zero.
    #[must_use]
    pub fn losses(&self) -> u64 {
        self.losses
    }

    /// Results of exactly zero.
    #[must_use]
    pub fn breakevens(&self) -> u64 {
        self.count - self.wins - self.losses
    }

    /// Sum of the wins, in the unit of the results.
    #[must_use]
    pub fn gross_profit(&self) -> f64 {
        self.gross_profit.value()
    }

    /// Sum of the losses, zero or negative.
    #[must_use]
    pub fn gross_loss(&self) -> f64 {
        self.gross_loss.value()
    }

    /// Wins over all results; `None` before the first.
    #[must_use]
    pub fn win_rate(&self) -> Option<f64> {
        (self.count > 0).then(|| self.wins as f64 / self.count as f64)
    }

    /// Wins over wins and losses; `None` before the first of them.
    #[must_use]
    pub fn win_rate_decided(&self) -> Option<f64> {
        let decided = self.wins + self.losses;
        (decided > 0).then(|| self.wins as f64 / decided as f64)
    }

    /// `gross_profit / |gross_loss|`: `+inf` without a loss, 0 with neither, `None` before the
    /// first result.
    #[must_use]
    pub fn profit_factor(&self) -> Option<f64> {
        (self.count > 0).then(|| profit_factor(self.gross_profit(), self.gross_loss()))
    }

    /// Mean result; `None` before the first.
    #[must_use]
    pub fn expectancy(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total.value() / self.count as f64)
    }

    /// Mean win; `None` before the first win.
    #[must_use]
    pub fn average_win(&self) -> Option<f64> {
        (self.wins > 0).then(|| self.gross_profit() / self.wins as f64)
    }

    /// Mean loss, negative; `None` before the first loss.
    #[must_use]
    pub fn average_loss(&self) -> Option<f64> {
        (self.losses > 0).then(|| self.gross_loss() / self.losses as f64)
    }

    /// Mean win over the size of the mean loss; `None` until there is one of each.
    #[must_use]
    pub fn payoff_ratio(&self) -> Option<f64> {
        Some(self.average_win()? / -self.average_loss()?)
    }

    /// Largest win; `None` before the first win.
    #[must_use]
    pub fn largest_win(&self) -> Option<f64> {
        (self.wins > 0).then_some(self.largest_win)
    }

    /// Largest loss, negative; `None` before the first loss.
    #[must_use]
    pub fn largest_loss(&self) -> Option<f64> {
        (self.losses > 0).then_some(self.largest_loss)
    }
}

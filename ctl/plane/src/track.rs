//! A slot's track record: what its shadow account showed, in a form that seasons can be pooled in.
//!
//! Owns how seasons of one battle are put together. They replay the same recordings, so more of them
//! are no more evidence: their seconds and round trips are pooled, which takes the luck of latencies
//! out of the figures, and counted as if there had been one season.

use crate::gate::DeflatedSharpe;
use crate::metrics::{MOVES_MIN, MetricsRow, SAMPLES_MIN, SHARPE_SCALE_SECONDS};
use royale_quant::metrics::SharpeEvidence;
use royale_quant::moments::Moments;

/// What one account showed in a season.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrackRecord {
    /// Seconds of equity.
    pub(crate) samples: u64,
    /// Those in which it moved.
    pub(crate) moves: u64,
    /// The returns of those seconds.
    pub(crate) returns: Moments,
    /// Round trips.
    pub(crate) trades: u64,
    /// Those that were won.
    pub(crate) wins: u64,
}

/// The figures of a record that the validation gate looks at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Figures {
    /// As on the leaderboard; what the gate does not ask is left out.
    pub metrics: MetricsRow,
    /// The Sharpe ratio less what luck gives the best of as many tries.
    pub deflated: Option<DeflatedSharpe>,
}

impl TrackRecord {
    /// The figures of one strategy over these seasons, as the best of `trials`.
    pub fn figures(seasons: &[Self], trials: u64) -> Figures {
        let replays = (seasons.len() as u64).max(1);
        let sum = |of: fn(&Self) -> u64| seasons.iter().map(of).sum::<u64>();
        let (samples, moves) = (sum(|one| one.samples) / replays, sum(|one| one.moves) / replays);
        let returns = seasons.iter().fold(Moments::new(), |all, one| all.merged(&one.returns));
        let is_enough = samples >= SAMPLES_MIN && moves >= MOVES_MIN;
        let evidence = evidence(&returns, replays).filter(|_| is_enough);
        let (trades, wins) = (sum(|one| one.trades), sum(|one| one.wins));
        let sharpe = evidence.map(|evidence| evidence.sharpe * SHARPE_SCALE_SECONDS.sqrt());
        Figures {
            metrics: MetricsRow {
                samples,
                sharpe: sharpe.filter(|sharpe| sharpe.is_finite()),
                trades: trades / replays,
                wins: wins / replays,
                win_rate: (trades > 0).then(|| wins as f64 / trades as f64),
                ..MetricsRow::default()
            },
            deflated: evidence
                .and_then(|evidence| DeflatedSharpe::new(&evidence, trials, SHARPE_SCALE_SECONDS)),
        }
    }
}

fn evidence(returns: &Moments, replays: u64) -> Option<SharpeEvidence> {
    Some(SharpeEvidence {
        sharpe: returns.mean()? / returns.deviation().filter(|spread| *spread > 0.0)?,
        periods: returns.count() / replays,
        skewness: returns.skewness()?,
        kurtosis: returns.kurtosis()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seed: u64) -> TrackRecord {
        let mut returns = Moments::new();
        let mut state = seed;
        for _ in 0..8_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            returns.update((state >> 40) as f64 / 1e9 - 0.008);
        }
        TrackRecord { samples: 8_000, moves: 4_000, returns, trades: 60, wins: 30 + seed % 5 }
    }

    /// Ten replays of one recording are not ten recordings: whoever counted them so would let every
    /// slot pass in the end, with 100 round trips and any Sharpe ratio above 0.
    #[test]
    fn the_same_recordings_again_are_no_more_evidence() {
        let one = TrackRecord::figures(&[record(1)], 6);
        let ten = TrackRecord::figures(&[record(1); 10], 6);
        assert_eq!((ten.metrics.trades, ten.metrics.samples), (60, 8_000));
        assert_eq!(ten.metrics.win_rate, one.metrics.win_rate);
        let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-3, "{a} {b}");
        near(ten.metrics.sharpe.unwrap(), one.metrics.sharpe.unwrap());
        near(ten.deflated.unwrap().by_luck, one.deflated.unwrap().by_luck);
        near(ten.deflated.unwrap().excess, one.deflated.unwrap().excess);
    }

    #[test]
    fn a_lucky_season_is_held_against_the_others() {
        let (lucky, poor) = (record(4), TrackRecord { wins: 10, ..record(9) });
        let both = TrackRecord::figures(&[lucky, poor], 6).metrics;
        assert_eq!((both.trades, both.win_rate), (60, Some(44.0 / 120.0)));
        let still = TrackRecord { moves: 19, ..record(1) };
        assert_eq!(TrackRecord::figures(&[still], 6).metrics.sharpe, None);
        assert_eq!(TrackRecord::figures(&[], 6).deflated, None);
    }
}

//! Where a resting order stands in its level's queue: quantity ahead, as a whole number of 10⁻⁹.
//!
//! Owns the estimate of hftbacktest's queue models. Must never move an order backwards, nor let a
//! float outlive one call. The matching of resting orders calls it for each change of their level.

use super::parameters::QueueModel;
use royale_model::{Qty, SCALE};

/// Quantity ahead after the level went from `before` to `after`, of which `traded` was traded
/// since the last change (and already taken off `front`).
#[inline]
pub(super) fn after_change(
    model: QueueModel,
    front: Qty,
    traded: Qty,
    before: Qty,
    after: Qty,
) -> Qty {
    let held = front.max(Qty::ZERO).min(after);
    let decrease = before.saturating_sub(after).saturating_sub(traded);
    if model == QueueModel::RiskAverse || !decrease.is_positive() {
        return held;
    }
    let ahead = front.max(Qty::ZERO);
    let behind = before.saturating_sub(ahead).max(Qty::ZERO);
    let share_behind = probability_behind(model, ahead.to_f64(), behind.to_f64());
    let cancelled = decrease.to_f64();
    let shortage = (behind.to_f64() - share_behind * cancelled).min(0.0);
    let estimate = ahead.to_f64() - (1.0 - share_behind) * cancelled + shortage;
    // The one place where a queue position is rounded: to the nearest 10⁻⁹; `as` holds the range.
    let estimate = Qty::from_raw(libm::round(estimate * SCALE as f64) as i64);
    estimate.max(Qty::ZERO).min(ahead).min(after)
}

/// Probability that a cancelled unit was behind us: f(behind) / (f(behind) + f(ahead)).
fn probability_behind(model: QueueModel, ahead: f64, behind: f64) -> f64 {
    let weigh = |quantity: f64| match model {
        QueueModel::RiskAverse => 0.0,
        QueueModel::ProbPower { power } => libm::pow(quantity, power),
        QueueModel::ProbLog => libm::log(1.0 + quantity),
    };
    let share = weigh(behind) / (weigh(behind) + weigh(ahead));
    // An empty level divides 0 by 0: nothing is ahead, so nothing ahead can go.
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 }
}

/// Whole lots that went beyond the queue, rounded to the nearest lot as hftbacktest does.
#[inline]
pub(super) fn beyond(front: Qty, lot: Qty) -> Qty {
    let (past, lot) = (front.raw().saturating_neg(), lot.raw().max(1));
    if past <= 0 {
        return Qty::ZERO;
    }
    let lots = past / lot + i64::from(past % lot >= lot - lot / 2);
    Qty::from_raw(lots.saturating_mul(lot))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn qty(units: i64) -> Qty {
        Qty::from_int(units)
    }

    #[test]
    fn cancellations_leave_the_risk_averse_where_it_is() {
        let model = QueueModel::RiskAverse;
        assert_eq!(after_change(model, qty(6), qty(0), qty(10), qty(7)), qty(6));
        assert_eq!(after_change(model, qty(6), qty(0), qty(10), qty(2)), qty(2));
        assert_eq!(after_change(model, qty(6), qty(0), qty(10), qty(20)), qty(6));
    }

    #[test]
    fn a_power_of_one_shares_a_decrease_in_proportion() {
        let model = QueueModel::ProbPower { power: 1.0 };
        // Six ahead, four behind: of five cancelled, three were ahead.
        assert_eq!(after_change(model, qty(6), qty(0), qty(10), qty(5)), qty(3));
        // Of which two had been traded: three were cancelled, 1.8 of them ahead.
        let left = after_change(model, qty(6), qty(2), qty(10), qty(5));
        assert_eq!(left, Qty::from_raw(4_200_000_000));
    }

    #[test]
    fn lots_round_to_the_nearest() {
        let lot = Qty::from_raw(10);
        for (front, expected) in [(5, 0), (0, 0), (-4, 0), (-5, 10), (-14, 10), (-15, 20)] {
            assert_eq!(beyond(Qty::from_raw(front), lot), Qty::from_raw(expected), "{front}");
        }
    }

    #[test]
    fn no_input_breaks_the_estimate() {
        let extremes = [i64::MIN, -1, 0, 1, 1_000, i64::MAX].map(Qty::from_raw);
        let models = [
            QueueModel::RiskAverse,
            QueueModel::ProbLog,
            QueueModel::ProbPower { power: 3.0 },
            QueueModel::ProbPower { power: f64::NAN },
            QueueModel::ProbPower { power: -1.0 },
        ];
        for model in models {
            for front in extremes {
                for before in extremes {
                    for after in extremes {
                        let left = after_change(model, front, Qty::ZERO, before, after);
                        assert!(left <= front.max(Qty::ZERO));
                    }
                }
            }
        }
    }
}

//! What given positions risk, and which of them risk it. Owns the split of a portfolio's
//! deviation into its parts and the measures of concentration; positions are money, longs above
//! zero and shorts below.

use super::covariance::Covariance;
use super::matrix::dot;
use crate::checked::is_usable;
use crate::normal;
use crate::parameter::{ParameterError, require};

/// Risk of a set of positions over one period of the covariance matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioRisk {
    /// Sum of the sizes of the positions.
    pub gross: f64,
    /// Sum of the positions.
    pub net: f64,
    /// Standard deviation of the profit `√(x'Σx)`.
    pub deviation: f64,
    /// Contribution `xᵢ (Σx)ᵢ / deviation` of each position: what the deviation would lose, per
    /// share of it given up. They sum to the deviation (Euler); a hedge contributes less than
    /// zero. All zero without risk.
    pub components: Vec<f64>,
    /// `Σ |xᵢ| σᵢ / deviation`: the deviation if all went wrong together over what it is, at
    /// least 1; `None` without risk.
    pub diversification_ratio: Option<f64>,
    /// Herfindahl's index `Σ (|xᵢ|/gross)²`; `None` without positions.
    pub herfindahl: Option<f64>,
}

impl PortfolioRisk {
    /// The risk of positions in money, one for each series.
    ///
    /// Source: D. Tasche, "Risk contributions and performance measurement" (1999); Y. Choueifaty,
    /// Y. Coignard, "Toward Maximum Diversification" (2008).
    ///
    /// # Errors
    /// Unless there is a usable position for each series.
    pub fn of(positions: &[f64], cov: &Covariance) -> Result<Self, ParameterError> {
        require("positions", "one for each series", positions.len() == cov.order())?;
        let usable = positions.iter().all(|x| is_usable(*x));
        require("positions", "finite numbers", usable)?;
        let gross: f64 = positions.iter().map(|x| x.abs()).sum();
        let marginal = cov.matrix().times(positions);
        // Below zero only by rounding, or where the matrix is not positive semidefinite.
        let deviation = dot(positions, &marginal).max(0.0).sqrt();
        let has_risk = deviation > 0.0;
        let share = |(x, m): (&f64, &f64)| if has_risk { x * m / deviation } else { 0.0 };
        let alone = positions.iter().zip(cov.variances()).map(|(x, v)| x.abs() * v.sqrt());
        let shares = positions.iter().map(|x| (x / gross) * (x / gross));
        Ok(Self {
            gross,
            net: positions.iter().sum(),
            deviation,
            components: positions.iter().zip(&marginal).map(share).collect(),
            diversification_ratio: has_risk.then(|| alone.sum::<f64>() / deviation),
            herfindahl: (gross > 0.0).then(|| shares.sum()),
        })
    }

    /// Effective number of positions `1/herfindahl`: equal positions count fully, dust hardly.
    #[must_use]
    pub fn effective_positions(&self) -> Option<f64> {
        self.herfindahl.map(|index| 1.0 / index)
    }

    /// Value at risk of each position as part of the whole, a loss being positive, if profits
    /// are normal with mean zero: the components times `Φ⁻¹(confidence)`. They sum to the value
    /// at risk. `None` unless the confidence lies between one half and one.
    #[must_use]
    pub fn component_value_at_risk(&self, confidence: f64) -> Option<Vec<f64>> {
        if !(confidence > 0.5 && confidence < 1.0) {
            return None;
        }
        let quantile = normal::quantile(confidence);
        Some(self.components.iter().map(|component| component * quantile).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hedge_by_hand() {
        let cov = Covariance::from_rows(&[[0.04, 0.01], [0.01, 0.01]]).unwrap();
        let risk = PortfolioRisk::of(&[100.0, -100.0], &cov).unwrap();
        // Variance 10⁴ · (0.04 - 0.02 + 0.01) = 300; marginals 3 and 0.
        let deviation = 300.0_f64.sqrt();
        assert!((risk.deviation - deviation).abs() < 1e-12);
        assert!((risk.components[0] - deviation).abs() < 1e-12 && risk.components[1] == 0.0);
        assert_eq!((risk.gross, risk.net), (200.0, 0.0));
        assert!((risk.diversification_ratio.unwrap() - 30.0 / deviation).abs() < 1e-12);
        assert_eq!((risk.herfindahl, risk.effective_positions()), (Some(0.5), Some(2.0)));
    }

    #[test]
    fn nothing_held_is_no_risk_and_no_ratio() {
        let cov = Covariance::from_rows(&[[0.04]]).unwrap();
        let risk = PortfolioRisk::of(&[0.0], &cov).unwrap();
        assert_eq!((risk.deviation, risk.components.as_slice()), (0.0, [0.0].as_slice()));
        assert_eq!((risk.diversification_ratio, risk.herfindahl), (None, None));
        assert!(PortfolioRisk::of(&[f64::NAN], &cov).is_err());
        assert!(PortfolioRisk::of(&[1.0, 2.0], &cov).is_err());
        let torn = Covariance::from_rows(&[[1.0, -3.0], [-3.0, 1.0]]).unwrap();
        assert_eq!(PortfolioRisk::of(&[1.0, 1.0], &torn).unwrap().deviation, 0.0);
        assert_eq!(risk.component_value_at_risk(0.5), None);
        assert_eq!(risk.component_value_at_risk(0.99), Some(vec![0.0]));
    }
}

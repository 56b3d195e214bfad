//! The probability that an arm is the best: exact, by quadrature. Owns the integral; it must never
//! draw, and it must never allocate after construction.
//!
//! With densities `f_i` and distribution functions `F_i` of independent posteriors,
//!
//! ```text
//! P(arm i is best) = ∫ f_i(u) Π_{j≠i} F_j(u) du
//! ```
//!
//! This is the share of plays that Thompson sampling gives the arm, and our share of capital.
//!
//! # Method
//!
//! Below the point where some arm is almost surely above, the integrand is nothing; so the
//! integral begins there, goes up in panels as wide as the narrowest posterior that still has mass
//! ahead, and ends when at most one arm has. In a panel of [`NODES`] nodes every `F_j` is the
//! panel's own integral of `f_j`, so that the price is one exponential for each arm and node, and
//! the incomplete beta function is needed only once an arm, at the beginning. All arms come out of
//! one pass: the products without one arm are products from the left times products from the right.
//!
//! Rates are integrated as log-odds `u = ln(x/(1-x))`, where the density of any Beta distribution
//! is smooth and has exponential tails, even if it is infinite at 0 or 1.
//!
//! Cost grows with arms × panels; `docs/meta-agent.md` has what was measured.

use super::beta::Beta;
use super::panel::{NODES, Panel};
use super::student::Student;
use crate::parameter::{ParameterError, require};
use crate::special::ln_beta;

/// Most arms that are compared at once.
pub const ARMS_MAX: usize = 1024;

/// Logarithm of the tail probability that is left out at either end: 1e-12.
const LN_TAIL: f64 = -27.6;

/// Panels before the integral gives up on posteriors of wildly different widths.
const PANELS_MAX: usize = 100_000;

/// Room for the integrals of a fixed number of arms.
#[derive(Clone, Debug)]
pub struct PBest {
    panel: Panel,
    arms: Vec<Arm>,
    /// Node by node, every arm's distribution function and density.
    columns: Vec<Column>,
    /// Products from the right, one more than arms.
    right: Vec<f64>,
}

/// One arm during the integral.
#[derive(Clone, Copy, Debug, Default)]
struct Arm {
    ln_front: f64,
    /// Where the upper tail is left out.
    end: f64,
    /// Probability up to the panel's beginning.
    below: f64,
    /// The integral so far.
    best: f64,
}

/// One arm over one panel.
#[derive(Clone, Copy, Debug, Default)]
struct Column {
    density: [f64; NODES],
    below: [f64; NODES],
}

impl PBest {
    /// Room for up to this many arms.
    ///
    /// # Errors
    /// No arm, or more than [`ARMS_MAX`].
    pub fn new(arms: usize) -> Result<Self, ParameterError> {
        require("arms", "between 1 and 1024", (1..=ARMS_MAX).contains(&arms))?;
        Ok(Self {
            panel: Panel::new(),
            arms: vec![Arm::default(); arms],
            columns: vec![Column::default(); arms],
            right: vec![1.0; arms + 1],
        })
    }

    /// Each arm's probability of having the highest rate. Absolute error below 1e-8.
    ///
    /// Arms beyond the room or beyond `shares` take no part; the shares add up to one.
    pub fn rates(&mut self, posteriors: &[Beta], shares: &mut [f64]) {
        self.integrate(posteriors, shares);
    }

    /// Each arm's probability of having the highest mean, from the distributions of the means.
    /// Absolute error below 1e-8 (from one degree of freedom on).
    ///
    /// Arms beyond the room or beyond `shares` take no part; the shares add up to one.
    pub fn means(&mut self, posteriors: &[Student], shares: &mut [f64]) {
        self.integrate(posteriors, shares);
    }

    fn integrate<P: Posterior>(&mut self, posteriors: &[P], shares: &mut [f64]) {
        let count = posteriors.len().min(self.arms.len()).min(shares.len());
        let (posteriors, shares) = (&posteriors[..count], &mut shares[..count]);
        let arms = &mut self.arms[..count];
        let mut from = f64::NEG_INFINITY;
        for (arm, posterior) in arms.iter_mut().zip(posteriors) {
            from = from.max(posterior.begins());
            let ln_front = posterior.ln_front();
            *arm = Arm { ln_front, end: posterior.ends(), below: 0.0, best: 0.0 };
        }
        for (arm, posterior) in arms.iter_mut().zip(posteriors) {
            arm.below = posterior.cdf(from);
        }
        let mut at = from;
        for _ in 0..PANELS_MAX {
            // Whoever has mass left sets the pace; alone, it takes what remains.
            let ahead = |arm: &Arm| arm.end > at;
            let mut width = f64::INFINITY;
            let mut waiting = 0;
            for (arm, posterior) in arms.iter().zip(posteriors) {
                if ahead(arm) {
                    waiting += 1;
                    width = width.min(posterior.width(at));
                }
            }
            if waiting < 2 || !width.is_finite() || at + width <= at {
                break;
            }
            self.panel.add(at, 0.5 * width, posteriors, arms, &mut self.columns, &mut self.right);
            at += width;
        }
        for arm in arms.iter_mut().filter(|arm| arm.end > at) {
            arm.best += (1.0 - arm.below).max(0.0);
        }
        let total: f64 = arms.iter().map(|arm| arm.best).sum();
        for (share, arm) in shares.iter_mut().zip(arms) {
            // Only a hopeless input leaves nothing: then nobody is known to be better.
            *share = if total > 0.0 { arm.best / total } else { 1.0 / count as f64 };
        }
    }
}

impl Panel {
    /// Adds the panel from `at` of twice the half width to every arm's integral.
    fn add<P: Posterior>(
        &self,
        at: f64,
        half: f64,
        posteriors: &[P],
        arms: &mut [Arm],
        columns: &mut [Column],
        right: &mut [f64],
    ) {
        let points = self.nodes.map(|node| at + half * (node + 1.0));
        let places = points.map(P::place);
        for ((arm, posterior), column) in arms.iter_mut().zip(posteriors).zip(columns.iter_mut()) {
            if arm.end <= at {
                *column = Column { density: [0.0; NODES], below: [1.0; NODES] };
                continue;
            }
            column.density =
                places.map(|place| libm::exp(arm.ln_front + posterior.ln_kernel(place)));
            for (below, weights) in column.below.iter_mut().zip(&self.upto) {
                *below = (arm.below + half * dot(weights, &column.density)).clamp(0.0, 1.0);
            }
            arm.below = (arm.below + half * dot(&self.weights, &column.density)).min(1.0);
        }
        for (node, weight) in self.weights.iter().enumerate() {
            right[arms.len()] = 1.0;
            for (k, column) in columns[..arms.len()].iter().enumerate().rev() {
                right[k] = right[k + 1] * column.below[node];
            }
            let mut left = half * weight;
            for ((k, arm), column) in arms.iter_mut().enumerate().zip(columns.iter()) {
                arm.best += left * right[k + 1] * column.density[node];
                left *= column.below[node];
            }
        }
    }
}

/// A sum of products in a written order.
fn dot(a: &[f64; NODES], b: &[f64; NODES]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// What the integral asks of a posterior, on a line on which its density is smooth.
trait Posterior: Copy {
    /// A point of the line, with what all posteriors need of it computed once.
    type Place: Copy;
    fn place(at: f64) -> Self::Place;
    /// Logarithm of the density at a place is `ln_front + ln_kernel`.
    fn ln_front(&self) -> f64;
    fn ln_kernel(&self, place: Self::Place) -> f64;
    /// Probability below a point.
    fn cdf(&self, at: f64) -> f64;
    /// A panel that is short enough at this point.
    fn width(&self, at: f64) -> f64;
    /// Where the lower tail is left out.
    fn begins(&self) -> f64;
    /// Where the upper tail is left out.
    fn ends(&self) -> f64;
}

impl Posterior for Student {
    type Place = f64;
    fn place(at: f64) -> f64 {
        at
    }
    fn ln_front(&self) -> f64 {
        Self::ln_front(self)
    }
    fn ln_kernel(&self, place: f64) -> f64 {
        Self::ln_kernel(self, place)
    }
    fn cdf(&self, at: f64) -> f64 {
        Self::cdf(self, at)
    }
    fn width(&self, at: f64) -> f64 {
        // Far out, the tail of few degrees is as smooth as its distance.
        self.scale * 1.6_f64.max(((at - self.location) / self.scale).abs() * 0.25)
    }
    fn begins(&self) -> f64 {
        self.location - self.scale * self.reach()
    }
    fn ends(&self) -> f64 {
        self.location + self.scale * self.reach()
    }
}

impl Student {
    /// Scales from the centre to where a tail is left out. By partial integration the tail beyond
    /// `z` is at most `f(z)·(1 + z²/ν)/z`; for one degree it is `1/(πz)`.
    fn reach(&self) -> f64 {
        let unit = Self { location: 0.0, scale: 1.0, degrees: self.degrees };
        let front = Self::ln_front(&unit);
        let mut z = 7.1;
        loop {
            let spread =
                if self.degrees.is_infinite() { 0.0 } else { libm::log1p(z * z / self.degrees) };
            let tail = front + Self::ln_kernel(&unit, z) + spread - libm::log(z);
            if tail < LN_TAIL || z > 1e14 {
                return z;
            }
            z *= 1.3;
        }
    }
}

/// Logarithms of a rate and of its complement.
#[derive(Clone, Copy)]
struct LogRate {
    ln_x: f64,
    ln_rest: f64,
}

impl Posterior for Beta {
    type Place = LogRate;
    fn place(at: f64) -> LogRate {
        // ln σ(u) = -ln(1 + e^-u), without overflow on either side.
        let soft = libm::log1p(libm::exp(-at.abs()));
        if at > 0.0 {
            LogRate { ln_x: -soft, ln_rest: -at - soft }
        } else {
            LogRate { ln_x: at - soft, ln_rest: -soft }
        }
    }
    fn ln_front(&self) -> f64 {
        -ln_beta(self.alpha, self.beta)
    }
    /// In log-odds the density gains the factor `x(1-x)`.
    fn ln_kernel(&self, place: LogRate) -> f64 {
        self.alpha * place.ln_x + self.beta * place.ln_rest
    }
    fn cdf(&self, at: f64) -> f64 {
        Self::cdf(self, libm::exp(Self::place(at).ln_x))
    }
    fn width(&self, _at: f64) -> f64 {
        1.6 * self.log_odds_deviation().min(1.0)
    }
    fn begins(&self) -> f64 {
        self.walk(-1.0)
    }
    fn ends(&self) -> f64 {
        self.walk(1.0)
    }
}

impl Beta {
    /// About the standard deviation of the log-odds.
    fn log_odds_deviation(&self) -> f64 {
        let part = |x: f64| 1.0 / x + 0.5 / (x * x);
        (part(self.alpha) + part(self.beta)).sqrt()
    }

    /// Where a tail is left out. The density of log-odds is log-concave, so the tail beyond a
    /// point is at most the density over its logarithmic slope there.
    fn walk(&self, sign: f64) -> f64 {
        let front = -ln_beta(self.alpha, self.beta);
        let mode = libm::log(self.alpha / self.beta);
        let deviation = self.log_odds_deviation();
        let mut away = 5.0;
        loop {
            let at = mode + sign * away * deviation;
            let place = <Self as Posterior>::place(at);
            let slope = (self.alpha - (self.alpha + self.beta) * libm::exp(place.ln_x)).abs();
            let tail = front + Posterior::ln_kernel(self, place) - libm::log(slope);
            if tail < LN_TAIL || away > 1e4 {
                return at;
            }
            away += 0.5;
        }
    }
}

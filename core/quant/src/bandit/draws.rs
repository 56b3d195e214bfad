//! Draws that a posterior needs: gamma, beta, Student's t. Owns the ways from our own bits to
//! those distributions; it must never use another source of randomness, so that a seed gives the
//! same draws on every machine.

use crate::rng::Xoshiro256PlusPlus;

impl Xoshiro256PlusPlus {
    /// Gamma with this shape (above zero) and scale 1, by rejection: one normal and one uniform in
    /// more than nineteen of twenty cases.
    ///
    /// Source: G. Marsaglia, W. W. Tsang, "A Simple Method for Generating Gamma Variables", ACM
    /// Transactions on Mathematical Software 26 (2000) 363-372; below shape 1 their boost by `U^(1/a)`.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::exp(libm::log(self.uniform()) / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            let u = self.uniform();
            let x2 = x * x;
            let accepted = u < 1.0 - 0.0331 * x2 * x2
                || libm::log(u) < 0.5 * x2 + d * (1.0 - v + libm::log(v));
            if accepted {
                return d * v;
            }
        }
    }

    /// Beta with these parameters (above zero): the share of one gamma in the sum of two.
    pub fn beta(&mut self, alpha: f64, beta: f64) -> f64 {
        let one = self.gamma(alpha);
        let sum = one + self.gamma(beta);
        if sum > 0.0 {
            return one / sum;
        }
        // Both underflow for parameters near zero, where the draw is a coin between 0 and 1.
        f64::from(u8::from(self.uniform() * (alpha + beta) < alpha))
    }

    /// Student's t with these degrees of freedom (above zero): a normal over the root of its
    /// chi-square per degree.
    pub fn student(&mut self, degrees: f64) -> f64 {
        let normal = self.normal();
        let half = 0.5 * degrees;
        normal / (self.gamma(half) / half).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::Moments;

    /// Mean and variance of many draws.
    fn moments(mut draw: impl FnMut(&mut Xoshiro256PlusPlus) -> f64) -> (f64, f64) {
        let mut rng = Xoshiro256PlusPlus::from_seed(3);
        let mut seen = Moments::new();
        for _ in 0..200_000 {
            seen.update(draw(&mut rng));
        }
        (seen.mean().unwrap(), seen.variance().unwrap())
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        for shape in [0.3, 1.0, 2.5, 40.0] {
            let (mean, variance) = moments(|rng| rng.gamma(shape));
            assert!((mean / shape - 1.0).abs() < 0.02, "gamma {shape}: mean {mean}");
            assert!((variance / shape - 1.0).abs() < 0.04, "gamma {shape}: variance {variance}");
        }
        for (a, b) in [(0.5, 0.5), (1.0, 1.0), (3.0, 9.0), (60.0, 4.0)] {
            let (mean, variance) = moments(|rng| rng.beta(a, b));
            let sum: f64 = a + b;
            assert!((mean - a / sum).abs() < 0.005, "beta {a} {b}: mean {mean}");
            let expected = a * b / (sum * sum * (sum + 1.0));
            assert!((variance / expected - 1.0).abs() < 0.03, "beta {a} {b}: {variance}");
        }
        let (mean, variance) = moments(|rng| rng.student(9.0));
        assert!(mean.abs() < 0.01 && (variance / (9.0 / 7.0) - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn parameters_near_zero_give_a_coin_and_no_nan() {
        let (mean, variance) = moments(|rng| rng.beta(1e-4, 3e-4));
        assert!((mean - 0.25).abs() < 0.01 && (variance - 0.1875).abs() < 0.01);
    }
}

//! Student's t with location and scale: what is known of a mean whose noise is unknown too, and
//! what the next value may be. Owns density and distribution function; it must never decide.

use crate::normal;
use crate::rng::Xoshiro256PlusPlus;
use crate::special::{incomplete_beta, ln_gamma_step};
use std::f64::consts::PI;

/// A value `location + scale·T`, `T` having `degrees` degrees of freedom. `degrees` infinite is
/// the normal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Student {
    /// Centre, in the unit of the value.
    pub location: f64,
    /// Scale, in the unit of the value, above zero.
    pub scale: f64,
    /// Degrees of freedom, above zero; infinity for a normal distribution.
    pub degrees: f64,
}

impl Student {
    /// A normal distribution with this mean and standard deviation.
    #[must_use]
    pub fn normal(mean: f64, deviation: f64) -> Self {
        Self { location: mean, scale: deviation, degrees: f64::INFINITY }
    }

    /// Logarithm of what the density has in front of its kernel:
    /// `Γ((ν+1)/2) / (Γ(ν/2) √(πν) scale)`.
    #[must_use]
    pub fn ln_front(&self) -> f64 {
        if self.degrees.is_infinite() {
            return -0.5 * libm::log(2.0 * PI) - libm::log(self.scale);
        }
        ln_gamma_step(0.5 * self.degrees, 0.5)
            - 0.5 * libm::log(PI * self.degrees)
            - libm::log(self.scale)
    }

    /// Logarithm of the kernel `(1 + z²/ν)^(-(ν+1)/2)`, with `z` the standardised value.
    #[must_use]
    pub fn ln_kernel(&self, x: f64) -> f64 {
        let z = (x - self.location) / self.scale;
        if self.degrees.is_infinite() {
            return -0.5 * z * z;
        }
        -0.5 * (self.degrees + 1.0) * libm::log1p(z * z / self.degrees)
    }

    /// Logarithm of the density at `x`, per unit of the value.
    #[must_use]
    pub fn ln_pdf(&self, x: f64) -> f64 {
        self.ln_front() + self.ln_kernel(x)
    }

    /// Probability of a value of at most `x`.
    ///
    /// `P(T <= -t) = I_{ν/(ν+t²)}(ν/2, 1/2) / 2`; source: NIST Digital Library of Mathematical
    /// Functions, 8.17 and Abramowitz and Stegun 26.7.1.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        let z = (x - self.location) / self.scale;
        if self.degrees.is_infinite() {
            return normal::cdf(z);
        }
        let tail =
            0.5 * incomplete_beta(0.5 * self.degrees, 0.5, self.degrees / (self.degrees + z * z));
        if z > 0.0 { 1.0 - tail } else { tail }
    }

    /// A draw.
    pub fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> f64 {
        let unit =
            if self.degrees.is_infinite() { rng.normal() } else { rng.student(self.degrees) };
        self.location + self.scale * unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_two_degrees_have_closed_forms() {
        let cauchy = Student { location: 1.0, scale: 2.0, degrees: 1.0 };
        let pair = Student { location: 0.0, scale: 1.0, degrees: 2.0 };
        for x in [-40.0, -3.0, -0.2, 0.0, 0.7, 5.0, 900.0] {
            let z: f64 = (x - 1.0) / 2.0;
            assert!((cauchy.cdf(x) - (0.5 + z.atan() / PI)).abs() < 1e-14, "{x}");
            let density = 1.0 / (2.0 * PI * (1.0 + z * z));
            assert!((libm::exp(cauchy.ln_pdf(x)) / density - 1.0).abs() < 1e-13, "{x}");
            let closed = 0.5 + x / (2.0 * (2.0 + x * x).sqrt());
            assert!((pair.cdf(x) - closed).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn many_degrees_are_a_normal_distribution() {
        let many = Student { location: 0.3, scale: 0.5, degrees: 1e9 };
        let normal = Student::normal(0.3, 0.5);
        for x in [-1.0, 0.0, 0.3, 1.1] {
            assert!((many.ln_pdf(x) - normal.ln_pdf(x)).abs() < 1e-7);
            assert!((many.cdf(x) - normal.cdf(x)).abs() < 1e-8);
        }
    }
}

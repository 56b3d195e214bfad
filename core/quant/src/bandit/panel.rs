//! Gauss-Legendre panels: integrals over a short interval, and up to each node within it. Owns the
//! nodes and both sets of weights; it must never know what is integrated.

/// Nodes of a panel.
pub const NODES: usize = 10;

/// Nodes on `[-1, 1]`, the weights of the whole integral, and the weights of the integral from -1
/// to each node.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Nodes, rising.
    pub nodes: [f64; NODES],
    /// `∫f ≈ Σ weights[k]·f(nodes[k])` over `[-1, 1]`.
    pub weights: [f64; NODES],
    /// The integral from -1 to node `i` is `Σ upto[i][k]·f(nodes[k])`.
    pub upto: [[f64; NODES]; NODES],
}

impl Panel {
    /// Computes nodes and weights.
    ///
    /// The nodes are the zeros of the Legendre polynomial, by Newton's method; a function is
    /// replaced by its interpolation in Legendre polynomials, whose integrals are known:
    /// `∫ P_m = (P_(m+1) - P_(m-1)) / (2m+1)`.
    ///
    /// Source: NIST Digital Library of Mathematical Functions, 3.5(v) and 18.
    #[must_use]
    pub fn new() -> Self {
        let mut panel =
            Self { nodes: [0.0; NODES], weights: [0.0; NODES], upto: [[0.0; NODES]; NODES] };
        let n = NODES as f64;
        for (i, node) in panel.nodes.iter_mut().enumerate() {
            let mut x = -libm::cos(std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5));
            for _ in 0..20 {
                let p = legendre(x);
                x -= p[NODES] / slope(&p, x);
            }
            *node = x;
            panel.weights[i] = 2.0 / ((1.0 - x * x) * slope(&legendre(x), x).powi(2));
        }
        let values = panel.nodes.map(legendre);
        for (i, at) in values.iter().enumerate() {
            for (k, of) in values.iter().enumerate() {
                let terms = (1..NODES).map(|m| of[m] * (at[m + 1] - at[m - 1]));
                let sum = terms.fold(panel.nodes[i] + 1.0, |sum, term| sum + term);
                panel.upto[i][k] = 0.5 * panel.weights[k] * sum;
            }
        }
        panel
    }
}

impl Default for Panel {
    fn default() -> Self {
        Self::new()
    }
}

/// Legendre polynomials of degree 0 to [`NODES`] at `x`, by Bonnet's recurrence.
fn legendre(x: f64) -> [f64; NODES + 1] {
    let mut p = [1.0; NODES + 1];
    p[1] = x;
    for m in 1..NODES {
        let degree = m as f64;
        p[m + 1] = ((2.0 * degree + 1.0) * x * p[m] - degree * p[m - 1]) / (degree + 1.0);
    }
    p
}

/// The derivative of the polynomial of the highest degree.
fn slope(p: &[f64; NODES + 1], x: f64) -> f64 {
    NODES as f64 * (x * p[NODES] - p[NODES - 1]) / (x * x - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly_to_the_end_and_to_each_node() {
        let panel = Panel::new();
        for power in 0..2 * NODES as i32 {
            let values = panel.nodes.map(|x| x.powi(power));
            let whole: f64 = panel.weights.iter().zip(values).map(|(w, f)| w * f).sum();
            let exact = (1.0 + f64::from(power % 2 == 0) - f64::from(power % 2 != 0))
                / f64::from(power + 1);
            assert!((whole - exact).abs() < 1e-14, "x^{power}: {whole}");
            if power >= NODES as i32 {
                continue;
            }
            for (x, weights) in panel.nodes.iter().zip(&panel.upto) {
                let part: f64 = weights.iter().zip(values).map(|(w, f)| w * f).sum();
                let exact = (x.powi(power + 1) - (-1.0_f64).powi(power + 1)) / f64::from(power + 1);
                assert!((part - exact).abs() < 1e-13, "x^{power} up to {x}");
            }
        }
    }
}

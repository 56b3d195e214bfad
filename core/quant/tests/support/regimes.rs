//! Models and series for the tests of regimes, and the naive twin of inference: every path of the
//! hidden states, one by one.

use royale_quant::hmm::{CovarianceType, Covariances, GaussianHmm, HmmParameters};
use royale_quant::rng::Xoshiro256PlusPlus;

/// Parameters that own their numbers, so that a test can bend them.
#[derive(Clone, Debug)]
pub struct Parameters {
    pub start: Vec<f64>,
    pub transition: Vec<f64>,
    pub means: Vec<f64>,
    pub kind: CovarianceType,
    pub covariances: Vec<f64>,
}

impl Parameters {
    /// One coordinate; every state is equally likely at first and lasts with probability `stay`.
    pub fn lasting(stay: f64, means: &[f64], variances: &[f64]) -> Self {
        let states = means.len();
        let leave = (1.0 - stay) / (states.max(2) - 1) as f64;
        let stay = if states == 1 { 1.0 } else { stay };
        let row = |i: usize| (0..states).map(move |j| if i == j { stay } else { leave });
        Self {
            start: vec![1.0 / states as f64; states],
            transition: (0..states).flat_map(row).collect(),
            means: means.to_vec(),
            kind: CovarianceType::Diagonal,
            covariances: variances.to_vec(),
        }
    }

    /// A random model. Some probabilities are zero, so that some paths are impossible.
    pub fn random(
        rng: &mut Xoshiro256PlusPlus,
        states: usize,
        dimensions: usize,
        kind: CovarianceType,
    ) -> Self {
        let row = |rng: &mut Xoshiro256PlusPlus| {
            let mut row: Vec<f64> =
                (0..states).map(|_| if rng.below(4) == 0 { 0.0 } else { rng.uniform() }).collect();
            row[rng.below(states as u64) as usize] += 0.1;
            let sum: f64 = row.iter().sum();
            row.iter().map(|p| p / sum).collect::<Vec<f64>>()
        };
        let start = row(rng);
        let transition = (0..states).flat_map(|_| row(rng)).collect();
        let means = (0..states * dimensions).map(|_| 2.0 * rng.normal()).collect();
        let covariance = |rng: &mut Xoshiro256PlusPlus| {
            if kind == CovarianceType::Diagonal {
                return (0..dimensions).map(|_| rng.lognormal(0.0, 1.0)).collect::<Vec<f64>>();
            }
            // M Mᵀ and a little more on the diagonal.
            let m: Vec<f64> = (0..dimensions * dimensions).map(|_| rng.normal()).collect();
            let mut matrix = vec![0.0; dimensions * dimensions];
            for i in 0..dimensions {
                for j in 0..dimensions {
                    let products =
                        (0..dimensions).map(|k| m[i * dimensions + k] * m[j * dimensions + k]);
                    matrix[i * dimensions + j] = products.sum();
                }
                matrix[i * dimensions + i] += 0.2;
            }
            matrix
        };
        let covariances = (0..states).flat_map(|_| covariance(rng)).collect();
        Self { start, transition, means, kind, covariances }
    }

    pub fn model(&self) -> GaussianHmm {
        self.try_model().expect("sound parameters")
    }

    pub fn try_model(&self) -> Result<GaussianHmm, royale_quant::ParameterError> {
        let covariances = match self.kind {
            CovarianceType::Diagonal => Covariances::Diagonal(&self.covariances),
            CovarianceType::Full => Covariances::Full(&self.covariances),
        };
        GaussianHmm::new(HmmParameters {
            start: &self.start,
            transition: &self.transition,
            means: &self.means,
            covariances,
        })
    }
}

/// A draw from a row of probabilities.
fn draw(rng: &mut Xoshiro256PlusPlus, row: &[f64]) -> usize {
    let mut left = rng.uniform();
    let mut choice = row.len() - 1;
    for (state, p) in row.iter().enumerate() {
        left -= p;
        if left < 0.0 {
            choice = state;
            break;
        }
    }
    choice
}

/// A series of one coordinate and the states behind it.
pub fn simulate(
    model: &GaussianHmm,
    length: usize,
    rng: &mut Xoshiro256PlusPlus,
) -> (Vec<f64>, Vec<usize>) {
    let states = model.states();
    let mut state = draw(rng, model.start());
    let mut next = || {
        let x = model.mean(state)[0] + model.covariance(state)[0].sqrt() * rng.normal();
        let now = state;
        state = draw(rng, &model.transition()[now * states..][..states]);
        (x, now)
    };
    (0..length).map(|_| next()).unzip()
}

/// What the naive twin says: exact up to rounding, in time `K^T`.
pub struct Enumerated {
    pub log_likelihood: f64,
    /// `P(s_t | x_1..x_T)`, row by row.
    pub smoothed: Vec<f64>,
    /// `Σ_t P(s_t = i, s_{t+1} = j | x_1..x_T)`.
    pub moves: Vec<f64>,
    pub best_log: f64,
}

/// Adds up every path of the hidden states.
pub fn enumerate(model: &GaussianHmm, observations: &[f64]) -> Enumerated {
    let states = model.states();
    let mut densities = Vec::new();
    for x in observations.chunks(model.dimensions()) {
        let mut row = vec![0.0; states];
        model.log_densities(x, &mut row).expect("usable");
        densities.push(row);
    }
    let length = densities.len();
    let paths = states.pow(length as u32);
    let state_of = |path: usize, t: usize| path / states.pow(t as u32) % states;
    let log_of = |path: usize| {
        let mut log = libm::log(model.start()[state_of(path, 0)]);
        for (t, row) in densities.iter().enumerate() {
            log += row[state_of(path, t)];
            if t > 0 {
                let step = state_of(path, t - 1) * states + state_of(path, t);
                log += libm::log(model.transition()[step]);
            }
        }
        log
    };
    let logs: Vec<f64> = (0..paths).map(log_of).collect();
    let best_log = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logs.iter().map(|log| libm::exp(log - best_log)).sum();
    let mut smoothed = vec![0.0; length * states];
    let mut moves = vec![0.0; states * states];
    for (path, log) in logs.iter().enumerate() {
        let p = libm::exp(log - best_log) / total;
        for t in 0..length {
            smoothed[t * states + state_of(path, t)] += p;
            if t > 0 {
                moves[state_of(path, t - 1) * states + state_of(path, t)] += p;
            }
        }
    }
    Enumerated { log_likelihood: best_log + libm::log(total), smoothed, moves, best_log }
}

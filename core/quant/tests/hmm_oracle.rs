//! The hidden Markov model against hmmlearn: on the copy beside the tests, and on the set under
//! `$ROYALE_SHARED/oracles` (default `../shared/oracles`) where there is one.
#![allow(clippy::unwrap_used, reason = "a reference that cannot be read fails the test")]

mod support;

use std::path::{Path, PathBuf};

use royale_quant::hmm::{
    Covariances, FitSettings, GaussianHmm, HmmParameters, OnlineFilter, Regime, StateLabels,
    StateOrder,
};
use serde_json::Value;
use support::{Comparison, Table};

/// Reference and observations of one set.
struct Set {
    reference: Value,
    table: Table,
}

impl Set {
    fn parse(reference: &str, table: &str) -> Self {
        Self { reference: serde_json::from_str(reference).unwrap(), table: Table::parse(table) }
    }

    fn carried() -> Self {
        let table = include_str!("data/hmm_observations.csv");
        Self::parse(include_str!("data/hmm_gaussian.json"), table)
    }

    fn shared() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let shared =
            std::env::var_os("ROYALE_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
        let path = shared.join("oracles/hmm_gaussian.json");
        let Ok(reference) = std::fs::read_to_string(&path) else {
            eprintln!("SKIPPED: ROYALE_SHARED: {} is not there", path.display());
            return None;
        };
        let observations =
            std::fs::read_to_string(shared.join("oracles/data/hmm_observations.csv"));
        Some(Self::parse(&reference, &observations.unwrap()))
    }

    fn cases(&self) -> Vec<Case<'_>> {
        let cases = self.reference["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        cases.iter().map(|value| Case::of(value, &self.table)).collect()
    }
}

struct Case<'a> {
    name: &'a str,
    value: &'a Value,
    observations: Vec<f64>,
    model: GaussianHmm,
}

impl<'a> Case<'a> {
    fn of(value: &'a Value, table: &Table) -> Self {
        let columns = value["columns"].as_array().unwrap();
        let columns: Vec<_> =
            columns.iter().map(|name| table.numbers(name.as_str().unwrap())).collect();
        let rows = value["n"].as_u64().unwrap() as usize;
        let observations: Vec<f64> =
            (0..rows).flat_map(|t| columns.iter().map(move |column| column[t])).collect();
        let kind = value["covariance_type"].as_str().unwrap();
        let model = model_of(&value["params"], kind);
        Self { name: value["name"].as_str().unwrap(), value, observations, model }
    }

    fn comparison(&self, what: &str, absolute: f64) -> Comparison {
        Comparison::new(&format!("{} {what}", self.name), 0.0, absolute)
    }
}

/// All numbers below a value, in order.
fn flatten(value: &Value) -> Vec<f64> {
    match value.as_array() {
        Some(items) => items.iter().flat_map(flatten).collect(),
        None => vec![value.as_f64().unwrap()],
    }
}

fn model_of(parameters: &Value, kind: &str) -> GaussianHmm {
    let numbers = |name: &str| flatten(&parameters[name]);
    let covariances = numbers("covars");
    let covariances = match kind {
        "diag" => Covariances::Diagonal(&covariances),
        "full" => Covariances::Full(&covariances),
        other => panic!("covariance type {other}"),
    };
    GaussianHmm::new(HmmParameters {
        start: &numbers("startprob"),
        transition: &numbers("transmat"),
        means: &numbers("means"),
        covariances,
    })
    .unwrap()
}

/// A path as hmmlearn's file writes it: a digit for each observation.
fn digits(states: impl Iterator<Item = u8>) -> String {
    states.map(|state| char::from(b'0' + state)).collect()
}

fn check_all(comparison: &mut Comparison, label: &str, ours: &[f64], reference: &[f64]) {
    assert_eq!(ours.len(), reference.len(), "{label}");
    for (place, (ours, reference)) in ours.iter().zip(reference).enumerate() {
        comparison.check(&format!("{label}[{place}]"), Some(*ours), Some(*reference));
    }
}

/// The rows that the reference quotes, by observation.
fn check_rows<'a>(comparison: &mut Comparison, quoted: &Value, row: impl Fn(usize) -> &'a [f64]) {
    let quoted = quoted.as_object().unwrap();
    assert!(!quoted.is_empty());
    for (t, expected) in quoted {
        check_all(comparison, t, row(t.parse().unwrap()), &flatten(expected));
    }
}

fn inference_equals_hmmlearn(set: &Set) {
    for case in set.cases() {
        let filtered = case.model.filter(&case.observations).unwrap();
        let smoothed = case.model.smooth(&case.observations).unwrap();
        let path = case.model.viterbi(&case.observations).unwrap();
        let mut sums = case.comparison("log-likelihood", 1e-6);
        for (label, ours) in [
            ("loglik", filtered.log_likelihood),
            ("loglik", smoothed.log_likelihood),
            ("viterbi_loglik", path.log_probability),
        ] {
            sums.check(label, Some(ours), case.value[label].as_f64());
        }
        let mut probabilities = case.comparison("probabilities", 1e-8);
        check_rows(&mut probabilities, &case.value["filtered"], |t| filtered.of(t));
        check_rows(&mut probabilities, &case.value["smoothed"], |t| smoothed.of(t));
        let ours = digits(path.states.iter().copied());
        assert_eq!(ours, case.value["viterbi_path"].as_str().unwrap(), "{}", case.name);
        let most_likely =
            |row: &[f64]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap() as u8;
        let ours = digits(smoothed.rows().map(most_likely));
        assert_eq!(ours, case.value["smoothed_map_path"].as_str().unwrap(), "{}", case.name);

        let mut densities = case.comparison("densities", 1e-8);
        let observations = case.observations.chunks(case.model.dimensions());
        for (x, expected) in
            observations.zip(case.value["emission_logpdf_first3"].as_array().unwrap())
        {
            let mut ours = vec![0.0; case.model.states()];
            case.model.log_densities(x, &mut ours).unwrap();
            check_all(&mut densities, "density", &ours, &flatten(expected));
        }
    }
}

fn live_filter_equals_hmmlearn(set: &Set) {
    for case in set.cases() {
        let mut live = OnlineFilter::new(case.model.clone());
        let mut probabilities = case.comparison("live", 1e-8);
        for (t, x) in case.observations.chunks(case.model.dimensions()).enumerate() {
            live.update(x).unwrap();
            if let Some(expected) = case.value["filtered"].get(t.to_string()) {
                check_all(&mut probabilities, "filtered", live.filtered(), &flatten(expected));
            }
        }
        let expected = flatten(&case.value["next_state_prob"]);
        check_all(&mut probabilities, "next", live.predicted(), &expected);
        let sum = Some(live.log_likelihood());
        case.comparison("live", 1e-6).check("loglik", sum, case.value["loglik"].as_f64());
    }
}

fn fit_equals_hmmlearn(set: &Set) {
    for case in set.cases() {
        let mut last = case.value["loglik"].as_f64().unwrap();
        for step in case.value["em"].as_array().unwrap() {
            let steps_max = step["iterations"].as_u64().unwrap() as usize;
            let tolerance = match steps_max {
                0..=5 => 1e-6,
                6..=20 => 1e-4,
                _ => 1e-3,
            };
            let settings = FitSettings { steps_max, tolerance: 0.0, ..FitSettings::default() };
            let (fitted, report) = case.model.fit(&case.observations, settings).unwrap();
            let mut comparison = case.comparison(&format!("after {steps_max} steps"), tolerance);
            let mut check = |label: &str, ours: &[f64]| {
                check_all(&mut comparison, label, ours, &flatten(&step[label]));
            };
            let states = 0..fitted.states();
            check("startprob", fitted.start());
            check("transmat", fitted.transition());
            check(
                "means",
                &states.clone().flat_map(|k| fitted.mean(k).to_vec()).collect::<Vec<_>>(),
            );
            check(
                "covars",
                &states.flat_map(|k| fitted.covariance(k).to_vec()).collect::<Vec<_>>(),
            );
            check("loglik_after", &[report.log_likelihood]);
            assert!(report.log_likelihood >= last - 1e-9, "{report:?} after {last}");
            last = report.log_likelihood;
            if steps_max == 100 {
                labels_equal_the_reference(&case, &fitted);
            }
        }
    }
}

fn labels_equal_the_reference(case: &Case<'_>, fitted: &GaussianHmm) {
    let expected = &case.value["labels_after_em100"];
    let labels = StateLabels::new(fitted, StateOrder::Mean);
    let order: Vec<_> = (0..fitted.states()).map(|rank| labels.state(rank) as f64).collect();
    assert_eq!(order, flatten(&expected["state_order_by_mean_return"]));
    let path = fitted.viterbi(&case.observations).unwrap();
    let regimes: Vec<_> =
        path.states.iter().map(|state| labels.regime(usize::from(*state))).collect();
    for regime in [Regime::Bear, Regime::Sideways, Regime::Bull] {
        let count = regimes.iter().filter(|r| **r == regime).count() as u64;
        assert_eq!(Some(count), expected["counts"][regime.name()].as_u64(), "{regime:?}");
    }
    let first = expected["first60"].as_array().unwrap();
    assert!(first.iter().zip(&regimes).all(|(name, r)| name.as_str() == Some(r.name())));
}

fn extremes_equal_hmmlearn(set: &Set) {
    let extreme = &set.reference["extreme"];
    let model = &set.cases()[0].model;
    let smoothed = model.smooth(&flatten(&extreme["x"])).unwrap();
    let sum = Some(smoothed.log_likelihood);
    Comparison::new("extreme", 0.0, 1e-6).check("loglik", sum, extreme["loglik"].as_f64());
    let ours: Vec<f64> = smoothed.rows().flatten().copied().collect();
    let mut comparison = Comparison::new("extreme", 0.0, 1e-8);
    check_all(&mut comparison, "smoothed", &ours, &flatten(&extreme["smoothed"]));
}

fn on_every_set(check: impl Fn(&Set)) {
    check(&Set::carried());
    if let Some(set) = Set::shared() {
        check(&set);
    }
}

#[test]
fn filtered_smoothed_and_viterbi() {
    on_every_set(inference_equals_hmmlearn);
}

#[test]
fn filtered_live() {
    on_every_set(live_filter_equals_hmmlearn);
}

#[test]
fn fitted_and_labelled() {
    on_every_set(fit_equals_hmmlearn);
}

#[test]
fn sixty_deviations_away() {
    on_every_set(extremes_equal_hmmlearn);
}

//! Reads the reference values beside the tests and compares with them.
#![allow(dead_code, reason = "each test file is a crate of its own and uses its own part")]

pub mod regimes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The reference files named, once as carried beside the tests and once as they lie in
/// `$ROYALE_SHARED/oracles` (default `../shared`), which may be another set of the same formats.
pub fn sets<const N: usize>(files: [(&str, &str); N]) -> Vec<[String; N]> {
    let carried = files.map(|(_, text)| text.to_owned());
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("ROYALE_SHARED").map_or_else(beside, PathBuf::from);
    let read = |(name, _): (&str, &str)| {
        let path = shared.join("oracles").join(name);
        std::fs::read_to_string(&path)
            .inspect_err(|_| eprintln!("SKIPPED: {} is not there", path.display()))
            .ok()
    };
    let found: Vec<String> = files.into_iter().filter_map(read).collect();
    let mut sets = vec![carried];
    sets.extend(<[String; N]>::try_from(found));
    sets
}

/// An array of numbers; `null` is NaN.
pub fn numbers(value: &serde_json::Value) -> Vec<f64> {
    let array = value.as_array().expect("array");
    array.iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

/// An array of arrays of numbers.
pub fn rows(value: &serde_json::Value) -> Vec<Vec<f64>> {
    value.as_array().expect("array").iter().map(numbers).collect()
}

/// A table of numbers by column name; an empty cell is `None`.
pub struct Table {
    columns: BTreeMap<String, Vec<Option<f64>>>,
}

impl Table {
    /// Parses a comma-separated table with a header line. Cells that are no numbers are `None`.
    pub fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().expect("header").split(',').collect();
        let mut columns: Vec<Vec<Option<f64>>> = vec![Vec::new(); names.len()];
        for line in lines {
            for (column, cell) in columns.iter_mut().zip(line.split(',')) {
                column.push(cell.parse().ok());
            }
        }
        let columns = names.into_iter().map(str::to_owned).zip(columns).collect();
        Self { columns }
    }

    /// Simple returns of columns of prices, one row a period.
    pub fn returns(&self, names: &[&str]) -> Vec<Vec<f64>> {
        let prices: Vec<Vec<f64>> = names.iter().map(|name| self.numbers(name)).collect();
        let periods = prices.iter().map(Vec::len).min().unwrap_or(0);
        let change = |i: usize| prices.iter().map(|p| p[i] / p[i - 1] - 1.0).collect();
        (1..periods).map(change).collect()
    }

    /// A column with its gaps.
    pub fn column(&self, name: &str) -> &[Option<f64>] {
        self.columns.get(name).unwrap_or_else(|| panic!("no column {name}"))
    }

    /// A column up to its first gap.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        self.column(name).iter().map_while(|cell| *cell).collect()
    }
}

/// Holds results to a tolerance and remembers the largest error, relative to the reference or,
/// where that is smaller, to 0.001.
pub struct Comparison {
    name: String,
    relative: f64,
    absolute: f64,
    worst: f64,
    compared: usize,
}

impl Comparison {
    /// `|ours - reference| <= absolute + relative·|reference|`.
    pub fn new(name: &str, relative: f64, absolute: f64) -> Self {
        Self { name: name.to_owned(), relative, absolute, worst: 0.0, compared: 0 }
    }

    /// Fails unless both are absent, both the same infinity, or within the tolerance.
    pub fn check(&mut self, label: &str, ours: Option<f64>, reference: Option<f64>) {
        let name = &self.name;
        match (ours, reference) {
            (None, None) => {}
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                let error = (a - b).abs();
                let bound = self.absolute + self.relative * b.abs();
                assert!(error <= bound, "{name} at {label}: {a}, reference {b}");
                self.worst = self.worst.max(error / b.abs().max(1e-3));
            }
            _ => panic!("{name} at {label}: {ours:?}, reference {reference:?}"),
        }
        self.compared += 1;
    }
}

impl Drop for Comparison {
    fn drop(&mut self) {
        println!("{}: {} values, worst {:.1e} relative", self.name, self.compared, self.worst);
    }
}

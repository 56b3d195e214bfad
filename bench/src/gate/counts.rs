//! G7: instructions of every unit, beside the committed counts.
//!
//! Runs the `instructions` program rather than its library: this program counts allocations, which
//! are instructions too, and the committed figures are of a program that does not. Through cargo,
//! so that what is counted is never an older build.

use super::row::{Force, Limit, Row};
use super::{Bench, Measured};
use crate::instructions::{TOLERANCE, has_valgrind};
use serde_json::Value;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

const WHAT: &str = "instructions of every unit";

/// All units. Building, and what to do about a count that moved, is said on the error stream.
pub(super) fn instructions(_: &Bench<'_>) -> Result<Measured, String> {
    let not_run =
        |why: &str| Measured { rows: vec![Row::not_run("G7", WHAT, why)], pictures: Vec::new() };
    if !has_valgrind() {
        return Ok(not_run("valgrind is not installed"));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--locked", "-p", "royale-bench"])
        .args(["--bin", "instructions", "--", "--json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let output = match ran {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(not_run("there is no cargo to build and run `instructions` with"));
        }
        Err(error) => return Err(format!("cargo: {error}")),
        Ok(output) => output,
    };
    // 6 says that a count moved: so do the rows.
    if !matches!(output.status.code(), Some(0 | 6)) {
        return Err(format!("the program `instructions` did not count: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(Measured { rows: rows(&text)?, pictures: Vec::new() })
}

/// The program's JSON as rows.
fn rows(text: &str) -> Result<Vec<Row>, String> {
    let units: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if units.is_empty() {
        return Err("no unit was counted".to_owned());
    }
    units.iter().map(row).collect()
}

fn row(unit: &Value) -> Result<Row, String> {
    let (Some(name), Some(instructions)) = (unit["unit"].as_str(), unit["instructions"].as_f64())
    else {
        return Err(format!("{unit} is no count of a unit"));
    };
    let what = match unit["verdict"].as_str() {
        Some("better") => format!("{name} (better: bless it)"),
        Some("new") => format!("{name} (new: bless it)"),
        _ => name.to_owned(),
    };
    // Without a committed figure nothing is held, and the row misses.
    let committed = unit["committed"].as_f64().unwrap_or(0.0);
    Ok(Row::told("G7", what, instructions, "").held(
        committed,
        "× committed",
        Limit::AtMost(1.0 + TOLERANCE),
        Force::Everywhere,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::gate::Verdict;

    #[test]
    fn a_count_that_moved_or_that_nobody_blessed_stops_a_release() {
        let verdict = |unit: &str| rows(&format!("[{unit}]")).map(|rows| rows[0].verdict(false));
        let counted = |now: f64| {
            verdict(&format!(r#"{{"unit": "a", "instructions": {now}, "committed": 1000.0}}"#))
        };
        assert_eq!(counted(1_019.9), Ok(Verdict::Met));
        assert_eq!(counted(1_020.1), Ok(Verdict::Missed));
        let new = r#"{"unit": "a", "instructions": 1.0, "committed": null, "verdict": "new"}"#;
        assert_eq!(verdict(new), Ok(Verdict::Missed));
        // What cannot be read is no success.
        assert!(rows("[]").is_err() && rows("").is_err() && verdict("{}").is_err());
        assert!(rows(&format!("[{new}]")).unwrap()[0].what.contains("bless"));
    }
}

//! G8: what it costs an event that a strategy is a guest and not native.
//!
//! Runs the program `sandbox_cost`: it alone links the sandbox, so that this one and all others are
//! built without a compiler of guests. Must find it beside itself, and says so when it does not.

use super::row::{Force, Limit, Row};
use super::{Bench, Measured, link};
use crate::cores::Cores;
use serde_json::Value;
use std::process::{Command, Stdio};

/// The program that is asked.
pub(super) const PROGRAM: &str = "sandbox_cost";
/// What a guest may add to an event, in nanoseconds.
const MORE_NS: f64 = 15.0;

/// Both played in turns by one thread on the core that the corridor has, and one hop beside it.
pub(super) fn sandbox(bench: &Bench<'_>) -> Result<Measured, String> {
    let Cores([_, cpu]) = bench.cores;
    let output = Command::new(super::sibling(PROGRAM)?)
        .args(["--json", "--cpu", &cpu.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{PROGRAM}: {error}"))?;
    if !output.status.success() {
        return Err(format!("the program {PROGRAM} did not measure: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(Measured { rows: rows(&text, link::yardstick(bench.cores))?, pictures: Vec::new() })
}

/// What the program measures, in the table's words, and whether 15 ns more decide. Each event by itself, and
/// the mean over a session: a guest without a filter is the worst case, and is held to the same.
const WORKS: [(&str, &str, bool); 7] = [
    ("passed-over", "an event that is passed over, no filter", true),
    ("passed-over-filtered", "an event that its filter keeps away", true),
    ("looked-at", "a trade, one question to the host, no filter", true),
    // What a strategy does with a decision is its own work; the way there is the sandbox's.
    ("decided", "two trades, an order with two reasons", false),
    ("session-dip", "a session with its books: dip, wants trades", true),
    ("session-ema-cross", "… ema-cross, wants trades", true),
    ("session-mid-cross", "… mid-cross, wants one book", true),
];

/// The program's JSON as rows; L in nanoseconds.
fn rows(text: &str, l: f64) -> Result<Vec<Row>, String> {
    let works: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for (name, what, decides) in WORKS {
        let work = works.iter().find(|work| work["work"] == name);
        let figure = |of: &str, quantile: &str| {
            let figure = work.and_then(|work| work[of][quantile].as_f64());
            figure.ok_or_else(|| format!("{PROGRAM} says nothing of `{of}` of `{name}`"))
        };
        let more = figure("more_ns", "median")?;
        let spread = format!(
            "… more as a guest ({:.1} to {:.1})",
            figure("more_ns", "min")?,
            figure("more_ns", "max")?
        );
        rows.push(Row::told("G8", what, figure("native_ns", "median")?, "ns"));
        let row = Row::told("G8", spread, more, "ns");
        rows.push(if decides {
            row.held(1.0, "ns", Limit::AtMost(MORE_NS), Force::Everywhere)
        } else {
            row
        });
        if name == "passed-over" {
            let what = format!("… in hops (L = {l:.1} ns)");
            rows.push(Row::told("G8", what, more / l, "× L"));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::gate::Verdict;

    /// A measurement in which one work costs so much more, and all others 15 ns.
    fn told(name: &str, more: f64) -> String {
        let work = |of: &str| {
            let more = if of == name { more } else { 15.0 };
            format!(
                r#"{{"work": "{of}", "native_ns": {{"median": 1.5}},
                     "more_ns": {{"min": 1, "median": {more}, "max": 99}}}}"#
            )
        };
        format!("[{}]", WORKS.map(|(name, ..)| work(name)).join(","))
    }

    /// How many rows miss then.
    fn missed(name: &str, more: f64) -> usize {
        let rows = rows(&told(name, more), 60.0).unwrap();
        rows.iter().filter(|row| row.verdict(false) == Verdict::Missed).count()
    }

    #[test]
    fn a_guest_that_costs_more_than_fifteen_nanoseconds_misses() {
        for (name, _, decides) in WORKS {
            assert_eq!(missed(name, 15.0), 0);
            assert_eq!(missed(name, 15.1), usize::from(decides), "{name}");
        }
        assert_eq!(missed("decided", 90.0), 0, "an order's price is told, and holds nobody");
    }

    #[test]
    fn a_measurement_that_says_too_little_is_no_success() {
        let whole = told("", 1.0);
        for lacking in [String::new(), "[]".to_owned(), whole.replace("decided", "divided")] {
            assert!(rows(&lacking, 60.0).is_err(), "{lacking}");
        }
    }
}

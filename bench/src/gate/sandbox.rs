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

/// What the program measures, in the table's words, and where 15 ns more decide. The goal is about the
/// events of a run, so the means over a session decide, and what an event costs that a filter
/// keeps away. A guest without a filter, on one event, is the worst case: shown beside the limit.
const WORKS: [(&str, &str, Option<Force>); 7] = [
    ("passed-over", "an event that is passed over, no filter", Some(Force::Nowhere)),
    ("passed-over-filtered", "an event that its filter keeps away", Some(Force::Everywhere)),
    ("looked-at", "a trade, one question to the host, no filter", Some(Force::Nowhere)),
    // What a strategy does with a decision is its own work; the way there is the sandbox's.
    ("decided", "two trades, an order with two reasons", None),
    ("session-dip", "a session with its books: dip, wants trades", Some(Force::Everywhere)),
    ("session-ema-cross", "… ema-cross, wants trades", Some(Force::Everywhere)),
    ("session-mid-cross", "… mid-cross, wants one book", Some(Force::Everywhere)),
];

/// The program's JSON as rows; L in nanoseconds.
fn rows(text: &str, l: f64) -> Result<Vec<Row>, String> {
    let works: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for (name, what, force) in WORKS {
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
        rows.push(match force {
            Some(force) => row.held(1.0, "ns", Limit::AtMost(MORE_NS), force),
            None => row,
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

    /// How often a verdict is given then.
    fn given(verdict: Verdict, name: &str, more: f64) -> usize {
        let rows = rows(&told(name, more), 60.0).unwrap();
        rows.iter().filter(|row| row.verdict(false) == verdict).count()
    }

    #[test]
    fn a_session_that_costs_more_than_fifteen_nanoseconds_an_event_misses() {
        for name in
            ["passed-over-filtered", "session-dip", "session-ema-cross", "session-mid-cross"]
        {
            assert_eq!(given(Verdict::Missed, name, 15.0), 0);
            assert_eq!(given(Verdict::Missed, name, 15.1), 1, "{name}");
        }
        assert_eq!(
            given(Verdict::Missed, "decided", 90.0),
            0,
            "its price is told, and holds nobody"
        );
    }

    #[test]
    fn the_worst_case_is_shown_beside_the_limit_that_it_misses() {
        for name in ["passed-over", "looked-at"] {
            assert_eq!(given(Verdict::Reported, name, 15.0), 0);
            assert_eq!(given(Verdict::Reported, name, 15.1), 1, "{name}");
            assert_eq!(given(Verdict::Missed, name, 15.1), 0, "{name}");
        }
    }

    #[test]
    fn a_measurement_that_says_too_little_is_no_success() {
        let whole = told("", 1.0);
        for lacking in [String::new(), "[]".to_owned(), whole.replace("decided", "divided")] {
            assert!(rows(&lacking, 60.0).is_err(), "{lacking}");
        }
    }
}

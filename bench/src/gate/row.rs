//! One line of the gate's table: what was measured, and what it is held to.

use serde_json::{Value, json};

/// What a figure is held to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Limit {
    /// It must not be above this.
    AtMost(f64),
    /// It must not be below this.
    AtLeast(f64),
}

/// Where a limit decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Force {
    /// On every host: exact counts, and ratios to a yardstick of the same run.
    Everywhere,
    /// On a host that was declared quiet: high percentiles and absolute times belong to whoever
    /// shares the machine. Elsewhere it is reported.
    Isolated,
}

/// A measured figure.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Number of the goal in `docs/performance.md`.
    pub goal: &'static str,
    /// What was measured.
    pub what: String,
    /// The figure, and its unit.
    pub value: f64,
    /// Unit of the value.
    pub unit: &'static str,
    /// What is held against the limit, and in what: often a ratio of the value.
    pub held: f64,
    /// Unit of what is held.
    pub by: &'static str,
    /// The limit; none for a figure that is only told.
    pub limit: Option<(Limit, Force)>,
    /// Why there is no figure.
    pub not_run: Option<String>,
}

/// What became of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Within its limit.
    Met,
    /// Not, and that stops a release.
    Missed,
    /// Not, where it does not decide.
    Reported,
    /// Held to nothing.
    Told,
    /// Not measured, since this machine lacks what it takes.
    NotRun,
}

impl Row {
    /// A figure that is held to nothing.
    pub fn told(
        goal: &'static str,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
    ) -> Self {
        let (what, held) = (what.into(), value);
        Self { goal, what, value, unit, held, by: unit, limit: None, not_run: None }
    }
    /// What could not be measured here, and why.
    pub fn not_run(goal: &'static str, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { not_run: Some(why.into()), ..Self::told(goal, what, f64::NAN, "") }
    }
    /// The same, held to a limit as so many times a yardstick.
    #[must_use]
    pub fn held(self, yardstick: f64, by: &'static str, limit: Limit, force: Force) -> Self {
        // A yardstick that could not be measured holds nothing: the row misses.
        let held = if yardstick > 0.0 { self.value / yardstick } else { f64::NAN };
        self.held_as(held, by, limit, force)
    }
    /// The same, held to a limit by another figure of the same measurement.
    #[must_use]
    pub fn held_as(mut self, held: f64, by: &'static str, limit: Limit, force: Force) -> Self {
        self.held = held;
        self.by = by;
        self.limit = Some((limit, force));
        self
    }
    /// True within the limit; a figure that is no number is not.
    pub fn is_within(&self) -> bool {
        match self.limit {
            Some((Limit::AtMost(limit), _)) => self.held <= limit,
            Some((Limit::AtLeast(limit), _)) => self.held >= limit,
            None => true,
        }
    }
    /// What becomes of it on such a host.
    pub fn verdict(&self, isolated: bool) -> Verdict {
        match self.limit {
            None if self.not_run.is_some() => Verdict::NotRun,
            None => Verdict::Told,
            Some(_) if self.is_within() => Verdict::Met,
            Some((_, Force::Isolated)) if !isolated => Verdict::Reported,
            Some(_) => Verdict::Missed,
        }
    }
    /// How far beyond its limit it is, as a part of the limit; 0 within.
    pub(super) fn excess(&self) -> f64 {
        let beyond = match self.limit {
            _ if self.is_within() => 0.0,
            Some((Limit::AtMost(limit), _)) => (self.held - limit) / limit.max(1.0),
            Some((Limit::AtLeast(limit), _)) => (limit - self.held) / limit.max(1.0),
            None => 0.0,
        };
        if beyond.is_nan() { f64::INFINITY } else { beyond }
    }
    /// For a program.
    pub fn json(&self, isolated: bool) -> Value {
        let limit = self.limit.map(|(limit, force)| {
            let (rule, bound) = match limit {
                Limit::AtMost(bound) => ("at most", bound),
                Limit::AtLeast(bound) => ("at least", bound),
            };
            json!({ "rule": rule, "bound": bound, "decides": format!("{force:?}").to_lowercase() })
        });
        json!({
            "goal": self.goal, "what": self.what, "value": self.value, "unit": self.unit,
            "held": self.held, "by": self.by, "limit": limit, "not_run": self.not_run,
            "verdict": match self.verdict(isolated) {
                Verdict::Met => "met",
                Verdict::Missed => "missed",
                Verdict::Reported => "reported",
                Verdict::Told => "told",
                Verdict::NotRun => "not run",
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64, limit: Limit, force: Force) -> Row {
        Row::told("G0", "x", value, "ns").held(10.0, "× L", limit, force)
    }

    #[test]
    fn a_limit_decides_where_it_has_force() {
        let met = row(20.0, Limit::AtMost(2.0), Force::Everywhere);
        assert_eq!(met.verdict(false), Verdict::Met);
        let over = row(20.1, Limit::AtMost(2.0), Force::Everywhere);
        assert_eq!(over.verdict(false), Verdict::Missed);
        let tail = row(20.1, Limit::AtMost(2.0), Force::Isolated);
        assert_eq!((tail.verdict(false), tail.verdict(true)), (Verdict::Reported, Verdict::Missed));
        let slow = row(19.0, Limit::AtLeast(2.0), Force::Everywhere);
        assert_eq!(slow.verdict(true), Verdict::Missed);
        let lost = Row::told("G0", "x", 1.0, "ns");
        let lost = lost.held(0.0, "× L", Limit::AtMost(9.0), Force::Everywhere);
        assert_eq!(lost.verdict(false), Verdict::Missed, "without a yardstick nothing is met");
    }

    #[test]
    fn what_was_not_run_is_neither_met_nor_missed() {
        let row = Row::not_run("G0", "x", "there is no such tool");
        assert_eq!(row.verdict(true), Verdict::NotRun);
        let told = row.json(true);
        assert_eq!(told["not_run"], "there is no such tool");
        assert!(told["value"].is_null(), "{told}");
    }
}

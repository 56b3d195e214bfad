//! What one check found.

use crate::out::{self, Paint};
use serde_json::{Value, json};

/// Most that is printed of what was found, in characters.
const FOUND_MAX: usize = 160;

/// How it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and costs something.
    Warn,
    /// This host does not say.
    Unknown,
    /// A run cannot start.
    Missing,
}

/// One line of the answer.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its short name; `docs/tuning.md` has a section for each one of the host.
    pub check: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What it costs to leave it so.
    pub cost: &'static str,
    /// How to change it.
    pub fix: &'static str,
}

impl Finding {
    /// A finding of which there is no more to say.
    pub fn new(check: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { check, state, found: found.into(), cost: "", fix: "" }
    }
    /// A finding about the host; nothing found is unknown.
    pub fn of(
        check: &'static str,
        found: Option<(State, String)>,
        cost: &'static str,
        fix: &'static str,
    ) -> Self {
        let unknown = || (State::Unknown, "this host does not say".to_owned());
        let (state, found) = found.unwrap_or_else(unknown);
        Self { check, state, found, cost, fix }
    }
    /// For a person: one line, with cost and remedy where something is to be done.
    pub fn line(&self, colours: bool) -> String {
        let (mark, paint) = match self.state {
            State::Ok => ("ok     ", Paint::Good),
            State::Warn => ("warn   ", Paint::Bold),
            State::Unknown => ("unknown", Paint::Dim),
            State::Missing => ("no     ", Paint::Bad),
        };
        // What a host says is foreign text, of any length.
        let found: String = out::clean(&self.found).chars().take(FOUND_MAX).collect();
        let mut line = format!("{}  {:<13} {found}", paint.on(mark, colours), self.check);
        if self.state != State::Ok && !self.cost.is_empty() {
            line.push_str(&format!("; {}; {}", self.cost, Paint::Dim.on(self.fix, colours)));
        }
        line.push('\n');
        line
    }
    /// For a program.
    pub fn json(&self) -> Value {
        let state = match self.state {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Unknown => "unknown",
            State::Missing => "missing",
        };
        json!({
            "check": self.check,
            "ok": self.state == State::Ok,
            "state": state,
            "text": self.found,
            "cost": self.cost,
            "fix": self.fix,
        })
    }
}

/// `Ok` where it holds, else `Warn`.
pub fn warn_unless(holds: bool) -> State {
    if holds { State::Ok } else { State::Warn }
}

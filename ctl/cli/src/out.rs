//! What goes out: data to standard output, remarks to standard error, colour only for people.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{ErrorKind, IsTerminal, Write};

/// Writes data.
///
/// # Errors
/// Standard output cannot be written; a closed pipe ends quietly.
pub fn data(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| {
        if error.kind() == ErrorKind::BrokenPipe {
            Failure::closed_pipe()
        } else {
            Failure::error(format!("standard output: {error}"))
        }
    })
}

/// Writes data as indented JSON.
///
/// # Errors
/// As [`data`].
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    data(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Writes data as one line of JSON.
///
/// # Errors
/// As [`data`].
pub fn json_line(value: &impl Serialize) -> Result<(), Failure> {
    data(&format!("{}\n", serde_json::to_string(value)?))
}

/// Says something to the person; a closed standard error loses it.
pub fn remark(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// True when standard output may be coloured.
pub fn colours() -> bool {
    is_terminal() && allowed()
}

/// True when standard output is a terminal.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// True when standard error is a terminal that can be redrawn.
pub fn is_live() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !dumb
}

/// False with `NO_COLOR` (no-color.org: any value but the empty one).
pub fn allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Makes foreign text harmless for a terminal: control characters become `·`.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '·' } else { c }).collect()
}

/// Colours of a terminal, or nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paint {
    /// Nothing special.
    Plain,
    /// A gain.
    Good,
    /// A loss, a refusal.
    Bad,
    /// A heading.
    Bold,
    /// Of less weight.
    Dim,
}

impl Paint {
    /// The text in this colour, if colours are on.
    pub fn on(self, text: &str, colours: bool) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Good => "32",
            Self::Bad => "31",
            Self::Bold => "1",
            Self::Dim => "2",
        };
        if colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    /// The colour of a signed figure.
    pub fn of(value: f64) -> Self {
        if value > 0.0 {
            Self::Good
        } else if value < 0.0 {
            Self::Bad
        } else {
            Self::Plain
        }
    }
}

//! Exit codes and the errors that lead to them: 0 ok, 1 error, 2 usage, 5 configuration, 8 mismatch.

use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// A failure that ends the process, with what a person should do about it.
#[derive(Debug)]
pub enum Failure {
    /// Something went wrong: exit 1.
    Error(String),
    /// The configuration cannot be run: exit 5.
    Configuration(String),
    /// A replay did not give the same records: exit 8.
    Mismatch(String),
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Error(_) => 1,
            Self::Configuration(_) => 5,
            Self::Mismatch(_) => 8,
        })
    }
}

/// Writes a result to standard output.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Error(format!("standard output: {error}")))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(text) | Self::Configuration(text) | Self::Mismatch(text) => {
                f.write_str(text)
            }
        }
    }
}

impl From<royale_journal::JournalError> for Failure {
    fn from(error: royale_journal::JournalError) -> Self {
        Self::Error(error.to_string())
    }
}

impl From<royale_config::Problems> for Failure {
    fn from(problems: royale_config::Problems) -> Self {
        Self::Configuration(problems.to_string())
    }
}

//! Failures: what went wrong, where, what to do, and the exit code that says it to scripts.

use royale_config::Problems;
use royale_journal::JournalError;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

/// The exit codes of `ctl`; 0 is success. Documented in `docs/ctl.md`, held by a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// Anything that has no code of its own.
    Error = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// No such order, slot, journal or file.
    NotFound = 3,
    /// No engine answers.
    NotRunning = 4,
    /// The configuration is wrong.
    Configuration = 5,
    /// The engine, or a rule that protects files, said no.
    Refused = 6,
    /// No answer in time.
    Timeout = 7,
    /// Verification found a difference or damage.
    Mismatch = 8,
    /// Ended by Ctrl-C.
    Interrupted = 130,
}

/// A failure with its remedy.
#[derive(Debug)]
pub struct Failure {
    code: Option<Code>,
    message: String,
    remedy: Option<String>,
}

impl Failure {
    /// A failure.
    pub fn new(code: Code, message: impl Display) -> Self {
        Self { code: Some(code), message: message.to_string(), remedy: None }
    }
    /// An ordinary error.
    pub fn error(message: impl Display) -> Self {
        Self::new(Code::Error, message)
    }
    /// Something that does not exist.
    pub fn not_found(message: impl Display) -> Self {
        Self::new(Code::NotFound, message)
    }
    /// A file system's refusal.
    pub fn io(path: &Path, action: &str, error: &std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => Code::NotFound,
            _ => Code::Error,
        };
        Self::new(code, format!("{}: cannot {action}: {error}", path.display()))
    }
    /// The reader of our output went away: not a failure of ours.
    pub fn closed_pipe() -> Self {
        Self { code: None, message: String::new(), remedy: None }
    }
    /// True for a failure with this code.
    pub fn is(&self, code: Code) -> bool {
        self.code == Some(code)
    }
    /// What went wrong.
    pub fn message(&self) -> &str {
        &self.message
    }
    /// True when an engine refused with this word.
    pub fn is_refusal(&self, word: &str) -> bool {
        self.is(Code::Refused) && self.message.contains(&format!("({word})"))
    }
    /// Adds what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Display) -> Self {
        self.remedy = Some(remedy.to_string());
        self
    }
    /// Tells the person, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        let Some(code) = self.code else { return ExitCode::SUCCESS };
        eprintln!("ctl: {}", self.message);
        if let Some(remedy) = &self.remedy {
            eprintln!("  try: {remedy}");
        }
        ExitCode::from(code as u8)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match &error {
            JournalError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Self::not_found(error)
            }
            JournalError::Corrupt { .. } => Self::new(Code::Mismatch, error)
                .remedy("ctl journal verify DIR says how much of it is sound"),
            _ => Self::error(error),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::new(Code::Configuration, problems)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::error(error)
    }
}

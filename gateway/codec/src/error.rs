//! What can go wrong with a recording as a whole; every variant names the file and the remedy.
//!
//! Owns the errors that stop an import. A single bad line does not: it is a [`LineError`], counted
//! in the report with its place. Returned by every importer of this package.

use std::path::{Path, PathBuf};

/// An import that could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The operating system refused.
    #[error("{path}: {action}: {source}; check that the file exists and may be read")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The compressed stream is damaged (not merely cut short).
    #[error("{path}: after line {line}: {reason}; the file is damaged, fetch it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Lines read before.
        line: u64,
        /// What the decompressor said.
        reason: String,
    },
    /// Not something that we import.
    #[error("{path}: {reason}; {remedy}")]
    Unrecognised {
        /// The file or folder.
        path: PathBuf,
        /// What was found.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A limit was reached.
    #[error(
        "{path}: at line {line}: more than {limit} {what}; split the recording or raise the limit"
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The line that went over.
        line: u64,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl ImportError {
    pub(crate) fn io(path: &Path, action: &'static str, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), action, source }
    }
}

/// Why one line was not understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LineError {
    /// Not the JSON that is expected here.
    #[error("not the JSON expected here: {0}")]
    Json(String),
    /// A field holds something impossible.
    #[error("{field}: {reason}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Longer than the limit.
    #[error("longer than {0} bytes")]
    TooLong(usize),
}

impl LineError {
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over what map_err gives them")]
    pub(crate) fn field(field: &'static str, reason: impl ToString) -> Self {
        Self::Field { field, reason: reason.to_string() }
    }
}

impl From<serde_json::Error> for LineError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error.to_string())
    }
}

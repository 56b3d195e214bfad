//! What can go wrong with a journal; every variant names the file and the place.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the journal: says which file, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system refused.
    #[error("{path}: {action}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The bytes are not what a writer of ours leaves.
    #[error("{path}: at byte {offset}: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Byte offset of the record or field.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The request cannot be served.
    #[error("{path}: {reason}")]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}

impl JournalError {
    /// Wraps the system's answer: `.map_err(JournalError::io(path, "open"))`.
    pub(crate) fn io(path: &Path, action: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { path: path.to_path_buf(), action, source }
    }
    pub(crate) fn corrupt(path: &Path, offset: u64, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), offset, reason: reason.into() }
    }
    pub(crate) fn refused(path: &Path, reason: impl Into<String>) -> Self {
        Self::Refused { path: path.to_path_buf(), reason: reason.into() }
    }
}

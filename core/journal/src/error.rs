//! What can go wrong with a journal; every variant names the file and the place.

use std::path::PathBuf;

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
        source: std::io::Error,
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

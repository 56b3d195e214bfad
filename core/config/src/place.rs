//! Where a value came from, so that an error and `config show --origin` can say it.

use core::fmt;
use std::sync::Arc;

/// Where a value was written; later kinds override earlier ones.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// Built in: nobody wrote it.
    Default,
    /// A configuration file.
    File {
        /// Its name as it was given.
        file: Arc<str>,
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
    },
    /// An environment variable of this name.
    Environment(String),
    /// An option of the command line.
    CommandLine,
    /// The header of a journal (line of its canonical text).
    Journal {
        /// Line, from 1.
        line: u32,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line: 0, .. } => f.write_str(file),
            Self::File { file, line, .. } => write!(f, "{file}:{line}"),
            Self::Environment(name) => write!(f, "env {name}"),
            Self::CommandLine => f.write_str("command line"),
            Self::Journal { line } => write!(f, "journal header, line {line}"),
        }
    }
}

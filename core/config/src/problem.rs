//! What is wrong with a configuration: place, key, fault and remedy; all of them, not the first.

use crate::place::Origin;
use core::fmt;

/// The fault of a key that does not exist.
pub(crate) const UNKNOWN_KEY: &str = "unknown key";

/// One fault.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// Where it was written.
    pub origin: Origin,
    /// The key, or empty where the text is not TOML.
    pub key: String,
    /// What is wrong, as a sentence that begins with the key.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File { file, line, column } if *line > 0 => {
                write!(f, "{file}:{line}:{column}")?;
            }
            other => write!(f, "{other}")?,
        }
        match (self.key.as_str(), self.what.as_str()) {
            ("", what) => write!(f, ": {what}")?,
            (key, UNKNOWN_KEY) => write!(f, ": {UNKNOWN_KEY} `{key}`")?,
            (key, what) => write!(f, ": `{key}` {what}")?,
        }
        write!(f, "; {}", self.remedy)
    }
}

/// Every fault that was found, in the order of where it was written; never empty as an error.
#[derive(Clone, PartialEq, Eq, Debug, Default, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The faults.
    pub fn iter(&self) -> core::slice::Iter<'_, Problem> {
        self.0.iter()
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(
        &mut self,
        origin: Origin,
        key: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (key, what, remedy) = (key.into(), what.into(), remedy.into());
        self.0.push(Problem { origin, key, what, remedy });
    }
    /// Sorts by place and turns a non-empty list into an error.
    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self.sorted()) }
    }
    /// By place; the order of finding decides between faults of one place.
    pub(crate) fn sorted(mut self) -> Self {
        self.0.sort_by(|a, b| a.origin.cmp(&b.origin));
        self
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

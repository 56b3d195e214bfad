//! Recomputing: the engine runs a journal's inputs again and holds every record against them.
//!
//! Owns the word on an explanation: `VERIFIED` or `MISMATCH`. Must never give the first one unless the
//! engine itself, asked now, rebuilt every record up to the place in question.

use crate::engine;
use crate::failure::{Code, Failure};
use royale_journal::JournalError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use std::process::ExitCode;

/// What came of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "result")]
pub enum Verification {
    /// Every record is what the inputs give.
    #[serde(rename = "VERIFIED")]
    Verified {
        /// Inputs that were fed to the engine.
        inputs: u64,
        /// Records that it made, and that are the journal's.
        records: u64,
    },
    /// Some record is not, or cannot be read.
    #[serde(rename = "MISMATCH")]
    Mismatch {
        /// In words.
        why: String,
        /// The engine's own report; null where the journal is damaged.
        report: Value,
    },
    /// Nobody asked.
    #[serde(rename = "NOT VERIFIED")]
    Skipped {},
}

/// The engine's report on what is identical.
#[derive(Deserialize)]
struct Identical {
    inputs: u64,
    records: u64,
}

/// A field that differs.
#[derive(Deserialize)]
struct Field {
    name: String,
    journal: String,
    rebuilt: String,
}

/// The engine's report on a difference.
#[derive(Deserialize)]
struct Differs {
    record: Option<u64>,
    seq: Option<u64>,
    kind: Option<String>,
    fields: Vec<Field>,
    difference: String,
}

impl Verification {
    /// Asks the engine about everything up to the last record of input `until`. Of a damaged journal
    /// nothing needs to be asked.
    ///
    /// # Errors
    /// The engine is missing, or cannot tell.
    pub fn of(journal: &Path, until: u64, damage: Option<&JournalError>) -> Result<Self, Failure> {
        if let Some(damage) = damage {
            return Ok(Self::Mismatch { why: damage.to_string(), report: Value::Null });
        }
        let mut command = engine::command()?;
        command.arg("replay").arg("--journal").arg(journal);
        command.arg("--until").arg(until.to_string()).arg("--json");
        let output = command
            .output()
            .map_err(|error| Failure::error(format!("the engine could not be started: {error}")))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("royale: ");
        match output.status.code() {
            Some(0) => {
                let Identical { inputs, records } = serde_json::from_slice(&output.stdout)?;
                Ok(Self::Verified { inputs, records })
            }
            Some(8) => Ok(mismatch(&output.stdout, said)),
            _ => Err(Failure::new(Code::Error, format!("the engine cannot recompute: {said}"))
                .remedy("--no-verify tells the story without recomputing it")),
        }
    }
    /// 0, or 8 for a mismatch.
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Mismatch { .. } => ExitCode::from(Code::Mismatch as u8),
            Self::Verified { .. } | Self::Skipped {} => ExitCode::SUCCESS,
        }
    }
    /// The last line of an explanation.
    pub fn line(&self) -> Option<String> {
        match self {
            Self::Verified { inputs, .. } => Some(format!(
                "VERIFIED: recomputed from {inputs} inputs of the journal, every record up to here \
                 is identical"
            )),
            Self::Mismatch { why, .. } => Some(format!("MISMATCH: {why}")),
            Self::Skipped {} => None,
        }
    }
}

/// From the engine's report; without one its words say which place is damaged.
fn mismatch(report: &[u8], said: &str) -> Verification {
    let report: Value = serde_json::from_slice(report).unwrap_or(Value::Null);
    let why = match Differs::deserialize(&report) {
        Ok(Differs { record: Some(record), seq: Some(seq), kind: Some(kind), fields, .. })
            if !fields.is_empty() =>
        {
            let told = fields.iter().map(|field| {
                let Field { name, journal, rebuilt } = field;
                format!("{name}: the journal says {journal}, its inputs give {rebuilt}")
            });
            let told: Vec<String> = told.collect();
            format!("record {record}, a {kind} of input {seq}: {}", told.join("; "))
        }
        Ok(Differs { difference, .. }) => difference,
        Err(_) => said.to_owned(),
    };
    Verification::Mismatch { why, report }
}

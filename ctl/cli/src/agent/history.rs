//! What the meta-agent makes of a whole journal, for those who only look.

use super::following::Following;
use crate::failure::Failure;
use crate::source;
use royale_config::Policy;
use royale_journal::Reader;
use royale_meta::Step;
use std::path::Path;

/// Every step up to the journal's present end, computed from it; none of a run without a meta-agent.
///
/// # Errors
/// No journal, or a damaged one.
pub fn history(journal: &Path) -> Result<Vec<Step>, Failure> {
    let reader = Reader::open(journal)?;
    if source::settings(journal, reader.preamble())?.meta.policy == Policy::Off {
        return Ok(Vec::new());
    }
    Following::open(journal)?.all()
}

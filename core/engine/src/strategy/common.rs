//! What the slots of one thread share.
//!
//! Owns the handles and the memory that each slot uses while it is its turn. Must never hold anything that
//! one slot could leave behind for another.

use super::OnFault;
use super::context::Outbox;
use super::version::Versions;
use crate::latency::StrategyRecorder;
use crate::progress::Progress;
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(super) struct Common<C> {
    pub versions: Versions<C>,
    pub progress: Arc<Progress>,
    pub latency: StrategyRecorder,
    pub on_fault: OnFault,
    /// Where the one that listens speaks into.
    pub aside: Outbox,
    /// Where a state is, between the two that hand it over.
    pub state: Vec<u8>,
}

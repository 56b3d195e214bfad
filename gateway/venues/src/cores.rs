//! Who keeps off the cores that the corridor's threads are pinned to.
//!
//! A pinned thread that spins has its core for itself as long as nobody else may run there. The
//! scheduler does not know that: a client of the socket that wakes up, or the journal's flusher, is put
//! wherever it was last. Must be called by the main thread before any other is made: threads may run
//! where their parent may.

use crate::exit::Failure;
use rustix::thread::{CpuSet, sched_setaffinity};

/// Lets the calling thread, and all that it makes, run on the allowed cores that are not pinned. Where
/// every one is pinned they have to share.
pub fn keep_off(pinned: &[usize], allowed: &[usize]) -> Result<(), Failure> {
    let rest: Vec<usize> = allowed.iter().copied().filter(|core| !pinned.contains(core)).collect();
    if pinned.is_empty() || rest.is_empty() {
        return Ok(());
    }
    let mut cores = CpuSet::new();
    rest.iter().filter(|core| **core < CpuSet::MAX_CPU).for_each(|core| cores.set(*core));
    sched_setaffinity(None, &cores).map_err(|error| {
        Failure::Error(format!("cannot leave cpu {pinned:?} to the corridor for {rest:?}: {error}"))
    })
}

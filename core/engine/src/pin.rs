//! Which cores the process may use, and pinning a thread to one of them.

use core_affinity::CoreId;

/// Why the threads cannot be placed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PinError(pub String);

impl std::fmt::Display for PinError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The cores that the process may use. To be read once, by the main thread, before anything is
/// pinned: a pinned thread's children see its one core only.
pub fn allowed_cores() -> Vec<usize> {
    core_affinity::get_core_ids().unwrap_or_default().into_iter().map(|core| core.id).collect()
}

/// Pins the calling thread and checks that the kernel did so.
///
/// # Errors
/// Names the core, and what to change.
pub fn pin_current(core: usize) -> Result<(), PinError> {
    if !core_affinity::set_for_current(CoreId { id: core }) {
        return Err(PinError(format!(
            "cannot pin a thread to cpu {core}: not allowed here; change run.cpus or the process's \
             affinity"
        )));
    }
    let now = allowed_cores();
    if now != [core] {
        return Err(PinError(format!("asked for cpu {core}, the kernel gave {now:?}")));
    }
    Ok(())
}

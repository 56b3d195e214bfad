//! What the kernel and the allocator say of the corridor's threads.

use super::alloc::allocations_of;
use std::fs::read_to_string;
use std::path::Path;

/// What a thread did since it was born.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Use {
    /// Calls of the allocator.
    pub allocations: u64,
    /// Page faults that the kernel served from memory.
    pub minor_faults: u64,
    /// Page faults that waited for a disk.
    pub major_faults: u64,
    /// System calls that read or write, as the kernel accounts them; a tracer sees the others.
    pub reads_and_writes: u64,
}

impl Use {
    /// What was done after `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            allocations: self.allocations - before.allocations,
            minor_faults: self.minor_faults - before.minor_faults,
            major_faults: self.major_faults - before.major_faults,
            reads_and_writes: self.reads_and_writes - before.reads_and_writes,
        }
    }
    /// True when nothing was done.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The stages' threads of this process: number, name, and what each did until now.
///
/// # Errors
/// `/proc` cannot be read, or is not what it should be.
pub fn corridor_threads() -> Result<Vec<(i32, String, Use)>, String> {
    let io = |error| format!("/proc/self/task: {error}");
    let mut threads = Vec::new();
    for entry in std::fs::read_dir("/proc/self/task").map_err(io)? {
        let folder = entry.map_err(io)?.path();
        // A thread may end between the listing and the reading.
        let Ok(name) = read_to_string(folder.join("comm")) else { continue };
        let name = name.trim().to_owned();
        if STAGES.iter().any(|stage| name.starts_with(stage)) {
            let tid = folder.file_name().and_then(|tid| tid.to_str()?.parse().ok());
            let tid = tid.ok_or_else(|| format!("{}: no number", folder.display()))?;
            threads.push((tid, name, used(&folder, tid)?));
        }
    }
    threads.sort_by_key(|(tid, _, _)| *tid);
    Ok(threads)
}

/// How the names of the corridor's threads begin; helpers of the journal have others.
const STAGES: [&str; 4] = ["royale-feed", "royale-strategy", "royale-risk", "royale-order"];

fn used(folder: &Path, tid: i32) -> Result<Use, String> {
    let read = |name| {
        let path = folder.join(name);
        read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let stat = read("stat")?;
    // The name stands in brackets and may hold anything; what follows is numbered from 3.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let field = |number: usize| rest.split_whitespace().nth(number - 3)?.parse().ok();
    let (minor, major) = (field(10), field(12));
    let io = read("io")?;
    let line = |name: &str| -> Option<u64> {
        io.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    };
    match (minor, major, line("syscr:"), line("syscw:")) {
        (Some(minor_faults), Some(major_faults), Some(reads), Some(writes)) => Ok(Use {
            allocations: allocations_of(tid),
            minor_faults,
            major_faults,
            reads_and_writes: reads + writes,
        }),
        _ => Err(format!("{}: stat or io is not what it should be", folder.display())),
    }
}

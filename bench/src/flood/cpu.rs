//! What the kernel counts of another process's threads.
//!
//! It says whether the stand-in costs what the engine's own client threads cost, and whether the hot
//! thread had its cpu for itself. Zero wherever the kernel does not tell.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// What the living threads of a process with this name have been on a cpu for.
#[must_use]
pub fn of_threads(pid: u32, name: &str) -> Duration {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Duration::ZERO };
    let of = |task: &Path| {
        let comm = fs::read_to_string(task.join("comm")).ok()?;
        (comm.trim_end() == name).then(|| counted(task, 0)).flatten()
    };
    tasks.flatten().filter_map(|task| of(&task.path())).sum()
}

/// How long the first thread of a process has been ready to run while somebody else had its cpu.
#[must_use]
pub fn waited(pid: u32) -> Duration {
    let task = format!("/proc/{pid}/task/{pid}");
    counted(Path::new(&task), 1).unwrap_or_default()
}

/// One of the nanoseconds that `schedstat` counts: on a cpu, and waiting for one.
fn counted(task: &Path, nth: usize) -> Option<Duration> {
    let text = fs::read_to_string(task.join("schedstat")).ok()?;
    text.split(' ').nth(nth)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_thread_that_works_is_found_by_its_name() {
        let pid = std::process::id();
        let busy = std::thread::Builder::new().name("flood-busy".to_owned());
        let thread = busy.spawn(move || {
            let begun = Instant::now();
            while of_threads(pid, "flood-busy").is_zero() {
                assert!(begun.elapsed().as_secs() < 10, "ten seconds of work, and none counted");
            }
        });
        thread.unwrap().join().unwrap();
        assert_eq!(of_threads(pid, "flood-nobody"), Duration::ZERO);
    }
}

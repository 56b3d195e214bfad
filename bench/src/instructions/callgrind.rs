//! One unit under valgrind, in a process of its own.
//!
//! The child is the calling program itself, with an empty environment, at fixed addresses where the
//! kernel allows it: nothing of the place where it runs is left for a count to depend on.

use super::Error;
use crate::units::{self, MEASURED, Sessions, Work, measured};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Barrier, Mutex};

/// The first argument of a child.
const CHILD: &str = "--counted-child";

/// Where `valgrind` is.
pub(super) fn valgrind() -> Result<PathBuf, Error> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("valgrind"))
        .find(|candidate| candidate.is_file());
    found.ok_or_else(|| Error::NoValgrind("there is none in any folder of PATH".to_owned()))
}

/// True where there is something to count with.
pub fn has_valgrind() -> bool {
    valgrind().is_ok()
}

/// What makes the counts: compiler and target. Other ones make other instructions.
pub const fn tools() -> (&'static str, &'static str) {
    (env!("ROYALE_RUSTC"), env!("ROYALE_TARGET"))
}

/// Does what the parent asked for, when this process is a child of [`super::measure`]; else nothing.
pub fn child() -> Option<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, name, count, folder] = arguments.as_slice() else { return None };
    if first != CHILD {
        return None;
    }
    // By another thread, whose memory the allocator keeps apart: what is prepared leaves no holes
    // that the measured part would find, or not, as the journal's threads happened to run. It stays
    // until the end, or one of those would inherit its memory. A channel between the two would
    // itself be memory that is freed by whoever comes last.
    let (slot, ready, end) = (Mutex::new(None), Barrier::new(2), Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let work = catch_unwind(|| prepare(name, count, Path::new(folder)));
            let work = work.unwrap_or_else(|_| Err("the preparation panicked".to_owned()));
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(work);
            }
            ready.wait();
            end.wait();
        });
        ready.wait();
        let prepared = slot.lock().ok().and_then(|mut slot| slot.take());
        let code = match prepared.unwrap_or_else(|| Err("nothing was prepared".to_owned())) {
            Ok(work) => {
                drop(measured(work));
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
        end.wait();
        Some(code)
    })
}

fn prepare(name: &str, count: &str, folder: &Path) -> Result<Work, String> {
    let count = count.parse().map_err(|error| format!("{count}: {error}"))?;
    let unit = units::all().into_iter().find(|unit| unit.name == name);
    let unit = unit.ok_or_else(|| format!("there is no unit {name}"))?;
    unit.prepare(&Sessions::in_folder(folder), count)
}

/// Instructions of `count` repetitions.
pub(super) fn count(
    valgrind: &Path,
    folder: &Path,
    name: &str,
    count: usize,
) -> Result<u64, Error> {
    let failed = |reason: String| Error::Failed(format!("{name}: {reason}"));
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let out = folder.join(format!("{}.{count}.callgrind", name.replace('/', ".")));
    let output = Command::new(valgrind)
        .args(["--quiet", "--tool=callgrind", "--vgdb=no"])
        .arg(format!("--toggle-collect={MEASURED}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg(CHILD)
        .args([name, &count.to_string()])
        .arg(folder)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::NoValgrind(format!("{}: {error}", valgrind.display())))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("{}: {}", output.status, said.trim())));
    }
    let text = std::fs::read_to_string(&out).map_err(|error| failed(error.to_string()))?;
    let total = total(&text).filter(|&total| total > 0);
    total.ok_or_else(|| failed("valgrind counted nothing".to_owned()))
}

/// The sum that ends callgrind's file.
fn total(text: &str) -> Option<u64> {
    let sum = text.lines().rev().find_map(|line| line.strip_prefix("totals:"))?;
    sum.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn a_file_without_a_sum_is_no_count() {
        assert_eq!(total("fn=(1)\n0 12\n\ntotals: 1234\n"), Some(1_234));
        assert_eq!(total("fn=(1)\n0 12\n"), None);
        assert_eq!(total("totals: many\n"), None);
    }
}

//! `cargo run --release -p royale-bench --bin journal_append -- [--dir DIR] [--rounds N]`
//!
//! Prints what an append costs, beside a copy of the same bytes in the same run, with the flusher
//! idle and busy; on the file system of DIR (default: the system's folder for passing files) and in
//! memory (`/dev/shm`), where the files of the journal then lie too.

use royale_bench::journal_append::{Cost, Load, Subject, measure};
use std::path::{Path, PathBuf};

const SINGLES: usize = 500_000;
const SUBJECTS: [Subject; 4] =
    [Subject::Copy, Subject::CachedCopy, Subject::Writer, Subject::FileMapped];

fn main() -> Result<(), String> {
    let (mut dir, mut rounds) = (std::env::temp_dir(), 5_usize);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("{arg} needs a value"))?;
        match arg.as_str() {
            "--dir" => dir = PathBuf::from(value),
            "--rounds" => rounds = value.parse().map_err(|_| format!("{value} is no number"))?,
            _ => return Err(format!("unknown argument {arg}; there are --dir and --rounds")),
        }
    }
    for dir in [dir.as_path(), Path::new("/dev/shm")] {
        println!("files in {}; nanoseconds, medians of {rounds} rounds", dir.display());
        table(dir, rounds)?;
    }
    Ok(())
}

fn table(dir: &Path, rounds: usize) -> Result<(), String> {
    println!(
        "{:<12} {:<5} | {:>6} {:>6} {:>6} | {:>6} {:>7} {:>8} {:>9} {:>10} | {:>6} {:>9}",
        "", "", "mean", "p50", "p99", "p50", "p99", "p99.9", "p99.99", "max", "faults", "preempted"
    );
    for load in [Load::Idle, Load::Busy] {
        let mut all = vec![Vec::new(); SUBJECTS.len()];
        // Side by side, so that a noisy moment meets all of them.
        for _ in 0..rounds.max(1) {
            for (costs, subject) in all.iter_mut().zip(SUBJECTS) {
                costs.push(measure(dir, subject, load, SINGLES)?);
            }
        }
        for cost in all.iter().filter_map(|costs| Cost::median(costs)) {
            println!(
                "{:<12} {:<5} | {:>6.1} {:>6.1} {:>6.1} | {:>6.0} {:>7.0} {:>8.0} {:>9.0} {:>10.0} | {:>6} {:>9}",
                format!("{:?}", cost.subject),
                format!("{:?}", cost.load),
                cost.mean,
                cost.batched.p50,
                cost.batched.p99,
                cost.single.p50,
                cost.single.p99,
                cost.single.p99_9,
                cost.single.p99_99,
                cost.single.max,
                cost.faults,
                cost.preempted
            );
        }
    }
    println!();
    Ok(())
}

//! `journal_append`: what an append costs, beside a copy of the same bytes in the same run, with the
//! flusher idle and busy; on the file system of a folder and in memory (`/dev/shm`), where the files
//! of the journal then lie too.

use clap::Parser;
use royale_bench::journal_append::{Cost, Load, Subject, measure};
use royale_bench::progress::Progress;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const SINGLES: usize = 500_000;
const SUBJECTS: [Subject; 4] =
    [Subject::Copy, Subject::CachedCopy, Subject::Writer, Subject::FileMapped];

/// Measure what an append to the journal costs, on disk and in memory
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  journal_append                         five rounds in the folder for temporary files
  journal_append --dir /data --rounds 9  on another disk, with more rounds

Exit codes: 0 measured, 1 it could not be measured, 2 wrong arguments."
)]
struct Args {
    /// Where journals are written for the time of a measurement.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    dir: PathBuf,
    /// Rounds, of which medians are taken.
    #[arg(long, value_name = "N", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
}

fn main() -> ExitCode {
    let Args { dir, rounds } = Args::parse();
    for dir in [dir.as_path(), Path::new("/dev/shm")] {
        println!("files in {}; nanoseconds, medians of {rounds} rounds", dir.display());
        if let Err(error) = table(dir, rounds) {
            eprintln!("journal_append: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn table(dir: &Path, rounds: u32) -> Result<(), String> {
    println!(
        "{:<12} {:<5} | {:>6} {:>6} {:>6} | {:>6} {:>7} {:>8} {:>9} {:>10} | {:>6} {:>9}",
        "", "", "mean", "p50", "p99", "p50", "p99", "p99.9", "p99.99", "max", "faults", "preempted"
    );
    let progress = Progress::on_terminal();
    for load in [Load::Idle, Load::Busy] {
        let mut all = vec![Vec::new(); SUBJECTS.len()];
        // Side by side, so that a noisy moment meets all of them.
        for round in 1..=rounds {
            progress.step(&format!("{load:?}: round {round} of {rounds}"));
            for (costs, subject) in all.iter_mut().zip(SUBJECTS) {
                costs.push(measure(dir, subject, load, SINGLES)?);
            }
        }
        progress.clear();
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

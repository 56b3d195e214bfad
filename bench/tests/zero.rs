//! Once it is warm, the corridor neither allocates nor faults nor calls the kernel: counted, exact.
//!
//! In every topology, with six strategies, all checks of the gate, the journal and all histograms.
#![allow(clippy::unwrap_used, reason = "a test may")]

use royale_bench::zero::{Counting, Extent, Plant, Trespass, measure};
use royale_engine::latency::LatencyLevel;
use royale_engine::topology::Topology;
use std::fs::File;
use std::process::{Command, Stdio};

#[global_allocator]
static COUNTING: Counting = Counting;

const EXTENT: Extent = Extent { warm: 30_000, measured: 40_000 };

fn trespasses(topology: Topology, plant: Option<Plant>) -> Vec<Trespass> {
    let all = measure(topology, EXTENT, LatencyLevel::Stages, plant).unwrap();
    assert_eq!(all.len(), topology.threads());
    all.into_iter().filter(|thread| !thread.used.is_nothing()).collect()
}

#[test]
fn nothing_on_one_thread() {
    assert_eq!(trespasses(Topology::Fused, None), []);
}

#[test]
fn nothing_on_two_threads() {
    assert_eq!(trespasses(Topology::Split2, None), []);
}

#[test]
fn nothing_on_four_threads() {
    assert_eq!(trespasses(Topology::Pinned4, None), []);
}

/// The meter can fail: one forbidden act of one strategy is seen, on the right thread.
#[test]
fn one_trespass_is_seen() {
    let found = trespasses(Topology::Fused, Some(Plant::Allocation));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].used.allocations, 2, "asked for and given back: {found:?}");

    let memory = vec![0_u8; 64 << 20].into_boxed_slice();
    let found = trespasses(Topology::Split2, Some(Plant::Fault(memory)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].thread.as_str(), found[0].used.minor_faults), ("royale-feed", 1));

    let file = File::options().write(true).open("/dev/null").unwrap();
    let found = trespasses(Topology::Fused, Some(Plant::Write(file)));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].used.reads_and_writes, 1, "{found:?}");
}

/// All system calls, as a tracer sees them; those that neither read nor write are in no account of
/// the kernel's.
#[test]
fn no_system_call_at_all() {
    if let Ok(topology) = std::env::var("ROYALE_TRACED") {
        return be_traced(&topology);
    }
    let there = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        assert!(
            std::env::var_os("CI").is_none(),
            "strace is not installed: apt-get install strace"
        );
        eprintln!("not run: strace is not installed (apt-get install strace)");
        return;
    }
    for topology in ["fused", "split2"] {
        let calls = traced(topology, false);
        assert_eq!(calls, Vec::<String>::new(), "{topology}");
    }
    let calls = traced("fused", true);
    assert_eq!(calls.len(), 1, "one planted call is seen: {calls:?}");
    assert!(calls[0].contains("write("), "{calls:?}");
}

/// Lines of the trace that the corridor's threads made between the two stops of a run.
fn traced(topology: &str, planted: bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let child = Command::new("strace")
        .args(["-f", "-qq", "-e", "signal=none", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "no_system_call_at_all", "--nocapture"])
        .env("ROYALE_TRACED", topology)
        .env("ROYALE_PLANTED", if planted { "1" } else { "0" })
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
    let corridor: Vec<&str> =
        said.lines().filter_map(|line| line.strip_prefix("thread ")).collect();
    assert!(!corridor.is_empty(), "{said}");
    // The feed marks where it stops and where it goes on: the second mark begins what counts, the
    // third ends it.
    let trace = std::fs::read_to_string(&trace).unwrap();
    let mut marks = 0;
    let mut calls = Vec::new();
    for line in trace.lines() {
        if line.contains("getppid(") {
            marks += 1;
        } else if marks == 2
            // A call that another thread's came between stands in two lines: it counts where it
            // began.
            && !line.contains(" resumed>")
            && corridor.iter().any(|tid| line.split(' ').next() == Some(tid))
        {
            calls.push(line.to_owned());
        }
    }
    assert_eq!(marks, 4, "the feed stopped twice");
    calls
}

/// What the tracer traces: this test, run again.
fn be_traced(topology: &str) {
    let topology = if topology == "split2" { Topology::Split2 } else { Topology::Fused };
    let plant = (std::env::var("ROYALE_PLANTED").as_deref() == Ok("1"))
        .then(|| Plant::Write(File::options().write(true).open("/dev/null").unwrap()));
    for thread in measure(topology, EXTENT, LatencyLevel::Stages, plant).unwrap() {
        println!("\nthread {}", thread.tid);
    }
}

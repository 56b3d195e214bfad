//! The checks against hosts that are folders of sample files.

use super::finding::{Finding, State};
use super::host::Host;
use super::{cpu, storage, system};
use std::path::Path;

/// A colocated host as `docs/tuning.md` leaves it: cores 2 to 5 are the engine's.
const TUNED: [(&str, &str); 37] = [
    ("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu tsc constant_tsc nonstop_tsc avx2\n"),
    ("proc/cmdline", "quiet isolcpus=domain,managed_irq,2-5 nohz_full=2-5 rcu_nocbs=2-5 x=1\n"),
    ("proc/irq/24/smp_affinity_list", "0-7\n"),
    ("proc/irq/24/effective_affinity_list", "0\n"),
    ("proc/irq/25/smp_affinity_list", "1\n"),
    ("proc/irq/default_smp_affinity", "ff\n"),
    ("proc/meminfo", "MemTotal:       65536000 kB\nHugePages_Total:       0\n"),
    ("proc/swaps", "Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
    (
        "proc/self/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n\
         Max locked memory         unlimited            unlimited            bytes     \n\
         Max realtime priority     99                   99                   \n",
    ),
    ("proc/sys/kernel/sched_rt_runtime_us", "-1\n"),
    ("proc/sys/vm/stat_interval", "120\n"),
    ("proc/sys/vm/dirty_background_bytes", "268435456\n"),
    ("proc/sys/vm/dirty_background_ratio", "0\n"),
    ("proc/sys/net/core/busy_poll", "50\n"),
    ("proc/sys/net/core/busy_read", "50\n"),
    ("sys/devices/system/cpu/present", "0-7\n"),
    ("sys/devices/system/cpu/isolated", "2-5\n"),
    ("sys/devices/system/cpu/nohz_full", "2-5\n"),
    ("sys/devices/system/cpu/smt/active", "0\n"),
    ("sys/devices/system/cpu/cpu0/cpuidle/state0/latency", "0\n"),
    ("sys/devices/system/cpu/cpu0/cpuidle/state0/disable", "0\n"),
    ("sys/devices/system/cpu/cpu0/cpuidle/state1/latency", "2\n"),
    ("sys/devices/system/cpu/cpu0/cpuidle/state1/disable", "0\n"),
    ("sys/devices/system/cpu/cpu0/cpuidle/state2/latency", "133\n"),
    ("sys/devices/system/cpu/cpu0/cpuidle/state2/disable", "1\n"),
    ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "performance\n"),
    ("sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "performance\n"),
    ("sys/devices/system/cpu/cpufreq/boost", "1\n"),
    ("sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n"),
    ("sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: Retpolines\n"),
    ("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"),
    ("sys/devices/system/node/online", "0\n"),
    ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
    ("sys/kernel/mm/ksm/run", "0\n"),
    ("sys/class/net/eth0/device/numa_node", "0\n"),
    ("sys/class/net/lo/mtu", "65536\n"),
    ("proc/self/status", "Cpus_allowed_list:\t0-7\n"),
];

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn findings(root: &Path, engine: &[usize]) -> Vec<Finding> {
    let host = Host::under(root);
    [cpu::checks(&host, engine), system::checks(&host)].concat()
}

/// Everything that is not ok, as `check: found`.
fn wrong(all: &[Finding]) -> Vec<String> {
    let bad = all.iter().filter(|finding| finding.state != State::Ok);
    bad.map(|finding| format!("{}: {}", finding.check, finding.found)).collect()
}

#[test]
fn a_tuned_host_has_nothing_to_complain_about() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &TUNED);
    assert_eq!(wrong(&findings(root.path(), &[2, 3, 4, 5])), Vec::<String>::new());
}

/// Each setting spoilt alone gives its own warning, with a cost and a remedy, and no other.
#[test]
fn each_spoilt_setting_is_named_and_no_other() {
    let limits = |memory: &str, priority: &str| {
        format!(
            "Max locked memory         {memory}  x bytes\nMax realtime priority     {priority}   99\n"
        )
    };
    let (memory, priority) = (limits("8388608", "99"), limits("unlimited", "0"));
    for (path, text, warning) in [
        (
            "proc/cpuinfo",
            "flags\t: constant_tsc nonstop_tsc hypervisor",
            "machine: a virtual machine",
        ),
        ("proc/cpuinfo", "flags\t: tsc constant_tsc", "tsc: changes its rate, or stops in sleep"),
        ("sys/devices/system/cpu/isolated", "2-4", "isolcpus: cores 2-4"),
        ("sys/devices/system/cpu/nohz_full", "", "nohz_full: cores none"),
        ("proc/cmdline", "rcu_nocbs=4-7", "rcu_nocbs: cores 4-7"),
        (
            "proc/irq/25/effective_affinity_list",
            "3",
            "irq: 1 of 2 interrupts go to the engine's cores",
        ),
        ("sys/devices/system/cpu/smt/active", "1", "smt: on, siblings share cores"),
        (
            "sys/devices/system/cpu/cpu0/cpuidle/state2/disable",
            "0",
            "c-states: wake-up takes up to 133 µs",
        ),
        (
            "sys/devices/system/cpu/cpufreq/policy1/scaling_governor",
            "powersave",
            "governor: performance, powersave",
        ),
        (
            "sys/devices/system/clocksource/clocksource0/current_clocksource",
            "hpet",
            "clocksource: hpet",
        ),
        ("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never", "thp: always"),
        (
            "proc/meminfo",
            "HugePages_Total: 512",
            "hugetlbfs: 512 reserved, and the engine uses none",
        ),
        ("proc/self/limits", &memory, "memlock: 8388608 bytes"),
        ("proc/self/limits", &priority, "rt-priority: priorities up to 0"),
        ("proc/swaps", "Filename\tType\n/swap file\n", "swap: 1 in use"),
        ("sys/kernel/mm/ksm/run", "1", "ksm: on"),
        ("sys/devices/system/node/online", "0-1", "numa: 2 nodes; eth0 on 0"),
        ("proc/sys/kernel/sched_rt_runtime_us", "950000", "rt-throttling: 950000 µs a period"),
        ("proc/sys/vm/stat_interval", "1", "vm-stat: every 1 s"),
        (
            "proc/sys/vm/dirty_background_bytes",
            "4294967296",
            "write-back: begins at 4096 MiB of unwritten pages",
        ),
        ("proc/sys/net/core/busy_read", "0", "busy-poll: poll 50 µs, read 0 µs"),
    ] {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &TUNED);
        write(root.path(), &[(path, text)]);
        let all = findings(root.path(), &[2, 3, 4, 5]);
        assert_eq!(wrong(&all), [warning], "{path}");
        let named = all.iter().find(|finding| finding.state == State::Warn).unwrap();
        assert!(!named.cost.is_empty() && !named.fix.is_empty(), "{}", named.check);
        assert!(named.line(false).contains(named.fix), "the remedy is not printed");
    }
}

/// A ratio of memory counts where no bytes are set; a wake-up bound that somebody holds counts too.
#[test]
fn what_the_kernel_derives_is_derived() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &TUNED);
    write(
        root.path(),
        &[
            ("proc/sys/vm/dirty_background_bytes", "0"),
            ("proc/sys/vm/dirty_background_ratio", "10"),
            ("sys/devices/system/cpu/cpu0/cpuidle/state2/disable", "0"),
            ("dev/cpu_dma_latency", "\u{1}\0\0\0"),
        ],
    );
    let all = findings(root.path(), &[2, 3, 4, 5]);
    assert_eq!(wrong(&all), ["write-back: begins at 6400 MiB of unwritten pages"]);
}

/// A warning without an explanation: a check that the guide does not know.
#[test]
fn the_guide_has_a_section_for_every_check_of_the_host() {
    let guide = include_str!("../../../../../docs/tuning.md");
    let headings: Vec<&str> = guide.lines().filter(|line| line.starts_with('#')).collect();
    let machine = guide.lines().find(|line| line.contains("[machine]"));
    let root = Path::new("/");
    let all = [findings(root, &[]), storage::checks(&Host::here(), root)].concat();
    assert!(all.len() > 20);
    for finding in all {
        let is_named =
            |line: &&&str| line.split(['[', ']', ',']).any(|word| word.trim() == finding.check);
        let found = headings.iter().find(is_named).is_some();
        assert!(found || (finding.check == "machine" && machine.is_some()), "{}", finding.check);
    }
}

/// Siblings: idle ones that are isolated too are harmless, busy ones are not.
#[test]
fn a_sibling_that_stays_idle_is_harmless() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &TUNED);
    write(root.path(), &[("sys/devices/system/cpu/smt/active", "1")]);
    for (cpu, twins) in [(2, "2,4"), (3, "3,5"), (4, "2,4"), (5, "3,5")] {
        let path = format!("sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        write(root.path(), &[(&path, twins)]);
    }
    assert_eq!(wrong(&findings(root.path(), &[2, 3])), Vec::<String>::new());
    assert_eq!(wrong(&findings(root.path(), &[2, 4])), ["smt: on, siblings share cores"]);
}

/// Nothing there, and nonsense everywhere: unknown or a warning, never an error.
#[test]
fn a_host_that_says_nothing_is_unknown() {
    let root = tempfile::tempdir().unwrap();
    for finding in findings(root.path(), &[]) {
        assert_eq!(finding.state, State::Unknown, "{}", finding.check);
    }
    let (long, deep) = ("9".repeat(100_000), "\u{1b}[31m\u{0}-,-(]");
    for nonsense in ["", "-", "18446744073709551616", &long, deep, "[", "\n\n\n"] {
        let files: Vec<(&str, &str)> = TUNED.iter().map(|(path, _)| (*path, nonsense)).collect();
        write(root.path(), &files);
        for finding in findings(root.path(), &[2]) {
            let line = finding.line(false);
            assert!(!line.trim_end().contains(char::is_control), "{line:?}");
            assert!(line.len() < 1_000);
        }
    }
}

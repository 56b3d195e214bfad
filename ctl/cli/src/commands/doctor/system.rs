//! Memory and kernel: what may stop a thread that touches a page, or that just runs.

use super::finding::{Finding, State, warn_unless};
use super::host::{Host, chosen_word};

/// All checks of this file.
pub fn checks(host: &Host) -> Vec<Finding> {
    vec![
        thp(host),
        hugetlb(host),
        memlock(host),
        swap(host),
        ksm(host),
        numa(host),
        priority(host),
        throttling(host),
        statistics(host),
        write_back(host),
        busy_poll(host),
        mitigations(host),
    ]
}

fn thp(host: &Host) -> Finding {
    let text = host.text("/sys/kernel/mm/transparent_hugepage/enabled");
    let word = text.as_deref().and_then(chosen_word).map(str::to_owned);
    Finding::of(
        "thp",
        word.map(|word| (warn_unless(word != "always"), word)),
        "the kernel gathers huge pages under a running thread: stalls of 10 µs to ms (reported)",
        "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
    )
}

fn hugetlb(host: &Host) -> Finding {
    let pages = host.field("/proc/meminfo", "HugePages_Total").and_then(|n| n.parse::<u64>().ok());
    // The engine asks for none: whatever is reserved lies idle.
    let found = pages.map(|pages| match pages {
        0 => (State::Ok, "none reserved, and the engine uses none".to_owned()),
        _ => (State::Warn, format!("{pages} reserved, and the engine uses none")),
    });
    Finding::of(
        "hugetlbfs",
        found,
        "reserved pages are memory that nothing else can have",
        "sysctl vm.nr_hugepages=0, unless another program needs them",
    )
}

fn memlock(host: &Host) -> Finding {
    let found = host.limit("Max locked memory").map(|limit| {
        let text = if limit == "unlimited" { limit.clone() } else { format!("{limit} bytes") };
        (warn_unless(limit == "unlimited"), text)
    });
    Finding::of(
        "memlock",
        found,
        "pages may be taken away: each that comes back costs 1.5 µs (measured), from a disk 100 µs to ms (reported)",
        "ulimit -l unlimited, LimitMEMLOCK=infinity in the unit; without swap little is left to gain",
    )
}

fn swap(host: &Host) -> Finding {
    let found = host.text("/proc/swaps").map(|text| {
        let areas = text.lines().count().saturating_sub(1);
        let text = if areas == 0 { "none".to_owned() } else { format!("{areas} in use") };
        (warn_unless(areas == 0), text)
    });
    Finding::of(
        "swap",
        found,
        "a page that was swapped out costs 100 µs to ms (reported)",
        "swapoff -a, and take it out of /etc/fstab",
    )
}

fn ksm(host: &Host) -> Finding {
    let found = host
        .number("/sys/kernel/mm/ksm/run")
        .map(|run| (warn_unless(run != 1), if run == 1 { "on" } else { "off" }.to_owned()));
    Finding::of(
        "ksm",
        found,
        "merged pages are copied at the next write: 1 to 5 µs (reported); a scanning thread",
        "echo 2 > /sys/kernel/mm/ksm/run",
    )
}

fn numa(host: &Host) -> Finding {
    let nodes = host.cpus("/sys/devices/system/node/online").filter(|nodes| !nodes.is_empty());
    let cards = host.entries("/sys/class/net").unwrap_or_default();
    let place = |card: &String| {
        let node = host.number(&format!("/sys/class/net/{card}/device/numa_node"))?;
        (node >= 0).then(|| format!("{card} on {node}"))
    };
    let cards: Vec<String> = cards.iter().filter_map(place).collect();
    let found = nodes.map(|nodes| match nodes.len() {
        1 => (State::Ok, "one node".to_owned()),
        more => (State::Warn, format!("{more} nodes; {}", cards.join(", "))),
    });
    Finding::of(
        "numa",
        found,
        "memory or a card of the other node: 50 to 100 ns for each line that is fetched (reported)",
        "numactl --cpunodebind=N --membind=N with the card's node; sysctl kernel.numa_balancing=0",
    )
}

fn priority(host: &Host) -> Finding {
    let found = host.limit("Max realtime priority").map(|limit| {
        let holds = limit.parse::<u64>().is_ok_and(|limit| limit > 0) || limit == "unlimited";
        (warn_unless(holds), format!("priorities up to {limit}"))
    });
    Finding::of(
        "rt-priority",
        found,
        "others take a core that is not isolated: gaps of 8 to 70 ms on a busy host (measured)",
        "ulimit -r 99 or LimitRTPRIO=99, and chrt -f 50 royale run …",
    )
}

fn throttling(host: &Host) -> Finding {
    let found = host.number("/proc/sys/kernel/sched_rt_runtime_us").map(|runtime| {
        let text = if runtime < 0 { "off".to_owned() } else { format!("{runtime} µs a period") };
        (warn_unless(runtime < 0), text)
    });
    Finding::of(
        "rt-throttling",
        found,
        "a spinning SCHED_FIFO thread stands still 50 ms in each second (the kernel's rule)",
        "sysctl kernel.sched_rt_runtime_us=-1, with cores left to everything else",
    )
}

fn statistics(host: &Host) -> Finding {
    let found = host
        .number("/proc/sys/vm/stat_interval")
        .map(|seconds| (warn_unless(seconds >= 10), format!("every {seconds} s")));
    Finding::of(
        "vm-stat",
        found,
        "a kernel worker on every core as often: 1 to 10 µs (reported)",
        "sysctl vm.stat_interval=120",
    )
}

fn write_back(host: &Host) -> Finding {
    const GIB: i64 = 1 << 30;
    let read = |name: &str| host.number(&format!("/proc/sys/vm/{name}"));
    let memory = host
        .field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<i64>().ok()?.checked_mul(1024));
    let bytes = read("dirty_background_bytes").filter(|&bytes| bytes > 0);
    let by_ratio = || Some(memory?.checked_mul(read("dirty_background_ratio")?)? / 100);
    let found = bytes.or_else(by_ratio).map(|begins| {
        let text = format!("begins at {} MiB of unwritten pages", begins >> 20);
        (warn_unless(begins <= GIB), text)
    });
    Finding::of(
        "write-back",
        found,
        "the disk is flooded at once; a journal that outruns it waits for it, ms to s (reported)",
        "sysctl vm.dirty_background_bytes=268435456 vm.dirty_writeback_centisecs=100",
    )
}

fn busy_poll(host: &Host) -> Finding {
    let read = |name: &str| host.number(&format!("/proc/sys/net/core/{name}"));
    let found = read("busy_poll").zip(read("busy_read")).map(|(poll, read)| {
        (warn_unless(poll > 0 && read > 0), format!("poll {poll} µs, read {read} µs"))
    });
    Finding::of(
        "busy-poll",
        found,
        "each packet waits for its interrupt: 5 to 30 µs (reported); nothing while tapes are played",
        "sysctl net.core.busy_poll=50 net.core.busy_read=50",
    )
}

fn mitigations(host: &Host) -> Finding {
    let root = "/sys/devices/system/cpu/vulnerabilities";
    let found = host.entries(root).filter(|names| !names.is_empty()).map(|names| {
        let is_active = |name: &&String| {
            let text = host.text(&format!("{root}/{name}"));
            text.is_some_and(|text| text.starts_with("Mitigation"))
        };
        let active = names.iter().filter(is_active).count();
        (State::Ok, format!("{active} active; the hot path makes no system call, so leave them"))
    });
    Finding::of(
        "mitigations",
        found,
        "system calls and faults cost 0.1 to 1 µs more (reported)",
        "leave them on: a trading host is worth an attack",
    )
}

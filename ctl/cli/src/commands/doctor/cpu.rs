//! Cores: whether they are the engine's own, how they sleep, and what they count time with.

use super::finding::{Finding, State, warn_unless};
use super::host::{Host, cpu_list, cpu_text};

/// Longest wake-up that an idle core may need, in microseconds.
const WAKE_UP_US_MAX: i64 = 2;

/// All checks of this file. `engine` are the cores that are meant for the engine.
pub fn checks(host: &Host, engine: &[usize]) -> Vec<Finding> {
    vec![
        machine(host),
        isolation(host, engine),
        ticks(host, engine),
        callbacks(host, engine),
        interrupts(host, engine),
        siblings(host, engine),
        sleep(host),
        governor(host),
        turbo(host),
        clock(host),
        tsc(host),
    ]
}

fn flags(host: &Host) -> Option<String> {
    host.field("/proc/cpuinfo", "flags")
}

fn machine(host: &Host) -> Finding {
    let found = flags(host).map(|flags| {
        let is_guest = flags.split_whitespace().any(|flag| flag == "hypervisor");
        let what = if is_guest { "a virtual machine" } else { "bare metal" };
        (warn_unless(!is_guest), what.to_owned())
    });
    Finding::of(
        "machine",
        found,
        "the hypervisor stops cores when it likes: tens of µs to ms at p99.99 and beyond (reported)",
        "trade on bare metal; judge medians only on a guest",
    )
}

/// A list of cores that must hold those of the engine.
fn covers(list: Option<Vec<usize>>, engine: &[usize]) -> Option<(State, String)> {
    let list = list?;
    let holds = !list.is_empty() && engine.iter().all(|cpu| list.contains(cpu));
    Some((warn_unless(holds), format!("cores {}", cpu_text(&list))))
}

fn isolation(host: &Host, engine: &[usize]) -> Finding {
    Finding::of(
        "isolcpus",
        covers(host.cpus("/sys/devices/system/cpu/isolated"), engine),
        "any task may take an engine's core: gaps of 8 to 70 ms on a busy host (measured)",
        "boot with isolcpus=domain,managed_irq,LIST and set run.cpus to it",
    )
}

fn ticks(host: &Host, engine: &[usize]) -> Finding {
    // A kernel that was built without it has no such file, and then it is off.
    let list = host.cpus("/sys/devices/system/cpu/nohz_full");
    let list = list.or_else(|| host.text("/proc/cmdline").map(|_| Vec::new()));
    Finding::of(
        "nohz_full",
        covers(list, engine),
        "a timer tick 100 to 1000 times a second, 1 to 5 µs each (reported)",
        "boot with nohz_full=LIST",
    )
}

fn callbacks(host: &Host, engine: &[usize]) -> Finding {
    let parameter = host.boot("rcu_nocbs").and_then(|list| {
        if list == "all" { host.cpus("/sys/devices/system/cpu/present") } else { cpu_list(&list) }
    });
    // nohz_full= implies it for its cores.
    let implied = host.cpus("/sys/devices/system/cpu/nohz_full").filter(|list| !list.is_empty());
    let none = || host.text("/proc/cmdline").map(|_| Vec::new());
    Finding::of(
        "rcu_nocbs",
        covers(parameter.or(implied).or_else(none), engine),
        "the kernel's deferred work runs on the engine's cores: up to tens of µs (reported)",
        "boot with rcu_nocbs=LIST",
    )
}

fn interrupts(host: &Host, engine: &[usize]) -> Finding {
    let lines = host.entries("/proc/irq").map(|names| {
        let lists = names.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        let list = |name: &String| {
            let effective = host.cpus(&format!("/proc/irq/{name}/effective_affinity_list"));
            let effective = effective.filter(|list| !list.is_empty());
            effective.or_else(|| host.cpus(&format!("/proc/irq/{name}/smp_affinity_list")))
        };
        lists.filter_map(list).collect::<Vec<_>>()
    });
    let found = lines.filter(|lines| !lines.is_empty()).map(|lines| {
        let hits = lines.iter().filter(|list| list.iter().any(|cpu| engine.contains(cpu))).count();
        let text = if engine.is_empty() {
            format!("{} interrupts, and no cores are kept for the engine", lines.len())
        } else {
            format!("{hits} of {} interrupts go to the engine's cores", lines.len())
        };
        (warn_unless(hits == 0 && !engine.is_empty()), text)
    });
    Finding::of(
        "irq",
        found,
        "2 to 20 µs for each interrupt that comes (reported)",
        "stop irqbalance, write other cores to /proc/irq/N/smp_affinity_list",
    )
}

fn siblings(host: &Host, engine: &[usize]) -> Finding {
    let found = host.number("/sys/devices/system/cpu/smt/active").map(|active| {
        if active == 0 {
            return (State::Ok, "one thread a core".to_owned());
        }
        let twins = |cpu: &usize| {
            let path = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
            host.cpus(&path)
        };
        let isolated = host.cpus("/sys/devices/system/cpu/isolated").unwrap_or_default();
        let idle_twin = |cpu: &usize, twin: usize| {
            twin == *cpu || (isolated.contains(&twin) && !engine.contains(&twin))
        };
        // Siblings that are not told are taken for busy ones.
        let alone = |cpu: &usize| {
            twins(cpu).is_some_and(|twins| twins.into_iter().all(|twin| idle_twin(cpu, twin)))
        };
        let holds = !engine.is_empty() && engine.iter().all(alone);
        let text =
            if holds { "on, and the siblings stay idle" } else { "on, siblings share cores" };
        (warn_unless(holds), text.to_owned())
    });
    Finding::of(
        "smt",
        found,
        "a busy sibling takes a third to a half of the core's speed (reported)",
        "echo off > /sys/devices/system/cpu/smt/control, or keep the siblings isolated and idle",
    )
}

/// The deepest sleep that a core may fall into.
fn sleep(host: &Host) -> Finding {
    let root = "/sys/devices/system/cpu/cpu0/cpuidle";
    let state = |name: &String| {
        let read = |what: &str| host.number(&format!("{root}/{name}/{what}"));
        (read("disable") != Some(1)).then(|| read("latency")).flatten()
    };
    let states = host.entries(root);
    let deepest = states.and_then(|names| names.iter().filter_map(state).max());
    // Four bytes: the longest wake-up that some process allows while it keeps the file open.
    let bound = host.bytes("/dev/cpu_dma_latency").and_then(|bytes| bytes.try_into().ok());
    let bound = bound.map(|bytes| i64::from(i32::from_le_bytes(bytes)));
    let found = deepest.map(|deepest| {
        let wake_up = bound.map_or(deepest, |bound| bound.min(deepest));
        (warn_unless(wake_up <= WAKE_UP_US_MAX), format!("wake-up takes up to {wake_up} µs"))
    });
    Finding::of(
        "c-states",
        found,
        "2 to 200 µs to wake a core that slept; a spinning thread never sleeps (reported)",
        "hold /dev/cpu_dma_latency at 0, or boot with intel_idle.max_cstate=0 processor.max_cstate=1",
    )
}

fn governor(host: &Host) -> Finding {
    let root = "/sys/devices/system/cpu/cpufreq";
    let words = host.entries(root).map(|names| {
        let word = |name: &String| host.text(&format!("{root}/{name}/scaling_governor"));
        let mut words: Vec<String> = names.iter().filter_map(word).collect();
        words.sort();
        words.dedup();
        words
    });
    let found = words
        .filter(|words| !words.is_empty())
        .map(|words| (warn_unless(words == ["performance"]), words.join(", ")));
    Finding::of(
        "governor",
        found,
        "the first µs to ms after a pause run at a low clock, two to four times slower (reported)",
        "cpupower frequency-set -g performance",
    )
}

fn turbo(host: &Host) -> Finding {
    let intel = host.number("/sys/devices/system/cpu/intel_pstate/no_turbo").map(|off| off == 0);
    let boost = || host.number("/sys/devices/system/cpu/cpufreq/boost").map(|on| on != 0);
    let found = intel.or_else(boost).map(|on| {
        let text =
            if on { "on: fast, and the clock moves with heat and neighbours" } else { "off" };
        (State::Ok, text.to_owned())
    });
    Finding::of(
        "turbo",
        found,
        "on: a better median and 5 to 20 % more spread; off: the reverse (reported)",
        "measure both on your host; /sys/devices/system/cpu/cpufreq/boost",
    )
}

fn clock(host: &Host) -> Finding {
    let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    Finding::of(
        "clocksource",
        host.text(path).map(|name| (warn_unless(name == "tsc"), name)),
        "each reading of the clock is a system call: 0.2 to 1.5 µs instead of 25 ns (reported)",
        "boot with clocksource=tsc tsc=reliable, if the hardware's is sound",
    )
}

fn tsc(host: &Host) -> Finding {
    let found = flags(host).map(|flags| {
        let has = |wanted: &str| flags.split_whitespace().any(|flag| flag == wanted);
        let holds = has("constant_tsc") && has("nonstop_tsc");
        let text = if holds { "invariant" } else { "changes its rate, or stops in sleep" };
        (warn_unless(holds), text.to_owned())
    });
    Finding::of(
        "tsc",
        found,
        "latency stamps are wrong wherever the clock changes",
        "use a host with constant_tsc and nonstop_tsc; latency.record = \"off\" until then",
    )
}

//! The default and the reference say every key, and only keys that exist.

use royale_config::{DEFAULT, Loader, Origin, Scope, keys, reference_markdown};
use std::collections::BTreeSet;
use std::path::Path;

const BEGIN: &str =
    "<!-- keys: made by `ROYALE_BLESS=1 cargo test -p royale-config`; do not edit -->";
const END: &str = "<!-- end of keys -->";

/// Fails, or writes the table anew when `ROYALE_BLESS` is set.
#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let wanted = format!("{head}{BEGIN}\n{}\n{END}{tail}", reference_markdown());
    if std::env::var_os("ROYALE_BLESS").is_some() {
        std::fs::write(&path, wanted).unwrap();
    } else {
        assert!(text == wanted, "docs/configuration.md is old: run the command that stands in it");
    }
}

#[test]
fn the_page_on_schedules_names_the_time_zone_database_that_is_built_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schedules.md");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        text.contains(&format!("(version {})", royale_config::tzdb())),
        "{}",
        royale_config::tzdb()
    );
}

/// A key as a pattern: the writer's names are put back to `<…>`.
fn pattern(path: &str) -> &'static str {
    keys().iter().find(|key| key.matches(path)).map_or_else(|| panic!("no key {path}"), |k| k.path)
}

#[test]
fn every_key_is_read_and_has_a_default_or_is_optional() {
    let settings = Loader::battle("").load().unwrap();
    let table = settings.origin_table();
    assert!(table.iter().all(|row| row.origin == Origin::Default));
    let read: BTreeSet<_> = table.iter().map(|row| pattern(&row.key)).collect();
    for key in keys().iter().filter(|key| !read.contains(key.path)) {
        let is_optional = key.path.contains("_latency.")
            || key.path.starts_with("fees.")
            || key.path.contains(".params.")
            || key.path.starts_with("meta.class_caps.")
            || key.path == "simulation.queue_power"
            || key.path == "run.tzdb"
            || ["class", "schedule", "tier", "timezone", "missed", "module", "sha256"]
                .map(|of| format!("slot.<name>.{of}"))
                .contains(&key.path.to_owned());
        assert!(is_optional, "nothing reads {}", key.path);
    }
}

#[test]
fn every_key_of_the_default_is_explained_in_it() {
    let lines: Vec<&str> = DEFAULT.lines().collect();
    for key in keys() {
        let name = key.path.rsplit('.').find(|segment| !segment.starts_with('<')).unwrap();
        assert!(DEFAULT.contains(name), "deploy/battle.toml does not mention {}", key.path);
    }
    let mut in_slot = false;
    for (at, line) in lines.iter().enumerate() {
        in_slot |= line.starts_with("[[slot]]");
        let is_key = line.contains(" = ") && !line.starts_with(['#', ' ']);
        let is_explained = at > 0 && lines[at - 1].starts_with('#');
        assert!(!is_key || in_slot || is_explained, "no comment above: {line}");
    }
}

#[test]
fn the_battle_is_what_was_agreed() {
    let settings = Loader::battle("deploy").load().unwrap();
    let names: Vec<_> = settings.slots.iter().map(|slot| slot.name.as_str()).collect();
    let wanted =
        ["fair-value", "event-momentum", "market-maker", "trend", "mean-reversion", "imbalance"];
    assert_eq!(names, wanted);
    assert!(settings.slots.iter().all(|slot| slot.strategy == slot.name));
    assert_eq!(settings.slots.iter().map(|slot| slot.allocation_bp).sum::<u32>(), 10_000);
    assert_eq!(settings.run.tapes.len(), 9);
    let first = "deploy/tapes/kalshi-btc15m-20260514T002426Z.tapez";
    assert_eq!(settings.run.tapes[0], Path::new(first));
    assert_eq!((settings.run.seed, settings.run.speed.to_string().as_str()), (7, "150x"));
    // As a file of one's own it means the same.
    let as_file = Loader::text("battle.toml", DEFAULT, "deploy").load().unwrap();
    assert_eq!(as_file.canonical(), settings.canonical());
}

#[test]
fn keys_are_unique_and_documented() {
    let paths: BTreeSet<_> = keys().iter().map(|key| key.path).collect();
    assert_eq!(paths.len(), keys().len());
    for key in keys() {
        assert!(key.doc.ends_with('.') && !key.doc.contains('|'), "{}", key.path);
        assert!(key.matches(key.path));
    }
    let run: Vec<_> =
        keys().iter().filter(|key| key.scope == Scope::Run).map(|key| key.path).collect();
    let wanted = [
        "run.topology",
        "run.strategy_threads",
        "run.wait",
        "run.cpus",
        "run.speed",
        "run.max_idle_gap_ms",
        "run.out_dir",
        "journal.flush",
        "journal.flush_ms",
        "journal.before_send",
        "journal.memory_dir",
        "control.socket",
        "control.command_uids",
        "control.read_uids",
        "latency.record",
        // What the file holds stands there: its SHA-256.
        "slot.<name>.module",
    ];
    assert_eq!(run, wanted, "a key that leaves the journal's header must be argued for");
}

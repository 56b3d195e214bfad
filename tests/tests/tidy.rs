//! The house rules that a compiler does not hold: what may depend on what, what lies at the top,
//! how long a file may be, and which words have no place on the hot path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lies in the workspace").into()
}

fn tracked_files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the tree");
    let text = String::from_utf8(output.stdout).expect("paths are UTF-8");
    text.lines().map(PathBuf::from).filter(|path| root().join(path).is_file()).collect()
}

#[test]
fn the_top_level_is_exactly_the_plan() {
    let plan: BTreeSet<&str> = [
        "Cargo.toml",
        "Cargo.lock",
        "core",
        "gateway",
        "ctl",
        "bench",
        "tests",
        "deploy",
        "docs",
        "README.md",
        "LICENSE",
    ]
    .into();
    let found: BTreeSet<String> = tracked_files()
        .iter()
        .filter_map(|path| path.components().next())
        .map(|first| first.as_os_str().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, plan);
}

/// What each package may depend on within the house. A circle or a short cut fails here.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("royale-model", &[]),
    ("royale-ring", &[]),
    ("royale-journal", &["model"]),
    ("royale-quant", &[]),
    ("royale-engine", &["model", "journal", "ring"]),
    ("royale-strategies", &["model", "engine", "quant"]),
    ("royale-sandbox", &["model", "engine"]),
    ("royale-config", &["model"]),
    ("royale-codec", &["model", "journal"]),
    ("royale-gateway", &["model", "journal", "engine", "strategies", "sandbox", "config", "codec"]),
    ("royale-plane", &["model", "journal", "engine", "quant", "meta"]),
    ("royale-meta", &["model", "quant", "config"]),
    ("royale-research", &["model", "journal", "plane", "meta"]),
    ("royale-ctl", &["model", "journal", "engine", "config", "codec", "plane", "meta", "research"]),
];

/// Third-party packages that the hot path may link. Each is argued for in docs/dependencies.md.
const HOT_PATH: &[(&str, &[&str])] = &[
    ("royale-model", &["zerocopy"]),
    // The model checkers, under their cfgs only.
    ("royale-ring", &["loom", "shuttle"]),
    ("royale-journal", &["zerocopy", "memmap2", "crc32c", "libc", "rtrb", "sha2", "thiserror"]),
    ("royale-quant", &["libm"]),
    ("royale-engine", &["zerocopy", "rtrb", "core_affinity", "quanta", "hdrhistogram", "libm"]),
    ("royale-strategies", &[]),
    // Guests run on pinned threads, and so does their runtime.
    ("royale-sandbox", &["wasmtime", "wasmparser", "zerocopy", "sha2", "thiserror"]),
];

fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo describes the workspace");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn dependencies(metadata: &serde_json::Value, package: &str) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("packages");
    let found = packages.iter().find(|p| p["name"] == package);
    let found = found.unwrap_or_else(|| panic!("no package {package} in the workspace"));
    found["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter()
        // Normal dependencies only: tests may look anywhere.
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| dependency["name"].as_str().expect("name").to_owned())
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let mut faults = Vec::new();
    for (package, allowed) in MAY_DEPEND {
        for dependency in dependencies(&metadata, package) {
            if let Some(name) = dependency.strip_prefix("royale-")
                && !allowed.contains(&name)
            {
                faults.push(format!("{package} must not depend on {dependency}"));
            }
        }
    }
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("name");
        let known = MAY_DEPEND.iter().any(|(known, _)| *known == name);
        // Benches and tests may see everything, and nobody may see them.
        if !known && !["royale-bench", "royale-tests"].contains(&name) {
            faults.push(format!("{name} has no place in the plan: add it to MAY_DEPEND"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_hot_path_links_only_what_was_argued_for() {
    let metadata = metadata();
    let mut faults = Vec::new();
    for (package, allowed) in HOT_PATH {
        for dependency in dependencies(&metadata, package) {
            if !dependency.starts_with("royale-") && !allowed.contains(&dependency.as_str()) {
                faults.push(format!("{package} links {dependency}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_stay_short_and_say_what_they_are() {
    const LINES_MAX: usize = 500;
    // Each with its reason; the list should shrink.
    const LONGER: &[(&str, usize)] = &[
        // One layout, one test of it: the closed set of events.
        ("core/model/src/event.rs", 700),
        ("core/model/src/units.rs", 520),
        // The whole ABI in one file, which authors copy.
        ("core/sandbox/kits/rust/royale.rs", 700),
    ];
    let mut faults = Vec::new();
    for path in tracked_files() {
        let name = path.to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(root().join(&path)).expect("source is UTF-8");
        let lines = text.lines().count();
        let limit =
            LONGER.iter().find(|(longer, _)| *longer == name).map_or(LINES_MAX, |(_, most)| *most);
        if lines > limit {
            faults.push(format!("{name}: {lines} lines, at most {limit}: split it by idea"));
        }
        let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
        if !is_test && !text.starts_with("//!") {
            faults.push(format!("{name}: begins without a paragraph on what it owns"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_hot_path_reads_no_clock_and_takes_no_lock() {
    // (words, files in which they have a stated reason)
    const BANNED: &[(&str, &[&str])] = &[
        ("SystemTime", &[]),
        ("Instant::now", &["core/engine/src/feed/pace.rs"]),
        ("Mutex", &[]),
        ("RwLock", &[]),
        ("println!", &[]),
        ("Box<dyn", &[]),
        ("rand::", &[]),
        ("async fn", &[]),
    ];
    let mut faults = Vec::new();
    for path in tracked_files() {
        let name = path.to_string_lossy().into_owned();
        let hot = [
            "core/model/src",
            "core/ring/src",
            "core/engine/src",
            "core/strategies/src",
            "core/quant/src",
            "core/sandbox/src",
        ];
        if !hot.iter().any(|wing| name.starts_with(wing)) {
            continue;
        }
        let text = std::fs::read_to_string(root().join(&path)).expect("source is UTF-8");
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (word, excused) in BANNED {
            if code.contains(word) && !excused.contains(&name.as_str()) {
                faults.push(format!("{name}: {word}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

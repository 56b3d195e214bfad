//! Defaults, file, environment and command line: who wins, and that the origin says so.
#![expect(clippy::unwrap_used, reason = "tests")]

use royale_config::{LatencyModel, Loader, Origin, Param, Settings, Speed};
use royale_model::Nanos;
use std::path::{Path, PathBuf};

const FILE: &str = "schema_version = 1
[run]
name = \"mine\"
seed = 11
tapes = [\"a.tapez\", \"/far/b.tapez\"]
[simulation]
order_latency = { kind = \"constant\", us = 9 }
[[slot]]
name = \"fair-value\"
strategy = \"fair-value\"
allocation_bp = 100
params = { look_back = 30, gain = 0.5, mode = \"slow\", on = true }
";

fn loader() -> Loader {
    Loader::text("mine.toml", FILE, "/desk")
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn origin(settings: &Settings, key: &str) -> String {
    let table = settings.origin_table();
    table.iter().find(|row| row.key == key).unwrap().origin.to_string()
}

#[test]
fn a_file_inherits_everything_but_the_battle_itself() {
    let settings = loader().load().unwrap();
    assert_eq!((settings.run.seed, settings.run.speed), (11, Speed::Times(150)));
    assert_eq!(settings.run.tapes, [Path::new("/desk/a.tapez"), Path::new("/far/b.tapez")]);
    assert_eq!(settings.slots.len(), 1);
    let latency = LatencyModel::Constant(Nanos::from_micros(9));
    assert_eq!(settings.simulation.order_latency, latency);
    assert_eq!(origin(&settings, "run.seed"), "mine.toml:4");
    assert_eq!(origin(&settings, "run.speed"), "default");
    assert_eq!(origin(&settings, "slot.fair-value.params.gain"), "mine.toml:12");
    let text = FILE.replace("name = \"mine\"\n", "").replace("tapes", "cpus = [] #");
    let missing = Loader::text("m", text, "").load().unwrap_err().to_string();
    assert!(
        missing.contains("`run.name` is missing") && missing.contains("`run.tapes` is missing")
    );
}

#[test]
fn the_command_line_beats_the_environment_beats_the_file() {
    let environment = variables(&[
        ("BR_RUN__SEED", "7"),
        ("BR_RUN__SPEED", "2x"),
        ("BR_CAPITAL__HOUSE", "5.5"),
        ("BR_RUN__CPUS", "0, 2"),
        ("BR_CAPITAL__PEGS__USDC", "0.999"),
        ("BR_SIMULATION__CONSUME_LIQUIDITY", "false"),
        ("BR_FEES__BINANCE_SPOT__KIND", "proportional"),
        ("BR_FEES__BINANCE_SPOT__MAKER", "-0.0001"),
        ("BR_FEES__BINANCE_SPOT__TAKER", "0.001"),
        ("BR_SLOT__FAIR_VALUE__ALLOCATION_BP", "250"),
        ("BR_SLOT__FAIR_VALUE__PARAMS__LOOK_BACK", "5"),
        ("BR_SLOT__FAIR_VALUE__PARAMS__MODE", "fast"),
        ("HOME", "/root"),
    ]);
    let settings = loader().environment(environment).set("run.seed", "3").load().unwrap();
    assert_eq!(settings.run.seed, 3);
    assert_eq!(settings.run.speed, Speed::Times(2));
    assert_eq!(settings.run.cpus, [0, 2]);
    assert_eq!(settings.capital.house.to_string(), "5.5");
    assert_eq!(settings.capital.pegs.len(), 2);
    assert!(!settings.simulation.consume_liquidity);
    let (venue, fees) = settings.fees.iter().next().unwrap();
    assert_eq!((venue.name(), fees.maker, fees.taker), ("binance-spot", -100_000, 1_000_000));
    let slot = &settings.slots[0];
    assert_eq!(slot.allocation_bp, 250);
    assert_eq!(slot.params["look_back"], Param::Integer(5));
    assert_eq!(slot.params["mode"], Param::Text("fast".into()));
    assert_eq!(slot.params["gain"], Param::Float(0.5));
    assert_eq!(slot.params["on"], Param::Flag(true));
    assert_eq!(origin(&settings, "run.seed"), "command line");
    assert_eq!(origin(&settings, "run.speed"), "env BR_RUN__SPEED");
}

#[test]
fn unknown_overrides_are_faults_with_a_nearest_match() {
    let environment =
        variables(&[("BR_RUN__SEDE", "7"), ("BR_WHATEVER", ""), ("BR_RUN__TOPOLOGY", "fuse")]);
    let all = Loader::battle("")
        .environment(environment)
        .set("run.spede", "1x")
        .set("slot.trent.allocation_bp", "1")
        .set("slot.trend.name", "x")
        .set("risk", "1")
        .set("", "1")
        .load()
        .unwrap_err();
    let text = all.to_string();
    for wanted in [
        "env BR_RUN__SEDE: unknown key `BR_RUN__SEDE`; did you mean `BR_RUN__SEED`?",
        "env BR_WHATEVER: unknown key `BR_WHATEVER`; unset it",
        "env BR_RUN__TOPOLOGY: `run.topology` is \"fuse\", which is no choice; did you mean `fused`?",
        "command line: unknown key `run.spede`; did you mean `run.speed`?",
        "command line: `slot.trent.allocation_bp` names no slot; did you mean `trend`?",
        "command line: `slot.trend.name` cannot be overridden",
        "command line: `risk` is a section",
    ] {
        assert!(text.contains(wanted), "{wanted}\nnot in\n{text}");
    }
    assert_eq!(all.len(), 8, "{text}");
}

#[test]
fn another_kind_of_latency_voids_the_keys_of_the_old_one() {
    let settings = Loader::battle("")
        .set("simulation.feed_latency.max_us", "20")
        .set("simulation.feed_latency.kind", "uniform")
        .set("simulation.feed_latency.min_us", "10")
        .load()
        .unwrap();
    let (min, max) = (Nanos::from_micros(10), Nanos::from_micros(20));
    assert_eq!(settings.simulation.feed_latency, LatencyModel::Uniform { min, max });
}

#[test]
fn a_files_pegs_replace_the_defaults() {
    let text = format!("capital.pegs = {{}}\n{FILE}");
    let settings = Loader::text("m", text, "").load().unwrap();
    assert!(settings.capital.pegs.is_empty());
    let text = format!("capital.pegs.EURC = \"1.1\"\n{FILE}");
    let settings = Loader::text("m", text, "").load().unwrap();
    assert_eq!(settings.capital.pegs.len(), 1);
}

#[test]
fn overridden_tapes_are_relative_to_the_working_directory() {
    let settings = loader().set("run.tapes", "x.tapez,dir/y.tapez").load().unwrap();
    assert_eq!(settings.run.tapes, [Path::new("x.tapez"), Path::new("dir/y.tapez")]);
    let settings = loader().set("run.tapes", "[\"a,b.tapez\"]").load().unwrap();
    assert_eq!(settings.run.tapes, [Path::new("a,b.tapez")]);
}

#[test]
fn the_socket_lies_where_the_user_may_write() {
    let socket = |value: &str| {
        let environment = variables(&[("XDG_RUNTIME_DIR", value)]);
        Loader::battle("").environment(environment).load().unwrap().control.socket
    };
    assert_eq!(socket("/run/user/7"), PathBuf::from("/run/user/7/royale/engine.sock"));
    for ignored in ["", "run/user"] {
        let text = socket(ignored).to_string_lossy().into_owned();
        assert!(text.starts_with("/tmp/royale-") && text.ends_with("/engine.sock"), "{text}");
    }
    let own = Loader::battle("").set("control.socket", "/s").load().unwrap();
    assert_eq!(own.control.socket, Path::new("/s"));
}

#[test]
fn a_file_is_read_and_its_tapes_lie_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("desk.toml");
    std::fs::write(&path, FILE).unwrap();
    let settings = Loader::file(&path).load().unwrap();
    assert_eq!(settings.run.tapes[0], dir.path().join("a.tapez"));
    let table = settings.origin_table();
    let seed = table.iter().find(|row| row.key == "run.seed").unwrap();
    assert!(matches!(seed.origin, Origin::File { line: 4, column: 1, .. }), "{seed:?}");
}

//! The canonical text: it reads back as itself, holds what can change results, and nothing else.

use proptest::prelude::*;
use royale_config::{Loader, Origin, Scope, Settings, Speed, keys};

fn battle() -> Loader {
    Loader::battle("somewhere")
}

fn assert_round_trip(settings: &Settings) {
    let text = settings.canonical();
    let read = Settings::from_canonical(&text).unwrap_or_else(|all| panic!("{all}\n{text}"));
    assert_eq!(read.canonical(), text);
    assert_eq!(read.capital, settings.capital);
    assert_eq!(read.risk, settings.risk);
    assert_eq!(read.simulation, settings.simulation);
    assert_eq!(read.fees, settings.fees);
    assert_eq!(read.slots, settings.slots);
    assert_eq!(read.journal, settings.journal);
    assert_eq!(read.run.seed, settings.run.seed);
}

#[test]
fn the_battle_round_trips() {
    let settings = battle().load().unwrap();
    assert_round_trip(&settings);
    let replay = Settings::from_canonical(&settings.canonical()).unwrap();
    let table = replay.origin_table();
    let origin = |key: &str| table.iter().find(|row| row.key == key).unwrap().origin.clone();
    assert!(matches!(origin("run.seed"), Origin::Journal { .. }));
    assert_eq!(origin("run.speed"), Origin::Default);
    assert!(replay.run.tapes.iter().all(|tape| tape.components().count() == 1));
}

#[test]
fn what_cannot_change_results_does_not_change_the_text() {
    let text = battle().load().unwrap().canonical();
    let other = Loader::battle("elsewhere")
        .set("run.out_dir", "other")
        .set("run.speed", "max")
        .set("run.topology", "pinned4")
        .set("run.wait", "spin")
        .set("run.cpus", "0,1,2,3")
        .set("run.max_idle_gap_ms", "5")
        .set("journal.flush_ms", "7")
        .set("journal.before_send", "synced")
        .set("journal.memory_dir", "/run/shm")
        .set("control.socket", "/tmp/s")
        .set("control.command_uids", "1000,1001")
        .set("control.read_uids", "[4294967295]")
        .set("capital.house", "100000.000")
        .set("simulation.queue_power", "9")
        .load()
        .unwrap();
    assert_eq!(other.run.speed, Speed::Max);
    assert_eq!(other.canonical(), text);
}

#[test]
fn what_can_change_results_changes_the_text() {
    let text = battle().load().unwrap().canonical();
    for (key, value) in [
        ("run.name", "other"),
        ("run.seed", "18446744073709551615"),
        ("run.tapes", "a.tapez"),
        ("run.on_fault", "flatten"),
        ("run.fuel_per_event", "99999"),
        ("journal.segment_mib", "1"),
        ("capital.currency", "EUR"),
        ("capital.per_slot", "0.000000001"),
        ("capital.house", "9223372036.854775807"),
        ("capital.pegs.USDT", "0.999"),
        ("risk.order_qty_max.binary_event", "1"),
        ("risk.order_qty_max.perp_inverse", "1"),
        ("risk.order_notional_max", "1"),
        ("risk.position_notional_max", "1"),
        ("risk.house_position_notional_max", "1"),
        ("risk.price_collar_bps", "1"),
        ("risk.price_collar_ticks", "1"),
        ("risk.feed_stale_after_ms", "1"),
        ("risk.open_orders_max", "1"),
        ("risk.allocation_bp_max", "9999"),
        ("simulation.feed_latency.us", "0"),
        ("simulation.order_latency.sigma", "0"),
        ("simulation.queue_model", "prob-power"),
        ("simulation.fill_model", "no-partial"),
        ("simulation.consume_liquidity", "false"),
        ("simulation.print_slippage_ticks", "0"),
        ("simulation.print_liquidity", "7"),
        ("meta.policy", "hrp"),
        ("meta.epoch_s", "86400"),
        ("meta.warmup_epochs", "2"),
        ("meta.floor_bp", "0"),
        ("meta.cap_bp", "5000"),
        ("meta.turnover_bp", "1"),
        ("meta.hold_epochs", "0"),
        ("meta.hrp_bp", "10000"),
        ("meta.cost_bp", "0"),
        ("meta.loss_streak", "1"),
        ("meta.reference", "BTC-USD"),
        ("meta.class_caps.momentum", "6000"),
        ("slot.trend.class", "momentum"),
        ("slot.trend.regime", "trending"),
        ("slot.trend.tier", "shadow"),
        ("slot.trend.tier", "live"),
        ("slot.trend.strategy", "imbalance"),
        ("slot.trend.allocation_bp", "0"),
        ("slot.trend.params.text", "a \"quoted\" \\ line\nand \u{7f} more"),
        ("slot.trend.params.float", "-0.0"),
        ("slot.trend.params.tiny", "1e-300"),
        ("slot.trend.params.whole", "-9223372036854775808"),
        ("slot.trend.params.flag", "true"),
    ] {
        let settings = battle().set(key, value).load().unwrap_or_else(|all| panic!("{all}"));
        assert_ne!(settings.canonical(), text, "{key}");
        assert_round_trip(&settings);
    }
}

#[test]
fn a_journal_must_say_every_key_that_it_depends_on() {
    let text = battle().load().unwrap().canonical();
    for (at, line) in text.lines().enumerate() {
        // What need not be written, and says something else where it is not.
        let is_optional = line.starts_with("capital.pegs") || line.starts_with("regime");
        if line.is_empty() || line == "[[slot]]" || is_optional {
            continue;
        }
        let without: Vec<_> =
            text.lines().enumerate().filter(|(other, _)| *other != at).map(|(_, l)| l).collect();
        let result = Settings::from_canonical(&without.join("\n"));
        assert!(result.is_err(), "{line} can be left out");
    }
}

#[test]
fn the_bytes_are_part_of_the_journals_format() {
    let text = battle().load().unwrap().canonical();
    let head: Vec<_> = text.lines().take(4).collect();
    assert_eq!(
        head,
        [
            "capital.currency = \"USD\"",
            "capital.house = \"100000\"",
            "capital.pegs.USDT = \"1\"",
            "capital.per_slot = \"100000\"",
        ]
    );
    assert!(text.ends_with(
        "\n[[slot]]\nname = \"imbalance\"\nallocation_bp = 1666\nstrategy = \"imbalance\"\n"
    ));
    assert!(!text.contains("somewhere"));
    for key in keys().iter().filter(|key| key.scope == Scope::Run) {
        assert!(!text.contains(key.path), "{}", key.path);
    }
}

prop_compose! {
    fn latency()(kind in 0..3_u8, low in 1..1_000_u64, more in 0..1_000_u64, sigma in 0.0..5.0) -> String {
        let high = low + more;
        match kind {
            0 => format!("{{ kind = \"constant\", us = {low} }}"),
            1 => format!("{{ kind = \"uniform\", min_us = {low}, max_us = {high} }}"),
            _ => format!(
                "{{ kind = \"lognormal\", median_us = {low}, sigma = {sigma:?}, max_us = {high} }}"
            ),
        }
    }
}

proptest! {
    #[test]
    fn any_settings_round_trip(
        seed: u64,
        money in 1..i64::MAX,
        rate in -1_000_000_000..1_000_000_000_i64,
        latencies in prop::array::uniform3(latency()),
        power in 0.01..100.0,
        number in prop::num::f64::NORMAL,
        whole: i64,
        text in "\\PC{0,60}",
        shares in prop::collection::vec(0..1_000_u32, 1..9),
    ) {
        let exact = |raw: i64| royale_model::Qty::from_raw(raw).to_string();
        let mut file = format!(
            "schema_version = 1\nrun = {{ name = \"p\", seed = {seed}, tapes = [\"t\"] }}\n\
             capital.house = \"{}\"\n\
             fees.kalshi = {{ kind = \"quadratic\", maker = \"{}\", taker = \"0.07\" }}\n\
             [simulation]\nqueue_model = \"prob-power\"\nqueue_power = {power:?}\n\
             feed_latency = {}\norder_latency = {}\nresponse_latency = {}\n",
            exact(money), exact(rate), latencies[0], latencies[1], latencies[2],
        );
        for (at, share) in shares.iter().enumerate() {
            file.push_str(&format!(
                "[[slot]]\nname = \"s{at}\"\nstrategy = \"trend\"\nallocation_bp = {share}\n\
                 params = {{ number = {number:?}, whole = {whole} }}\n",
            ));
        }
        let loader = Loader::text("p.toml", file, "").set("slot.s0.params.text", text);
        let settings = loader.load().unwrap_or_else(|all| panic!("{all}"));
        assert_round_trip(&settings);
    }
}

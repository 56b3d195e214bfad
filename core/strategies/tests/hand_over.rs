//! What a strategy hands over to its successor: the decisions go on as if it were still there, and bytes
//! that are no memory do no harm.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use harness::*;
use royale_engine::Strategy;
use royale_model::{Decision, Event, Instrument, Nanos};
use royale_quant::rng::Xoshiro256PlusPlus;
use royale_strategies::{
    NAMES, Native, ParamDefault, ParamValue, Rhythm, build, build_on, registry,
};
use std::collections::BTreeMap;
use std::path::Path;

type Params = BTreeMap<String, ParamValue>;

/// The room that the engine gives a state.
const ROOM: usize = 64 << 10;

/// A quarter of an hour and more of spot prints and of the book of an event contract.
fn session() -> (Vec<Instrument>, Vec<Event>) {
    let tapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tapes");
    let packed = std::fs::read(tapes.join("kalshi-btc15m-20260514T002426Z.tapez")).unwrap();
    let (preamble, events) = royale_codec::unpack(&packed).unwrap();
    (preamble.instruments.clone(), events)
}

/// Settings with which each has much to say on the recording.
fn lively(name: &str) -> Params {
    params(match name {
        "fair-value" => &[("cooldown_s", 1.0), ("margin", 0.01), ("position_max", 1e5)],
        "event-momentum" => &[("shift_min", 0.03), ("hold_s", 20.0)],
        "market-maker" => &[("requote_ticks", 2.0)],
        "trend" => &[("fast_s", 5.0), ("slow_s", 60.0), ("entry", 0.2), ("cooldown_s", 5.0)],
        "mean-reversion" => {
            &[("bar_s", 2.0), ("trend_slow_s", 61.0), ("z_entry", 1.0), ("rsi_low", 45.0)]
        }
        _ => &[
            ("prior_weight", 0.0),
            ("signal_min", 0.05),
            ("horizon_s", 60.0),
            ("learn_half_life_s", 60.0),
        ],
    })
}

/// Settings with which it watches and trades nothing: then it remembers the market alone.
fn mute(name: &str) -> Params {
    let mut mute = params(match name {
        "fair-value" => &[("order_max", 0.0)],
        "event-momentum" => &[("shift_min", 1.0), ("level_min", 1.0)],
        "market-maker" => &[("quote_size", 0.0)],
        "trend" => &[("entry", 10.0)],
        "mean-reversion" => &[("z_entry", 9.0)],
        _ => &[("signal_min", 1.0)],
    });
    if name == "market-maker" {
        mute.insert("k_estimate".to_owned(), ParamValue::Bool(true));
    }
    mute
}

fn exported(strategy: &mut Native) -> Vec<u8> {
    try_export(strategy).unwrap()
}

/// `None` where nonsense that was taken has grown beyond what anybody may take.
fn try_export(strategy: &mut Native) -> Option<Vec<u8>> {
    let mut room = vec![0; ROOM];
    let length = strategy.export_state(&mut room)?;
    room.truncate(length);
    Some(room)
}

/// Plays on; what is decided from there on.
fn go_on(stage: &mut Stage, tape: &[Event]) -> Vec<Decision> {
    let before = stage.decisions.len();
    for event in tape {
        stage.answer_in_tape(event);
    }
    stage.decisions.split_off(before)
}

fn halfway(name: &str, params: &Params, table: &[Instrument], tape: &[Event]) -> Stage {
    let mut stage = Stage::with(name, params, table);
    go_on(&mut stage, tape);
    stage
}

#[test]
fn a_successor_that_takes_the_memory_over_decides_as_if_nothing_had_happened() {
    let (table, tape) = session();
    for name in NAMES {
        let params = lively(name);
        let mut missed = 0;
        // Wherever the cut lies: in the warm-up, in a position, after it.
        for share in [10, 25, 40, 50] {
            let (first, rest) = tape.split_at(tape.len() * share / 100);
            let expected = go_on(&mut halfway(name, &params, &table, first), rest);
            assert!(expected.len() >= 6, "{name}: {} decisions show too little", expected.len());

            let mut stage = halfway(name, &params, &table, first);
            let mut successor = build(name, &params, &table).unwrap();
            assert_eq!(successor.state_layout(), stage.strategy.state_layout());
            assert!(successor.import_state(&exported(&mut stage.strategy)), "{name}");
            stage.strategy = successor;
            assert!(go_on(&mut stage, rest) == expected, "{name} at {share} %");

            let mut stage = halfway(name, &params, &table, first);
            stage.strategy = build(name, &params, &table).unwrap();
            missed += usize::from(go_on(&mut stage, rest) != expected);
        }
        // A memory of a minute is soon made anew: not every cut shows.
        assert!(missed >= 2, "{name}: nothing that a fresh one would miss");
    }
}

/// What a strategy keeps so as not to think the same thing twice is no memory: one that has to think
/// everything anew, since it took over just now, decides the same.
#[test]
fn so_do_successors_that_take_over_before_every_event() {
    let (table, tape) = session();
    let mut room = vec![0; ROOM];
    let all = NAMES.map(|name| (name, lively(name))).into_iter();
    // By its own parameters a maker leaves its quotes alone for a while.
    for (name, params) in all.chain([("market-maker", Params::new())]) {
        let expected = go_on(&mut Stage::with(name, &params, &table), &tape);
        assert!(expected.len() >= 6, "{name}: {} decisions show too little", expected.len());
        let mut stage = Stage::with(name, &params, &table);
        let mut successor = build(name, &params, &table).unwrap();
        for event in &tape {
            let length = stage.strategy.export_state(&mut room).unwrap();
            assert!(successor.import_state(&room[..length]), "{name}");
            std::mem::swap(&mut stage.strategy, &mut successor);
            stage.answer_in_tape(event);
        }
        assert!(stage.decisions == expected, "{name}");
    }
}

/// The same, with a timer of its own every ten seconds.
fn go_on_timers(stage: &mut Stage, tape: &[Event]) -> Vec<Decision> {
    let before = stage.decisions.len();
    let due = |event: &Event| event.time().raw() / 10_000_000_000;
    for (at, event) in tape.iter().enumerate() {
        if at > 0 && due(event) > due(&tape[at - 1]) {
            stage.at((10 * due(event)) as f64).timer();
        }
        stage.answer_in_tape(event);
    }
    stage.decisions.split_off(before)
}

#[test]
fn so_it_does_on_timers() {
    let (table, tape) = session();
    let (first, rest) = tape.split_at(tape.len() / 2);
    let rhythm = Rhythm::Timers { wait: Nanos::from_secs(10) };
    let pairs: [(&str, &[(&str, f64)]); 3] = [
        ("fair-value", &[("margin", 0.0), ("position_max", 1e5)]),
        ("trend", &[("fast_s", 10.0), ("slow_s", 60.0), ("entry", 0.1)]),
        ("mean-reversion", &[("window", 10.0), ("z_entry", 0.5), ("rsi_low", 50.0)]),
    ];
    for (name, pairs) in pairs {
        let build = || build_on(name, &params(pairs), &table, rhythm).unwrap();
        let begun = || {
            let mut stage = Stage::on_timers(10, name, pairs, &table);
            go_on_timers(&mut stage, first);
            stage
        };
        let expected = go_on_timers(&mut begun(), rest);
        assert!(expected.len() >= 3, "{name}: {} decisions show too little", expected.len());
        let mut stage = begun();
        let mut successor = build();
        assert!(successor.import_state(&exported(&mut stage.strategy)), "{name}");
        stage.strategy = successor;
        assert!(go_on_timers(&mut stage, rest) == expected, "{name}");
        let mut stage = begun();
        stage.strategy = build();
        assert!(go_on_timers(&mut stage, rest) != expected, "{name}: nothing to carry");
        // What is sampled otherwise is another memory.
        let on_events = royale_strategies::build(name, &params(pairs), &table).unwrap();
        assert_ne!(on_events.state_layout(), stage.strategy.state_layout(), "{name}");
    }
}

/// Another value of a parameter, which contradicts no other.
fn another(name: &str, value: ParamDefault) -> ParamValue {
    match value {
        ParamDefault::Number(value) if name == "z_exit" || name == "exit" => {
            ParamValue::Number(value - 0.5)
        }
        ParamDefault::Number(value) if name == "levels" => ParamValue::Number(value - 2.0),
        ParamDefault::Number(value) => {
            ParamValue::Number(if value == 0.0 { 0.5 } else { 0.8 * value })
        }
        ParamDefault::Bool(value) => ParamValue::Bool(!value),
        ParamDefault::Text(_) => ParamValue::Text("KXBTC15M-26MAY132030-30".to_owned()),
    }
}

#[test]
fn who_may_take_it_is_who_would_remember_the_same() {
    let (table, tape) = session();
    let tape = &tape[..tape.len() / 2];
    let mut bars = 0;
    for name in NAMES {
        let mut old = halfway(name, &mute(name), &table, tape);
        assert!(old.decisions.is_empty(), "{name} trades");
        let memory = exported(&mut old.strategy);
        for spec in registry::parameters(name).unwrap() {
            let mut params = mute(name);
            if params.contains_key(spec.name) && spec.name != "k_estimate" {
                continue;
            }
            let value = match params.get(spec.name) {
                Some(_) => ParamValue::Bool(false),
                None => another(spec.name, spec.default),
            };
            params.insert(spec.name.to_owned(), value);
            let what = format!("{name} {:?}", (spec.name, &params[spec.name]));
            let mut successor = build(name, &params, &table).expect(&what);
            let same = successor.state_layout() == old.strategy.state_layout();
            assert_eq!(same, !spec.remembered, "{what}");
            if !same {
                bars += 1;
                continue;
            }
            assert!(successor.import_state(&memory), "{what}");
            assert!(exported(&mut successor) == memory, "{what}");
            // A pause after a spike is a decision of the one before, as its orders are.
            let decides = ["spike_sd", "spike_pause_s", "volatility_floor"].contains(&spec.name);
            let mut own = halfway(name, &params, &table, tape);
            let differs = exported(&mut own.strategy) != memory;
            assert!(!differs || decides, "{what}: it would remember something else");
        }
    }
    assert_eq!(bars, 24, "parameters that bar");
    let layouts = NAMES.map(|name| build(name, &Params::new(), &table).unwrap().state_layout());
    for (at, layout) in layouts.iter().enumerate() {
        assert!(!layouts[..at].contains(layout), "{}", NAMES[at]);
    }
}

/// Words that break what does not look.
const WORDS: [u64; 16] = [
    0,
    1,
    2,
    7,
    u64::MAX,
    i64::MAX.cast_unsigned(),
    i64::MIN.cast_unsigned(),
    1_778_717_066_000_000_000,
    u32::MAX as u64,
    f64::NAN.to_bits(),
    f64::INFINITY.to_bits(),
    (-1.0_f64).to_bits(),
    1.0_f64.to_bits(),
    1e60_f64.to_bits(),
    1e150_f64.to_bits(),
    1e-60_f64.to_bits(),
];

/// Hands these bytes over, and plays on: every decision is looked at by the stage. True when they were taken.
fn hand_over(stage: &mut Stage, bytes: &[u8], rest: &[Event]) -> bool {
    let before = try_export(&mut stage.strategy);
    let is_taken = stage.strategy.import_state(bytes);
    let after = try_export(&mut stage.strategy);
    assert!(after == if is_taken { Some(bytes.to_vec()) } else { before }, "taken: {is_taken}");
    go_on(stage, rest);
    is_taken
}

#[test]
fn nonsense_is_refused_or_lived_with() {
    let (table, tape) = session();
    for name in NAMES {
        let mut rng = Xoshiro256PlusPlus::from_seed(7);
        let mut below = |n: usize| (rng.uniform() * n as f64) as usize;
        let params = lively(name);
        let good = exported(&mut halfway(name, &params, &table, &tape[..tape.len() / 2]).strategy);
        let mut stage = Stage::with(name, &params, &table);
        let (mut taken, mut refused) = (0, 0);
        for some in tape.chunks(9) {
            let mut bad = good.clone();
            match below(4) {
                0 => bad.truncate(below(good.len())),
                1 => bad.extend_from_slice(&good[..1 + below(16)]),
                2 => (0..1 + below(3)).for_each(|_| bad[below(good.len())] ^= 1 << below(8)),
                _ => bad.iter_mut().for_each(|byte| *byte = below(256) as u8),
            }
            let is_taken = hand_over(&mut stage, &bad, some);
            *(if is_taken { &mut taken } else { &mut refused }) += 1;
        }
        assert!(taken > 500 && refused > 5_000, "{name}: {taken} taken, {refused} refused");
    }
}

/// Each word of a memory, made each of those above.
#[test]
fn no_word_of_a_memory_breaks_who_takes_it() {
    let (table, tape) = session();
    for name in NAMES {
        let params = lively(name);
        let (first, rest) = tape.split_at(tape.len() / 2);
        let mut stage = halfway(name, &params, &table, first);
        let good = exported(&mut stage.strategy);
        let mut taken = 0;
        for at in (0..good.len()).step_by(8) {
            for word in WORDS {
                let mut bad = good.clone();
                bad[at..at + 8].copy_from_slice(&word.to_le_bytes());
                taken += usize::from(hand_over(&mut stage, &bad, &rest[..100]));
            }
        }
        assert!(taken > good.len() / 8, "{name}: {taken} taken");
    }
}

/// Not at random: each prefix, and one bit of each byte.
#[test]
fn no_prefix_of_a_memory_is_one() {
    let (table, tape) = session();
    for name in NAMES {
        let mut old = halfway(name, &lively(name), &table, &tape[..tape.len() / 3]).strategy;
        let good = exported(&mut old);
        let mut new = build(name, &lively(name), &table).unwrap();
        let blank = exported(&mut new);
        for length in 0..good.len() {
            assert!(!new.import_state(&good[..length]), "{name}: {length} bytes");
        }
        assert!(exported(&mut new) == blank, "{name}");
        let mut no_room = vec![0; good.len() - 1];
        assert_eq!(old.export_state(&mut no_room), None, "{name}");
        assert!(new.import_state(&good), "{name}");
    }
}

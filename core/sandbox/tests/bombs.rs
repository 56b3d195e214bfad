//! Modules that are too much: too long, cut off, or made to keep the compiler busy. And bytes that
//! are no module at all.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod kit;

use kit::random_market::{instruments, tape};
use kit::{Stage, around, host, module, settings};
use proptest::prelude::*;
use royale_sandbox::{Host, ModuleError};
use std::fmt::Write;

const PLAIN: &str = r#"(func (export "on_event"))"#;

#[test]
fn sixty_four_megabytes_are_refused_unread() {
    let mut wasm = around(PLAIN);
    // A custom section of that length: valid, if anybody looked.
    let name = [4, b'j', b'u', b'n', b'k'];
    let length = 64 << 20;
    wasm.push(0);
    let mut rest = length + name.len();
    while rest > 0x7f {
        wasm.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    wasm.push(rest as u8);
    wasm.extend(name);
    wasm.resize(wasm.len() + length, 0);
    assert!(matches!(host().inspect(&wasm), Err(ModuleError::TooLarge { limit: 4_194_304, .. })));
}

#[test]
fn no_prefix_of_a_module_is_a_module() {
    let host = host();
    let wasm = module("tests/probe.wat");
    assert!(host.module(&wasm).is_ok());
    for length in 0..wasm.len() {
        // The last section is names, which nobody needs: without it the module is whole again.
        let Err(error) = host.inspect(&wasm[..length]) else {
            assert!(length > wasm.len() / 2 && host.module(&wasm[..length]).is_ok());
            continue;
        };
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn compile_bombs_are_refused_before_they_are_compiled() {
    let mut functions = String::new();
    for n in 0..5_000 {
        let _ = write!(functions, "(func (result i32) (i32.const {n}))");
    }
    let locals = format!("(func (local{}))", " i64".repeat(513));
    let long =
        format!("(func (result i64) (i64.const 0) {})", "i64.const 1 i64.add ".repeat(30_000));
    // Many locals, all written and all alive at many joins, in many functions.
    let mut joins = String::new();
    for _ in 0..400 {
        let _ = write!(joins, "(func (param i32) (local{})", " i64".repeat(500));
        for n in 0..500 {
            let _ = write!(
                joins,
                "(if (local.get 0) (then (local.set {} (i64.const {n}))))",
                n % 500 + 1
            );
        }
        joins.push(')');
    }
    let wide =
        format!("(func (param i32) (block (br_table {} (local.get 0))))", "0 ".repeat(60_000));
    // Loops inside loops: six thousand of them would take the compiler most of a minute.
    let deep = format!(
        "(func (param i32) {}{})",
        "(loop (br_if 0 (local.get 0)) ".repeat(6_000),
        ")".repeat(6_000)
    );
    let forks = format!("(func (param i32) {})", "(br_if 0 (local.get 0)) ".repeat(16_000));
    for (bomb, said) in [
        (functions, "functions: 5003, at most 4096"),
        (locals, "locals of one function: 513, at most 512"),
        (long, "bytes of one function"),
        (joins, "work for the compiler"),
        (wide, "work for the compiler"),
        (deep, "work for the compiler"),
        (forks, "work for the compiler"),
    ] {
        let module = host().module(&around(&format!("{PLAIN}{bomb}")));
        let said_instead = module.map_or_else(|error| error.to_string(), |_| "nothing".to_owned());
        assert!(said_instead.contains(said), "{said}: {said_instead}");
    }
}

#[test]
fn a_data_segment_as_long_as_a_module_may_be_starts() {
    let host = host();
    let data = "x".repeat(4_000_000);
    let text = format!(
        r#"(module (memory (export "memory") 256 256) (data (i32.const 1024) "{data}")
             (func (export "royale_abi_1")) (func (export "on_event"))
             (func (export "init") (param i32) (result i32) (i32.const 64)))"#
    );
    let module = host.module(&wat::parse_str(text).unwrap()).unwrap();
    assert!(module.instantiate(&settings(&[]), &instruments()).is_ok());
}

#[test]
fn there_are_no_more_guests_than_places_and_a_place_is_free_again_and_empty() {
    let host = host();
    let wasm = around(
        r#"(import "royale" "abstain" (func $abstain (param i32) (result i32)))
           (func (export "on_event")
             (i32.store (i32.const 516) (i32.const 0x00010201))
             (i64.store (i32.const 520) (i64.load (i32.const 2048)))
             (drop (call $abstain (i32.const 512)))
             (memory.fill (i32.const 1024) (i32.const 0x5e) (i32.const 64000)))"#,
    );
    let module = host.module(&wasm).unwrap();
    let start = || module.instantiate(&settings(&[]), &instruments());
    let event = tape(1, 1)[0];
    for _ in 0..3 {
        let mut guests: Vec<_> = (0..4).map(|_| Stage::new(start().unwrap())).collect();
        let error = start().unwrap_err().to_string();
        assert!(error.contains("guests_max"), "{error}");
        for guest in &mut guests {
            let found = guest.play(&event).unwrap()[0].price;
            assert!(found.is_zero(), "left behind by another guest: {found}");
        }
    }
}

/// Any outcome will do, but an outcome.
fn survives(host: &Host, wasm: &[u8]) {
    let Ok(module) = host.module(wasm) else { return };
    let Ok(guest) = module.instantiate(&settings(&[("drop", 1.0)]), &instruments()) else { return };
    let mut stage = Stage::new(guest);
    for event in &tape(3, 50) {
        if stage.play(event).is_err() {
            break;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_are_a_module_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let host = host();
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        survives(&host, &bytes);
        module.extend(&bytes);
        survives(&host, &module);
    }

    #[test]
    fn a_module_with_changed_bytes_is_a_module_or_an_error(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        double in any::<bool>(),
    ) {
        let host = host();
        let path = ["guests/dip.wat", "tests/probe.wat", "tests/hostile/host-flood-position.wat"];
        let mut wasm = module(path[which]);
        for (at, byte) in changes {
            let at = at.index(wasm.len());
            wasm[at] = byte;
        }
        if double {
            let at = cut.index(wasm.len());
            let tail = wasm[at..].to_vec();
            wasm.extend(tail);
        }
        survives(&host, &wasm);
    }
}

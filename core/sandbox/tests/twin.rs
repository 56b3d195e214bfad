//! A strategy written by hand in WebAssembly decides what its native twin decides, bit for bit.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

#[path = "kit/dip.rs"]
mod dip;
mod kit;

use dip::Dip;
use kit::random_market::{Dice, instruments};
use kit::{Stage, guest, host, module, settings};
use royale_engine::Strategy;
use royale_model::*;
use zerocopy::IntoBytes;

/// Prints between 0.01 and 0.40 on a coarse grid, with some that make no sense; some of another
/// instrument, and some changes of a book between them.
fn print(dice: &mut Dice, top: i64) -> Event {
    let price = match dice.below(300) {
        0 => i64::MIN,
        1 => 0,
        2 => top,
        _ => 10_000_000 * (1 + dice.below(40)),
    };
    let time = Nanos::from_secs(i64::try_from(dice.0 >> 40).unwrap());
    let instrument = InstrumentId(u32::from(dice.below(10) == 0));
    let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument };
    let price = Price::from_raw(price);
    let body = if dice.below(8) == 0 {
        Body::BookDelta(BookDelta { price, qty: Qty::ONE, side: Side::Buy, update_id: 0 })
    } else {
        Body::Trade(Trade { price, qty: Qty::ONE, trade_id: 1, aggressor: None })
    };
    Event::new(stamp, body, EventFlags::LAST)
}

/// What a venue says to an order: filled, part filled and then cancelled, or nothing yet.
fn answers(dice: &mut Dice, decision: &Decision) -> Vec<Event> {
    let report = |exec, is_final, last_qty| {
        let report = ExecutionReport {
            order: decision.order,
            exec,
            side: decision.side,
            is_final,
            liquidity: Liquidity::Taker,
            last_price: Price::from_int(1),
            last_qty,
            fee: 0,
            reject: RejectReason::None,
        };
        let (time, venue_time) = (decision.time, Nanos::ZERO);
        let stamp = Stamp { seq: 0, time, venue_time, instrument: decision.instrument };
        Event::new(stamp, Body::ExecutionReport(report), EventFlags::default())
    };
    match dice.below(3) {
        0 => vec![report(ExecType::Trade, true, decision.qty)],
        1 => vec![
            report(ExecType::New, false, decision.qty),
            report(ExecType::Trade, true, decision.qty),
        ],
        _ => vec![report(ExecType::Rejected, true, decision.qty)],
    }
}

fn bytes(decisions: &[Decision]) -> Vec<u8> {
    decisions.iter().flat_map(|decision| decision.as_bytes().to_vec()).collect()
}

#[test]
fn dip_in_the_sandbox_decides_what_dip_decides() {
    let host = host();
    let module = host.module(&module("guests/dip.wat")).unwrap();
    let (mut buys, mut sells) = (0, 0);
    for (seed, drop) in [(1, 0.01), (2, 0.1234567895), (3, 0.35), (4, 50.0)] {
        let started = module.instantiate(&settings(&[("drop", drop)]), &instruments()).unwrap();
        let mut wasm = Stage::new(started);
        let drop = Price::from_f64_on_grid(drop, Price::from_raw(1)).unwrap();
        let mut native = Stage::new(Dip { drop, high: Price::ZERO });
        let mut dice = Dice(seed);
        let mut waiting = Vec::new();
        for n in 0..20_000 {
            // In the end the high is as high as there is, and what fell does not fit.
            let top = if n < 19_000 { 400_000_000 } else { i64::MAX };
            let event = waiting.pop().unwrap_or_else(|| print(&mut dice, top));
            let (one, two) = (wasm.play(&event).unwrap(), native.play(&event).unwrap());
            assert_eq!(bytes(&one), bytes(&two), "{event:?}");
            for decision in &one {
                buys += u32::from(decision.side == Side::Buy);
                sells += u32::from(decision.side == Side::Sell);
                waiting = answers(&mut dice, decision);
                waiting.reverse();
            }
        }
    }
    assert!(buys > 50 && sells > 50, "{buys} buys, {sells} sells");
}

#[test]
fn dip_refuses_what_its_twin_refuses() {
    let host = host();
    let module = host.module(&module("guests/dip.wat")).unwrap();
    for drop in [0.0099, 1.1e6, -1.0, f64::NAN, f64::INFINITY] {
        let error = module.instantiate(&settings(&[("drop", drop)]), &instruments()).unwrap_err();
        assert!(error.to_string().contains("refused with -1"), "{drop}: {error}");
    }
    let error = module.instantiate(&settings(&[]), &[]).unwrap_err();
    assert!(error.to_string().contains("refused with -2"), "{error}");
    let mut wasm = guest(&host, &kit::module("guests/dip.wat"), &[]);
    assert_eq!(wasm.state_layout(), None);
    assert_eq!(wasm.export_state(&mut [0; 64]), None);
}

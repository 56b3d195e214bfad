//! Every byte that the host writes lies where `docs/wasm-abi.md` says: a guest reads them back.
//! Places are written out here, not taken from the host's types.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod kit;

use kit::random_market::instruments;
use kit::{Stage, guest, host, module, settings};
use royale_engine::Context;
use royale_model::*;
use royale_sandbox::{Guest, Host};

fn probe(host: &Host, pairs: &[(&str, f64)]) -> Stage<Guest> {
    Stage::new(guest(host, &module("tests/probe.wat"), pairs))
}

/// The words that a probe answers with.
fn words(stage: &mut Stage<Guest>, event: &Event) -> Vec<i64> {
    let decisions = stage.play(event).unwrap();
    decisions.iter().flat_map(|it| [it.price.raw(), it.qty.raw()]).collect()
}

fn stamp(time: i64, instrument: u32) -> Stamp {
    let (time, venue_time) = (Nanos::from_raw(time), Nanos::from_raw(time - 5));
    Stamp { seq: 0, time, venue_time, instrument: InstrumentId(instrument) }
}

fn level(time: i64, side: Side, price: i64, qty: i64) -> Event {
    let (price, qty) = (Price::from_raw(price), Qty::from_raw(qty));
    let delta = BookDelta { price, qty, side, update_id: 9 };
    Event::new(stamp(time, 0), Body::BookDelta(delta), EventFlags::LAST)
}

fn low(word: i64) -> u32 {
    word as u32
}
fn high(word: i64) -> u32 {
    (word >> 32) as u32
}

#[test]
fn an_event_lies_there_as_it_lies_in_memory() {
    let host = host();
    let mut stage = probe(&host, &[]);
    let seen = words(&mut stage, &level(1_000, Side::Sell, 520_000_000, 7));
    // Sequence, time, venue's time, then instrument, kind 3, flags last and ask.
    assert_eq!(&seen[..3], [1, 1_000, 995]);
    assert_eq!((low(seen[3]), high(seen[3])), (0, 0x0000_0903));
    assert_eq!(&seen[4..], [520_000_000, 7, 9, 0]);

    let report = ExecutionReport {
        order: OrderId::new(Account::shadow(SlotId(1)), 3),
        exec: ExecType::Rejected,
        side: Side::Sell,
        is_final: true,
        liquidity: Liquidity::Maker,
        last_price: Price::from_raw(11),
        last_qty: Qty::from_raw(12),
        fee: -13,
        reject: RejectReason::RiskRefused,
    };
    let report = Event::new(stamp(2_000, 0), Body::ExecutionReport(report), EventFlags::default());
    let seen = words(&mut stage, &report);
    // Kind 8, flags dead, maker and sell; exec 4, reject 6.
    assert_eq!(high(seen[3]), 0x0604_0708);
    assert_eq!(&seen[4..], [0x0001_0000_0000_0003, 11, 12, -13]);

    let bar = Bar {
        open: Price::from_raw(100),
        high_ticks: 3,
        low_ticks: 2,
        close_ticks: -1,
        seconds: 60,
        volume: Qty::from_raw(5),
    };
    let seen = words(&mut stage, &Event::new(stamp(3_000, 1), Body::Bar(bar), EventFlags::LAST));
    assert_eq!((low(seen[3]), high(seen[3])), (1, 0x0104));
    assert_eq!(&seen[4..], [100, 3 << 32 | 2, (-1_i64) << 32 | 60, 5]);
}

#[test]
fn a_market_is_told_whole_and_what_is_unknown_is_zero() {
    let host = host();
    let mut stage = probe(&host, &[("what", 1.0), ("words", 16.0)]);
    let odds = Odds {
        bid: Price::from_raw(1),
        ask: Price::from_raw(2),
        last: Price::from_raw(3),
        volume: Qty::from_raw(4),
    };
    let seen = words(&mut stage, &Event::new(stamp(10, 0), Body::Odds(odds), EventFlags::LAST));
    assert_eq!(&seen[..7], [0; 7]);
    assert_eq!(&seen[7..15], [1, 2, 3, 4, 10, 10, 0, 0]);
    assert_eq!((low(seen[15]), high(seen[15])), (4, 0));

    let trade = Trade {
        price: Price::from_raw(500_000_000),
        qty: Qty::from_raw(6),
        trade_id: 1,
        aggressor: None,
    };
    words(&mut stage, &Event::new(stamp(11, 0), Body::Trade(trade), EventFlags::LAST));
    words(&mut stage, &level(12, Side::Buy, 480_000_000, 70));
    let seen = words(&mut stage, &level(13, Side::Sell, 500_000_000, 80));
    assert_eq!(&seen[..7], [480_000_000, 70, 500_000_000, 80, 500_000_000, 6, 11]);
    assert_eq!(&seen[7..15], [1, 2, 3, 4, 10, 13, 0, 490_000_000]);
    // Best, trade, odds, middle, book.
    assert_eq!(low(seen[15]), 1 + 2 + 4 + 8 + 128);

    let gap = Gap { expected: 1, received: 2, reason: GapReason::Sequence };
    let seen = words(&mut stage, &Event::new(stamp(14, 0), Body::Gap(gap), EventFlags::LAST));
    assert_eq!((&seen[..4], low(seen[15])), (&[0; 4][..], 2 + 4 + 16 + 128));

    let mut open = level(15, Side::Buy, 480_000_000, 70);
    let delta = open.body();
    open = Event::new(stamp(15, 0), delta, EventFlags::CLEAR);
    let seen = words(&mut stage, &open);
    assert_eq!(low(seen[15]), 1 + 2 + 4 + 32 + 128, "inside a batch");

    let paid = Settlement { value: Price::from_raw(77) };
    let paid = Event::new(stamp(16, 0), Body::Settlement(paid), EventFlags::LAST);
    let seen = words(&mut stage, &paid);
    assert_eq!((seen[13], low(seen[15]) & 64), (77, 64));
}

#[test]
fn levels_come_from_the_touch_outwards() {
    let host = host();
    for (side, code, best) in [(Side::Buy, 1.0, [50, 49, 47]), (Side::Sell, 2.0, [50, 52, 53])] {
        let mut stage = probe(&host, &[("what", 5.0), ("words", 8.0), ("side", code)]);
        let mut sorted = best;
        sorted.rotate_left(1);
        for cents in sorted {
            words(&mut stage, &level(1, side, cents * 10_000_000, cents));
        }
        // A fourth, farther away than asked for.
        let far = if side == Side::Buy { 40 } else { 60 };
        let seen = words(&mut stage, &level(2, side, far * 10_000_000, 1));
        let expected: Vec<i64> = best.iter().flat_map(|it| [it * 10_000_000, *it]).collect();
        assert_eq!((seen[0], &seen[1..7], seen[7]), (3, &expected[..], 0));
    }
}

#[test]
fn own_orders_and_positions_are_told() {
    let host = host();
    let mut sends = probe(&host, &[("what", 7.0)]);
    let first = sends.play(&level(20, Side::Buy, 100_000_000, 5)).unwrap()[0].order;
    let second = sends.play(&level(21, Side::Buy, 100_000_000, 5)).unwrap()[0].order;
    sends.play(&level(22, Side::Buy, 100_000_000, 5)).unwrap();
    let report = |order, exec, is_final| {
        let report = ExecutionReport {
            order,
            exec,
            side: Side::Buy,
            is_final,
            liquidity: Liquidity::Maker,
            last_price: Price::from_raw(100_000_000),
            last_qty: Qty::from_raw(400_000_000),
            fee: 0,
            reject: RejectReason::None,
        };
        Event::new(stamp(30, 0), Body::ExecutionReport(report), EventFlags::default())
    };
    sends.portfolio.apply(&report(first, ExecType::New, false));
    sends.portfolio.apply(&report(first, ExecType::Trade, false));
    let (market, portfolio, outbox) = (&sends.market, &mut sends.portfolio, &mut sends.outbox);
    let mut context = Context::new(SlotId(1), 9, Nanos::from_raw(30), market, portfolio, outbox);
    assert!(context.cancel(second, &Reasons::new()));
    // The same account, seen by one that asks.
    let mut asks = probe(&host, &[("what", 3.0), ("words", 12.0)]);
    std::mem::swap(&mut asks.portfolio, &mut sends.portfolio);
    let seen = words(&mut asks, &level(31, Side::Buy, 100_000_000, 5));
    assert_eq!(seen[0], 3, "all are counted, two are told");
    let (one, two) = (&seen[1..6], &seen[6..11]);
    assert_eq!((one[0], two[0]), (first.raw().cast_signed(), second.raw().cast_signed()));
    assert_eq!((low(one[1]), high(one[1]), high(two[1])), (0, 0x0101, 0x0201));
    assert_eq!(&one[2..], [100_000_000, 600_000_000, 20]);
    assert_eq!(&two[2..], [100_000_000, 1_000_000_000, 21]);
    assert_eq!(seen[11], 0);

    let mut asks_position = probe(&host, &[("what", 2.0), ("words", 4.0)]);
    std::mem::swap(&mut asks_position.portfolio, &mut asks.portfolio);
    let seen = words(&mut asks_position, &level(32, Side::Buy, 100_000_000, 5));
    assert_eq!(seen, [400_000_000, 100_000_000, 3_000_000_000, 400_000_000]);
}

#[test]
fn an_instrument_is_told_as_the_journal_keeps_it_and_now_is_the_events_time() {
    let host = host();
    let mut stage = probe(&host, &[("what", 4.0), ("id", 1.0), ("words", 18.0)]);
    let seen = words(&mut stage, &level(1, Side::Buy, 100_000_000, 5));
    let bytes: Vec<u8> = seen.iter().flat_map(|word| word.to_le_bytes()).collect();
    let spot = instruments()[1];
    assert_eq!(bytes, zerocopy::IntoBytes::as_bytes(&spot));
    assert_eq!(
        (&bytes[..7], &bytes[40..43], &bytes[56..59]),
        (&b"BTC-USD"[..], &b"BTC"[..], &b"USD"[..])
    );
    assert_eq!((low(seen[8]), high(seen[8])), (1, u32::MAX), "id and underlying");
    assert_eq!((seen[9], seen[10], seen[11]), (spot.tick.raw(), spot.lot.raw(), 1_000_000_000));
    assert_eq!((seen[14], seen[15], bytes[128], bytes[136]), (-100_000, 500_000, 1, 5));

    let mut stage = probe(&host, &[("what", 6.0), ("words", 2.0)]);
    assert_eq!(words(&mut stage, &level(123_456, Side::Buy, 100_000_000, 5)), [123_456, 0]);
}

#[test]
fn a_parameter_that_nobody_asked_for_is_named_with_those_that_are() {
    let module = host().module(&module("tests/probe.wat")).unwrap();
    let error = module.instantiate(&settings(&[("wat", 1.0)]), &instruments()).unwrap_err();
    let text = error.to_string();
    assert_eq!(
        text,
        "unknown parameter `wat`; the strategy asks for `what`, `id`, `words`, `side`"
    );
}

#[test]
fn a_card_says_what_a_module_is() {
    let wasm = module("tests/probe.wat");
    let card = host().inspect(&wasm).unwrap();
    assert_eq!((card.abi, card.bytes, card.memory_bytes), (1, wasm.len(), 65_536));
    assert_eq!((card.functions, card.hands_over_state), (3, false));
    assert_eq!(card.imports.len(), 11, "all that there is, in the module's order");
    assert_eq!((card.imports[0].as_str(), card.imports[10].as_str()), ("param", "take_state"));
    let digest: String = card.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut other = wasm.clone();
    // Another name for a local is another module.
    *other.last_mut().unwrap() ^= 1;
    let other = host().inspect(&other).map(|card| card.sha256);
    assert_ne!(other, Ok(card.sha256), "{digest}");
}

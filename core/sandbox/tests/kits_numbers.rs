//! The numbers in the kits' headers are the model's: no author is told something else than what the host
//! does. The three headers say the same, and one of them is held against the model's own types.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod header;

use header::samples::{price, qty, report, stamp};
use header::{Language, c, kit};
use royale_engine::strategy::OPEN_ORDERS_MAX;
use royale_model::*;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

#[test]
fn rust_says_what_c_says() {
    let (c, mut rust) = (c(), kit("rust/royale.rs", &Language::Rust));
    rust.numbers.remove("STATE_WORDS").expect("the one limit that is the kit's own");
    assert_eq!(c.numbers, rust.numbers);
    for (name, record) in &c.records {
        assert_eq!(Some(record), rust.records.get(name), "{name}");
    }
    assert_eq!(c.records.len(), 10, "{:?}", c.records.keys());
}

#[test]
fn assemblyscript_says_what_c_says() {
    let (c, mut script) = (c(), kit("assemblyscript/royale.ts", &Language::AssemblyScript));
    for (name, record) in &c.records {
        // It has no nested records: they begin where the record that it has ends.
        let mut flat = record.clone();
        flat.fields.retain(|field, _| !field.contains('.'));
        let nested = record.fields.iter().filter(|(field, _)| field.contains('.'));
        if let Some(begin) = nested.map(|(_, (at, _))| *at).min() {
            flat.size = begin;
        }
        assert_eq!(script.records.get(name), Some(&flat), "{name}");
        // How much room an author gives it.
        let room = script.numbers.remove(&format!("{}_BYTES", name.to_uppercase()));
        assert!(room == Some(record.size as i64) || (name == "reason" && room.is_none()), "{name}");
    }
    assert_eq!(c.numbers, script.numbers);
}

/// `PostOnly` as `POST_ONLY`.
fn screaming(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.extend(letter.to_uppercase());
    }
    words
}

type Numbers = BTreeMap<String, i64>;

/// Every value of an enum of the model.
fn values<T: TryFromBytes + KnownLayout + Immutable + Debug>(into: &mut Numbers, form: &str) {
    for code in 0..=u8::MAX {
        if let Ok(value) = T::try_read_from_bytes(&[code]) {
            let name = form.replace('*', &screaming(&format!("{value:?}")));
            into.insert(name, code.into());
        }
    }
}

/// In which of its four words an event holds a number.
fn words(into: &mut Numbers, body: Body, names: &[(&str, i64)]) {
    let event = Event::new(stamp(0), body, EventFlags::default());
    let at = c().records["event"].fields["word0"].0;
    for (name, value) in names {
        let mut words = event.as_bytes()[at..].chunks_exact(8);
        let found = words.position(|word| i64::from_le_bytes(word.try_into().unwrap()) == *value);
        into.insert((*name).to_owned(), found.unwrap() as i64);
    }
}

fn all_words(into: &mut Numbers) {
    let quote = Quote { bid: price(11), bid_qty: qty(12), ask: price(13), ask_qty: qty(14) };
    let names =
        [("QUOTE_BID", 11), ("QUOTE_BID_QTY", 12), ("QUOTE_ASK", 13), ("QUOTE_ASK_QTY", 14)];
    words(into, Body::Quote(quote), &names);
    let trade = Trade { price: price(21), qty: qty(22), trade_id: 23, aggressor: None };
    let names = [("TRADE_PRICE", 21), ("TRADE_QTY", 22), ("TRADE_NUMBER", 23)];
    words(into, Body::Trade(trade), &names);
    let level = BookDelta { price: price(31), qty: qty(32), side: Side::Buy, update_id: 33 };
    let names = [("LEVEL_PRICE", 31), ("LEVEL_QTY", 32), ("LEVEL_UPDATE", 33)];
    words(into, Body::BookDelta(level), &names);
    let (open, volume) = (price(41), qty(42));
    let bar = Bar { open, high_ticks: 2, low_ticks: 3, close_ticks: -1, seconds: 60, volume };
    let high_low = ("BAR_HIGH_LOW", 2 << 32 | 3);
    let close = ("BAR_CLOSE_SECONDS", -1 << 32 | 60);
    words(into, Body::Bar(bar), &[("BAR_OPEN", 41), high_low, close, ("BAR_VOLUME", 42)]);
    let odds = Odds { bid: price(51), ask: price(52), last: price(53), volume: qty(54) };
    let names = [("ODDS_BID", 51), ("ODDS_ASK", 52), ("ODDS_LAST", 53), ("ODDS_VOLUME", 54)];
    words(into, Body::Odds(odds), &names);
    let gap = Gap { expected: 61, received: 62, reason: GapReason::Corrupt };
    words(into, Body::Gap(gap), &[("GAP_EXPECTED", 61), ("GAP_RECEIVED", 62)]);
    let settlement = Settlement { value: price(71) };
    words(into, Body::Settlement(settlement), &[("SETTLEMENT_VALUE", 71)]);
    let fill = report(OrderId::from_raw(81), ExecType::Trade, true);
    let names =
        [("REPORT_ORDER", 81), ("REPORT_PRICE", 401), ("REPORT_QTY", 402), ("REPORT_FEE", 403)];
    words(into, Body::ExecutionReport(fill), &names);
    let timer = Timer { id: 91, due: Nanos::from_raw(92) };
    words(into, Body::Timer(timer), &[("TIMER_ID", 91), ("TIMER_DUE", 92)]);
}

fn event_flags(into: &mut Numbers) {
    let mut add = |name: &str, flags: EventFlags| into.insert(name.to_owned(), flags.0.into());
    add("FLAG_LAST", EventFlags::LAST);
    add("FLAG_SNAPSHOT", EventFlags::SNAPSHOT);
    add("FLAG_CLEAR", EventFlags::CLEAR);
    add("FLAG_SELL", EventFlags::SELL);
    add("FLAG_BUY", EventFlags::BUY);
    let flags =
        |report| Event::new(stamp(0), Body::ExecutionReport(report), EventFlags::default()).flags();
    let plain = report(OrderId::from_raw(1), ExecType::Trade, false);
    add("REPORT_FINAL", flags(ExecutionReport { is_final: true, ..plain }));
    add("REPORT_MAKER", flags(ExecutionReport { liquidity: Liquidity::Maker, ..plain }));
    add("REPORT_SELL", flags(ExecutionReport { side: Side::Sell, ..plain }));
}

#[test]
fn every_number_is_the_models_and_none_is_missing() {
    let mut wanted = Numbers::new();
    let into = &mut wanted;
    values::<EventKind>(into, "*");
    for (model, kit) in [("BOOK_DELTA", "LEVEL"), ("EXECUTION_REPORT", "REPORT")] {
        let code = into.remove(model).unwrap();
        into.insert(kit.to_owned(), code);
    }
    into.remove("COMMAND").expect("strategies are not shown commands");
    into.remove("NOTE").expect("nor the words that go with them");
    values::<GapReason>(into, "GAP_*");
    values::<ExecType>(into, "EXEC_*");
    values::<RejectReason>(into, "REJECT_*");
    values::<Side>(into, "*");
    values::<OrdType>(into, "*_ORDER");
    values::<TimeInForce>(into, "*");
    values::<Regime>(into, "REGIME_*");
    values::<FeeKind>(into, "FEE_*");
    values::<InstrumentKind>(into, "KIND_*");
    values::<Venue>(into, "VENUE_*");
    values::<SettlementMethod>(into, "SETTLES_*");
    values::<OptionRight>(into, "RIGHT_*");
    all_words(into);
    event_flags(into);
    into.insert("ONE".into(), Price::ONE.raw());
    into.insert("NO_INSTRUMENT".into(), InstrumentId::NONE.0.into());
    into.insert("REASONS_MAX".into(), MAX_ATTRIBUTIONS as i64);
    into.insert("ORDERS_MAX".into(), OPEN_ORDERS_MAX as i64);

    // What `kits_records.rs` and `kits.rs` show, and the features, whose names the model does not list.
    let elsewhere = |name: &str| {
        name.starts_with("FEATURE_")
            || (name.starts_with("MARKET_") && name != "MARKET_ORDER")
            || [
                "ORDER_ACKNOWLEDGED",
                "ORDER_CANCEL_SENT",
                "LEVELS_MAX",
                "DECISIONS_MAX",
                "LAST_OF_MESSAGE",
            ]
            .contains(&name)
    };
    let mut found = c().numbers;
    found.retain(|name, _| !elsewhere(name));
    assert_eq!(found, wanted);
}

#[test]
fn every_feature_is_the_models_and_none_is_missing() {
    let model = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/src/decision.rs"),
    )
    .unwrap();
    let kit = c().numbers;
    let features =
        kit.iter().filter_map(|(name, number)| Some((name.strip_prefix("FEATURE_")?, number)));
    let mut numbers: Vec<i64> = Vec::new();
    for (name, number) in features {
        assert!(model.contains(&format!("    {name} = {number}, \"")), "{name} is not {number}");
        numbers.push(*number);
    }
    numbers.sort_unstable();
    let known = |number: &u16| Feature(*number).name() != Feature(0).name();
    assert_eq!(numbers, (0..u16::MAX).filter(known).map(i64::from).collect::<Vec<_>>());
}

//! Dirty Kalshi recordings, made up line by line: what must be noticed, and what the tape then says.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use royale_codec::{ImportError, ImportOptions, Imported, Limits, import};
use royale_model::{Body, Event, EventFlags, GapReason, InstrumentKind, Price, Side};
use std::path::Path;

/// 2030-01-01T00:00:00Z.
const T0: i64 = 1_893_456_000_000_000_000;
const MARKET: &str = "KXTEST-1";

/// Times are milliseconds after `T0`.
fn at(ms: i64) -> i64 {
    T0 + ms * 1_000_000
}

fn line(ms: i64, seq: &str, exchange: &str, kind: &str, payload: &str) -> String {
    let exchange = if exchange.is_empty() { "null".into() } else { format!("\"{exchange}\"") };
    format!(
        r#"{{"connection_id":"c1","event_type":"{kind}","exchange_ts":{exchange},"local_recv_ns":{},"market_ticker":"{MARKET}","sequence_number":{seq},"payload_json":{payload}}}"#,
        at(ms)
    )
}

fn stamp(ms: i64) -> String {
    format!("2030-01-01T00:00:{:02}.{:03}Z", ms / 1000, ms % 1000)
}

fn snapshot(ms: i64, seq: u64, yes: &str, no: &str) -> String {
    let payload =
        format!(r#"{{"market_ticker":"{MARKET}","yes_dollars_fp":{yes},"no_dollars_fp":{no}}}"#);
    line(ms, &seq.to_string(), "", "orderbook_snapshot", &payload)
}

/// `exchange` in milliseconds: the batch that the change belongs to.
fn delta(ms: i64, seq: u64, exchange: i64, side: &str, price: &str, change: &str) -> String {
    let payload = format!(
        r#"{{"market_ticker":"{MARKET}","side":"{side}","price_dollars":"{price}","price_cents":0,"delta_fp":"{change}"}}"#
    );
    line(ms, &seq.to_string(), &stamp(exchange), "orderbook_delta", &payload)
}

fn control(ms: i64, kind: &str, payload: &str) -> String {
    line(ms, "null", "", kind, payload)
}

fn watch() -> String {
    control(0, "watch_market", r#"{"close_time":"2030-01-01T00:00:10Z","strike":79487.86}"#)
}

#[derive(Default)]
struct Session {
    snapshots: Vec<String>,
    deltas: Vec<String>,
    tickers: Vec<String>,
    control: Vec<String>,
    spot: Vec<String>,
    results: Option<&'static str>,
}

impl Session {
    fn write(&self, folder: &Path) {
        let put = |name: &str, lines: &[String]| {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            std::fs::write(folder.join(name), text).unwrap();
        };
        put("orderbook_snapshot.ndjson", &self.snapshots);
        put("orderbook_delta.ndjson", &self.deltas);
        put("ticker.ndjson", &self.tickers);
        put("control.ndjson", &self.control);
        put("spot_coinbase_btcusd_matches.ndjson", &self.spot);
        if let Some(results) = self.results {
            std::fs::write(folder.join("market_results.json"), results).unwrap();
        }
    }
    fn import(&self) -> Imported {
        let folder = tempfile::tempdir().unwrap();
        self.write(folder.path());
        import(&[folder.path().to_owned()], &ImportOptions::default(), &mut |_| {}).unwrap()
    }
}

/// Two levels a side; further deltas by the test.
fn with_deltas(deltas: Vec<String>) -> Session {
    Session {
        snapshots: vec![snapshot(0, 1, r#"[["0.4000","5.00"]]"#, r#"[["0.5500","7.00"]]"#)],
        deltas,
        control: vec![watch()],
        ..Session::default()
    }
}

fn gaps(imported: &Imported) -> Vec<GapReason> {
    let reason = |event: &Event| match event.body() {
        Body::Gap(gap) => Some(gap.reason),
        _ => None,
    };
    imported.events.iter().filter_map(reason).collect()
}

#[test]
fn no_bids_are_yes_asks_and_changes_become_sizes() {
    let imported = with_deltas(vec![
        delta(5, 2, 5, "no", "0.5490", "3.00"),
        delta(6, 3, 6, "yes", "0.4000", "-2.50"),
        delta(7, 4, 7, "no", "0.5490", "-3.00"),
    ])
    .import();
    let deltas: Vec<_> = imported
        .events
        .iter()
        .filter_map(|event| match event.body() {
            Body::BookDelta(d) => {
                Some((d.side, d.price.to_string(), d.qty.to_string(), d.update_id, event.flags()))
            }
            _ => None,
        })
        .collect();
    let sell = EventFlags::SELL;
    let first = EventFlags::SNAPSHOT.with(EventFlags::CLEAR);
    let text = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let row = |side, price, qty, id, flags| {
        let (price, qty) = text(price, qty);
        (side, price, qty, id, flags)
    };
    assert_eq!(
        deltas,
        [
            row(Side::Buy, "0.4", "5", 1, first),
            row(Side::Sell, "0.45", "7", 1, sell.with(EventFlags::SNAPSHOT).with(EventFlags::LAST)),
            row(Side::Sell, "0.451", "3", 2, sell.with(EventFlags::LAST)),
            row(Side::Buy, "0.4", "2.5", 3, EventFlags::LAST),
            row(Side::Sell, "0.451", "0", 4, sell.with(EventFlags::LAST)),
        ]
    );
    let contract = &imported.instruments[1];
    assert_eq!(contract.kind, InstrumentKind::BinaryEvent);
    assert_eq!(contract.strike.to_string(), "79487.86");
    assert_eq!(contract.expiry.raw(), at(10_000));
    assert!(imported.instruments.iter().all(|instrument| instrument.check().is_ok()));
    assert!(imported.events.iter().all(|event| event.check().is_ok()));
}

#[test]
fn a_missing_number_voids_the_book_until_the_next_snapshot() {
    let mut session = with_deltas(vec![
        delta(5, 2, 5, "yes", "0.4000", "1.00"),
        delta(6, 5, 6, "yes", "0.4000", "1.00"),
        delta(7, 6, 7, "yes", "0.4000", "1.00"),
        delta(9, 8, 9, "yes", "0.3000", "1.00"),
    ]);
    session.snapshots.push(snapshot(8, 7, r#"[["0.3000","1.00"]]"#, "[]"));
    let imported = session.import();
    assert_eq!(gaps(&imported), [GapReason::Sequence]);
    let found = &imported.report.instruments[1];
    assert_eq!((found.sequence_gaps, found.sequence_missing, found.dropped), (1, 2, 2));
    assert_eq!((found.deltas_applied, found.snapshots_one_sided), (2, 1));
    assert!(found.valid_at_end);
}

#[test]
fn a_level_below_zero_is_corruption_not_a_level() {
    let imported = with_deltas(vec![
        delta(5, 2, 5, "yes", "0.4000", "-5.01"),
        delta(6, 3, 6, "yes", "0.4000", "1.00"),
    ])
    .import();
    assert_eq!(gaps(&imported), [GapReason::Corrupt]);
    let found = &imported.report.instruments[1];
    assert_eq!((found.negative_levels, found.dropped, found.deltas_applied), (1, 2, 0));
    assert!(!found.valid_at_end);
}

#[test]
fn a_line_that_comes_twice_counts_once() {
    let twice = delta(5, 2, 5, "yes", "0.4000", "1.00");
    let imported = with_deltas(vec![twice.clone(), twice]).import();
    let found = &imported.report.instruments[1];
    assert_eq!((found.duplicates, found.deltas_applied), (1, 1));
    assert!(gaps(&imported).is_empty());
}

#[test]
fn a_reconnect_voids_the_book_before_its_snapshot_repairs_it() {
    let mut session = with_deltas(vec![
        delta(5, 2, 5, "yes", "0.4000", "1.00"),
        delta(8, 2, 8, "yes", "0.4000", "1.00"),
    ]);
    session.control.push(control(6, "ws_connected", "{}"));
    session.snapshots.push(snapshot(7, 1, r#"[["0.4000","6.00"]]"#, "[]"));
    let imported = session.import();
    assert_eq!(gaps(&imported), [GapReason::Reconnect]);
    let found = &imported.report.instruments[1];
    assert_eq!((found.reconnects, found.deltas_applied, found.duplicates), (1, 2, 0));
}

#[test]
fn a_restart_whose_snapshot_was_lost_is_no_duplicate() {
    // Once taken for duplicates, such lines would be dropped until the numbers happen to fit.
    let imported = with_deltas(vec![
        delta(5, 2, 5, "yes", "0.4000", "1.00"),
        delta(6, 3, 6, "yes", "0.4000", "1.00"),
        delta(900, 2, 900, "yes", "0.4000", "1.00"),
        delta(901, 3, 901, "yes", "0.4000", "1.00"),
        delta(902, 4, 902, "yes", "0.4000", "1.00"),
    ])
    .import();
    assert_eq!(gaps(&imported), [GapReason::Reconnect]);
    assert_eq!(imported.report.instruments[1].dropped, 3);
}

#[test]
fn a_crossed_book_is_not_shown_until_it_uncrosses() {
    let imported = with_deltas(vec![
        delta(5, 2, 5, "yes", "0.4500", "1.00"),
        delta(6, 3, 5, "no", "0.5500", "-7.00"),
    ])
    .import();
    let found = &imported.report.instruments[1];
    assert_eq!((found.crossed_states, found.locked_states, found.crossed_batch_ends), (1, 1, 1));
    let last: Vec<bool> = imported.events.iter().map(Event::is_last).collect();
    assert_eq!(last, [false, true, false, true]);
    assert!(gaps(&imported).is_empty());
}

#[test]
fn a_book_that_stays_crossed_is_given_up() {
    let imported = with_deltas(vec![
        delta(5, 2, 5, "yes", "0.4600", "1.00"),
        delta(500, 3, 500, "yes", "0.1000", "1.00"),
        delta(1500, 4, 1500, "yes", "0.1000", "1.00"),
        delta(1600, 5, 1600, "yes", "0.1000", "1.00"),
    ])
    .import();
    assert_eq!(gaps(&imported), [GapReason::Corrupt]);
    let found = &imported.report.instruments[1];
    assert_eq!((found.crossed_too_long, found.dropped), (1, 1));
}

#[test]
fn broken_lines_are_counted_with_their_place() {
    let good = delta(5, 2, 5, "yes", "0.4000", "1.00");
    let bad = [
        good[..60].to_owned(),
        String::new(),
        good.replace("0.4000", "1.5000"),
        good.replace("0.4000", "4e-1"),
        good.replace("\"1.00\"", "\"99999999999999.00\""),
        good.replace("\"yes\"", "\"maybe\""),
        good.replace("\"sequence_number\":2", "\"sequence_number\":null"),
        good.replace(&at(5).to_string(), "5"),
        good.replace("2030-01-01T00:00:00.005Z", "yesterday"),
        "\u{0}\u{1}[[[[".to_owned(),
    ];
    let mut lines = bad.to_vec();
    lines.push(good);
    let report = with_deltas(lines).import().report;
    assert_eq!(report.broken_lines, bad.len() as u64);
    assert_eq!(report.instruments[1].deltas_applied, 1);
    let places: Vec<u64> = report.first_broken.iter().map(|broken| broken.line).collect();
    assert_eq!(places, (1..=10).collect::<Vec<_>>());
    assert!(report.first_broken.iter().all(|b| b.file == "orderbook_delta.ndjson"));
    assert!(report.to_string().contains("orderbook_delta.ndjson:3: price_dollars"));
}

#[test]
fn a_line_beyond_the_limit_is_broken_and_the_next_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = with_deltas(vec![delta(5, 2, 5, "yes", "0.4000", "1.00")]);
    session.deltas.insert(0, "x".repeat(5000));
    session.write(folder.path());
    let options = ImportOptions { limits: Limits { line_bytes: 1000, ..Limits::default() } };
    let imported = import(&[folder.path().to_owned()], &options, &mut |_| {}).unwrap();
    assert_eq!(imported.report.broken_lines, 1);
    assert_eq!(imported.report.instruments[1].deltas_applied, 1);
    let options = ImportOptions { limits: Limits { file_bytes: 100, ..Limits::default() } };
    let error = import(&[folder.path().to_owned()], &options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
}

#[test]
fn a_compressed_file_that_was_cut_is_imported_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (2..5000)
        .map(|n| delta(n, u64::try_from(n).unwrap(), 5, "yes", "0.4000", "1.00"))
        .collect();
    let session = with_deltas(lines);
    session.write(folder.path());
    let plain = folder.path().join("orderbook_delta.ndjson");
    let packed = zstd::bulk::compress(&std::fs::read(&plain).unwrap(), 1).unwrap();
    std::fs::remove_file(&plain).unwrap();
    let zst = folder.path().join("orderbook_delta.ndjson.zst");
    std::fs::write(&zst, &packed[..packed.len() / 2]).unwrap();
    let read = || import(&[folder.path().to_owned()], &ImportOptions::default(), &mut |_| {});
    let report = read().unwrap().report;
    assert!(report.files.iter().any(|file| file.cut_short), "{report}");
    assert!(report.notes.iter().any(|note| note.contains("cut short")));
    let mut damaged = packed.clone();
    damaged[packed.len() / 3..].fill(0xAA);
    std::fs::write(&zst, damaged).unwrap();
    assert!(matches!(read(), Err(ImportError::Damaged { .. })));
    std::fs::write(&plain, "").unwrap();
    assert!(matches!(read(), Err(ImportError::Unrecognised { .. })));
}

fn ticker(ms: i64, volume: &str) -> String {
    let payload = format!(
        r#"{{"price_dollars":"0.4300","yes_bid_dollars":"0.4000","yes_bid_size_fp":"5.00","yes_ask_dollars":"0.4500","yes_ask_size_fp":"7.00","volume_fp":"{volume}","last_trade_size_fp":"2.00"}}"#
    );
    line(ms, "null", &stamp(ms), "ticker", &payload)
}

fn spot(ms: i64, kind: &str, price: &str, id: &str) -> String {
    format!(
        r#"{{"exchange_ts_utc": "2030-01-01T00:00:00.5+00:00", "local_recv_ns": {}, "price": {price}, "raw_event_type": "{kind}", "symbol": "BTC-USD", "trade_id": "{id}"}}"#,
        at(ms)
    )
}

#[test]
fn tickers_prints_and_results_become_events() {
    let mut session = with_deltas(vec![]);
    session.tickers = vec![ticker(20, "10.00"), ticker(30, "10.00"), ticker(40, "12.00")];
    session.spot = vec![
        spot(10, "last_match", "79461.29", "7"),
        spot(11, "match", "79461.3", "8"),
        spot(12, "match", "79461.3", "8"),
        spot(13, "match", "79461.31", "11"),
    ];
    session.results = Some(
        r#"[{"market":"KXTEST-1","result":"yes","close_time":"2030-01-01T00:00:10Z"}, {"market":"OTHER","result":""}]"#,
    );
    let imported = session.import();
    let counts = imported.report.events;
    assert_eq!((counts.odds, counts.trades, counts.settlements), (3, 4, 1));
    let last = imported.events.last().unwrap();
    let Body::Settlement(settlement) = last.body() else { panic!("{last:?}") };
    assert_eq!((settlement.value, last.time().raw()), (Price::ONE, at(40)));
    assert!(imported.report.notes.iter().any(|note| note.contains("closes after the recording")));
    let spot = &imported.report.instruments[0];
    assert_eq!((spot.last_matches, spot.trades, spot.trade_repeats), (1, 3, 1));
    assert_eq!((spot.trade_gaps, spot.trades_missing), (1, 2));
    let print = imported.events.iter().rev().find_map(|event| match event.body() {
        Body::Trade(trade) if event.instrument().0 == 1 => Some(trade),
        _ => None,
    });
    let print = print.unwrap();
    assert_eq!((print.price.to_string(), print.qty.to_string()), ("0.43".into(), "2".into()));
    let agreement = imported.report.instruments[1].bbo_by_local_time;
    assert_eq!((agreement.exact, agreement.exact_with_size), (3, 3));
}

#[test]
fn without_a_result_nothing_is_settled_and_the_report_says_so() {
    let imported = with_deltas(vec![]).import();
    assert_eq!(imported.report.events.settlements, 0);
    assert!(imported.report.notes.iter().any(|note| note.contains("no result")));
}

#[test]
fn a_closing_snapshot_without_levels_clears_the_book() {
    let mut session = with_deltas(vec![]);
    session.snapshots.push(snapshot(9, 2, "null", "null"));
    let imported = session.import();
    let last = imported.events.last().unwrap();
    let all = EventFlags::SNAPSHOT.with(EventFlags::CLEAR).with(EventFlags::LAST);
    assert_eq!(last.flags(), all);
    let Body::BookDelta(delta) = last.body() else { panic!("{last:?}") };
    assert!(delta.qty.is_zero());
    assert_eq!(imported.report.instruments[1].levels, [0, 0]);
}

#[test]
fn a_ticker_inside_a_crossed_batch_does_not_invite_to_look() {
    let mut session = with_deltas(vec![
        delta(5, 2, 5, "yes", "0.4500", "1.00"),
        delta(7, 3, 5, "no", "0.5500", "-7.00"),
    ]);
    session.tickers = vec![ticker(6, "10.00"), ticker(8, "10.00")];
    let imported = session.import();
    let odds: Vec<bool> = imported
        .events
        .iter()
        .filter(|event| matches!(event.body(), Body::Odds(_)))
        .map(Event::is_last)
        .collect();
    assert_eq!(odds, [false, true]);
}

#[test]
fn at_one_instant_the_snapshot_comes_before_its_changes() {
    let mut session = with_deltas(vec![delta(0, 2, 0, "yes", "0.4000", "1.00")]);
    session.tickers = vec![ticker(0, "10.00")];
    let imported = session.import();
    let found = &imported.report.instruments[1];
    assert_eq!((found.before_snapshot, found.deltas_applied), (0, 1));
    assert!(matches!(imported.events.last().map(Event::body), Some(Body::Odds(_))));
}

/// A session of one market of this name, which is recorded as closing at 00:15:00 UTC.
fn named(name: &str) -> Imported {
    let rename = |line: String| line.replace(MARKET, name).replace("00:00:10Z", "00:15:00Z");
    let mut session = with_deltas(vec![]);
    session.control = session.control.into_iter().map(rename).collect();
    session.snapshots = session.snapshots.into_iter().map(rename).collect();
    session.import()
}

#[test]
fn a_close_that_contradicts_the_markets_name_is_noted() {
    let note = |name: &str| {
        let notes = named(name).report.notes;
        notes.into_iter().find(|note| note.contains("in its name"))
    };
    // Midnight UTC is 19:00 of the day before in New York.
    assert_eq!(note("KXBTC15M-29DEC311915-15"), None);
    assert_eq!(note("KXBTC15M-29DEC311915-45"), None, "not understood, so not compared");
    assert_eq!(
        note("KXBTC15M-29DEC311900-00").unwrap(),
        "KXBTC15M-29DEC311900-00: recorded as closing 900 s after the time in its name"
    );
    assert!(note("KXBTC15M-29DEC311930-30").unwrap().contains("closing -900 s after"));
}

#[test]
fn a_contracts_base_is_what_its_series_is_about() {
    let base = |name: &str| named(name).instruments[1].base.to_string();
    assert_eq!(base("KXBTC15M-29DEC311915-15"), "BTC-15M");
    assert_eq!(base("KXETH15M-29DEC311915-15"), "ETH-15M");
    assert_eq!(base("KXHIGHCHI-29DEC31-B38.5"), "HIGHCHI");
    assert_eq!(base("KXASERIESOFALONGNAME-29DEC31"), "", "left out, not cut");
}

//! Dirty Binance streams, made up line by line, for the three kinds of market.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use royale_codec::{Format, ImportError, ImportOptions, Imported, binance, detect, import};
use royale_model::{Body, Event, EventFlags, EventKind, InstrumentKind, Side};
use std::io::Write;
use std::path::{Path, PathBuf};

/// 2030-01-01, in milliseconds.
const T0: i64 = 1_893_456_000_000;

fn stamped(ms: i64, json: &str) -> String {
    format!("{} {json}", (T0 + ms) * 1_000_000)
}

fn spot_depth(ms: i64, first: u64, last: u64, bids: &str, asks: &str) -> String {
    stamped(
        ms,
        &format!(
            r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":{},"s":"BTCUSDT","U":{first},"u":{last},"b":{bids},"a":{asks}}}}}"#,
            T0 + ms
        ),
    )
}

fn usdm_depth(ms: i64, first: u64, last: u64, previous: u64) -> String {
    stamped(
        ms,
        &format!(
            r#"{{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate","E":{},"T":{},"s":"BTCUSDT","U":{first},"u":{last},"pu":{previous},"b":[["99.9","{last}"]],"a":[]}}}}"#,
            T0 + ms,
            T0 + ms - 1
        ),
    )
}

fn snapshot(ms: i64, last: u64) -> String {
    stamped(
        ms,
        &format!(r#"{{"lastUpdateId":{last},"bids":[["100.00","1.5"]],"asks":[["101.00","2"]]}}"#),
    )
}

fn write(folder: &Path, name: &str, lines: &[String]) -> PathBuf {
    let path = folder.join(name);
    let file = std::fs::File::create(&path).unwrap();
    let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    lines.iter().for_each(|line| writeln!(packer, "{line}").unwrap());
    packer.finish().unwrap();
    path
}

fn read(files: &[&[String]]) -> Imported {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..)
        .zip(files)
        .map(|(n, lines)| write(folder.path(), &format!("{n}.gz"), lines))
        .collect();
    import(&paths, &ImportOptions::default(), &mut |_| {}).unwrap()
}

#[test]
fn a_spot_snapshot_is_bridged_with_what_waited() {
    let imported = read(&[&[
        spot_depth(0, 1, 5, "[]", "[]"),
        spot_depth(1, 6, 11, r#"[["100.00","9"]]"#, r#"[["101.00","0"],["102.00","1"]]"#),
        snapshot(2, 10),
        spot_depth(3, 12, 12, r#"[["99.00","1"]]"#, "[]"),
    ]]);
    let found = &imported.report.instruments[0];
    assert_eq!((found.before_snapshot, found.deltas_applied, found.dropped), (1, 2, 0));
    assert_eq!((found.levels, found.valid_at_end), ([2, 1], true));
    let flags: Vec<EventFlags> = imported.events.iter().map(Event::flags).collect();
    let (snapshot, last, sell) = (EventFlags::SNAPSHOT, EventFlags::LAST, EventFlags::SELL);
    assert_eq!(
        flags,
        [
            snapshot.with(EventFlags::CLEAR),
            snapshot.with(sell).with(last),
            EventFlags::default(),
            sell,
            sell.with(last),
            last,
        ]
    );
    // What waited is known when the snapshot is there, not before.
    assert!(imported.events[..5].iter().all(|e| e.time().raw() == (T0 + 2) * 1_000_000));
    assert_eq!(imported.events[2].venue_time().raw(), (T0 + 1) * 1_000_000);
}

#[test]
fn a_snapshot_too_old_to_bridge_gives_no_book() {
    let imported = read(&[&[spot_depth(0, 20, 25, "[]", "[]"), snapshot(1, 10), snapshot(2, 21)]]);
    let found = &imported.report.instruments[0];
    assert_eq!((found.bridge_failures, found.snapshots, found.deltas_applied), (1, 2, 1));
    assert!(found.valid_at_end);
}

#[test]
fn a_futures_chain_is_held_by_pu_and_not_by_the_numbers_alone() {
    let imported = read(&[&[
        usdm_depth(0, 5, 9, 4),
        snapshot(1, 8),
        usdm_depth(2, 12, 15, 9),
        usdm_depth(3, 12, 15, 9),
        usdm_depth(4, 16, 18, 14),
        usdm_depth(5, 19, 20, 18),
        snapshot(6, 19),
        usdm_depth(7, 21, 22, 20),
    ]]);
    let found = &imported.report.instruments[0];
    assert_eq!((found.deltas_applied, found.duplicates, found.sequence_gaps), (4, 1, 1));
    assert_eq!(found.before_snapshot, 1);
    assert_eq!(imported.report.events.gaps, 1);
    assert!(found.valid_at_end);
    let linear = &imported.instruments[0];
    assert_eq!((linear.symbol.as_str(), linear.kind), ("BTCUSDT.USDM", InstrumentKind::PerpLinear));
}

#[test]
fn quotes_and_trades_say_who_crossed() {
    let quote = |ms, u| {
        stamped(
            ms,
            &format!(
                r#"{{"stream":"btcusd_perp@bookTicker","data":{{"u":{u},"e":"bookTicker","s":"BTCUSD_PERP","ps":"BTCUSD","b":"61804.7","B":"35","a":"61804.8","A":"1645","T":{T0},"E":1}}}}"#
            ),
        )
    };
    let trade = |ms, id, maker, kind| {
        stamped(
            ms,
            &format!(
                r#"{{"stream":"btcusd_perp@trade","data":{{"e":"trade","E":{T0},"T":{T0},"s":"BTCUSD_PERP","t":{id},"p":"61804.8","q":"4","X":"{kind}","m":{maker}}}}}"#
            ),
        )
    };
    let imported = read(&[&[
        quote(0, 5),
        trade(1, 7, true, "MARKET"),
        trade(2, 8, false, "MARKET"),
        trade(3, 9, false, "INSURANCE_FUND"),
        trade(4, 9, false, "MARKET"),
        trade(5, 12, false, "MARKET"),
    ]]);
    let sides: Vec<Option<Side>> = imported
        .events
        .iter()
        .filter_map(|event| match event.body() {
            Body::Trade(trade) => Some(trade.aggressor),
            _ => None,
        })
        .collect();
    assert_eq!(sides, [Some(Side::Sell), Some(Side::Buy), Some(Side::Buy)]);
    let found = &imported.report.instruments[0];
    assert_eq!((found.trade_repeats, found.trade_gaps, found.trades_missing), (1, 1, 2));
    assert!(imported.report.notes.iter().any(|note| note.contains("not a market print")));
    let inverse = &imported.instruments[0];
    assert_eq!(inverse.kind, InstrumentKind::PerpInverse);
    assert_eq!(
        (inverse.multiplier.to_string(), inverse.currency().as_str()),
        ("100".into(), "BTC")
    );
}

#[test]
fn files_are_merged_by_local_time_and_symbols_stay_apart() {
    let spot = [spot_depth(0, 1, 1, "[]", "[]"), snapshot(4, 1), spot_depth(6, 2, 2, "[]", "[]")];
    let usdm = [usdm_depth(1, 5, 9, 4), snapshot(5, 8), usdm_depth(7, 12, 15, 9)];
    let imported = read(&[&usdm, &spot]);
    let symbols: Vec<&str> = imported.instruments.iter().map(|i| i.symbol.as_str()).collect();
    assert_eq!(symbols, ["BTCUSDT", "BTCUSDT.USDM"]);
    assert!(imported.events.windows(2).all(|pair| pair[0].time() <= pair[1].time()));
    assert!(imported.instruments.iter().all(|instrument| instrument.check().is_ok()));
    assert_eq!(imported.events[0].instrument().0, 0);
    assert!(imported.events.iter().all(|event| event.kind() == EventKind::BookDelta));
}

#[test]
fn an_unknown_pair_gets_its_grid_from_what_was_seen() {
    let quote = r#"{"stream":"solusdt@bookTicker","data":{"u":1,"s":"SOLUSDT","b":"150.25","B":"3.5","a":"150.50","A":"2"}}"#;
    let imported = read(&[&[stamped(0, quote)]]);
    let sol = &imported.instruments[0];
    assert_eq!((sol.base.as_str(), sol.quote.as_str()), ("SOL", "USDT"));
    assert_eq!((sol.tick.to_string(), sol.lot.to_string()), ("0.25".into(), "0.5".into()));
    assert!(imported.report.notes[0].contains("greatest common divisors"));
}

#[test]
fn broken_lines_and_backward_clocks_are_counted() {
    let good = spot_depth(5, 1, 1, "[]", "[]");
    let bad = [
        good[..80].to_owned(),
        good.replace("\"U\":1", "\"U\":2"),
        good.replace("@depth@", "@dance@"),
        good.replace("\"b\":[]", "\"b\":[[\"-1\",\"1\"]]"),
        snapshot(5, 1).replace("1.5", "-1.5"),
        "5 {}".to_owned(),
        "x".to_owned(),
    ];
    let mut lines = vec![good.clone()];
    lines.extend(bad.iter().cloned());
    lines.push(spot_depth(4, 2, 2, "[]", "[]"));
    let report = read(&[&lines]).report;
    assert_eq!(report.broken_lines, bad.len() as u64);
    assert_eq!(report.files[0].time_backwards, 1);
}

#[test]
fn what_we_do_not_know_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = write(folder.path(), "foreign.gz", &["a,b,c".to_owned()]);
    for paths in [vec![], vec![foreign], vec![folder.path().join("nowhere")]] {
        let error = detect(&paths).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
    let good = write(folder.path(), "good.gz", &[spot_depth(0, 1, 1, "[]", "[]")]);
    assert_eq!(detect(std::slice::from_ref(&good)).unwrap(), Format::Binance(vec![good.clone()]));
    let mut cut = std::fs::read(&good).unwrap();
    let end = cut.len() - 6;
    cut[end] ^= 0xFF;
    std::fs::write(&good, cut).unwrap();
    let error = import(&[good], &ImportOptions::default(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, ImportError::Damaged { .. }), "{error}");
}

proptest! {
    #[test]
    fn any_line_is_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = binance::line(&bytes);
        let _ = royale_codec::kalshi::delta(&bytes);
    }

    #[test]
    fn a_damaged_line_is_a_message_or_an_error(
        kind in 0_usize..3, at in 0_usize..400, byte: u8
    ) {
        let lines = [usdm_depth(0, 5, 9, 4), snapshot(0, 5), spot_depth(0, 1, 1, "[]", "[]")];
        let mut bytes = lines[kind].clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = binance::line(&bytes);
    }
}

#[test]
fn a_futures_message_that_ends_where_the_snapshot_does_bridges_it() {
    let imported = read(&[&[usdm_depth(0, 5, 9, 4), snapshot(1, 9), usdm_depth(2, 12, 15, 9)]]);
    let found = &imported.report.instruments[0];
    assert_eq!((found.before_snapshot, found.deltas_applied, found.sequence_gaps), (0, 2, 0));
    // Spot is stricter: there the message is older than the snapshot.
    let imported = read(&[&[spot_depth(0, 5, 9, "[]", "[]"), snapshot(1, 9)]]);
    assert_eq!(imported.report.instruments[0].before_snapshot, 1);
}

#[test]
fn a_clock_that_steps_back_stands_still() {
    let lines = [spot_depth(5, 1, 1, "[]", "[]"), snapshot(9, 1), {
        spot_depth(6, 2, 2, r#"[["99.00","1"]]"#, "[]")
    }];
    let imported = read(&[&lines]);
    assert_eq!(imported.report.files[0].time_backwards, 1);
    let times: Vec<i64> = imported.events.iter().map(|event| event.time().raw()).collect();
    assert_eq!(times, [(T0 + 9) * 1_000_000; 3]);
}

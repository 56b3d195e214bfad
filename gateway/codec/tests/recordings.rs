//! The importers over the real recordings, number by number against the independent reader.
//!
//! The recordings lie beside the repository (`ROYALE_SHARED`, default `../shared`); what the Python
//! reader found in them lies in `tests/independent/expected` (`ROYALE_EXPECTED`). Its dirty
//! recordings are used when `ROYALE_DIRTY` names the folder that `make_dirty.py` wrote.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use royale_codec::{ImportOptions, ImportReport, Imported, InstrumentReport, import};
use royale_model::{Body, EventFlags, InstrumentKind, Price, Side};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn folder(variable: &str, default: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = std::env::var_os(variable).map_or_else(|| root.join(default), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: {variable}: {} is not there", path.display());
    None
}

fn expected(name: &str) -> Option<Value> {
    let path = folder("ROYALE_EXPECTED", "tests/independent/expected")?.join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn read(path: &Path) -> Imported {
    import(&[path.to_owned()], &ImportOptions::default(), &mut |_| {}).unwrap()
}

/// The same numbers under the names of the Python reader.
fn kalshi_row(i: &InstrumentReport) -> Value {
    let (local, venue) = (&i.bbo_by_local_time, &i.bbo_by_venue);
    json!({
        "snapshots": i.snapshots,
        "snapshots_empty": i.snapshots_empty,
        "snapshots_one_sided": i.snapshots_one_sided,
        "deltas": i.deltas,
        "deltas_applied": i.deltas_applied,
        "sequence_gaps": i.sequence_gaps,
        "sequence_missing": i.sequence_missing,
        "duplicates": i.duplicates,
        "before_snapshot": i.before_snapshot,
        "negative_levels": i.negative_levels,
        "ignored_invalid": i.dropped,
        "crossed_states": i.crossed_states,
        "locked_states": i.locked_states,
        "tickers": i.tickers,
        "ticker_agreement": {
            "exact": local.exact, "exact_with_size": local.exact_with_size,
            "within_50ms": local.within_50ms, "disagree": local.differ, "no_book": local.no_book,
        },
        "ticker_agreement_by_exchange_ms": {
            "exact": venue.exact, "exact_with_size": venue.exact_with_size,
            "disagree": venue.differ, "no_book": venue.no_book,
        },
        "result": i.settlement,
        "valid_at_end": i.valid_at_end,
        "book_levels": i.levels,
        "book_sha256": i.book_sha256,
        "checkpoints_sha256": i.checkpoints_sha256,
    })
}

fn binance_row(report: &ImportReport, i: &InstrumentReport) -> Value {
    let (all, same) = (&i.bbo_by_venue, &i.bbo_same_id);
    json!({
        "lines": report.lines,
        "broken": report.broken_lines,
        "time_backwards": report.files[0].time_backwards,
        "depth": i.deltas,
        "depth_applied": i.deltas_applied,
        "book_ticker": i.tickers,
        "trades": i.trades + i.trade_repeats,
        "snapshots": i.snapshots,
        "snapshots_ignored": i.snapshots_ignored,
        "bridge_failures": i.bridge_failures,
        "dropped_before_bridge": i.before_snapshot,
        "chain_gaps": i.sequence_gaps,
        "stale": i.duplicates,
        "depth_left_in_buffer": i.dropped,
        "level_updates": i.level_updates,
        "crossed_states": i.crossed_states,
        "trade_id_gaps": i.trade_gaps,
        "trade_id_repeats": i.trade_repeats,
        "valid_at_end": i.valid_at_end,
        "book_levels": i.levels,
        "book_sha256": i.book_sha256,
        "checkpoints_sha256": i.checkpoints_sha256,
        "book_ticker_agreement": {
            "compared": all.exact + all.differ,
            "agree": all.exact_with_size,
            "agree_price_only": all.exact - all.exact_with_size,
            "disagree": all.differ,
            "no_ticker_yet": all.no_book,
            "same_id_compared": same.exact + same.differ,
            "same_id_agree": same.exact_with_size,
        },
    })
}

/// Every field that we have must be there with the same value.
fn assert_same(what: &str, ours: &Value, theirs: &Value) {
    for (field, value) in ours.as_object().unwrap() {
        assert_eq!(value, &theirs[field], "{what}: {field}");
    }
}

fn compare_kalshi(path: &Path, expected: &Value) {
    let report = read(path).report;
    // Every market of the recordings closes when its name says.
    assert_eq!(report.notes.iter().find(|note| note.contains("in its name")), None);
    for file in report.files.iter().filter(|file| file.name.contains("ndjson")) {
        let theirs = &expected["files"][file.name.split('.').next().unwrap()];
        let ours = json!({
            "lines": file.lines, "broken": file.broken, "time_backwards": file.time_backwards,
        });
        assert_same(&file.name, &ours, theirs);
    }
    for market in report.instruments.iter().filter(|i| i.venue == "kalshi") {
        assert_same(&market.symbol, &kalshi_row(market), &expected["markets"][&market.symbol]);
    }
    let spot = &report.instruments[0];
    let ours = json!({
        "trades": spot.trades + spot.trade_repeats,
        "id_gaps": spot.trade_gaps,
        "id_missing": spot.trades_missing,
        "id_repeats": spot.trade_repeats,
    });
    assert_same("spot", &ours, &expected["spot"]);
}

fn compare_binance(path: &Path, expected: &Value) {
    let report = read(path).report;
    let row = binance_row(&report, &report.instruments[0]);
    assert_same(&path.display().to_string(), &row, expected);
}

#[test]
fn kalshi_sessions_hold_what_the_python_reader_finds() {
    let Some(shared) = folder("ROYALE_SHARED", "../shared") else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(shared.join("data/kalshi_btc15m/2026-05-14")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(expected) = expected(&format!("{name}.json")) else { return };
        compare_kalshi(&path, &expected);
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn binance_files_hold_what_the_python_reader_finds() {
    let Some(shared) = folder("ROYALE_SHARED", "../shared") else { return };
    for kind in ["spot", "usdm", "cm"] {
        for entry in std::fs::read_dir(shared.join("data/binance_ws").join(kind)).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let Some(expected) = expected(&format!("{kind}_{stem}.json")) else { return };
            compare_binance(&path, &expected);
        }
    }
}

#[test]
fn dirty_recordings_hold_what_the_python_reader_finds() {
    let Some(dirty) = folder("ROYALE_DIRTY", "../shared/dirty") else { return };
    if let Some(expected) = expected("dirty_kalshi.json") {
        compare_kalshi(&dirty.join("kalshi"), &expected);
    }
    for name in ["usdm_btcusdt", "spot_btcusdt"] {
        if let Some(expected) = expected(&format!("dirty_{name}.json")) {
            compare_binance(&dirty.join(format!("{name}.gz")), &expected);
        }
    }
}

/// The final books that an engine would hold, in the canonical text of the independent reader.
fn replayed_books(imported: &Imported) -> Vec<String> {
    let mut books = vec![[BTreeMap::new(), BTreeMap::new()]; imported.instruments.len()];
    for event in &imported.events {
        let Body::BookDelta(delta) = event.body() else { continue };
        let at = event.instrument().index();
        if event.flags().has(EventFlags::CLEAR) {
            books[at].iter_mut().for_each(BTreeMap::clear);
        }
        let asks = delta.side == Side::Sell;
        let is_contract = imported.instruments[at].kind == InstrumentKind::BinaryEvent;
        let raw = delta.price.raw();
        let price = if asks && is_contract { Price::ONE.raw() - raw } else { raw };
        let side = &mut books[at][usize::from(asks)];
        if delta.qty.is_zero() {
            side.remove(&price);
        } else {
            side.insert(price, delta.qty.raw());
        }
    }
    let text = |(book, instrument): (&[BTreeMap<i64, i64>; 2], &royale_model::Instrument)| {
        let is_contract = instrument.kind == InstrumentKind::BinaryEvent;
        let names = if is_contract { ["yes", "no"] } else { ["bid", "ask"] };
        let line = |name: &str, (price, size): (&i64, &i64)| format!("{name} {price} {size}\n");
        let side = |at: usize| book[at].iter().map(move |level| line(names[at], level));
        side(0).chain(side(1)).collect::<String>()
    };
    books.iter().zip(&imported.instruments).map(text).collect()
}

#[test]
fn the_events_alone_rebuild_the_books_of_the_report() {
    let Some(shared) = folder("ROYALE_SHARED", "../shared") else { return };
    let day = shared.join("data/kalshi_btc15m/2026-05-14");
    let binance = shared.join("data/binance_ws/cm");
    for path in [day.join("20260514T002426Z"), day.join("20260514T122254Z"), binance] {
        let imported = read(&path);
        for (book, found) in replayed_books(&imported).iter().zip(&imported.report.instruments) {
            if found.venue != "coinbase" {
                let sha: String =
                    Sha256::digest(book).iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(sha, found.book_sha256, "{}", found.symbol);
            }
        }
    }
}

#[test]
fn a_clean_book_is_never_crossed_where_strategies_look() {
    let Some(shared) = folder("ROYALE_SHARED", "../shared") else { return };
    let day = shared.join("data/kalshi_btc15m/2026-05-14");
    // The session with the most crossed states.
    let imported = read(&day.join("20260514T010859Z"));
    let mut books = vec![[BTreeMap::new(), BTreeMap::new()]; 3];
    for event in &imported.events {
        let book = &mut books[event.instrument().index()];
        if let Body::BookDelta(delta) = event.body() {
            if event.flags().has(EventFlags::CLEAR) {
                book.iter_mut().for_each(BTreeMap::clear);
            }
            let side = &mut book[usize::from(delta.side == Side::Sell)];
            if delta.qty.is_zero() {
                side.remove(&delta.price);
            } else {
                side.insert(delta.price, delta.qty);
            }
        }
        if event.is_last()
            && let (Some(bid), Some(ask)) = (book[0].last_key_value(), book[1].first_key_value())
        {
            assert!(bid.0 < ask.0, "crossed at {:?}", event.time());
        }
    }
}

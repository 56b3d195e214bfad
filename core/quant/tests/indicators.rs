//! Indicators against TA-Lib, bar by bar, warm-up included.

mod support;

use royale_quant::indicators::{
    Atr, BollingerBands, DonchianChannel, Ema, Macd, RateOfChange, RollingMoments, Rsi, Sma,
};
use support::{Comparison, Table};

fn bars() -> Table {
    Table::parse(include_str!("data/indicators_daily.csv"))
}

/// Compares one output with a column; `next` is fed every bar as (high, low, close).
fn compare(
    table: &Table,
    column: &str,
    tolerance: f64,
    mut next: impl FnMut(f64, f64, f64) -> Option<f64>,
) {
    let mut comparison = Comparison::new(column, tolerance, 1e-9);
    let (high, low) = (table.numbers("high"), table.numbers("low"));
    let close = table.numbers("close");
    assert_eq!(close.len(), 401);
    for (i, reference) in table.column(column).iter().enumerate() {
        comparison.check(&format!("bar {i}"), next(high[i], low[i], close[i]), *reference);
    }
}

#[test]
fn averages() {
    let table = bars();
    for (column, window) in [("sma_5", 5), ("sma_20", 20), ("sma_50", 50)] {
        let mut sma = Sma::new(window).unwrap();
        compare(&table, column, 1e-9, |_, _, close| sma.update(close));
    }
    for (column, window) in [("ema_12", 12), ("ema_26", 26)] {
        let mut ema = Ema::new(window).unwrap();
        compare(&table, column, 1e-9, |_, _, close| ema.update(close));
    }
}

#[test]
fn wilder_smoothed() {
    let table = bars();
    for (column, window) in [("rsi_2", 2), ("rsi_14", 14)] {
        let mut rsi = Rsi::new(window).unwrap();
        compare(&table, column, 1e-9, |_, _, close| rsi.update(close));
    }
    let mut atr = Atr::new(14).unwrap();
    compare(&table, "atr_14", 1e-9, |high, low, close| atr.update(high, low, close));
}

#[test]
fn macd_lines() {
    let table = bars();
    let new = || Macd::new(12, 26, 9).unwrap();
    let mut macd = new();
    compare(&table, "macd", 1e-9, |_, _, close| macd.update(close).map(|v| v.macd));
    let mut macd = new();
    compare(&table, "macd_signal", 1e-9, |_, _, close| macd.update(close).map(|v| v.signal));
    let mut macd = new();
    compare(&table, "macd_hist", 1e-9, |_, _, close| macd.update(close).map(|v| v.histogram));
}

#[test]
fn bands_and_deviation() {
    let table = bars();
    let new = || BollingerBands::new(20, 2.0).unwrap();
    let mut bands = new();
    compare(&table, "bb_upper", 1e-7, |_, _, close| bands.update(close).map(|v| v.upper));
    let mut bands = new();
    compare(&table, "bb_middle", 1e-7, |_, _, close| bands.update(close).map(|v| v.middle));
    let mut bands = new();
    compare(&table, "bb_lower", 1e-7, |_, _, close| bands.update(close).map(|v| v.lower));
    let mut moments = RollingMoments::new(20).unwrap();
    compare(&table, "stddev_20", 1e-7, |_, _, close| {
        moments.update(close)?;
        moments.deviation()
    });
}

#[test]
fn channel_and_change() {
    let table = bars();
    let new = || DonchianChannel::new(20).unwrap();
    let mut channel = new();
    compare(&table, "donchian_upper_20", 1e-9, |h, l, _| channel.update(h, l).map(|v| v.upper));
    let mut channel = new();
    compare(&table, "donchian_lower_20", 1e-9, |h, l, _| channel.update(h, l).map(|v| v.lower));
    let mut channel = new();
    compare(&table, "donchian_mid_20", 1e-9, |h, l, _| channel.update(h, l).map(|v| v.middle));
    let mut change = RateOfChange::new(10).unwrap();
    compare(&table, "roc_10", 1e-9, |_, _, close| change.update(close));
}

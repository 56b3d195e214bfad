//! The backtests that peers run too trade what hftbacktest 2.4.4 traded on the same bytes. The
//! figures below are its own, printed by `bench/peers/peer_hftbacktest.py` for
//! `peers data FOLDER --quotes 200000 --repeats 1`.

use royale_bench::backtest::{Trades, Work};
use royale_bench::periodic::Style;
use royale_bench::streams::{self, MOVES, Stream};
use royale_engine::pin::allowed_cores;

/// What one lot every so many messages traded.
fn traded(stream: &Stream, style: Style, every: u64) -> Trades {
    let cpu = *allowed_cores().last().expect("a cpu");
    Work { stream, style, every }.trades(cpu).expect("a run")
}

fn hftbacktest(orders: u64, fills: u64, cash_micro: i128) -> Trades {
    Trades { refused: 0, orders, fills, cash: cash_micro * 1_000_000_000_000 }
}

#[test]
fn on_quotes_the_venue_trades_what_hftbacktest_traded() {
    let stream = streams::quotes(200_000, MOVES);
    let taking = traded(&stream, Style::Taking, 100);
    assert_eq!(taking, hftbacktest(2_000, 1_847, -60_092_600));
    let resting = traded(&stream, Style::Resting, 100);
    assert_eq!(resting, hftbacktest(2_000, 1_033, -60_051_700));
}

#[test]
fn on_recorded_depth_the_venue_trades_what_hftbacktest_traded() {
    let stream = streams::depth(1).expect("the bundled recording");
    let taking = traded(&stream, Style::Taking, 1);
    assert_eq!(taking, hftbacktest(6_546, 6_546, -649_000));
    let resting = traded(&stream, Style::Resting, 1);
    assert_eq!(resting, hftbacktest(6_546, 162, -1_005_000));
}

//! The venue's rules one by one, each on the smallest market that shows it.

mod sim_kit;

use royale_engine::sim::{FillModel, LatencyModel};
use royale_model::{Side, TimeInForce};
use sim_kit::{Desk, desk, desk_with, parameters};

const GTC: TimeInForce = TimeInForce::GoodTillCancel;
const IOC: TimeInForce = TimeInForce::ImmediateOrCancel;
const FOK: TimeInForce = TimeInForce::FillOrKill;
const POST: TimeInForce = TimeInForce::PostOnly;

/// Bids 99 (5), 98 (10); asks 101 (4), 102 (6).
fn quoted() -> Desk {
    let mut desk = desk();
    desk.snapshot(1_000, &[(99, 5), (98, 10)], &[(101, 4), (102, 6)]);
    desk
}

#[test]
fn a_taker_walks_the_levels_up_to_its_limit_and_the_rest_is_cancelled() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, IOC, 101, 7);
    desk.order(1_100, 2, Side::Buy, IOC, 105, 7);
    let told = desk.until(2_000);
    assert_eq!(
        told,
        [
            // Arrives at 1,110; its reports take 10.
            "1120 S00-1 New 7",
            "1120 S00-1 Trade 4@101 T",
            "1120 S00-1 Canceled 3 final",
            "1120 S00-2 New 7",
            "1120 S00-2 Trade 6@102 T",
            "1120 S00-2 Canceled 1 final",
        ],
        "the level at 101 is gone for this account"
    );
}

#[test]
fn what_one_account_took_is_still_there_for_another_and_again_after_a_change() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, IOC, 101, 4);
    desk.order_of(1, 1_200, 1, Side::Buy, IOC, 101, 4);
    desk.delta(1_300, Side::Sell, 101, 3);
    desk.order(1_400, 2, Side::Buy, IOC, 101, 4);
    let told = desk.until(2_000);
    let trades: Vec<_> = told.iter().filter(|line| line.contains("Trade")).collect();
    assert_eq!(
        trades,
        [
            "1120 S00-1 Trade 4@101 T final",
            "1220 S01-1 Trade 4@101 T final",
            "1420 S00-2 Trade 3@101 T"
        ]
    );
}

/// Nobody has an order by then, so nobody but the memory of what was taken looks at the level.
#[test]
fn what_one_account_took_stays_taken_when_the_same_quantity_is_told_again() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, IOC, 101, 4);
    desk.delta(1_300, Side::Sell, 101, 4);
    desk.order(1_400, 2, Side::Buy, IOC, 101, 4);
    let told = desk.until(2_000);
    assert_eq!(
        told,
        [
            "1120 S00-1 New 4",
            "1120 S00-1 Trade 4@101 T final",
            "1420 S00-2 New 4",
            "1420 S00-2 Canceled 4 final",
        ]
    );
}

#[test]
fn all_or_nothing_takes_all_or_nothing() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, FOK, 102, 11);
    desk.order(1_200, 2, Side::Buy, FOK, 102, 10);
    let told = desk.until(2_000);
    assert_eq!(
        told,
        [
            "1120 S00-1 New 11",
            "1120 S00-1 Canceled 11 final",
            "1220 S00-2 New 10",
            "1220 S00-2 Trade 4@101 T",
            "1220 S00-2 Trade 6@102 T final",
        ]
    );
}

#[test]
fn a_post_only_order_never_takes() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, POST, 101, 1);
    desk.order(1_100, 2, Side::Buy, POST, 100, 1);
    let told = desk.until(2_000);
    assert_eq!(told, ["1120 S00-1 Rejected PostOnlyWouldCross final", "1120 S00-2 New 1"]);
}

#[test]
fn a_resting_order_waits_for_the_queue_ahead_of_it() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, GTC, 99, 4);
    desk.trade(1_200, Side::Sell, 99, 3);
    desk.trade(1_300, Side::Sell, 99, 4);
    desk.trade(1_400, Side::Sell, 98, 1);
    desk.trade(1_500, Side::Sell, 98, 9);
    let told = desk.until(2_000);
    assert_eq!(
        told,
        [
            "1120 S00-1 New 4",
            "1310 S00-1 Trade 2@99 M",
            // Traded through, but only one traded.
            "1410 S00-1 Trade 1@99 M",
            "1510 S00-1 Trade 1@99 M final",
        ]
    );
}

#[test]
fn two_orders_of_one_account_share_a_print_and_two_accounts_do_not() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, GTC, 100, 4);
    desk.order(1_100, 2, Side::Buy, GTC, 100, 4);
    desk.order_of(1, 1_100, 1, Side::Buy, GTC, 100, 4);
    desk.trade(1_200, Side::Sell, 100, 6);
    let told = desk.until(2_000);
    assert_eq!(
        told[3..],
        [
            "1210 S00-1 Trade 4@100 M final",
            "1210 S00-2 Trade 2@100 M",
            "1210 S01-1 Trade 4@100 M final",
        ]
    );
}

#[test]
fn the_other_sides_touch_fills_what_it_reaches() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Sell, GTC, 103, 50);
    desk.delta(1_200, Side::Buy, 103, 1);
    assert_eq!(desk.until(2_000), ["1120 S00-1 New 50", "1210 S00-1 Trade 50@103 M final"]);
}

#[test]
fn a_void_book_refuses_and_keeps_what_rests() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, GTC, 99, 1);
    desk.gap(1_200);
    desk.order(1_300, 2, Side::Buy, IOC, 101, 1);
    desk.trade(1_400, Side::Sell, 90, 100);
    desk.snapshot(1_500, &[(99, 2)], &[(101, 4)]);
    desk.trade(1_600, Side::Sell, 98, 1);
    assert_eq!(
        desk.until(2_000),
        [
            "1120 S00-1 New 1",
            "1320 S00-2 Rejected NotTradable final",
            "1610 S00-1 Trade 1@99 M final"
        ]
    );
}

#[test]
fn cancels_that_come_too_late_are_told_so() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, GTC, 99, 1);
    desk.cancel(1_200, 1);
    desk.cancel(1_300, 1);
    assert_eq!(
        desk.until(2_000),
        [
            "1120 S00-1 New 1",
            "1220 S00-1 Canceled 1 final",
            "1320 S00-1 CancelRejected UnknownOrder"
        ]
    );
}

#[test]
fn an_event_and_an_arrival_at_one_time_are_taken_event_first() {
    let mut desk = quoted();
    desk.order(1_190, 1, Side::Buy, IOC, 100, 1);
    desk.delta(1_200, Side::Sell, 100, 1);
    assert_eq!(desk.until(2_000)[1], "1210 S00-1 Trade 1@100 T final");
}

#[test]
fn a_report_does_not_overtake_data_that_was_published_before_it() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, IOC, 101, 1);
    // Happens before the order arrives, but is seen long after.
    desk.delta_seen(1_105, 1_400, Side::Buy, 98, 9);
    assert_eq!(desk.until(2_000)[0], "1400 S00-1 New 1");
}

#[test]
fn without_a_book_the_next_print_decides() {
    let mut desk = desk();
    desk.trade(1_000, Side::Buy, 100, 0);
    desk.order(1_100, 1, Side::Buy, IOC, 105, 3);
    desk.order(1_100, 2, Side::Buy, GTC, 100, 1);
    desk.order(1_100, 3, Side::Buy, IOC, 99, 1);
    desk.trade(1_200, Side::Sell, 101, 0);
    desk.trade(1_300, Side::Sell, 100, 0);
    desk.trade(1_400, Side::Sell, 99, 0);
    assert_eq!(
        desk.until(2_000),
        [
            "1120 S00-1 New 3",
            "1120 S00-2 New 1",
            "1120 S00-3 New 1",
            // One tick of slippage, two a print.
            "1210 S00-1 Trade 2@102 T",
            "1210 S00-1 Canceled 1 final",
            "1210 S00-3 Canceled 1 final",
            // Not at 100: only strictly through its limit.
            "1410 S00-2 Trade 1@100 M final",
        ]
    );
}

#[test]
fn a_quote_is_a_book_of_one_level() {
    let mut desk = desk();
    desk.quote(1_000, (99, 5), (101, 4));
    desk.order(1_100, 1, Side::Buy, IOC, 102, 9);
    desk.order(1_100, 2, Side::Buy, GTC, 98, 1);
    desk.trade(1_200, Side::Sell, 98, 0);
    desk.quote(1_300, (98, 3), (101, 4));
    desk.trade(1_400, Side::Sell, 98, 3);
    desk.trade(1_500, Side::Sell, 98, 1);
    assert_eq!(
        desk.until(2_000),
        [
            "1120 S00-1 New 9",
            "1120 S00-1 Trade 4@101 T",
            "1120 S00-1 Canceled 5 final",
            "1120 S00-2 New 1",
            "1510 S00-2 Trade 1@98 M final",
        ]
    );
}

#[test]
fn hftbacktests_convention_fills_whole_or_not() {
    let mut parameters = parameters();
    parameters.fill = FillModel::NoPartial;
    let mut desk = desk_with(parameters);
    desk.snapshot(1_000, &[(99, 5)], &[(101, 4), (102, 6)]);
    desk.order(1_100, 1, Side::Buy, IOC, 101, 700);
    desk.order(1_100, 2, Side::Buy, GTC, 99, 700);
    desk.trade(1_200, Side::Sell, 99, 5);
    desk.trade(1_300, Side::Sell, 99, 1);
    assert_eq!(
        desk.until(2_000),
        [
            "1120 S00-1 New 700",
            "1120 S00-1 Trade 700@101 T final",
            "1120 S00-2 New 700",
            "1310 S00-2 Trade 700@99 M final",
        ]
    );
}

#[test]
fn settlement_and_expiry_end_what_lives_and_refuse_what_comes() {
    let mut desk = quoted();
    desk.order(1_100, 1, Side::Buy, GTC, 99, 1);
    desk.settle(1_200);
    desk.order(1_300, 2, Side::Buy, GTC, 99, 1);
    assert_eq!(
        desk.until(2_000),
        ["1120 S00-1 New 1", "1210 S00-1 Expired 1 final", "1320 S00-2 Rejected NotTradable final"]
    );
    let mut desk = sim_kit::desk_expiring_at(1_250);
    desk.snapshot(1_000, &[(99, 5)], &[(101, 4)]);
    desk.order(1_100, 1, Side::Buy, GTC, 99, 1);
    desk.order(1_240, 2, Side::Buy, GTC, 99, 1);
    desk.delta(1_255, Side::Buy, 99, 6);
    assert_eq!(
        desk.until(2_000),
        [
            "1120 S00-1 New 1", // It arrives at the very end, before the event that shows the end has passed.
            "1260 S00-2 Rejected NotTradable final",
            "1260 S00-1 Expired 1 final"
        ]
    );
}

#[test]
fn a_halt_cancels_what_rests_and_what_is_under_way() {
    let mut parameters = parameters();
    parameters.order_latency = LatencyModel::Constant { nanos: 100 };
    let mut desk = desk_with(parameters);
    desk.snapshot(1_000, &[(99, 5)], &[(101, 4)]);
    desk.order(1_100, 1, Side::Buy, GTC, 99, 1);
    desk.order(1_250, 2, Side::Buy, GTC, 99, 1);
    desk.halt(1_260);
    assert_eq!(
        desk.until(3_000),
        [
            "1210 S00-1 New 1",
            "1360 S00-2 New 1",
            "1370 S00-1 Canceled 1 final",
            "1370 S00-2 Canceled 1 final",
        ]
    );
}

#[test]
fn a_cancel_does_not_overtake_its_order() {
    let mut parameters = parameters();
    parameters.order_latency = LatencyModel::Uniform { min_nanos: 1, max_nanos: 5_000 };
    let mut desk = desk_with(parameters);
    desk.snapshot(1_000, &[(99, 5)], &[(101, 4)]);
    for index in 1..200 {
        desk.order(1_100, index, Side::Buy, GTC, 99, 1);
        desk.cancel(1_100, index);
    }
    let told = desk.until(100_000);
    assert_eq!(told.iter().filter(|line| line.contains("Canceled")).count(), 199);
    assert_eq!(told.len(), 398);
}

#[test]
fn nonsense_is_refused_and_a_full_table_too() {
    let mut parameters = parameters();
    parameters.orders_max = 3;
    let mut desk = desk_with(parameters);
    desk.snapshot(1_000, &[(99, 5)], &[(101, 4)]);
    for (index, price, qty) in [(1, 99, 0), (2, 99, -5), (3, 0, 1), (4, -99, 1), (5, 98, i64::MIN)]
    {
        desk.order(1_100, index, Side::Buy, GTC, price, qty);
    }
    for index in 6..10 {
        desk.order(1_200, index, Side::Buy, GTC, 98, 1);
    }
    let told = desk.until(2_000);
    assert_eq!(told.iter().filter(|line| line.contains("OffGrid")).count(), 5, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains("New")).count(), 3);
    assert!(told.last().unwrap().contains("Rejected TooManyOrders final"));
}

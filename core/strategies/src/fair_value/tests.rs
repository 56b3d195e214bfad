//! What is passed over against what a look at the offer would have said.

use super::*;
use crate::outlook::Basis;
use crate::parameter::ParamValue;
use proptest::prelude::*;
use royale_model::{FeeKind, Fees, InstrumentKind, Text, Venue};

fn table(fees: Fees, tick: i64) -> Vec<Instrument> {
    let new = |id, name: &str, kind, venue| {
        Instrument::new(InstrumentId(id), Text::new(name).unwrap(), kind, venue)
    };
    let spot = new(0, "BTC-USD", InstrumentKind::CryptoSpot, Venue::Coinbase);
    let mut contract = new(1, "EVENT", InstrumentKind::BinaryEvent, Venue::Kalshi);
    contract.underlying = spot.id;
    contract.expiry = Nanos::from_secs(900);
    (contract.fees, contract.tick) = (fees, Price::from_raw(tick));
    contract.lot = Qty::from_raw(10_000_000);
    vec![spot, contract]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_may_not_pay_is_no_offer(
        value in -0.1..1.1_f64,
        // In units of what time moves the value by; near the value, where it matters.
        share in 0.0..=1.0_f64,
        away in prop_oneof![-0.1..0.1_f64, -0.02..0.02_f64, Just(0.0)],
        is_buy in any::<bool>(),
        size in prop_oneof![1..200_i64, 1..100_000_i64],
        order_max in prop_oneof![Just(400.0), 0.0..1e4_f64],
        kind in prop_oneof![
            4 => Just(FeeKind::Quadratic), 1 => Just(FeeKind::Proportional), 1 => Just(FeeKind::PerContract)
        ],
        taker in prop_oneof![3 => Just(70_000_000_i64), 1 => -1_000_000..1_200_000_000_i64],
        tick in prop_oneof![Just(1_000_000), Just(10_000_000), Just(1_000_000_000)],
        least in prop_oneof![Just(0.0), -0.05..=0.0],
    ) {
        let table = table(Fees::new(kind, 0, taker), tick);
        let numbers = [("order_max", order_max), ("exit_margin", least)];
        let strategy = with(&table, numbers);
        let basis = Basis {
            now: Nanos::from_secs(100),
            fresh_until: Nanos::MAX,
            averaging: Nanos::from_secs(60),
            probability: value,
            variances: (1e-9, 1e-8),
        };
        let outlook = Outlook::new(&table[1], &basis).unwrap();
        let side = if is_buy { Side::Buy } else { Side::Sell };
        let Some(touch) = Price::from_f64_on_grid(value + away, Price::from_raw(1)) else {
            return Ok(());
        };
        if !may_pay(&table[1], &outlook, side, touch, least) {
            let probability = outlook.low + (outlook.high - outlook.low) * share;
            let fair = Fair { probability, volatility: 1e-4, seconds_left: 800.0 };
            let level = Level { price: touch, qty: Qty::from_raw(size * 10_000_000) };
            let offer = strategy.offer(&table[1], &fair, side, level, least);
            prop_assert!(offer.is_none_or(|offer| offer.edge <= least), "{offer:?}");
        }
    }
}

/// A contract worth 0.5 with ten minutes to go.
fn worth_a_half(table: &[Instrument]) -> Outlook {
    let basis = Basis {
        now: Nanos::from_secs(100),
        fresh_until: Nanos::MAX,
        averaging: Nanos::from_secs(60),
        probability: 0.5,
        variances: (1e-9, 1e-8),
    };
    Outlook::new(&table[1], &basis).unwrap()
}

fn with<const N: usize>(table: &[Instrument], numbers: [(&str, f64); N]) -> FairValue {
    let pairs = numbers.map(|(name, value)| (name.to_owned(), ParamValue::Number(value)));
    let map = pairs.into_iter().collect();
    let parameters = Parameters::check("fair-value", PARAMETERS, &map).unwrap();
    FairValue::new(&parameters, table).unwrap()
}

/// Whether a book with this ask, in mills, is passed over.
fn passes_over(strategy: &FairValue, table: &[Instrument], ask_mills: f64) -> bool {
    let mut book = Book::with_capacity(Price::from_raw(1_000_000), 8);
    book.set(Side::Sell, Price::from_raw((ask_mills * 1e6) as i64), Qty::ONE);
    strategy.nothing_pays(&table[1], &book, &worth_a_half(table))
}

#[test]
fn who_leaves_at_a_loss_is_asked_where_nobody_would_enter() {
    let table = table(Fees::new(FeeKind::Quadratic, 0, 0), 1_000_000);
    let (never, at_a_loss) =
        (with(&table, [("exit_margin", 0.0)]), with(&table, [("exit_margin", -0.05)]));
    assert!(!passes_over(&never, &table, 490.0) && !passes_over(&at_a_loss, &table, 490.0));
    assert!(passes_over(&never, &table, 530.0) && !passes_over(&at_a_loss, &table, 530.0));
    assert!(passes_over(&at_a_loss, &table, 560.0));
}

/// An offer is priced up to a tick behind the touch: a touch just out of the range may make one in it.
#[test]
fn a_touch_out_of_range_by_less_than_a_tick_is_looked_at() {
    let table = table(Fees::new(FeeKind::Quadratic, 0, 0), 1_000_000);
    let strategy = with(&table, [("price_min", 0.3)]);
    assert!(!passes_over(&strategy, &table, 299.5));
    assert!(passes_over(&strategy, &table, 298.5));
}

/// The bound has to be near the fee, or hardly anything is passed over.
#[test]
fn a_touch_whose_edge_the_fee_eats_is_passed_over() {
    let table = table(Fees::new(FeeKind::Quadratic, 0, 70_000_000), 1_000_000);
    let outlook = worth_a_half(&table);
    let pays = |side, mills: i64| {
        may_pay(&table[1], &outlook, side, Price::from_raw(mills * 1_000_000), 0.0)
    };
    // At 0.483 the fee is 0.0175 a contract.
    assert!(!pays(Side::Buy, 483) && pays(Side::Buy, 482));
    assert!(!pays(Side::Sell, 517) && pays(Side::Sell, 518));
}

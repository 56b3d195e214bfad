//! Plans of later moments against the one that would have stood in for them.

use super::*;
use crate::parameter::ParamValue;
use proptest::prelude::*;
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Market, Strategy};
use royale_model::{
    Account, BookDelta, EventFlags, ExecType, ExecutionReport, FeeKind, Fees, InstrumentKind,
    OrderId, RejectReason, SlotId, Stamp, Text, Trade, Venue,
};

const SPOT: InstrumentId = InstrumentId(0);
const CONTRACT: InstrumentId = InstrumentId(1);
const BEGUN_S: i64 = 80;

fn table(strike: f64, left_ms: i64, tick: i64, maker: i64) -> Vec<Instrument> {
    let new =
        |id, name: &str, kind, venue| Instrument::new(id, Text::new(name).unwrap(), kind, venue);
    let spot = new(SPOT, "BTC-USD", InstrumentKind::CryptoSpot, Venue::Coinbase);
    let mut contract = new(CONTRACT, "EVENT", InstrumentKind::BinaryEvent, Venue::Kalshi);
    contract.underlying = SPOT;
    contract.strike = Price::from_f64_on_grid(strike, Price::from_raw(1)).unwrap();
    contract.expiry = Nanos::from_millis(BEGUN_S * 1_000 + left_ms);
    contract.fees = Fees::new(FeeKind::Quadratic, maker, 70_000_000);
    (contract.tick, contract.lot) = (Price::from_raw(tick), Qty::from_raw(10_000_000));
    vec![spot, contract]
}

/// A strategy with the market and the portfolio that it looks at.
struct Scene {
    strategy: MarketMaker,
    market: Market,
    portfolio: Portfolio,
    outbox: Outbox,
}

impl Scene {
    /// A maker who has seen the spot go up and down for a while.
    fn begun<const N: usize>(
        table: &[Instrument],
        numbers: [(&str, f64); N],
        (step, ups): (f64, &[bool]),
    ) -> Self {
        let map = numbers.map(|(name, value)| (name.to_owned(), ParamValue::Number(value)));
        let map = map.into_iter().collect();
        let parameters = Parameters::check("market-maker", PARAMETERS, &map).unwrap();
        let mut scene = Self {
            strategy: MarketMaker::new(&parameters, table).unwrap(),
            market: Market::new(table, 8),
            portfolio: Portfolio::new(table.len()),
            outbox: Outbox::default(),
        };
        let mut price = 80_000.0;
        for (second, up) in (1..).zip(ups) {
            price *= if *up { 1.0 + step } else { 1.0 - step };
            let price = Price::from_f64_on_grid(price, Price::from_raw(1)).unwrap();
            let trade = Trade { price, qty: Qty::ONE, aggressor: None, trade_id: 0 };
            scene.show(SPOT, Nanos::from_secs(second), Body::Trade(trade));
        }
        scene
    }

    /// Best bid and ask of the contract, in cents and contracts.
    fn show_book(&mut self, now: Nanos, bid: (i64, i64), ask: (i64, i64)) {
        for (side, (cents, many)) in [(Side::Buy, bid), (Side::Sell, ask)] {
            let (price, qty) = (Price::from_raw(cents * 10_000_000), Qty::from_int(many));
            self.show(CONTRACT, now, Body::BookDelta(BookDelta { price, qty, side, update_id: 0 }));
        }
    }

    /// The plan that stands at this time.
    fn standing(&mut self, now: Nanos) -> Option<Standing> {
        let Self { strategy, market, portfolio, outbox } = self;
        let contract = *market.instrument(CONTRACT).unwrap();
        let context = Context::new(SlotId(0), 1, now, market, portfolio, outbox);
        strategy.standing(&contract, &context).copied()
    }

    fn show(&mut self, id: InstrumentId, now: Nanos, body: Body) {
        let stamp = Stamp { seq: 1, time: now, venue_time: now, instrument: id };
        let event = Event::new(stamp, body, EventFlags::LAST);
        self.market.apply(&event);
        self.portfolio.apply(&event);
        let Self { strategy, market, portfolio, outbox } = self;
        strategy.on_event(&event, &mut Context::new(SlotId(0), 1, now, market, portfolio, outbox));
    }

    fn plan(&mut self, now: Nanos) -> Option<Plan> {
        let Self { strategy, market, portfolio, outbox } = self;
        let contract = *market.instrument(CONTRACT).unwrap();
        let context = Context::new(SlotId(0), 1, now, market, portfolio, outbox);
        strategy.plan(&contract, &context)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn while_a_plan_stands_each_other_is_near_it(
        moves in -5.5..-3.5_f64,
        signs in prop::collection::vec(any::<bool>(), BEGUN_S as usize),
        off in -1.5..1.5_f64,
        left_ms in 61_000..900_000_i64,
        tick in prop_oneof![Just(1_000_000_i64), Just(10_000_000)],
        maker in prop_oneof![Just(17_500_000_i64), -100_000_000..200_000_000_i64],
        (bid, width) in (1..96_i64, 1..10_i64),
        (bids, asks) in (1..1_000_i64, 1..1_000_i64),
        held in prop_oneof![Just(0_i64), -520..520_i64],
        size in prop_oneof![Just(100.0), 0.01..400.0_f64],
        gamma in prop_oneof![Just(0.002), 0.0..0.1_f64],
        k in prop_oneof![Just(100.0), 10.0..1_000.0_f64],
        weight in prop_oneof![Just(0.5), 0.0..=1.0_f64],
        (price_min, price_max) in prop_oneof![Just((0.05, 0.95)), (0.0..0.5_f64, 0.5..1.0_f64)],
        later in prop::collection::vec(0.0..=1.0_f64, 6),
    ) {
        let step = 10_f64.powf(moves);
        let table = table(80_000.0 * (1.0 + off * 30.0 * step), left_ms, tick, maker);
        let numbers = [
            ("quote_size", size), ("gamma", gamma), ("k", k), ("model_weight", weight),
            ("price_min", price_min), ("price_max", price_max),
        ];
        let mut scene = Scene::begun(&table, numbers, (step, &signs));
        let now = Nanos::from_secs(BEGUN_S);
        scene.show_book(now, (bid, bids), (bid + width, asks));
        if held != 0 {
            let report = ExecutionReport {
                order: OrderId::new(Account::shadow(SlotId(0)), 900),
                exec: ExecType::Trade,
                side: if held > 0 { Side::Buy } else { Side::Sell },
                liquidity: Liquidity::Maker,
                reject: RejectReason::None,
                last_price: Price::from_raw(500_000_000),
                last_qty: Qty::from_int(held.abs()),
                fee: 0,
                is_final: true,
            };
            scene.show(CONTRACT, now, Body::ExecutionReport(report));
        }
        scene.plan(now);
        let Some(standing) = scene.strategy.standing else { return Ok(()) };
        let until = scene.strategy.pricer.outlook(CONTRACT, now).unwrap().until;
        for share in later.into_iter().chain([0.0, 1.0]) {
            let passed = (until.since(now).raw() as f64 * share) as i64;
            let plan = scene.plan(now.plus(Nanos::from_raw(passed)));
            let prices = plan.map_or((None, None), |plan| (plan.bid, plan.ask));
            for (wish, price) in [(standing.wishes.0, prices.0), (standing.wishes.1, prices.1)] {
                let is_near = match (wish, price) {
                    (Wish::Near(wished), Some(price)) => {
                        price.saturating_sub(wished).abs() <= standing.slack
                    }
                    (Wish::Nothing, price) => price.is_none(),
                    (Wish::Near(_), None) => false,
                    (Wish::Unknown, _) => true,
                };
                prop_assert!(is_near, "{wish:?} {price:?} {standing:?}");
            }
        }
    }
}

#[test]
fn a_plan_stands_while_nothing_but_time_passes_and_no_longer() {
    let now = Nanos::from_secs(BEGUN_S);
    let ups: Vec<bool> = (0..BEGUN_S).map(|second| second % 2 == 0).collect();
    let table = table(80_000.0, 900_000, 10_000_000, 0);
    let mut scene = Scene::begun(&table, [("quote_size", 10.0)], (1e-5, &ups));
    scene.show_book(now, (45, 100), (55, 100));
    scene.plan(now).unwrap();
    let standing = scene.standing(now).unwrap();
    assert!(matches!(standing.wishes, (Wish::Near(_), Wish::Near(_))), "{standing:?}");
    // A quote where it is wished is left alone; one at the distance from which it is replaced is not.
    let Wish::Near(bid) = standing.wishes.0 else { return };
    let tick = Price::from_raw(10_000_000);
    let resting = |away: i64| OpenOrder {
        id: OrderId::new(Account::shadow(SlotId(0)), 1),
        instrument: CONTRACT,
        side: Side::Buy,
        price: Price::from_raw(bid.raw() - away * tick.raw()),
        remaining: Qty::from_int(10),
        sent_at: now,
        acknowledged: true,
        cancel_sent: false,
    };
    let requote = Price::from_raw(standing.slack.raw() + 2 * tick.raw());
    assert!(standing.leaves(Side::Buy, Some(&resting(0)), requote));
    assert!(standing.leaves(Side::Buy, Some(&resting(1)), requote));
    assert!(!standing.leaves(Side::Buy, Some(&resting(2)), requote));
    assert!(!standing.leaves(Side::Buy, None, requote), "a quote is wished, and none is there");
    // Another quantity at the touch, or too long a time, wants another plan.
    assert!(scene.standing(now.plus(Nanos::from_millis(500))).is_some());
    assert!(scene.standing(now.plus(Nanos::from_millis(501))).is_none());
    let (price, qty) = (Price::from_raw(450_000_000), Qty::from_int(99));
    let body = Body::BookDelta(BookDelta { price, qty, side: Side::Buy, update_id: 0 });
    let stamp = Stamp { seq: 1, time: now, venue_time: now, instrument: CONTRACT };
    scene.market.apply(&Event::new(stamp, body, EventFlags::LAST));
    assert!(scene.standing(now).is_none());
}

//! Answer for answer against hftbacktest: the same 300 scripted orders over the same minutes of
//! Binance USD-M BTCUSDT. Script, expected answers and conventions: `bench/peers/hftbacktest`.
//!
//! The market is the bundled tape's. What may differ, and why, stands in `docs/simulated-venue.md`.

mod sim_kit;

use royale_engine::Market;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters, SimVenue};
use royale_model::{
    Account, Body, Event, EventFlags, ExecType, Instrument, InstrumentId, Liquidity, Nanos,
    OrdType, Order, OrderId, Price, Qty, Side, SlotId, Stamp, TimeInForce,
};
use sim_kit::{Input, delta, report, trade};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const MILLI: i64 = 1_000_000;

fn event(time: i64, body: Body, flags: EventFlags) -> Input {
    let stamp = Stamp {
        seq: 0,
        time: Nanos::from_raw(time + MILLI),
        venue_time: Nanos::from_raw(time),
        instrument: InstrumentId(0),
    };
    Input::Event(Event::new(stamp, body, flags))
}

/// Ticks and lots are the test instrument's 10⁻⁹ for prices and 10⁻³ for quantities, so that the
/// queue models see quantities in coins, as hftbacktest does.
const LOT: i64 = 1_000_000;

fn market() -> Vec<Input> {
    let tape =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tapes/binance-6x-20240808.tapez");
    let bytes = std::fs::read(tape).expect("the bundled tape");
    let (preamble, events) = royale_codec::unpack(&bytes).expect("a packed tape");
    let btc = |one: &&Instrument| one.symbol.as_str() == "BTCUSDT.USDM";
    let btc = preamble.instruments.iter().find(btc).expect("the instrument").id;
    let mut is_first = true;
    let input = |told: &Event| {
        let time = told.time().raw();
        match told.body() {
            Body::Trade(print) => {
                let print = trade(print.aggressor, in_ticks(print.price), print.qty.raw());
                Some(event(time, print, EventFlags::LAST))
            }
            Body::BookDelta(level) => {
                let flags = if is_first { EventFlags::CLEAR } else { EventFlags::default() };
                is_first = false;
                let level = delta(level.side, in_ticks(level.price), level.qty.raw());
                Some(event(time, level, flags))
            }
            _ => None,
        }
    };
    events.iter().filter(|told| told.instrument() == btc).filter_map(input).collect()
}

fn in_ticks(price: Price) -> i64 {
    price.raw() / 100_000_000
}

fn ticks(text: &str) -> i64 {
    in_ticks(text.parse().expect("a price"))
}

fn quantity(text: &str) -> i64 {
    text.parse::<Qty>().expect("a quantity").raw()
}

/// Each order has an account of its own: hftbacktest's orders do not share prints or liquidity.
fn id(text: &str) -> OrderId {
    let number: u64 = text.parse().expect("an order's number");
    OrderId::new(Account::shadow(SlotId(number as u16)), number)
}

fn script(text: &str) -> Vec<Input> {
    let mut orders = Vec::new();
    for line in text.lines().skip(1) {
        let parts: Vec<&str> = line.split(',').collect();
        let time: i64 = parts[0].parse().expect("a time");
        if parts[2] == "cancel" {
            let time = Nanos::from_raw(time);
            orders.push(Input::Order(Order::cancel(
                0,
                time,
                id(parts[1]),
                InstrumentId(0),
                Side::Buy,
            )));
            continue;
        }
        let side = if parts[3] == "buy" { Side::Buy } else { Side::Sell };
        let life = match parts[5] {
            "GTX" => TimeInForce::PostOnly,
            "GTC" => TimeInForce::GoodTillCancel,
            _ => TimeInForce::ImmediateOrCancel,
        };
        let (price, qty) = (ticks(parts[6]), quantity(parts[7]));
        let order = sim_kit::order(id(parts[1]), time, side, OrdType::Limit, life, price, qty);
        orders.push(Input::Order(order));
    }
    orders
}

/// Answers as hftbacktest words them: one line for all that a taking order did on arrival.
type Answers = BTreeMap<(i64, u16), Vec<String>>;

fn ours(inputs: &[Input], queue: QueueModel, fill: FillModel) -> (Answers, i64) {
    let constant = |nanos| LatencyModel::Constant { nanos };
    let parameters = SimParameters {
        feed_latency: constant(MILLI),
        order_latency: constant(5 * MILLI),
        response_latency: constant(5 * MILLI),
        queue,
        fill,
        consume_liquidity: false,
        ..sim_kit::parameters()
    };
    let mut instrument = sim_kit::instrument(0);
    instrument.lot = Qty::from_raw(LOT);
    let mut venue = SimVenue::new(&[instrument], &parameters);
    let mut market = Market::new(&[instrument], 20_000);
    let run = sim_kit::run(&mut market, &mut venue, inputs, |_: &Event, _: &mut Vec<Order>| {});
    assert_eq!(venue.counters(), Default::default());
    assert_eq!(market.levels_dropped(), 0);
    let sides: BTreeMap<OrderId, Side> =
        run.orders.iter().filter(|order| !order.is_cancel()).map(|o| (o.id, o.side)).collect();
    let mut position = 0;
    let mut done: BTreeMap<OrderId, i64> = BTreeMap::new();
    let mut told: BTreeMap<(i64, u16), Vec<_>> = BTreeMap::new();
    for event in run.reports() {
        let (time, report) = (event.time().raw(), report(event));
        if report.exec == ExecType::CancelRejected
            && done.get(&report.order).is_some_and(|&done| done <= time - 10 * MILLI)
        {
            // The script does not send a cancel for an order that is known to be done.
            continue;
        }
        if report.is_final {
            done.insert(report.order, time);
        }
        if report.exec == ExecType::Trade {
            position += report.last_qty.raw() * sides[&report.order].sign();
        }
        let slot = report.order.account().slot().0;
        told.entry((time, slot)).or_default().push(report);
    }
    let mut answers = Answers::new();
    for (key, reports) in told {
        let lines = answers.entry(key).or_default();
        let mut walk = Vec::new();
        for report in &reports {
            let level = format!("{}:{}", report.last_price.raw(), report.last_qty.raw() / LOT);
            match (report.exec, report.liquidity) {
                (ExecType::Trade, Liquidity::Maker) => {
                    let kind = if report.is_final { "filled" } else { "partial" };
                    lines.push(format!("{kind} maker {level}"));
                }
                (ExecType::Trade, Liquidity::Taker) => walk.push(level),
                (ExecType::Canceled, _) if reports[0].exec == ExecType::New => {
                    lines.push(format!("expired taker {}", walk.join("|")));
                }
                (ExecType::Canceled, _) => lines.push("canceled".into()),
                (ExecType::CancelRejected, _) => lines.push("cancel_rejected".into()),
                (ExecType::Rejected, _) => lines.push("expired taker ".into()),
                (ExecType::Expired, _) => lines.push("settled".into()),
                (ExecType::New, _) => {}
            }
            if report.exec == ExecType::Trade
                && report.liquidity == Liquidity::Taker
                && report.is_final
            {
                lines.push(format!("filled taker {}", walk.join("|")));
            }
        }
        if reports.len() == 1 && reports[0].exec == ExecType::New {
            lines.push("accepted".into());
        }
    }
    (answers, position)
}

fn theirs(text: &str) -> (Answers, i64) {
    let mut answers = Answers::new();
    let mut position = 0;
    for line in text.lines().skip(1) {
        let parts: Vec<&str> = line.split(',').collect();
        let sign = if parts[4] == "buy" { 1 } else { -1 };
        let walk: Vec<String> = parts[10]
            .split('|')
            .filter(|level| !level.is_empty())
            .map(|level| {
                let (price, qty) = level.split_once(':').expect("price:qty");
                format!("{}:{}", ticks(price), quantity(qty) / LOT)
            })
            .collect();
        if !parts[6].is_empty() {
            position += sign * quantity(parts[6]);
        }
        let words = match (parts[1], parts[9]) {
            (kind, "maker") => {
                format!("{kind} maker {}:{}", ticks(parts[5]), quantity(parts[6]) / LOT)
            }
            (kind @ ("filled" | "expired"), _) => format!("{kind} taker {}", walk.join("|")),
            (kind, _) => kind.to_string(),
        };
        let slot: u16 = parts[0].parse().expect("an order's number");
        let key = (parts[2].parse().expect("a time"), slot);
        answers.entry(key).or_default().push(words);
    }
    (answers, position)
}

#[test]
fn hftbacktest_gives_the_same_answers() {
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/peers/hftbacktest");
    let read = |name: &str| std::fs::read_to_string(peer.join(name)).expect("the peer's files");
    let mut inputs = market();
    inputs.extend(script(&read("orders.csv")));
    inputs.sort_by_key(Input::time);
    for (name, queue) in
        [("risk_averse", QueueModel::RiskAverse), ("log_prob", QueueModel::ProbLog)]
    {
        for (exchange, fill) in
            [("no_partial", FillModel::NoPartial), ("partial", FillModel::Partial)]
        {
            let (ours, position) = ours(&inputs, queue, fill);
            let (theirs, expected) =
                theirs(&read(&format!("expected/answers_{name}_{exchange}.csv")));
            let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            let differ: Vec<_> =
                keys.iter().filter(|key| ours.get(key) != theirs.get(key)).collect();
            let orders: BTreeSet<u16> = differ.iter().map(|key| key.1).collect();
            println!(
                "{name} {exchange}: {} answers of theirs, {} keys differ, orders {orders:?}; \
                 position {position} and {expected}",
                theirs.values().map(Vec::len).sum::<usize>(),
                differ.len(),
            );
            for key in differ.iter().take(12) {
                println!("  {key:?} ours {:?} theirs {:?}", ours.get(key), theirs.get(key));
            }
            // The orders that differ are those of the document's table, no more and no fewer.
            let explained = match (fill, queue) {
                (FillModel::NoPartial, _) => 0,
                (FillModel::Partial, QueueModel::RiskAverse) => 27,
                (FillModel::Partial, _) => 30,
            };
            assert_eq!(orders.len(), explained, "{name} {exchange}");
            assert_eq!(position, expected, "{name} {exchange}");
        }
    }
}

//! The venue against its twin: random markets, random orders, strategies that answer reports.
//!
//! Each case runs three times: with everything on one thread, with the sequencer on a thread of its
//! own in a random rhythm, and in the reference that knows everything from the start. Reports must
//! be equal in time, content and order, and the sequence must be the same in both topologies.

mod sim_kit;

use royale_engine::Market;
use royale_engine::sim::{FillModel, LatencyModel, QueueModel, SimParameters, SimVenue};
use royale_model::{
    Account, Body, Event, EventFlags, ExecType, Instrument, InstrumentId, Liquidity, Nanos,
    OrdType, Order, OrderId, Price, Qty, Side, SlotId, Stamp, TimeInForce,
};
use sim_kit::{Input, Run, Sequenced, delta, gap, quote, reference, report, trade};
use std::collections::BTreeMap;

/// A generator of 64 random bits (Knuth's MMIX constants, high bits used).
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        ((self.0 >> 33) as i64) % sides
    }
    fn among<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as i64) as usize]
    }
    fn one_in(&mut self, sides: i64) -> bool {
        self.below(sides) == 0
    }
}

struct Case {
    instruments: Vec<Instrument>,
    parameters: SimParameters,
    inputs: Vec<Input>,
    dice: Dice,
    /// Prices lie between 1 and this: few prices make long queues.
    prices: i64,
    /// What rests in the market is larger than a print by about this factor.
    depth: i64,
}

/// Levels a side of a book: more than there are prices.
const LEVELS: usize = 16;

const LIVES: [TimeInForce; 6] = [
    TimeInForce::GoodTillCancel,
    TimeInForce::GoodTillCancel,
    TimeInForce::GoodTillCancel,
    TimeInForce::ImmediateOrCancel,
    TimeInForce::FillOrKill,
    TimeInForce::PostOnly,
];

fn latency(dice: &mut Dice) -> LatencyModel {
    match dice.below(3) {
        0 => LatencyModel::Constant { nanos: 1 + dice.below(20) },
        1 => LatencyModel::Uniform { min_nanos: dice.below(5), max_nanos: 5 + dice.below(40) },
        _ => LatencyModel::Lognormal { median_nanos: 10, sigma: 0.5, max_nanos: 60 },
    }
}

/// The side that a price belongs to in a market that does not cross.
fn home(price: i64, prices: i64) -> Side {
    if price <= (prices + 1) / 2 { Side::Buy } else { Side::Sell }
}

fn random_order(dice: &mut Dice, prices: i64, at: i64, id: OrderId) -> Order {
    let ord_type = if dice.one_in(8) { OrdType::Market } else { OrdType::Limit };
    let qty = if dice.one_in(40) { dice.below(3) - 1 } else { 1 + dice.below(12) };
    let price = dice.below(prices) + i64::from(!dice.one_in(50));
    // Most orders stand on their own side of the middle, and wait.
    let side =
        if dice.one_in(3) { dice.among(&[Side::Buy, Side::Sell]) } else { home(price, prices) };
    let life = dice.among(&LIVES);
    let mut order = sim_kit::order(id, at, side, ord_type, life, price, qty);
    order.instrument = InstrumentId(dice.below(2) as u32);
    order
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
        dice.below(2);
        let mut instruments = vec![sim_kit::instrument(0), sim_kit::instrument(1)];
        instruments[1].lot = Qty::from_raw(1 + dice.below(3));
        if dice.one_in(4) {
            instruments[0].expiry = Nanos::from_raw(100 + dice.below(200));
        }
        let queues = [
            QueueModel::RiskAverse,
            QueueModel::ProbLog,
            QueueModel::ProbPower { power: 1.0 },
            QueueModel::ProbPower { power: 3.0 },
        ];
        let parameters = SimParameters {
            seed,
            feed_latency: latency(&mut dice),
            order_latency: latency(&mut dice),
            response_latency: latency(&mut dice),
            queue: dice.among(&queues),
            fill: dice.among(&[FillModel::Partial, FillModel::Partial, FillModel::NoPartial]),
            consume_liquidity: !dice.one_in(4),
            print_slippage_ticks: dice.below(3) as u32,
            print_liquidity: Qty::from_raw(1 + dice.below(4)),
            orders_max: if dice.one_in(5) { 3 } else { 64 },
        };
        let prices = dice.among(&[3, 5, 11]);
        let depth = dice.among(&[1, 1, 4]);
        let inputs = Vec::new();
        let mut case = Self { instruments, parameters, inputs, dice, prices, depth };
        case.write_script();
        case
    }

    fn write_script(&mut self) {
        let styles = [self.dice.below(8), self.dice.below(8)];
        let (mut tau, mut seen) = (10, 10);
        let mut events = Vec::new();
        for nth in 0..50_u64 {
            tau += self.dice.below(12) * self.dice.below(2);
            let way =
                self.parameters.feed_latency.draw(1, nth, royale_engine::sim::Purpose::Feed).raw();
            seen = seen.max(tau + way);
            let at = self.dice.below(2) as usize;
            let (body, flags) = self.something(styles[at]);
            let stamp = Stamp {
                seq: 0,
                time: Nanos::from_raw(seen),
                venue_time: Nanos::from_raw(tau),
                instrument: InstrumentId(at as u32),
            };
            events.push(Event::new(stamp, body, flags));
        }
        let mut orders = Vec::new();
        for index in 1..=14 {
            let at = self.dice.below(seen);
            let account = self.dice.among(&[
                Account::shadow(SlotId(0)),
                Account::house(SlotId(0)),
                Account::shadow(SlotId(1)),
            ]);
            let id = OrderId::new(account, index);
            orders.push(random_order(&mut self.dice, self.prices, at, id));
            if self.dice.one_in(3) {
                let later = Nanos::from_raw(at + self.dice.below(60));
                let instrument = orders[orders.len() - 1].instrument;
                orders.push(Order::cancel(0, later, id, instrument, Side::Buy));
            }
        }
        self.inputs = events.into_iter().map(Input::Event).collect();
        self.inputs.extend(orders.into_iter().map(Input::Order));
        // Stable: at one time the market comes before our decisions, as in the corridor.
        self.inputs.sort_by_key(Input::time);
    }

    /// Something that can happen to an instrument whose source has this style.
    fn something(&mut self, style: i64) -> (Body, EventFlags) {
        let dice = &mut self.dice;
        let (price, qty) = (1 + dice.below(self.prices), dice.below(10));
        let side = dice.among(&[Side::Buy, Side::Sell]);
        let sane = style > 3 && !dice.one_in(12);
        let side = if sane { home(price, self.prices) } else { side };
        let aggressor = match dice.below(4) {
            0 if !sane => None,
            1 if !sane => Some(side),
            _ => Some(side.opposite()),
        };
        let printed = trade(aggressor, price, if dice.one_in(5) { 0 } else { 1 + qty });
        let snapshot = EventFlags::SNAPSHOT.with(EventFlags::CLEAR).with(EventFlags::LAST);
        let body = match (style, dice.below(24)) {
            (_, 0) if dice.one_in(6) => {
                Body::Settlement(royale_model::Settlement { value: Price::ONE })
            }
            (_, 1) => gap(),
            (0, _) => printed,
            // The last of them also has a book: then nobody asks what it quotes.
            (1, 2..12) | (2, 2..6) | (3, 12..16) => {
                let ask = price + 1 + dice.below(3);
                quote((price, qty * self.depth), (ask, dice.below(10) * self.depth))
            }
            (1 | 2, _) => printed,
            (_, 2) => return (delta(side, price, qty * self.depth), snapshot),
            (_, 3..16) => delta(side, price, qty * self.depth),
            _ => printed,
        };
        (body, EventFlags::LAST)
    }
}

/// Answers some reports with an order or a cancel: a pure function of what it is told.
fn strategist(prices: i64, mut dice: Dice) -> impl FnMut(&Event, &mut Vec<Order>) {
    let mut answers = 0;
    move |event, orders| {
        let told = report(event);
        if answers == 12 || !dice.one_in(3) {
            return;
        }
        answers += 1;
        if told.exec == ExecType::New && dice.one_in(2) {
            orders.push(Order::cancel(0, event.time(), told.order, event.instrument(), told.side));
        } else {
            let id = OrderId::new(told.order.account(), 100 + answers);
            orders.push(random_order(&mut dice, prices, event.time().raw(), id));
        }
    }
}

fn run_one(case: &Case) -> (Run, Run) {
    let mut venue = SimVenue::new(&case.instruments, &case.parameters);
    let mut market = Market::new(&case.instruments, LEVELS);
    let answer = strategist(case.prices, case.dice.clone());
    let fused = sim_kit::run(&mut market, &mut venue, &case.inputs, answer);
    assert_eq!(venue.counters(), Default::default());
    assert_eq!(market.levels_dropped(), 0);
    let mut venue = SimVenue::new(&case.instruments, &case.parameters);
    let mut market = Market::new(&case.instruments, LEVELS);
    let mut dice = case.dice.clone();
    let bias = 2 + dice.below(6);
    let eager = dice.one_in(2);
    let answer = strategist(case.prices, case.dice.clone());
    let toss = || dice.one_in(bias) == eager;
    let split = sim_kit::run_split(&mut market, &mut venue, &case.inputs, answer, toss);
    (fused, split)
}

/// What must hold of every run, whatever the models.
fn conserves(case: &Case, run: &Run, seed: u64) {
    let mut last = Nanos::MIN;
    let mut ordered: BTreeMap<OrderId, &Order> = BTreeMap::new();
    for order in run.orders.iter().filter(|order| !order.is_cancel()) {
        assert!(ordered.insert(order.id, order).is_none(), "the script repeats an id");
    }
    let mut filled: BTreeMap<OrderId, i64> = BTreeMap::new();
    let mut finals: BTreeMap<OrderId, u32> = BTreeMap::new();
    let mut acknowledged: BTreeMap<OrderId, u32> = BTreeMap::new();
    for one in &run.sequence {
        let (time, event) = match one {
            Sequenced::Input(at) => (case.inputs[*at].time(), None),
            Sequenced::Report(event) => (event.time(), Some(event)),
        };
        assert!(time >= last, "seed {seed}: the sequence goes back in time");
        last = time;
        let Some(event) = event else { continue };
        let told = report(event);
        let order = ordered.get(&told.order).unwrap_or_else(|| {
            panic!("seed {seed}: a report for an order that nobody sent: {event:?}")
        });
        assert_eq!(event.check(), Ok(()));
        if told.exec == ExecType::CancelRejected {
            continue;
        }
        let finals = finals.entry(told.order).or_default();
        assert_eq!(*finals, 0, "seed {seed}: {} speaks after its end", told.order);
        *finals += u32::from(told.is_final);
        match told.exec {
            ExecType::New => *acknowledged.entry(told.order).or_default() += 1,
            ExecType::Trade => {
                assert_eq!(acknowledged[&told.order], 1, "seed {seed}: filled before New");
                let filled = filled.entry(told.order).or_default();
                *filled += told.last_qty.raw();
                let (limit, price) = (order.price, told.last_price);
                assert!(told.last_qty.is_positive() && *filled <= order.qty.raw());
                assert!(
                    if order.side == Side::Buy { price <= limit } else { price >= limit },
                    "seed {seed}: filled outside the limit"
                );
                assert_eq!(told.is_final, *filled == order.qty.raw());
            }
            ExecType::Canceled | ExecType::Expired => {
                let filled = filled.get(&told.order).copied().unwrap_or(0);
                assert_eq!(told.last_qty.raw(), order.qty.raw() - filled, "seed {seed}: leaves");
            }
            _ => {}
        }
    }
    let unanswered = ordered.keys().filter(|id| {
        !acknowledged.contains_key(id) && finals.get(id).is_none_or(|finals| *finals == 0)
    });
    assert_eq!(unanswered.count(), 0, "seed {seed}: an order without an answer");
}

/// No account gets more of the prints of one moment than their quantity, where nothing but prints
/// happened at that moment.
fn shares_prints(case: &Case, run: &Run, seed: u64) {
    let mut printed: BTreeMap<(i64, InstrumentId), Option<i64>> = BTreeMap::new();
    for event in reference::tape(&case.inputs) {
        let sum = printed.entry((event.venue_time().raw(), event.instrument())).or_insert(Some(0));
        *sum = match event.body() {
            Body::Trade(trade) => {
                let known = trade.qty.is_positive();
                let qty = if known { trade.qty } else { case.parameters.print_liquidity };
                sum.map(|sum| sum + qty.raw())
            }
            _ => None,
        };
    }
    let mut had: BTreeMap<(i64, InstrumentId, Account), i64> = BTreeMap::new();
    for event in run.reports() {
        let told = report(event);
        if told.exec != ExecType::Trade || told.liquidity == Liquidity::Taker {
            continue;
        }
        let (happened, instrument) = (event.venue_time().raw(), event.instrument());
        let had = had.entry((happened, instrument, told.order.account())).or_default();
        *had += told.last_qty.raw();
        if let Some(printed) = printed[&(happened, instrument)] {
            assert!(*had <= printed, "seed {seed}: {had} of a print of {printed}");
        }
    }
}

fn compare(seeds: std::ops::Range<u64>) -> BTreeMap<&'static str, u64> {
    let mut seen: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in seeds {
        let case = Case::new(seed);
        let (fused, split) = run_one(&case);
        conserves(&case, &fused, seed);
        if case.parameters.fill == FillModel::Partial {
            shares_prints(&case, &fused, seed);
        }
        if fused.sequence != split.sequence {
            let pairs = fused.sequence.iter().zip(&split.sequence);
            let differs = pairs.enumerate().find(|(_, (fused, split))| fused != split);
            panic!("seed {seed}: the sequence depends on the topology: {differs:?}");
        }
        assert!(fused.orders == split.orders, "seed {seed}: so do the orders");
        let tape = reference::tape(&case.inputs);
        let expected =
            reference::simulate(&case.instruments, &case.parameters, &tape, &fused.orders);
        let told: Vec<reference::Told> = fused
            .reports()
            .map(|event| (event.time().raw(), event.instrument(), report(event)))
            .collect();
        if told != expected {
            let at = told.iter().zip(&expected).position(|(a, b)| a != b);
            let at = at.unwrap_or(told.len().min(expected.len()));
            panic!(
                "seed {seed} ({:?}, {:?}), report {at} of {}:\n venue     {:?}\n reference {:?}",
                case.parameters.fill,
                case.parameters.queue,
                told.len(),
                told.get(at),
                expected.get(at)
            );
        }
        for (_, _, report) in &told {
            let kind = match (report.exec, report.liquidity) {
                (ExecType::Trade, Liquidity::Maker) => "maker fill",
                (ExecType::Trade, Liquidity::Taker) => "taker fill",
                (ExecType::Rejected, _) => "rejected",
                (ExecType::Expired, _) => "expired",
                (ExecType::Canceled, _) => "canceled",
                (ExecType::CancelRejected, _) => "cancel rejected",
                (ExecType::New, _) => "new",
            };
            *seen.entry(kind).or_default() += 1;
        }
    }
    seen
}

/// So many cases in all four tests; more with `SIM_CASES=1000000`.
fn cases() -> u64 {
    std::env::var("SIM_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

fn quarter(nth: u64) {
    let each = cases() / 4;
    let seen = compare(nth * each..(nth + 1) * each);
    for kind in
        ["maker fill", "taker fill", "rejected", "expired", "canceled", "cancel rejected", "new"]
    {
        assert!(seen[kind] >= each / 50, "too few to mean anything: {kind} {seen:?}");
    }
    println!("{each} cases: {seen:?}");
}

#[test]
fn reports_are_those_of_the_reference_in_every_topology_first_quarter() {
    quarter(0);
}
#[test]
fn reports_are_those_of_the_reference_in_every_topology_second_quarter() {
    quarter(1);
}
#[test]
fn reports_are_those_of_the_reference_in_every_topology_third_quarter() {
    quarter(2);
}
#[test]
fn reports_are_those_of_the_reference_in_every_topology_fourth_quarter() {
    quarter(3);
}

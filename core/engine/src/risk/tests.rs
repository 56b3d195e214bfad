//! One breach for each rule, and the rules that let things pass.

use super::*;
use crate::ledger::Capital;
use crate::market::Market;
use crate::sink::{Promise, Sink};
use royale_model::*;

/// Keeps what the gate sends on.
#[derive(Default)]
struct Seen {
    decisions: Vec<Decision>,
    verdicts: Vec<Verdict>,
    orders: Vec<Order>,
}

impl Sink for Seen {
    fn coming(&mut self, _: &Event, _: &Market) {}
    fn event(&mut self, _: &Event, _: &Market) {}
    fn decision(&mut self, decision: &Decision, _: &Market) {
        self.decisions.push(*decision);
    }
    fn slot(&mut self, _: &SlotChange) {}
    fn verdict(&mut self, verdict: &Verdict) {
        self.verdicts.push(*verdict);
    }
    fn order(&mut self, order: &ApprovedOrder) {
        self.orders.push(*order.order());
    }
    fn end(&mut self, _: &Event, _: &Market, _: Nanos) {}
    fn promise(&mut self, _: &Promise, _: &Market) {}
    fn finish(&mut self, _: &Market) {}
}

const CONTRACT: InstrumentId = InstrumentId(0);
const EXPIRY: Nanos = Nanos::from_secs(900);

fn contract() -> Instrument {
    let symbol = Text::new("KX-1").unwrap();
    let mut contract =
        Instrument::new(CONTRACT, symbol, InstrumentKind::BinaryEvent, Venue::Kalshi);
    contract.quote = Text::new("USD").unwrap();
    contract.tick = "0.01".parse().unwrap();
    contract.expiry = EXPIRY;
    contract
}

fn limits() -> RiskLimits {
    RiskLimits {
        order_qty_max: vec![(InstrumentKind::BinaryEvent, Qty::from_int(500))],
        order_notional_max: Notional::from_int(200),
        price_collar_bps: 500,
        price_collar_ticks: 5,
        position_notional_max: Notional::from_int(300),
        house_position_notional_max: Notional::from_int(100),
        feed_stale_after: Nanos::from_secs(10),
        open_orders_max: 3,
        allocation_bp_max: 10_000,
    }
}

struct Desk {
    gate: RiskStage<Seen>,
    market: Market,
    orders: u64,
    now: Nanos,
}

impl Desk {
    /// A market of 0.40 × 0.42 at one second.
    fn open() -> Self {
        let capital = Capital {
            currency: Text::new("USD").unwrap(),
            per_slot: Notional::from_int(1_000),
            house: Notional::from_int(1_000),
            pegs: vec![],
        };
        let gate = RiskStage::new(
            Seen::default(),
            &[contract()],
            &capital,
            limits(),
            &[2_500, 0],
            std::sync::Arc::default(),
        );
        let market = Market::new(&[contract()], 64);
        let mut desk = Self { gate, market, orders: 0, now: Nanos::from_secs(1) };
        desk.quote("0.40", "0.42");
        desk
    }
    fn send(&mut self, body: Body) {
        let stamp = Stamp { seq: 1, time: self.now, venue_time: Nanos::ZERO, instrument: CONTRACT };
        let event = Event::new(stamp, body, EventFlags::LAST);
        self.market.apply(&event);
        self.gate.event(&event, &self.market);
    }
    fn quote(&mut self, bid: &str, ask: &str) {
        self.send(Body::Quote(Quote {
            bid: bid.parse().unwrap(),
            bid_qty: Qty::from_int(100),
            ask: ask.parse().unwrap(),
            ask_qty: Qty::from_int(100),
        }));
    }
    fn decision(&mut self, slot: u16, side: Side, price: &str, qty: &str) -> Decision {
        self.orders += 1;
        let reasons = Reasons::new().because(Feature::EDGE, 0.1, 0.1);
        let slot = SlotId(slot);
        let mut decision = Decision::new(1, self.now, slot, CONTRACT, Action::Submit, &reasons);
        decision.order = OrderId::new(Account::shadow(slot), self.orders);
        decision.side = side;
        decision.price = price.parse().unwrap();
        decision.qty = qty.parse().unwrap();
        decision
    }
    /// What the gate says of the shadow account's order.
    fn judge(&mut self, decision: &Decision) -> RefusalCode {
        let before = self.gate.next.verdicts.len();
        self.gate.decision(decision, &self.market);
        let verdict = self.gate.next.verdicts[before];
        assert_eq!(verdict.order, decision.order, "the shadow account is judged first");
        verdict.code
    }
    fn buy(&mut self, price: &str, qty: &str) -> RefusalCode {
        let decision = self.decision(0, Side::Buy, price, qty);
        self.judge(&decision)
    }
    fn report(&mut self, order: OrderId, exec: ExecType, is_final: bool, qty: &str) {
        self.send(Body::ExecutionReport(ExecutionReport {
            order,
            exec,
            side: Side::Buy,
            is_final,
            liquidity: Liquidity::Taker,
            last_price: "0.42".parse().unwrap(),
            last_qty: qty.parse().unwrap(),
            fee: 0,
            reject: RejectReason::None,
        }));
    }
}

#[test]
fn r1_quantity() {
    let mut desk = Desk::open();
    assert_eq!(desk.buy("0.42", "300"), RefusalCode::Approved);
    assert_eq!(Desk::open().buy("0.42", "501"), RefusalCode::OrderQty);
    assert_eq!(desk.buy("0.42", "0"), RefusalCode::OrderQty);
    assert_eq!(desk.buy("0.42", "-1"), RefusalCode::OrderQty);
    assert_eq!(desk.buy("0.42", "1.5"), RefusalCode::OrderQty, "off the lot grid");
}

#[test]
fn r2_notional_counts_the_dearer_side_of_an_event() {
    // 400 × 0.60, what a seller at 0.40 may have to pay, is above 200.
    let mut desk = Desk::open();
    let sell = desk.decision(0, Side::Sell, "0.40", "400");
    assert_eq!(desk.judge(&sell), RefusalCode::OrderNotional);
    let verdict = desk.gate.next.verdicts[0];
    assert_eq!((verdict.actual, verdict.limit), (240_000_000_000, 200_000_000_000));
}

#[test]
fn r3_collar() {
    let mut desk = Desk::open();
    // Reference 0.41; the wider of 5 % and five ticks is five cents.
    assert_eq!(desk.buy("0.46", "1"), RefusalCode::Approved);
    assert_eq!(desk.buy("0.47", "1"), RefusalCode::PriceCollar);
    assert_eq!(desk.buy("0.35", "1"), RefusalCode::PriceCollar);
    assert_eq!(desk.buy("0.405", "1"), RefusalCode::PriceCollar, "off the tick grid");
    desk.quote("0.43", "0.42");
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::PriceCollar, "crossed reference");
}

#[test]
fn r3_a_market_order_goes_out_with_the_collars_bound() {
    let mut desk = Desk::open();
    desk.quote("0.97", "0.98");
    let mut decision = desk.decision(0, Side::Buy, "0", "1");
    decision.ord_type = OrdType::Market;
    decision.time_in_force = TimeInForce::ImmediateOrCancel;
    assert_eq!(desk.judge(&decision), RefusalCode::Approved);
    assert_eq!(desk.gate.next.orders[0].price.to_string(), "0.99", "never at 1 or above");
}

#[test]
fn r7_position_counts_what_is_under_way() {
    let mut desk = Desk::open();
    // 0.58 × 400 = 232 each way; two of them pass 300.
    assert_eq!(desk.buy("0.42", "330"), RefusalCode::Approved);
    assert_eq!(desk.buy("0.42", "330"), RefusalCode::Position);
    // Dead without a fill: the room comes back.
    desk.report(OrderId::new(Account::shadow(SlotId(0)), 1), ExecType::Canceled, true, "330");
    assert_eq!(desk.buy("0.42", "330"), RefusalCode::Approved);
    // Filled: it does not.
    desk.report(OrderId::new(Account::shadow(SlotId(0)), 3), ExecType::Trade, true, "330");
    assert_eq!(desk.buy("0.42", "330"), RefusalCode::Position);
    let sell = desk.decision(0, Side::Sell, "0.40", "300");
    assert_eq!(desk.judge(&sell), RefusalCode::Approved, "what reduces passes");
}

#[test]
fn r13_stale_or_gapped_data() {
    let mut desk = Desk::open();
    desk.now = Nanos::from_secs(11);
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::Approved, "ten seconds are not too old");
    desk.now = desk.now.plus(Nanos::from_raw(1));
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::StaleFeed);
    desk.quote("0.40", "0.42");
    desk.send(Body::Gap(Gap { expected: 1, received: 3, reason: GapReason::Sequence }));
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::FeedGap, "gapped");
}

#[test]
fn r14_halt_blocks_entry_and_lets_cancels_through() {
    let mut desk = Desk::open();
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::Approved);
    let live = desk.gate.next.orders[0].id;
    let command = |code| Command { code, uid: 0, pid: 0, slot: 0, value: 0 };
    desk.send(Body::Command(command(CommandCode::Halt)));
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::Halted);
    let mut cancel = desk.decision(0, Side::Buy, "0", "0");
    cancel.action = Action::Cancel;
    cancel.order = live;
    assert_eq!(desk.judge(&cancel), RefusalCode::Approved);
    assert!(desk.gate.next.orders.last().unwrap().is_cancel());
    desk.send(Body::Command(command(CommandCode::Resume)));
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::Approved);
}

#[test]
fn r11_expired_settled_and_unknown() {
    let mut desk = Desk::open();
    desk.now = EXPIRY;
    desk.quote("0.40", "0.42");
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::NotTradable);
    let mut desk = Desk::open();
    desk.send(Body::Settlement(Settlement { value: Price::ONE }));
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::NotTradable);
    let mut nowhere = desk.decision(0, Side::Buy, "0.42", "1");
    nowhere.instrument = InstrumentId(99);
    assert_eq!(desk.judge(&nowhere), RefusalCode::NotTradable);
}

#[test]
fn a_stranger_strategys_nonsense_is_refused() {
    let mut desk = Desk::open();
    let mut lying = desk.decision(0, Side::Buy, "0.42", "1");
    lying.score += 1;
    assert_eq!(desk.judge(&lying), RefusalCode::Malformed);
    let mut resting_market = desk.decision(0, Side::Buy, "0", "1");
    resting_market.ord_type = OrdType::Market;
    assert_eq!(desk.judge(&resting_market), RefusalCode::Malformed);
    let foreign_slot = desk.decision(77, Side::Buy, "0.42", "1");
    assert_eq!(desk.judge(&foreign_slot), RefusalCode::Malformed);
    let mut cancel = desk.decision(1, Side::Buy, "0", "0");
    cancel.action = Action::Cancel;
    cancel.order = OrderId::new(Account::shadow(SlotId(0)), 1);
    let before = desk.gate.next.orders.len();
    desk.gate.decision(&cancel, &desk.market);
    assert_eq!(desk.gate.next.orders.len(), before, "nobody cancels another slot's order");
}

#[test]
fn an_abstention_passes_without_verdict_whatever_it_holds() {
    let mut desk = Desk::open();
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::Approved);
    let live = desk.gate.next.orders[0].id;
    let before = (desk.gate.next.verdicts.len(), desk.gate.next.orders.len());
    let mut plain = desk.decision(0, Side::Buy, "0.42", "100");
    (plain.action, plain.order) = (Action::Abstain, OrderId::NONE);
    let (mut lying, mut foreign, mut named) = (plain, plain, plain);
    lying.score += 1;
    (foreign.slot, foreign.instrument) = (SlotId(77), InstrumentId(99));
    // One that names a live order neither cancels it nor touches it.
    (named.order, named.qty) = (live, Qty::from_int(-5));
    for decision in [plain, lying, foreign, named] {
        desk.gate.decision(&decision, &desk.market);
        assert_eq!(desk.gate.next.decisions.last(), Some(&decision), "it is on the record");
        assert_eq!((desk.gate.next.verdicts.len(), desk.gate.next.orders.len()), before);
    }
    // It takes no room either: two more orders fit, as before.
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::Approved);
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::Approved);
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::TooManyOrders);
}

#[test]
fn too_many_live_orders() {
    let mut desk = Desk::open();
    for _ in 0..3 {
        assert_eq!(desk.buy("0.42", "1"), RefusalCode::Approved);
    }
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::TooManyOrders);
}

#[test]
fn the_house_follows_at_its_share() {
    let mut desk = Desk::open();
    assert_eq!(desk.buy("0.42", "100"), RefusalCode::Approved);
    let house = Account::house(SlotId(0));
    let order = desk.gate.next.orders[1];
    assert_eq!((order.id.account(), order.qty), (house, Qty::from_int(25)));
    // Slot 1 has no share; a share of one lot rounds to nothing.
    let without = desk.decision(1, Side::Buy, "0.42", "100");
    assert_eq!(desk.judge(&without), RefusalCode::Approved);
    assert_eq!(desk.gate.next.verdicts.last().unwrap().code, RefusalCode::NoAllocation);
    // The house's own limit holds across slots: 0.58 × (25 + 160) is above 100.
    desk.buy("0.42", "300");
    assert_eq!(desk.gate.next.verdicts.last().unwrap().code, RefusalCode::Approved);
    desk.send(Body::Command(Command {
        code: CommandCode::Allocate,
        uid: 0,
        pid: 0,
        slot: 1,
        value: 9_999,
    }));
    let share = desk.gate.shares.all()[1];
    assert_eq!(share, 7_500, "shares never sum above the whole");
    let more = desk.decision(1, Side::Buy, "0.42", "200");
    desk.judge(&more);
    assert_eq!(desk.gate.next.verdicts.last().unwrap().code, RefusalCode::Position);
}

#[test]
fn the_house_follows_the_shadow_home() {
    let mut desk = Desk::open();
    // The shadow fills 100; the house got 20 of its 25.
    assert_eq!(desk.buy("0.42", "100"), RefusalCode::Approved);
    let (shadow, house) = (desk.gate.next.orders[0].id, desk.gate.next.orders[1].id);
    desk.report(shadow, ExecType::Trade, true, "100");
    desk.report(house, ExecType::Trade, false, "20");
    desk.report(house, ExecType::Canceled, true, "5");
    // Half of it is sold: half of the house's too, not a quarter of fifty.
    let half = desk.decision(0, Side::Sell, "0.40", "50");
    assert_eq!(desk.judge(&half), RefusalCode::Approved);
    assert_eq!(desk.gate.next.orders.last().unwrap().qty, Qty::from_int(10));
    // All of it and fifty more: all that the house has, and a quarter of the fifty.
    let flip = desk.decision(0, Side::Sell, "0.40", "150");
    assert_eq!(desk.judge(&flip), RefusalCode::Approved);
    assert_eq!(desk.gate.next.orders.last().unwrap().qty, Qty::from_int(20 + 12));
}

#[test]
fn a_one_sided_book_is_no_reference_however_young_its_last_trade() {
    let mut desk = Desk::open();
    desk.send(Body::Trade(Trade {
        price: "0.41".parse().unwrap(),
        qty: Qty::ONE,
        trade_id: 1,
        aggressor: None,
    }));
    desk.send(Body::Quote(Quote {
        bid: Price::ZERO,
        bid_qty: Qty::ZERO,
        ask: "0.42".parse().unwrap(),
        ask_qty: Qty::ONE,
    }));
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::PriceCollar);
    // A ticker does not keep a frozen quote fresh.
    desk.quote("0.40", "0.42");
    desk.now = Nanos::from_secs(30);
    let probability = "0.41".parse().unwrap();
    let odds = Odds { bid: probability, ask: probability, last: probability, volume: Qty::ONE };
    desk.send(Body::Odds(odds));
    assert_eq!(desk.buy("0.42", "1"), RefusalCode::StaleFeed);
}

/// Explanations say which rules an order passed before one refused it.
#[test]
fn rules_are_asked_in_the_order_that_is_told() {
    let mut desk = Desk::open();
    for qty in ["330", "1", "1"] {
        assert_eq!(desk.buy("0.42", qty), RefusalCode::Approved);
    }
    let command = |code| Body::Command(Command { code, uid: 0, pid: 0, slot: 0, value: 0 });
    desk.send(command(CommandCode::Halt));
    desk.send(Body::Gap(Gap { expected: 1, received: 3, reason: GapReason::Sequence }));
    desk.now = EXPIRY;
    // Everything is wrong with it, and then one thing less each time.
    let mut seen = Vec::new();
    let mut broken = desk.decision(0, Side::Buy, "0.47", "501");
    broken.score += 1;
    seen.push(desk.judge(&broken));
    seen.push(desk.buy("0.47", "501"));
    desk.send(command(CommandCode::Resume));
    seen.push(desk.buy("0.47", "501"));
    desk.now = Nanos::from_secs(500);
    seen.push(desk.buy("0.47", "501"));
    // A snapshot closes the gap, and grows old.
    desk.send(Body::Gap(Gap { expected: 1, received: 3, reason: GapReason::Sequence }));
    desk.quote("0.40", "0.42");
    desk.now = Nanos::from_secs(600);
    seen.push(desk.buy("0.47", "501"));
    desk.quote("0.40", "0.42");
    seen.push(desk.buy("0.47", "501"));
    seen.push(desk.buy("0.47", "500"));
    seen.push(desk.buy("0.46", "500"));
    seen.push(desk.buy("0.42", "330"));
    desk.report(OrderId::new(Account::shadow(SlotId(0)), 2), ExecType::Canceled, true, "1");
    seen.push(desk.buy("0.42", "330"));
    assert_eq!(seen, ASKED_IN_ORDER);
}

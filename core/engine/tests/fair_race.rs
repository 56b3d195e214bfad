//! The race is fair: in which order the competitors are registered changes nobody's result, to the bit.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod random_market;

use random_market::{Dice, Records, fused, tape};
use royale_engine::{Context, Intent, Strategy};
use royale_journal::Record;
use royale_model::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

const COMPETITORS: usize = 4;
/// Events between two looks at what the competitors have seen.
const EPOCH: u64 = 256;

/// Trades with dice of its own, and adds up what it sees.
struct Competitor {
    dice: Dice,
    seen: u64,
    sum: DefaultHasher,
    /// The sum at the end of each epoch.
    epochs: Arc<Mutex<Vec<u64>>>,
}

impl Strategy for Competitor {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if event.kind() != EventKind::ExecutionReport {
            // What the market said and when, without the number that counts everybody's reports.
            let time = (event.time(), event.venue_time(), event.instrument());
            (time.0.raw(), time.1.raw(), time.2.0, format!("{:?}", event.body()))
                .hash(&mut self.sum);
            self.seen += 1;
            if self.seen.is_multiple_of(EPOCH) {
                self.epochs.lock().unwrap().push(self.sum.finish());
            }
        }
        let id = InstrumentId((self.dice.below(4) == 0).into());
        let (Some(instrument), Some(view)) = (context.instrument(id), context.market(id)) else {
            return;
        };
        let Some(mid) = view.mid().filter(|_| event.is_last() && self.dice.below(3) == 0) else {
            return;
        };
        if let Some(oldest) = context.open_orders().first().copied()
            && self.dice.below(2) == 0
        {
            context.cancel(oldest.id, &Reasons::new());
        }
        let side = if self.dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let offset = Price::from_raw(instrument.tick.raw() * (self.dice.below(5) - 2));
        context.submit(&Intent {
            instrument: id,
            side,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::GoodTillCancel,
            price: mid.saturating_add(offset).floor_to(instrument.tick),
            qty: if id.0 == 0 {
                Qty::from_int(1 + self.dice.below(40))
            } else {
                Qty::from_raw(1_000_000)
            },
            confidence: 0.5,
            regime: Regime::Unknown,
            reasons: Reasons::new().because(Feature::RULE, 1.0, 1.0),
        });
    }
}

/// One race with the competitors in this order: what each of them said, sent and heard, and its sums.
fn race(order: [usize; COMPETITORS]) -> [(Vec<String>, Vec<u64>); COMPETITORS] {
    let epochs: [Arc<Mutex<Vec<u64>>>; COMPETITORS] = Default::default();
    let competitor = |&who: &usize| Competitor {
        dice: Dice(who as u64 * 1_000_003),
        seen: 0,
        sum: DefaultHasher::new(),
        epochs: Arc::clone(&epochs[who]),
    };
    let competitors = order.iter().map(competitor).collect();
    let engine = random_market::engine(competitors, tape(11, 3_000), Records::default());
    let outcome = engine.run(&fused()).unwrap();
    assert_eq!(outcome.feed.error, None);
    let records = outcome.order.recorder.0;
    std::array::from_fn(|who| {
        let slot = order.iter().position(|&at| at == who).unwrap() as u16;
        let life = records.iter().filter_map(|record| line(record, slot)).collect();
        (life, std::mem::take(&mut *epochs[who].lock().unwrap()))
    })
}

/// A record of one slot's shadow account, without the numbers that say which slot it is or how many
/// others there are.
fn line(record: &Record, slot: u16) -> Option<String> {
    let own = Account::shadow(SlotId(slot));
    let is_own = |id: OrderId| id.account() == own;
    match record {
        Record::Decision(d) if d.slot.0 == slot => {
            let what = (d.action, d.order.index(), d.instrument, d.side, d.price, d.qty);
            Some(format!("{:?} {what:?} {:?}", d.time, d.ord_type))
        }
        Record::Verdict(v) if is_own(v.order) => {
            Some(format!("{:?} {} {:?} {} {}", v.time, v.order.index(), v.code, v.actual, v.limit))
        }
        Record::Order(o) if is_own(o.id) => {
            Some(format!("{:?} {} {:?} {:?}", o.time, o.id.index(), o.price, o.qty))
        }
        Record::Event(event) => match event.body() {
            Body::ExecutionReport(r) if is_own(r.order) => {
                let said = (r.exec, r.side, r.is_final, r.last_price, r.last_qty, r.fee, r.reject);
                Some(format!("{:?} {} {said:?}", event.time(), r.order.index()))
            }
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn the_order_of_registration_changes_nobodys_result() {
    let mut orders = Vec::new();
    for nth in 0..COMPETITORS.pow(COMPETITORS as u32) {
        let order: [usize; COMPETITORS] =
            std::array::from_fn(|at| nth / COMPETITORS.pow(at as u32) % COMPETITORS);
        if (0..COMPETITORS).all(|who| order.contains(&who)) {
            orders.push(order);
        }
    }
    assert_eq!(orders.len(), 24);
    let first = race(orders[0]);
    for (life, epochs) in &first {
        let fills = life.iter().filter(|line| line.contains("(Trade")).count();
        assert!(fills > 30, "too few fills to mean anything: {fills}");
        assert!(epochs.len() > 8 && *epochs == first[0].1, "they see different events");
    }
    for order in &orders[1..] {
        assert!(race(*order) == first, "{order:?} is another race than {:?}", orders[0]);
    }
}

//! Strategies that are said to be the same, side by side on the same events: what one decides all must
//! decide, to the bit. A small venue of dice answers their orders, so that they come to hold something.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::*;
use zerocopy::IntoBytes;

/// One of them, with all that is its own.
struct Seat {
    name: String,
    strategy: Box<dyn Strategy>,
    portfolio: Portfolio,
    outbox: Outbox,
}

/// All of them, before one market.
pub struct Duel {
    table: Vec<Instrument>,
    market: Market,
    seats: Vec<Seat>,
    seq: u64,
    now: Nanos,
    open: Vec<Decision>,
}

/// What the venue says next.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Acknowledge,
    Fill,
    Reject,
}

impl Duel {
    pub fn new(table: &[Instrument]) -> Self {
        let (market, open) = (Market::new(table, 64), Vec::new());
        let table = table.to_vec();
        Self { table, market, seats: Vec::new(), seq: 0, now: Nanos::ZERO, open }
    }

    #[must_use]
    pub fn with(mut self, name: &str, strategy: impl Strategy + 'static) -> Self {
        let (portfolio, outbox) = (Portfolio::new(self.table.len()), Outbox::default());
        let name = name.to_owned();
        self.seats.push(Seat { name, strategy: Box::new(strategy), portfolio, outbox });
        self
    }

    /// Another strategy takes a seat over, with what its predecessor holds and has open.
    pub fn replace(
        &mut self,
        seat: usize,
        by: impl FnOnce(&mut dyn Strategy) -> Box<dyn Strategy>,
    ) {
        let seat = &mut self.seats[seat];
        seat.strategy = by(seat.strategy.as_mut());
    }

    /// Plays an event to all; what all decided.
    pub fn play(&mut self, event: &Event) -> Vec<Decision> {
        self.step(event);
        let first = &self.seats[0];
        let wanted = first.outbox.decisions();
        for seat in &self.seats[1..] {
            let found = seat.outbox.decisions();
            assert!(
                wanted.as_bytes() == found.as_bytes(),
                "on {event:?}\n{} decides {wanted:#?}\n{} decides {found:#?}",
                first.name,
                seat.name,
            );
        }
        let decisions = wanted.to_vec();
        let orders = decisions.iter().filter(|decision| decision.action == Action::Submit);
        self.open.extend(orders);
        decisions
    }

    /// Plays an event to all; do they all decide the same? Orders go nowhere.
    pub fn agree(&mut self, event: &Event) -> bool {
        self.step(event);
        let said = |seat: &Seat| seat.outbox.decisions().as_bytes().to_vec();
        self.seats.iter().all(|seat| said(seat) == said(&self.seats[0]))
    }

    fn step(&mut self, event: &Event) {
        self.seq += 1;
        self.now = self.now.max(event.time());
        let event = event.sequenced(self.seq, self.now);
        self.market.apply(&event);
        for seat in &mut self.seats {
            seat.portfolio.apply(&event);
            seat.outbox.clear();
            let mut context = Context::new(
                SlotId(0),
                self.seq,
                self.now,
                &self.market,
                &mut seat.portfolio,
                &mut seat.outbox,
            );
            seat.strategy.on_event(&event, &mut context);
            assert_eq!(seat.outbox.fault(), None, "{}", seat.name);
        }
    }

    /// The venue answers the oldest order, if there is one.
    pub fn answer(&mut self, answer: Answer) {
        let Some(&order) = self.open.first() else { return };
        let (exec, reject) = match answer {
            Answer::Acknowledge => (ExecType::New, RejectReason::None),
            Answer::Fill => (ExecType::Trade, RejectReason::None),
            Answer::Reject => (ExecType::Rejected, RejectReason::RiskRefused),
        };
        let is_final = exec != ExecType::New;
        if is_final {
            self.open.remove(0);
        }
        let stamp =
            Stamp { seq: 0, time: self.now, venue_time: Nanos::ZERO, instrument: order.instrument };
        let report = Body::ExecutionReport(ExecutionReport {
            order: order.order,
            exec,
            side: order.side,
            is_final,
            liquidity: Liquidity::Taker,
            last_price: Price::from_int(100),
            last_qty: order.qty,
            fee: 0,
            reject,
        });
        let said = self.play(&Event::new(stamp, report, EventFlags::default()));
        assert_eq!(said, [], "dip and its like answer trades alone");
    }
}

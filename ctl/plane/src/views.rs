//! What the board answers: rows for tables, stories for orders, counts for doubts.

use crate::accounts::Stakes;
use crate::board::{Board, Clock, SettlementRow};
use crate::commands::CommandRow;
use crate::curve::Curve;
use crate::explain::{Explanation, explain};
use crate::funnel::Funnel;
use crate::gate::DeflatedSharpe;
use crate::metrics::MetricsRow;
use crate::orders::{OrderLife, OrderLog, Report};
use crate::quality::Quality;
use crate::rows::{HouseRow, OrderRow, PositionRow, Standing, TradeRow, status_name};
use crate::sentence::short_reason;
use crate::slot_log::Running;
use crate::text::stamp;
use crate::track::TrackRecord;
use crate::trips::{Closing, RoundTrip};
use royale_model::{
    Account, Instrument, InstrumentId, Notional, OrderId, Position, Price, Seq, Side, SlotChange,
    SlotId, Tier,
};

impl Board {
    /// The leaderboard: by equity of the shadow accounts, then by slot.
    pub fn standings(&self) -> Vec<Standing> {
        let mut open = vec![0_u64; self.slots.len()];
        for account in self.orders.open().map(|life| life.id.account()) {
            if let Some(count) =
                open.get_mut(account.slot().index()).filter(|_| !account.is_house())
            {
                *count += 1;
            }
        }
        let mut order: Vec<(Notional, u16)> =
            (0_u16..).zip(&self.slots).map(|(id, _)| (self.slot_equity(SlotId(id)), id)).collect();
        order.sort_by_key(|&(equity, id)| (std::cmp::Reverse(equity), id));
        let open = &open;
        (1..).zip(order).map(|(rank, (equity, id))| self.standing(rank, equity, id, open)).collect()
    }

    fn standing(&self, rank: u64, equity: Notional, id: u16, open: &[u64]) -> Standing {
        let slot = SlotId(id);
        let at = slot.index();
        let initial = self.stakes.capital.per_slot;
        let (fees, turnover) = self
            .accounts
            .shadow(slot)
            .map_or((Notional::ZERO, Notional::ZERO), |books| self.accounts.costs(books));
        let funnel = &self.funnels[at];
        Standing {
            rank,
            slot_id: id,
            slot: self.slots[at].clone(),
            equity: equity.to_string(),
            profit: profit(equity, initial).to_string(),
            return_ratio: ratio(equity, initial),
            metrics: self.metrics(slot),
            deflated_sharpe: self.deflated_sharpe(slot, self.slots.len() as u64),
            turnover: turnover.to_string(),
            exposure: self.accounts.slot_exposure(slot).unwrap_or(Notional::ZERO).to_string(),
            fees: fees.to_string(),
            fills: funnel.fills[0],
            open_orders: open[at],
            decisions: funnel.submits,
            refused: funnel.refused[0],
            allocation_bp: self.shares.of(slot),
            tier: self.tier(slot).name(),
            last_reason: self.newest[at].as_ref().map(short_reason).unwrap_or_default(),
        }
    }

    /// The house account.
    pub fn house_row(&self) -> HouseRow {
        let equity = self.house_equity();
        let initial = self.stakes.capital.house;
        let (fees, turnover) = self.accounts.costs(self.accounts.house());
        let open = self.orders.open().filter(|life| life.id.account().is_house()).count();
        let exposure = self.instrument_ids().fold(Notional::ZERO, |sum, (id, instrument)| {
            let position = self.accounts.house_position(id);
            let value =
                self.accounts.mark(id).and_then(|mark| instrument.value(mark, position.qty));
            let value =
                value.and_then(|v| self.accounts.in_capital(v.abs(), instrument.currency()));
            value.and_then(|value| sum.checked_add(value)).unwrap_or(sum)
        });
        HouseRow {
            equity: equity.to_string(),
            profit: profit(equity, initial).to_string(),
            return_ratio: ratio(equity, initial),
            metrics: self.house.metrics.row(),
            deflated_sharpe: self.house.metrics.deflated_sharpe(1),
            turnover: turnover.to_string(),
            exposure: exposure.to_string(),
            fees: fees.to_string(),
            fills: self.funnels.iter().map(|funnel| funnel.fills[1]).sum(),
            open_orders: u64::try_from(open).unwrap_or(u64::MAX),
        }
    }

    /// Open positions: each slot's shadow account, then the house as a whole.
    pub fn positions(&self) -> Vec<PositionRow> {
        let mut rows = Vec::new();
        for (index, name) in (0_u16..).zip(&self.slots) {
            let account = Account::shadow(SlotId(index));
            for (id, instrument) in self.instrument_ids() {
                let position = self.accounts.position(account, id);
                rows.extend(self.position_row(name, "shadow", instrument, id, &position));
            }
        }
        for (id, instrument) in self.instrument_ids() {
            let position = self.accounts.house_position(id);
            rows.extend(self.position_row("house", "house", instrument, id, &position));
        }
        rows
    }

    fn position_row(
        &self,
        slot: &str,
        account: &'static str,
        instrument: &Instrument,
        id: InstrumentId,
        position: &Position,
    ) -> Option<PositionRow> {
        if position.qty.is_zero() {
            return None;
        }
        let mark = self.accounts.mark(id);
        let text = |value: Option<String>| value.unwrap_or_default();
        Some(PositionRow {
            slot: slot.to_owned(),
            account,
            instrument: instrument.symbol.to_string(),
            qty: position.qty.to_string(),
            entry_price: text(entry_price(instrument, position).map(|price| price.to_string())),
            mark: text(mark.map(|price| price.to_string())),
            unrealised: text(
                mark.and_then(|mark| position.unrealised(instrument, mark)).map(|n| n.to_string()),
            ),
            currency: instrument.currency().to_string(),
        })
    }

    /// Orders as rows, oldest first; `keep` chooses.
    pub fn order_rows(&self, keep: impl Fn(&OrderLife) -> bool) -> Vec<OrderRow> {
        self.orders.lives().iter().filter(|life| keep(life)).map(|l| self.order_row(l)).collect()
    }

    fn order_row(&self, life: &OrderLife) -> OrderRow {
        let decision = self.orders.decision_of(life);
        let sent = life.order.as_ref();
        let qty = sent.map(|order| order.qty).or(decision.map(|d| d.qty)).unwrap_or_default();
        let price = sent.map(|order| order.price).or(decision.map(|d| d.price)).unwrap_or_default();
        let refused = life.verdict.filter(|verdict| !verdict.is_approved());
        OrderRow {
            order: life.id.to_string(),
            slot: self.slot_name(life.id.account().slot()).to_owned(),
            account: account_name(life.id.account()),
            instrument: self.symbol(life.instrument),
            side: decision.map_or("", |decision| decision.side.name()),
            qty: qty.to_string(),
            price: price.to_string(),
            status: status_name(life.status),
            filled: life.filled.to_string(),
            average_price: life.average_price().map(|p| p.to_string()).unwrap_or_default(),
            fees: Notional::from_nano(life.fees).to_string(),
            time: decision.map(|decision| stamp(decision.time)).unwrap_or_default(),
            seq: decision.map_or(0, |decision| decision.seq),
            refused_by: refused.map_or("", |verdict| verdict.code.name()),
        }
    }

    /// Closed round trips as rows, in the order in which they closed.
    pub fn trade_rows(&self, keep: impl Fn(&RoundTrip) -> bool) -> Vec<TradeRow> {
        let kept = self.trips.closed().iter().filter(|trip| keep(trip));
        kept.map(|trip| self.trade_row(trip)).collect()
    }

    /// One round trip as a row.
    pub fn trade_row(&self, trip: &RoundTrip) -> TradeRow {
        TradeRow {
            slot: self.slot_name(trip.account.slot()).to_owned(),
            account: account_name(trip.account),
            instrument: self.symbol(trip.instrument),
            direction: if trip.side == Side::Buy { "long" } else { "short" },
            qty: trip.qty.to_string(),
            opened: stamp(trip.opened),
            closed: stamp(trip.closed),
            entry_price: trip.entry.to_string(),
            exit_price: trip.exit.to_string(),
            profit: trip.pnl.to_string(),
            fees: Notional::from_nano(trip.fees).to_string(),
            entry_order: trip.entry_order.to_string(),
            closed_by: match trip.closing {
                Closing::Order(id) => id.to_string(),
                Closing::Settlement => "settlement".to_owned(),
            },
        }
    }

    /// The story of an order; `None` when the journal has no such order.
    pub fn explain(&self, id: OrderId) -> Option<Explanation> {
        self.orders.find(id).map(|life| explain(self, life))
    }
    /// The version that answered input `seq` in a slot.
    pub fn running(&self, slot: SlotId, seq: Seq) -> Running {
        self.slot_log.running(slot, seq)
    }
    /// How often, and why, the engine stopped what a slot ran.
    pub fn stops(&self, slot: SlotId) -> impl Iterator<Item = &SlotChange> + '_ {
        self.slot_log.stops(slot)
    }
    /// The closed round trips that an order's fills belong to.
    pub(crate) fn trips_of(&self, life: &OrderLife) -> Vec<TradeRow> {
        let (account, id) = (life.id.account(), life.instrument);
        let fills: Vec<&Report> = life.reports.iter().filter(|one| one.is_fill()).collect();
        self.trade_rows(|trip| {
            let within = |fill: &&Report| fill.time >= trip.opened && fill.seq <= trip.closed_seq;
            let is_one = trip.entry_order == life.id || trip.closing == Closing::Order(life.id);
            trip.account == account && trip.instrument == id && (is_one || fills.iter().any(within))
        })
    }
    /// Equity of a slot's shadow account; the last one known while it cannot be computed.
    pub fn slot_equity(&self, slot: SlotId) -> Notional {
        let last = self.lines.get(slot.index()).map_or(Notional::ZERO, |line| line.equity);
        self.accounts.slot_equity(slot).unwrap_or(last)
    }
    /// Equity of the house; the last one known while it cannot be computed.
    pub fn house_equity(&self) -> Notional {
        self.accounts.house_equity().unwrap_or(self.house.equity)
    }
    /// Profit of a slot's share of the house.
    pub fn house_share_profit(&self, slot: SlotId) -> Option<Notional> {
        self.accounts.house_share_profit(slot)
    }
    /// Fees that a slot's shadow account paid, in the capital's currency.
    pub fn slot_fees(&self, slot: SlotId) -> Notional {
        self.accounts.shadow(slot).map_or(Notional::ZERO, |books| self.accounts.costs(books).0)
    }
    /// The most that a slot may do now.
    pub fn tier(&self, slot: SlotId) -> Tier {
        self.shares.tier(slot)
    }
    /// What a slot's shadow account showed.
    pub fn track_record(&self, slot: SlotId) -> TrackRecord {
        self.lines.get(slot.index()).map_or_else(TrackRecord::default, |l| l.metrics.track_record())
    }
    /// True for a slot that was stopped and did not go on.
    pub fn is_stopped(&self, slot: SlotId) -> bool {
        self.standing.is_stopped(slot)
    }
    /// Share of the house capital that a slot has now, in basis points.
    pub fn allocation_bp(&self, slot: SlotId) -> i64 {
        self.shares.of(slot)
    }
    /// Figures of a slot's shadow account.
    pub fn metrics(&self, slot: SlotId) -> MetricsRow {
        self.lines.get(slot.index()).map(|line| line.metrics.row()).unwrap_or_default()
    }
    /// Sharpe ratio of a slot's shadow account, as the best of so many tries.
    pub fn deflated_sharpe(&self, slot: SlotId, trials: u64) -> Option<DeflatedSharpe> {
        self.lines.get(slot.index())?.metrics.deflated_sharpe(trials)
    }
    /// Equity curve of a slot's shadow account.
    pub fn curve(&self, slot: SlotId) -> Option<&Curve> {
        self.lines.get(slot.index()).map(|line| &line.curve)
    }
    /// Equity curve of the house.
    pub fn house_curve(&self) -> &Curve {
        &self.house.curve
    }
    /// What became of a slot's decisions.
    pub fn funnel(&self, slot: SlotId) -> Option<&Funnel> {
        self.funnels.get(slot.index())
    }
    /// Event time so far; `None` before the first event.
    pub fn clock(&self) -> Option<Clock> {
        self.clock
    }
    /// All orders.
    pub fn orders(&self) -> &OrderLog {
        &self.orders
    }
    /// All closed round trips.
    pub fn trips(&self) -> &[RoundTrip] {
        self.trips.closed()
    }
    /// What the data was like.
    pub fn quality(&self) -> &Quality {
        &self.quality
    }
    /// Instruments that paid out.
    pub fn settlements(&self) -> &[SettlementRow] {
        &self.settlements
    }
    /// Commands that were sequenced.
    pub fn commands(&self) -> &[CommandRow] {
        &self.commands
    }
    /// What happened to the versions in the slots.
    pub fn slot_changes(&self) -> &[SlotChange] {
        self.slot_log.all()
    }
    /// The instrument table.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }
    /// Names of the slots.
    pub fn slots(&self) -> &[String] {
        &self.slots
    }
    /// What the run started with.
    pub fn stakes(&self) -> &Stakes {
        &self.stakes
    }
    /// True while trading is halted.
    pub fn is_halted(&self) -> bool {
        self.is_halted
    }
    /// Holds the books against themselves, and counts what did not fit into them.
    ///
    /// # Errors
    /// Says what does not balance.
    pub fn check(&self) -> Result<(), String> {
        match (self.accounts.failures(), self.orders.orphans()) {
            (0, 0) => self.accounts.check().and_then(|()| self.check_attribution()),
            (0, orphans) => Err(format!("{orphans} records name an order that was never decided")),
            (failures, _) => Err(format!("{failures} fills could not be booked")),
        }
    }
    /// A slot by its name.
    pub fn slot_named(&self, name: &str) -> Option<SlotId> {
        (0_u16..).zip(&self.slots).find(|(_, known)| *known == name).map(|(id, _)| SlotId(id))
    }
    /// Name of a slot.
    pub fn slot_name(&self, slot: SlotId) -> &str {
        self.slots.get(slot.index()).map_or("unknown slot", String::as_str)
    }
    /// Symbol of an instrument.
    pub fn symbol(&self, id: InstrumentId) -> String {
        self.instruments.get(id.index()).map_or(String::new(), |known| known.symbol.to_string())
    }
    fn instrument_ids(&self) -> impl Iterator<Item = (InstrumentId, &Instrument)> + '_ {
        (0_u32..).map(InstrumentId).zip(&self.instruments)
    }
}

fn account_name(account: Account) -> &'static str {
    if account.is_house() { "house" } else { "shadow" }
}

fn profit(equity: Notional, initial: Notional) -> Notional {
    equity.checked_sub(initial).unwrap_or(Notional::ZERO)
}

/// Profit ÷ capital as a float, for the eye; 0 without capital.
fn ratio(equity: Notional, initial: Notional) -> f64 {
    if initial.raw() <= 0 { 0.0 } else { profit(equity, initial).to_f64() / initial.to_f64() }
}

/// Average entry price for the eye: cost ÷ (quantity × multiplier), or its inverse.
fn entry_price(instrument: &Instrument, position: &Position) -> Option<Price> {
    let one = instrument.value(Price::ONE, position.qty)?.raw();
    let cost = position.cost.raw();
    let (top, bottom) = match instrument.kind {
        royale_model::InstrumentKind::PerpInverse => (one, cost),
        _ => (cost, one),
    };
    let scale = i128::from(royale_model::SCALE);
    i64::try_from(top.checked_mul(scale)?.checked_div(bottom)?).ok().map(Price::from_raw)
}

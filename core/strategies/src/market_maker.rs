//! `market-maker`: quotes both sides of the live contract around what it is worth.
//!
//! Owns the quotes of Avellaneda and Stoikov, their place on the grid and their replacement. Must
//! never cross, quote inside its fees, or have more than one order on a side.

use crate::instruments::{Contracts, is_sound, seconds_left};
use crate::memory;
use crate::orders::{Bound, Deal, Pace, fee_per_unit, fee_reach, is_price, whole_lots};
use crate::parameter::{BuildError, ParamSpec, Parameters};
use crate::pricer::{self, Pricer};
use crate::quoting::{Plan, Reach, explain, on_grid};
use crate::standing::{Standing, Wish};
use royale_engine::strategy::OpenOrder;
use royale_engine::{Context, MarketView, Strategy};
use royale_model::{
    Body, Event, EventKind, Feature, Instrument, InstrumentId, Liquidity, Nanos, Price, Qty, Quote,
    Reasons, Side,
};
use royale_quant::avellaneda::MakerModel;
use royale_quant::flow::BestQuotes;
use royale_quant::memory::{Memory, Passage};

/// The table of parameters.
pub const PARAMETERS: &[ParamSpec] = &[
    ParamSpec::number("gamma", 0.002, (0.0, 10.0), "1/USD", "risk aversion γ"),
    ParamSpec::number(
        "k",
        100.0,
        (1.0, 100_000.0),
        "1/USD",
        "decay of the fill rate with distance from the mid; 100: by e for each cent",
    ),
    ParamSpec::switch("k_estimate", false, "estimates k from prints, within 0.1 and 10 times `k`")
        .remembered(),
    ParamSpec::number(
        "horizon_s",
        60.0,
        (0.1, 3600.0),
        "s",
        "time for which inventory is expected to be held",
    ),
    ParamSpec::number(
        "model_weight",
        0.5,
        (0.0, 1.0),
        "share",
        "weight of the model's fair value in the anchor; the rest is the microprice",
    ),
    ParamSpec::number(
        "margin",
        0.002,
        (0.0, 1.0),
        "USD",
        "least distance of a quote from the anchor beyond the maker's fee",
    ),
    ParamSpec::number("quote_size", 100.0, (0.0, 1e6), "contracts", "quantity of a quote"),
    ParamSpec::number(
        "inventory_max",
        500.0,
        (0.0, 1e6),
        "contracts",
        "largest position, long or short; the side that would pass it is not quoted",
    ),
    ParamSpec::number(
        "requote_ticks",
        5.0,
        (1.0, 1000.0),
        "ticks",
        "replaces a quote only when its price is off by at least this",
    ),
    ParamSpec::number("requote_s", 1.0, (0.0, 3600.0), "s", "least time between quotes of a side"),
    ParamSpec::number("spread_max", 0.10, (0.0, 1.0), "USD", "does not quote into a wider book"),
    ParamSpec::number("close_min_s", 90.0, (0.0, 3600.0), "s", "pulls its quotes before the close"),
    ParamSpec::number("price_min", 0.05, (0.0, 1.0), "USD", "does not quote below this anchor"),
    ParamSpec::number("price_max", 0.95, (0.0, 1.0), "USD", "does not quote above this anchor"),
    pricer::spot_age(),
    pricer::volatility_half_life(),
    pricer::volatility_floor(),
    pricer::basis(),
    pricer::averaging(),
];

/// More than the rounding of a quote to the finest grid.
const ROUNDING: f64 = 2e-9;

/// See the card.
#[derive(Debug)]
pub struct MarketMaker {
    contracts: Contracts,
    pricer: Pricer,
    model: MakerModel,
    /// Distance of prints from the mid; its mean is 1/k.
    reach: Option<Reach>,
    /// Whose prints those are.
    reach_of: InstrumentId,
    blank: Option<Reach>,
    live: InstrumentId,
    /// The last plan, as long as another one would say nearly the same.
    standing: Option<Standing>,
    /// `quote_size` in its lots.
    size: Option<Qty>,
    bids: SidePace,
    asks: SidePace,
    horizon_s: f64,
    model_weight: f64,
    margin: f64,
    quote_size: f64,
    inventory_max: f64,
    requote_ticks: i64,
    spread_max: Price,
    close_min_s: f64,
    price_min: f64,
    price_max: f64,
}

/// New orders and cancels of one side are paced apart, so that a cancel never waits for a quote.
#[derive(Clone, Copy, Debug)]
struct SidePace {
    orders: Pace,
    cancels: Pace,
}

/// What time alone does to a plan until it is too old to stand.
#[derive(Clone, Copy, Debug)]
struct Stays {
    /// The anchor moves by at most this.
    moves: f64,
    /// The share of the horizon in the time left grows by at most this.
    share: f64,
}

impl MarketMaker {
    /// Builds it for a table of instruments.
    ///
    /// # Errors
    /// No event contract, or parameters that contradict each other.
    pub fn new(
        parameters: &Parameters<'_>,
        instruments: &[Instrument],
    ) -> Result<Self, BuildError> {
        let (price_min, price_max) =
            (parameters.number("price_min"), parameters.number("price_max"));
        parameters.require("price_min", "below `price_max`", price_min < price_max)?;
        let size = parameters.number("quote_size");
        let inventory_max = parameters.number("inventory_max");
        parameters.require("inventory_max", "at least `quote_size`", inventory_max >= size)?;
        let estimates = parameters.switch("k_estimate");
        let reach = Reach::new().filter(|_| estimates);
        let pace = Pace::new(parameters.number("requote_s"));
        let pace = SidePace { orders: pace, cancels: pace };
        Ok(Self {
            contracts: Contracts::require(instruments, parameters)?,
            pricer: Pricer::new(parameters)?,
            model: MakerModel { gamma: parameters.number("gamma"), k: parameters.number("k") },
            reach,
            reach_of: InstrumentId::NONE,
            blank: reach,
            live: InstrumentId::NONE,
            standing: None,
            size: None,
            bids: pace,
            asks: pace,
            horizon_s: parameters.number("horizon_s"),
            model_weight: parameters.number("model_weight"),
            margin: parameters.number("margin"),
            quote_size: size,
            inventory_max,
            requote_ticks: parameters.number("requote_ticks") as i64,
            spread_max: Price::from_f64_on_grid(
                parameters.number("spread_max"),
                Price::from_raw(1),
            )
            .unwrap_or(Price::ONE),
            close_min_s: parameters.number("close_min_s"),
            price_min,
            price_max,
        })
    }

    /// `None` when no side should be quoted now.
    fn plan(&mut self, contract: &Instrument, context: &Context<'_>) -> Option<Plan> {
        let now = context.now();
        let left = seconds_left(contract, now);
        self.standing = None;
        if !self.is_sound(context) || left < self.close_min_s || left <= 0.0 {
            return None;
        }
        let quote = context.market(contract.id).and_then(MarketView::best)?;
        let anchor = self.anchor(contract, &quote, context)?;
        let position = context.position(contract.id);
        let stays = self.stays(contract, now);
        let is_in_range = |anchor| (self.price_min..=self.price_max).contains(&anchor);
        if !is_in_range(anchor) {
            let is_far = |stays: &Stays| {
                anchor + stays.moves < self.price_min || anchor - stays.moves > self.price_max
            };
            self.standing =
                stays.filter(is_far).map(|_| Standing::without_quotes((quote, position)));
            return None;
        }
        let size = self.size?;
        let near = Price::from_f64_on_grid(anchor, contract.tick)?;
        let fee = fee_per_unit(contract, near, size, Liquidity::Maker)?.max(0.0);
        let inventory = position.to_f64();
        let k = self.reach.map_or(self.model.k, |reach| reach.k(now.raw(), self.model.k));
        let model = MakerModel { gamma: self.model.gamma, k };
        let quotes = model.binary_quotes(anchor, inventory, self.horizon_s / left)?;
        let least = fee + self.margin;
        let (bid, ask) = on_grid(&quotes, (anchor, least), &quote, contract)?;
        let room = |side: Side| self.room(contract, side, context).is_some();
        let sides = [(bid, room(Side::Buy)), (ask, room(Side::Sell))];
        self.standing = stays
            .filter(|stays| is_in_range(anchor - stays.moves) && is_in_range(anchor + stays.moves))
            .and_then(|stays| self.slack(contract, &stays, inventory, size))
            .map(|slack| {
                let wish = |(price, has_room)| Wish::of(contract, price, has_room, slack);
                let [bid, ask] = sides.map(wish);
                Standing { market: (quote, position), slack, wishes: (bid, ask) }
            });
        let [bid, ask] = sides
            .map(|(price, has_room)| Some(price).filter(|it| has_room && contract.allows(*it)));
        Some(Plan {
            bid,
            ask,
            anchor,
            reservation: quotes.reservation,
            half_spread: quotes.half_spread,
            fee,
            inventory,
        })
    }

    /// How little changes while nothing but time passes, for as long as the value just seen has an
    /// outlook; `None` where more changes: an estimate of k fades, and before the close quotes are pulled.
    fn stays(&self, contract: &Instrument, now: Nanos) -> Option<Stays> {
        let outlook = self.pricer.outlook(contract.id, now).filter(|_| self.reach.is_none())?;
        let (left, then) = (seconds_left(contract, now), seconds_left(contract, outlook.until));
        let share = |left: f64| (self.horizon_s / left).min(1.0);
        let moves = self.model_weight * (outlook.high - outlook.low) + ROUNDING;
        let stays = Stays { moves, share: share(then) - share(left) };
        (then >= self.close_min_s).then_some(stays)
    }

    /// How far quotes move meanwhile, on the grid; `None` where that is not known.
    fn slack(
        &self,
        contract: &Instrument,
        stays: &Stays,
        inventory: f64,
        size: Qty,
    ) -> Option<Price> {
        let tick = contract.tick;
        let reach = self.model.binary_reach(inventory, stays.moves, stays.share);
        // The fee is that of the tick which the anchor is in.
        let priced = stays.moves + tick.to_f64();
        let fee = fee_reach(contract, priced, size, Liquidity::Maker)?;
        // Two numbers that are so far apart may have one tick more between their ticks.
        Some(Price::from_f64_on_grid(reach + fee + ROUNDING, tick)?.saturating_add(tick))
    }

    /// The plan that stands in for one of this moment, if one does.
    fn standing(&self, contract: &Instrument, context: &Context<'_>) -> Option<&Standing> {
        let standing = self.standing.as_ref()?;
        // The value, and so the outlook, is of the same plan: each one looks anew.
        self.pricer.outlook(contract.id, context.now())?;
        let market = (context.market(contract.id)?.best()?, context.position(contract.id));
        (market == standing.market && self.is_sound(context)).then_some(standing)
    }

    fn is_sound(&self, context: &Context<'_>) -> bool {
        is_sound(context, self.live) && is_sound(context, self.contracts.spot)
    }

    /// What the contract is worth: microprice and model, mixed. `None` where either is missing: a
    /// maker who cannot see the underlying should not quote.
    fn anchor(
        &mut self,
        contract: &Instrument,
        quote: &Quote,
        context: &Context<'_>,
    ) -> Option<f64> {
        let two_sided = quote.bid_qty.is_positive() && quote.ask_qty.is_positive();
        let spread = quote.ask.checked_sub(quote.bid)?;
        if !two_sided || !spread.is_positive() || spread > self.spread_max {
            return None;
        }
        let best = BestQuotes {
            bid: quote.bid.to_f64(),
            bid_quantity: quote.bid_qty.to_f64(),
            ask: quote.ask.to_f64(),
            ask_quantity: quote.ask_qty.to_f64(),
        };
        let micro = best.microprice()?;
        if self.model_weight > 0.0 {
            let fair = self.pricer.fair(contract, context.now())?.probability;
            return Some(micro + self.model_weight * (fair - micro));
        }
        Some(micro)
    }

    /// Quantity that a new quote may have, so that the position keeps within its limit; `None` for less
    /// than a lot.
    fn room(
        &self,
        contract: &Instrument,
        side: Side,
        context: &Context<'_>,
    ) -> Option<(Qty, Bound)> {
        let held = context.position(contract.id).to_f64() * side.sign() as f64;
        let room = self.inventory_max - held;
        if self.quote_size <= room {
            return Some((self.size?, Bound::new(Feature::SIZE_ORDER, self.quote_size)));
        }
        Some((whole_lots(contract, room)?, Bound::new(Feature::SIZE_POSITION, self.inventory_max)))
    }

    /// True when a plan could change something on a side now: an order could go, or the one that
    /// rests there be called back.
    fn may_act(&self, side: Side, context: &Context<'_>) -> bool {
        let now = context.now();
        let pace = match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        };
        match self.resting(side, context) {
            None => pace.orders.may_enter(now),
            Some(order) => !order.cancel_sent && order.acknowledged && pace.cancels.may_exit(now),
        }
    }

    /// How far a resting quote may be off.
    fn requote(&self, contract: &Instrument) -> Price {
        Price::from_raw(contract.tick.raw().saturating_mul(self.requote_ticks))
    }

    fn resting<'a>(&self, side: Side, context: &'a Context<'_>) -> Option<&'a OpenOrder> {
        let mut orders = context.open_orders().iter();
        orders.find(|order| order.instrument == self.live && order.side == side)
    }

    fn quote(&mut self, side: Side, plan: Option<&Plan>, context: &mut Context<'_>) {
        let now = context.now();
        let Some(contract) = context.instrument(self.live) else { return };
        let target = plan.and_then(|plan| match side {
            Side::Buy => plan.bid,
            Side::Sell => plan.ask,
        });
        let resting = self.resting(side, context).copied();
        let requote = self.requote(contract);
        let pace = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        match (resting, target) {
            (None, None) => {}
            (None, Some(price)) => {
                if !pace.orders.may_enter(now) {
                    return;
                }
                pace.orders.went(now);
                let room = self.room(contract, side, context);
                let (Some(plan), Some((qty, bound))) = (plan, room) else { return };
                let deal = Deal { instrument: self.live, side, qty, bound };
                context.submit(&deal.resting(price, &explain(plan, side, price)));
            }
            (Some(order), _) if order.cancel_sent || !order.acknowledged => {}
            (Some(order), Some(price)) => {
                let off = price.saturating_sub(order.price).abs();
                if off >= requote && pace.cancels.may_enter(now) {
                    pace.cancels.went(now);
                    let off = off.to_f64();
                    let reasons = Reasons::new()
                        .because(Feature::RESERVATION_PRICE, price.to_f64(), 0.0)
                        .because(Feature::MARKET_PRICE, order.price.to_f64(), off);
                    context.cancel(order.id, &reasons);
                }
            }
            (Some(order), None) => {
                if pace.cancels.may_exit(now) {
                    pace.cancels.went(now);
                    let left = seconds_left(contract, now);
                    let left = if left.is_finite() { left } else { 0.0 };
                    let reasons = Reasons::new().because(Feature::RULE, 1.0, 0.0).because(
                        Feature::TIME_LEFT,
                        left,
                        0.0,
                    );
                    context.cancel(order.id, &reasons);
                }
            }
        }
    }
}

impl Memory for MarketMaker {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        // It is derived from the rest.
        self.standing = None;
        self.pricer.pass(through)?;
        memory::instrument(through, &mut self.reach_of)?;
        // Both estimate k, or neither does.
        self.reach.iter_mut().try_for_each(|reach| reach.pass(through))?;
        for side in [&mut self.bids, &mut self.asks] {
            side.orders.pass(through)?;
            side.cancels.pass(through)?;
        }
        Some(())
    }
}

impl Strategy for MarketMaker {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        let spot = self.contracts.spot;
        if event.instrument() == spot && event.kind() == EventKind::Gap {
            self.pricer.reset();
        }
        // A gap of the live contract pulls the quotes at once; there is no price to wait for.
        let is_gap = event.kind() == EventKind::Gap;
        if !is_price(event) && !is_gap {
            return;
        }
        let Some(live) = self.contracts.live(context) else { return };
        if live != self.live {
            self.live = live;
            if self.reach_of != live {
                (self.reach_of, self.reach) = (live, self.blank);
            }
            let contract = context.instrument(live);
            self.size = contract.and_then(|contract| whole_lots(contract, self.quote_size));
        }
        if event.instrument() == spot {
            let price = context.market(spot).and_then(MarketView::mid);
            if let Some(price) = price.filter(|p| p.is_positive() && is_sound(context, spot)) {
                self.pricer.on_spot(context.now(), price.to_f64(), context.instrument(live));
            }
        } else if event.instrument() != live {
            return;
        } else if let (Body::Trade(trade), Some(reach)) = (event.body(), &mut self.reach)
            && let Some(mid) = context.market(live).and_then(MarketView::mid)
        {
            reach.update(event.time().raw(), trade.price, mid);
        }
        let Some(contract) = context.instrument(live) else { return };
        let standing = self.standing(contract, context);
        let stays = |side| {
            let leaves = |standing: &Standing| {
                standing.leaves(side, self.resting(side, context), self.requote(contract))
            };
            !self.may_act(side, context) || standing.is_some_and(leaves)
        };
        if stays(Side::Buy) && stays(Side::Sell) {
            return;
        }
        let plan = self.plan(contract, context);
        self.quote(Side::Buy, plan.as_ref(), context);
        self.quote(Side::Sell, plan.as_ref(), context);
    }
}

#[cfg(test)]
mod tests;

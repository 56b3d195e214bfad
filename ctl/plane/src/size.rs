//! Where an order's quantity comes from: what was asked, the caps, the share of the house.
//!
//! Owns the words. The house's quantity is reckoned by the gate's own rule and held against the order
//! that was sent; must never show one without the other.

use crate::accounts::Caps;
use crate::orders::Ask;
use crate::reasons::short;
use crate::text::human_nano;
use royale_engine::risk::HouseSize;
use royale_model::{Decision, Feature, Instrument, Notional, Order, Qty, Tier};
use serde::Serialize;

/// A quantity and all that it comes from; amounts as decimal text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SizeView {
    /// What the decision asked for; the shadow account trades it as it is.
    pub asked: String,
    /// What was sent; empty for a refused decision.
    pub sent: String,
    /// The slot's share of the house, in basis points; only of a house order.
    pub share_bp: Option<i64>,
    /// House capital ÷ slot capital; only of a house order.
    pub house_scale: Option<String>,
    /// What the house should trade by these numbers; only of a house order.
    pub reckoned: Option<String>,
    /// True when what was sent is what these numbers give.
    pub agrees: bool,
    /// In words.
    pub sentences: Vec<String>,
}

/// The size of an order; `is_house` says whose it is.
pub(crate) fn size_view(
    ask: &Ask,
    size: &HouseSize,
    order: Option<&Order>,
    is_house: bool,
    instrument: Option<&Instrument>,
    caps: &Caps,
) -> SizeView {
    let decision = &ask.decision;
    let asked = human_nano(decision.qty.raw());
    let reckoned = if is_house { size.qty() } else { decision.qty };
    let agrees = order.is_none_or(|order| order.qty == reckoned);
    let mut sentences: Vec<String> = own_sentence(decision).into_iter().collect();
    if is_house {
        sentences.extend(house_sentences(size, ask.tier, instrument));
    } else {
        sentences
            .push(format!("The decision asked for {asked}; the shadow account trades it whole."));
    }
    if let (Some(order), false) = (order, agrees) {
        let (sent, reckoned) = (human_nano(order.qty.raw()), human_nano(reckoned.raw()));
        sentences.push(format!("But {sent} was sent, not {reckoned}."));
    }
    let traded = instrument.filter(|_| order.is_some() || reckoned.is_positive());
    sentences.extend(traded.and_then(|known| {
        let qty = order.map_or(reckoned, |order| order.qty);
        let price = order.map_or(decision.price, |order| order.price);
        caps_sentence(known, qty, known.value(price, qty), is_house, caps)
    }));
    SizeView {
        asked: decision.qty.to_string(),
        sent: order.map(|order| order.qty.to_string()).unwrap_or_default(),
        share_bp: is_house.then_some(size.share_bp),
        house_scale: is_house.then(|| Qty::from_raw(size.scale).to_string()),
        reckoned: is_house.then(|| size.qty().to_string()),
        agrees,
        sentences,
    }
}

/// How the strategy came to what it asked for, as far as it said so.
fn own_sentence(decision: &Decision) -> Option<String> {
    let steps = decision.attributions().iter().filter(|step| step.feature.is_size());
    let told: Vec<String> = steps
        .map(|step| {
            let value = f64::from(step.value);
            match step.feature {
                Feature::SIZE_KELLY => format!(
                    "the whole Kelly stake, after fees, is {} % of the bankroll",
                    short(value * 100.0)
                ),
                Feature::SIZE_STAKE => {
                    format!(
                        "the fraction of it that is put down buys {}, which binds",
                        short(value)
                    )
                }
                Feature::SIZE_BUDGET => format!("the budget binds ({})", short(value)),
                Feature::SIZE_POSITION => format!("the largest position binds ({})", short(value)),
                Feature::SIZE_ORDER => format!("the largest order binds ({})", short(value)),
                Feature::SIZE_BOOK => format!("what is offered binds ({})", short(value)),
                _ => format!("all that is held, {}", short(value)),
            }
        })
        .collect();
    (!told.is_empty()).then(|| format!("The strategy's own size: {}.", told.join("; ")))
}

fn house_sentences(size: &HouseSize, tier: Tier, instrument: Option<&Instrument>) -> Vec<String> {
    let number = |qty: Qty| human_nano(qty.raw());
    let why = if tier.may_hold() { "" } else { " (shadow tier)" };
    let share = format!("{:.2} %{why}", size.share_bp as f64 / 100.0);
    let scale = human_nano(size.scale);
    let lot = instrument
        .map_or_else(|| "a lot".to_owned(), |known| format!("lots of {}", number(known.lot)));
    let mut told = Vec::new();
    if size.closing.is_positive() {
        told.push(format!(
            "{} of {} reduce the shadow's position of {}: the house closes the same part of its {}, {} in {lot}.",
            number(size.closing),
            number(size.asked),
            number(size.shadow_held),
            number(size.house_held),
            number(size.closed),
        ));
    }
    let rest = size.asked.saturating_sub(size.closing);
    if rest.is_positive() {
        told.push(format!(
            "{} asked × {share} of the house × {scale} (house capital ÷ slot capital) = {} in {lot}.",
            number(rest),
            number(size.opened),
        ));
    }
    told
}

fn caps_sentence(
    instrument: &Instrument,
    qty: Qty,
    worth: Option<Notional>,
    is_house: bool,
    caps: &Caps,
) -> Option<String> {
    let (_, most) = caps.order_qty.iter().find(|(kind, _)| *kind == instrument.kind)?;
    let position = if is_house { caps.house_position } else { caps.position };
    let worth = worth.map_or_else(String::new, |worth| {
        format!(" worth {} at most {} (R2),", crate::human(worth.abs()), crate::human(caps.order))
    });
    Some(format!(
        "Caps: {} of at most {} (R1),{worth} the position at most {} (R7).",
        human_nano(qty.raw()),
        human_nano(most.raw()),
        crate::human(position)
    ))
}

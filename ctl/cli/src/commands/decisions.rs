//! `ctl decisions`: what the strategies wanted, and why, in their own reasons.

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::{names, out, source};
use clap::Args;
use royale_journal::{Reader, Record};
use royale_model::{Action, Decision};
use royale_plane::{RegimeView, adds_up, sentence, stamp};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// `ctl decisions`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl decisions -n 10\n  ctl decisions --slot fair-value --submits --json | jq .score"
)]
pub struct DecisionsArgs {
    /// Only this slot
    #[arg(long, value_name = "SLOT")]
    slot: Option<String>,
    /// Only decisions to submit
    #[arg(long)]
    submits: bool,
    /// The newest N; 0 for all
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    last: usize,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, a damaged one, or no such slot.
pub fn run(args: &DecisionsArgs) -> Result<(), Failure> {
    let journal = source::journal(args.source.journal.as_deref(), &args.source.socket)?;
    let mut reader = Reader::open(&journal)?;
    let preamble = reader.preamble().clone();
    let known = &preamble.slots;
    let wanted = match &args.slot {
        Some(name) => {
            let at = known.iter().position(|slot| slot == name);
            Some(at.ok_or_else(|| names::no_slot(name, known))?)
        }
        None => None,
    };
    let mut kept: VecDeque<Decision> = VecDeque::new();
    while let Some(record) = reader.next_record()? {
        let Record::Decision(decision) = record else { continue };
        if wanted.is_some_and(|at| decision.slot.index() != at)
            || (args.submits && decision.action != Action::Submit)
        {
            continue;
        }
        if args.last > 0 && kept.len() == args.last {
            kept.pop_front();
        }
        kept.push_back(decision);
    }
    if kept.is_empty() {
        out::remark("no such decisions");
    }
    for decision in &kept {
        let slot = known.get(decision.slot.index()).map_or("unknown slot", String::as_str);
        let instrument = preamble.instruments.get(decision.instrument.index());
        if args.source.json {
            let symbol = instrument.map(|known| known.symbol.to_string());
            out::json_line(&document(decision, slot, symbol.as_deref()))?;
        } else {
            let text = sentence(decision, instrument, slot);
            let time = stamp(decision.time);
            let order = order_name(decision).unwrap_or_else(|| "no order".to_owned());
            out::data(&format!("{time}  #{}  {}  {}\n", decision.seq, order, out::clean(&text)))?;
        }
    }
    Ok(())
}

/// The order that a decision names; an abstention names none.
fn order_name(decision: &Decision) -> Option<String> {
    (decision.action != Action::Abstain).then(|| decision.order.to_string())
}

/// A decision as JSON.
pub fn document(decision: &Decision, slot: &str, instrument: Option<&str>) -> Value {
    let reasons: Vec<Value> = decision
        .attributions()
        .iter()
        .map(|reason| {
            json!({
                "feature": reason.feature.name(),
                "value": reason.value,
                "contribution": royale_model::Price::from_raw(reason.contribution).to_string(),
            })
        })
        .collect();
    json!({
        "seq": decision.seq,
        "time": stamp(decision.time),
        "slot": slot,
        "action": decision.action.name(),
        "order": order_name(decision),
        "instrument": instrument,
        "side": decision.side.name(),
        "price": decision.price.to_string(),
        "qty": decision.qty.to_string(),
        "score": royale_model::Price::from_raw(decision.score).to_string(),
        "adds_up": adds_up(decision),
        "confidence_bp": decision.confidence_bp,
        "regime": decision.regime.name(),
        "house_regime": RegimeView::from(decision.house_regime),
        "reasons": reasons,
    })
}

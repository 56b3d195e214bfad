//! `ctl why-not`: where the signals of a slot ended, from its own gates over the rules to the venue.

use crate::args::SourceArgs;
use crate::failure::Failure;
use crate::out;
use crate::table::Table;
use crate::{names, source};
use clap::Args;
use royale_model::SlotId;
use royale_plane::{Board, Funnel, Obstacle, rule, sentence, verdict_sentence};
use serde_json::{Value, json};

/// `ctl why-not`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl why-not trend\n  ctl why-not market-maker --journal runs/battle-7 --json"
)]
pub struct WhyNotArgs {
    /// The slot's name or number
    #[arg(value_name = "SLOT")]
    slot: String,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs it.
///
/// # Errors
/// No journal, a damaged one, or no such slot.
pub fn run(args: &WhyNotArgs) -> Result<(), Failure> {
    let board = source::board(&args.source)?.board;
    let slot = names::slot(&board, &args.slot)?;
    let Some(funnel) = board.funnel(slot) else {
        return Err(names::no_slot(&args.slot, board.slots()));
    };
    let name = board.slot_name(slot);
    if args.source.json {
        return out::json(&document(&board, slot, funnel));
    }
    let mut text = format!("{}: from signal to fill\n\n", out::clean(name));
    let mut table = Table::new(&["step", "#shadow", "#house"]);
    for (step, [shadow, house]) in steps(funnel) {
        table.row(vec![step.into(), shadow.to_string().into(), house.to_string().into()]);
    }
    text.push_str(&table.render(out::colours()));
    text.push_str(&obstacles(&board, slot));
    let refusals = funnel.refusals();
    if refusals.is_empty() {
        text.push_str("\nNo rule refused anything.\n");
    } else {
        text.push_str("\nRules that refused, most frequent first:\n");
    }
    for refusal in &refusals {
        let account = if refusal.is_house { "house" } else { "shadow" };
        let (number, _) = rule(refusal.code);
        text.push_str(&format!(
            "  {:>7} × {} {number} ({account}), first {} and last {}\n            {}\n",
            refusal.count,
            refusal.code.name(),
            refusal.first.order,
            refusal.last.order,
            verdict_sentence(&refusal.first)
        ));
    }
    for (reason, count) in funnel.rejects() {
        text.push_str(&format!("  {count:>7} × rejected by the venue (both accounts): {reason}\n"));
    }
    let abstained = funnel.abstained();
    if !abstained.is_empty() {
        text.push_str("\nSignals that its own gates stopped, by the first gate that failed:\n");
    }
    for case in &abstained {
        let gate = case.gate.map_or("no gate named", |gate| gate.name());
        let instrument = board.instruments().get(case.last.instrument.index());
        let told = sentence(&case.last, instrument, name);
        let (count, seq) = (case.count, case.last.seq);
        let told = out::clean(&told);
        text.push_str(&format!("  {count:>7} × {gate}, last at #{seq}\n            {told}\n"));
    }
    if funnel.submits == 0 {
        text.push_str("\nIt never decided to trade: no rule and no venue stood in its way.\n");
    }
    text.push_str(&health(&board, slot, funnel));
    out::data(&text)
}

/// What kept signals of the shadow account from becoming fills, most frequent first.
fn obstacles(board: &Board, slot: SlotId) -> String {
    let all = board.obstacles(slot);
    let Some(first) = all.first() else { return String::new() };
    let Obstacle { stage, reason, count } = first;
    let mut text = format!("\nMost frequent reason: {reason} ({stage}), {count} times.\n");
    let mut table = Table::new(&["stage", "#times", "reason (shadow account)"]);
    for Obstacle { stage, reason, count } in &all {
        table.row(vec![(*stage).into(), count.to_string().into(), reason.into()]);
    }
    text.push_str(&table.render(out::colours()));
    text
}

/// What the author of the strategy should look at: reasons that say nothing, and faults.
fn health(board: &Board, slot: SlotId, funnel: &Funnel) -> String {
    let mut text = String::new();
    let decided = "decisions and abstentions";
    for (count, what) in [
        (funnel.inexact, format!("{decided} whose contributions do not add up to the score")),
        (funnel.without_reason, format!("{decided} without any reason")),
        (funnel.unnamed_features, "reasons that name no known feature".to_owned()),
    ] {
        if count > 0 {
            text.push_str(&format!("  {count:>7} × {what}\n"));
        }
    }
    for stop in board.stops(slot) {
        let (seq, version, why) = (stop.seq, stop.version, stop.fault.name());
        text.push_str(&format!("  stopped at #{seq}: version {version}, because of {why}\n"));
    }
    if text.is_empty() { text } else { format!("\nFor its author:\n{text}") }
}

fn steps(funnel: &Funnel) -> [(&'static str, [u64; 2]); 9] {
    let signals = funnel.submits + funnel.abstentions;
    [
        ("had a signal", [signals, signals]),
        ("stopped by its own gates", [funnel.abstentions, funnel.abstentions]),
        ("decided to submit", [funnel.submits, funnel.submits]),
        ("refused by a rule", funnel.refused),
        ("approved by all rules", funnel.approved),
        ("sent to the venue", funnel.sent),
        ("rejected by the venue", funnel.rejected),
        ("ended by cancel or expiry", funnel.ended),
        ("fills", funnel.fills),
    ]
}

fn document(board: &Board, id: SlotId, funnel: &Funnel) -> Value {
    let slot = board.slot_name(id);
    let step = |pair: [u64; 2]| json!({"shadow": pair[0], "house": pair[1]});
    let refusals: Vec<Value> = funnel
        .refusals()
        .iter()
        .map(|refusal| {
            json!({
                "rule": refusal.code.name(),
                "number": rule(refusal.code).0,
                "account": if refusal.is_house { "house" } else { "shadow" },
                "count": refusal.count,
                "first_order": refusal.first.order.to_string(),
                "first_seq": refusal.first.seq,
                "first_actual": refusal.first.actual,
                "first_limit": refusal.first.limit,
                "last_order": refusal.last.order.to_string(),
                "last_seq": refusal.last.seq,
            })
        })
        .collect();
    let abstained: Vec<Value> = funnel
        .abstained()
        .iter()
        .map(|case| {
            let instrument = board.instruments().get(case.last.instrument.index());
            json!({
                "gate": case.gate.map(|gate| gate.name()),
                "count": case.count,
                "first_seq": case.first.seq,
                "last_seq": case.last.seq,
                "last": sentence(&case.last, instrument, slot),
            })
        })
        .collect();
    let stops: Vec<Value> = board
        .stops(id)
        .map(|stop| json!({"seq": stop.seq, "version": stop.version, "fault": stop.fault.name()}))
        .collect();
    let rejects: Vec<Value> =
        funnel.rejects().map(|(reason, count)| json!({"reason": reason, "count": count})).collect();
    json!({
        "slot": slot,
        "signals": funnel.submits + funnel.abstentions,
        "obstacles": board.obstacles(id),
        "inexact": funnel.inexact,
        "without_reason": funnel.without_reason,
        "unnamed_features": funnel.unnamed_features,
        "stops": stops,
        "decided": funnel.submits,
        "abstentions": funnel.abstentions,
        "abstained": abstained,
        "cancels": funnel.cancels,
        "cancels_refused": funnel.cancels_refused,
        "refused": step(funnel.refused),
        "approved": step(funnel.approved),
        "sent": step(funnel.sent),
        "rejected_by_venue": step(funnel.rejected),
        "ended": step(funnel.ended),
        "fills": step(funnel.fills),
        "refusals": refusals,
        "venue_rejects": rejects,
    })
}

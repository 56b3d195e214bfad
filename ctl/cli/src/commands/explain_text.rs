//! Explanations for people: a headline, the reasons with their shares, the size, the steps.

use super::explain::{Case, SharesChecked};
use crate::out::{self, Paint};
use crate::recompute::Verification;
use crate::table::{Cell, Table};
use crate::versions;
use royale_plane::{Explanation, GateAnswer, InputStory, ReasonTable, RegimeView, TradeRow};

/// The head of an input's story: what it is, who commanded it, what it changed.
pub fn input(story: &InputStory) -> String {
    let title = format!("input {}, {}: {}", story.seq, story.is, story.text);
    let mut text = format!("{}\n", Paint::Bold.on(&out::clean(&title), out::colours()));
    if let Some(command) = &story.command {
        let who = match command.pid {
            0 => format!("the {}", command.by),
            pid => format!("{} (process {pid})", command.by),
        };
        let done = if command.accepted { "done" } else { "refused" };
        let mut told = format!("{}, by {who}, {done}", command.sentence());
        for (word, why) in [("because", &command.reason), ("refused because", &command.refusal)] {
            if !why.is_empty() {
                told.push_str(&format!("; {word}: {why}"));
            }
        }
        text.push_str(&labelled("command", &told));
    }
    if let Some(shares) = &story.allocation {
        let percent = |bp: i64| format!("{:.2} %", bp as f64 / 100.0);
        let (before, after) = (percent(shares.before_bp), percent(shares.after_bp));
        let cap = percent(shares.cap_bp);
        let why = match shares.tier {
            "shadow" => "shadow tier: the house does not follow it".to_owned(),
            _ => format!("no slot above {cap}"),
        };
        let told = format!("{} from {before} to {after}; {why}", shares.slot);
        text.push_str(&labelled("share", &told));
    }
    for change in &story.slot_changes {
        text.push_str(&labelled("slot", change));
    }
    if story.explanations.is_empty() && story.command.is_some() {
        let told =
            "A command is an input: recomputing takes it as it is, and proves what followed.";
        text.push_str(&labelled("", told));
    }
    text.push('\n');
    text
}

/// What the meta-agent makes of the epoch behind an allocation.
pub fn shares(checked: &SharesChecked) -> String {
    let mut text = labelled("agent", &checked.reason);
    let told = match &checked.mismatch {
        None => "VERIFIED: this is what it makes of the epoch, computed again from the journal; \
                 ctl meta posterior shows all of it"
            .to_owned(),
        Some(why) => format!("MISMATCH: {why}"),
    };
    text.push_str(&labelled("", &told));
    text.push('\n');
    text
}

/// One order's story, or an abstention's.
pub fn story(case: &Case, story: &Explanation) -> String {
    let colours = out::colours();
    let title = match story.order.as_str() {
        "" => format!("{} abstained, {}", story.slot, story.instrument),
        order => format!(
            "{order} {} account of {}, {}, {}",
            story.account, story.slot, story.instrument, story.status
        ),
    };
    let mut text = format!("{}\n", Paint::Bold.on(&out::clean(&title), colours));
    text.push_str(&format!("{}\n\n", out::clean(&story.headline)));
    let known = versions::strategy(&case.journal, &case.settings, story.slot_id, &story.runs);
    text.push_str(&labelled("strategy", &versions::sentence(&story.runs, &known)));
    if let Some(reasons) = &story.reasons {
        text.push_str(&reasons_text(reasons));
    }
    text.push_str(&gates_text(&story.gates));
    for (at, sentence) in story.size.iter().flat_map(|size| &size.sentences).enumerate() {
        text.push_str(&labelled(if at == 0 { "size" } else { "" }, sentence));
    }
    for trip in &story.trips {
        text.push_str(&labelled("led to", &trip_sentence(trip)));
    }
    text.push('\n');
    for step in &story.steps {
        let head = format!("{}  #{:<8} {:<8}", step.time, step.seq, step.what);
        text.push_str(&format!("{}  {}\n", Paint::Dim.on(&head, colours), out::clean(&step.text)));
    }
    text.push('\n');
    text
}

/// The word of the engine.
pub fn verdict(verification: &Verification) -> String {
    let paint = match verification {
        Verification::Mismatch { .. } => Paint::Bad,
        Verification::Verified { .. } | Verification::Skipped {} => Paint::Good,
    };
    let colours = out::colours();
    let line = verification.line();
    line.map_or_else(String::new, |line| format!("{}\n", paint.on(&out::clean(&line), colours)))
}

fn labelled(label: &str, text: &str) -> String {
    format!("{label:<9} {}\n", out::clean(text))
}

fn reasons_text(reasons: &ReasonTable) -> String {
    let mut text = String::new();
    if !reasons.reasons.is_empty() {
        let mut table = Table::new(&["reasons  ", "#saw", "#contributes", "#of the score"]);
        for row in &reasons.reasons {
            let share = row.percent_of_score.as_ref();
            let has_sign = row.contribution.starts_with('-') || row.contribution == "0";
            let sign = if has_sign { "" } else { "+" };
            table.row(vec![
                Cell::new(format!("          {}", row.feature)),
                row.value.to_string().into(),
                format!("{sign}{}", row.contribution).into(),
                share.map_or_else(|| "n/a".to_owned(), |share| format!("{share} %")).into(),
            ]);
        }
        text.push_str(&table.render(out::colours()));
    }
    let points = reasons.confidence_bp;
    let confidence = format!("{}.{:02} %", points / 100, points % 100);
    let told = format!("{}; confidence {confidence}", reasons.check());
    text + &labelled("", &told) + &labelled("regime", &regime_text(reasons))
}

fn regime_text(reasons: &ReasonTable) -> String {
    let own = match reasons.regime {
        "unknown" => "the strategy tells none apart".to_owned(),
        known => format!("{known}, by the strategy's own measure"),
    };
    let RegimeView { regime, probability_bp } = reasons.house_regime;
    let house = probability_bp.map(|bp| {
        format!("; {regime} with {}.{:02} %, as the house was last told", bp / 100, bp % 100)
    });
    own + &house.unwrap_or_default()
}

fn gates_text(gates: &[GateAnswer]) -> String {
    let named = |passed: bool| -> Vec<String> {
        let rows = gates.iter().filter(|row| row.passed == passed);
        rows.map(|row| match (&row.actual, &row.limit) {
            (Some(actual), Some(limit)) => format!("{} ({actual} against {limit})", row.gate),
            (Some(actual), None) => format!("{} ({actual})", row.gate),
            _ => row.gate.clone(),
        })
        .collect()
    };
    let mut text = String::new();
    let mut label = "gates";
    for (word, rows) in [("passed", named(true)), ("failed", named(false))] {
        if !rows.is_empty() {
            text.push_str(&labelled(label, &format!("{word}: {}", rows.join(", "))));
            label = "";
        }
    }
    text
}

fn trip_sentence(trip: &TradeRow) -> String {
    let TradeRow { direction, qty, entry_price, exit_price, profit, fees, .. } = trip;
    format!(
        "{direction} {qty}, in at {entry_price} with {}, out at {exit_price} by {} at {}: {profit} \
         after fees of {fees}",
        trip.entry_order, trip.closed_by, trip.closed
    )
}

//! The card of a check: one row for everything that was looked at, with its bound and its verdict.
//!
//! Owns which finding refuses a strategy. Pure: findings and season in, rows out.

use crate::out::Paint;
use crate::table::{Cell, Table};
use royale_codec::findings::{
    Bounded, Findings, HandOver, ModuleFacts, Outcome, Spread, Step, Trial,
};
use royale_plane::{DeflatedSharpe, GateRow, Standing, human_nano, percent};
use serde::Serialize;

/// What a season was worth.
#[derive(Debug, Serialize)]
pub struct Season {
    /// Of its amounts.
    pub currency: String,
    /// Its line on the leaderboard.
    pub standing: Standing,
    /// Its Sharpe ratio less luck.
    pub deflated_sharpe: Option<DeflatedSharpe>,
    /// The validation gate.
    pub gate: [GateRow; 4],
    /// The end of the journal's chain of seals.
    pub seal: String,
}

/// How a row counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Within its bound.
    Pass,
    /// Refuses the strategy.
    Fail,
    /// No bound: good to know.
    Info,
    /// Not offered, or not reached.
    Skipped,
}

/// One row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// `module`, `behaviour`, `season`, `gate`.
    pub stage: &'static str,
    /// What was looked at.
    pub check: &'static str,
    /// What was found.
    pub value: String,
    /// What is allowed; empty where there is no bound.
    pub bound: String,
    /// How it counts.
    pub verdict: Verdict,
    /// Why it is refused; empty where it is not.
    pub why: String,
}

impl Row {
    fn new(stage: &'static str, check: &'static str, value: String, verdict: Verdict) -> Self {
        Self { stage, check, value, bound: String::new(), verdict, why: String::new() }
    }
    fn bound(mut self, bound: impl Into<String>) -> Self {
        self.bound = bound.into();
        self
    }
    fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }
}

/// All rows, in the order of the stages.
pub fn rows(findings: &Findings, season: Option<&Season>) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(facts) = &findings.module {
        rows.extend(module_rows(facts));
    }
    if let Some(refused) = &findings.refused {
        let check = match refused.step {
            Step::Module => "module",
            Step::Start => "init",
        };
        let value = "refused".to_owned();
        rows.push(Row::new("module", check, value, Verdict::Fail).why(&refused.why));
    }
    if let Some(trial) = &findings.trial {
        rows.extend(behaviour_rows(trial));
    }
    if let Some(season) = season {
        rows.extend(season_rows(season));
        rows.extend(season.gate.iter().map(gate_row));
    }
    rows
}

fn module_rows(facts: &ModuleFacts) -> Vec<Row> {
    let imports = match facts.imports.as_slice() {
        [] => "none".to_owned(),
        some => some.join(", "),
    };
    let bounded = |check, figure: Bounded, unit: &str| {
        Row::new("module", check, format!("{}{unit}", count(figure.value)), Verdict::Pass)
            .bound(format!("at most {}", count(figure.limit)))
    };
    vec![
        Row::new("module", "ABI", facts.abi.to_string(), Verdict::Pass),
        Row::new("module", "imports", imports, Verdict::Pass).bound("those of the ABI"),
        bounded("size", facts.bytes, " bytes"),
        bounded("memory", facts.memory_bytes, " bytes, fixed"),
        bounded("compiler's work", facts.compile_weight, " units"),
        Row::new(
            "module",
            "compiled in",
            nanos(facts.compile_us.saturating_mul(1_000)),
            Verdict::Info,
        )
        .bound("this machine"),
    ]
}

fn behaviour_rows(trial: &Trial) -> Vec<Row> {
    let row = |check, value, verdict| Row::new("behaviour", check, value, verdict);
    let mut rows = vec![match &trial.fault {
        None => row("faults", format!("none on {} events", count(trial.asked)), Verdict::Pass),
        Some(fault) => {
            let why = format!(
                "it was disarmed at event {}: {}; docs/strategies/sandboxed.md lists what leads to it",
                fault.seq, fault.fault
            );
            row("faults", fault.fault.clone(), Verdict::Fail).why(why)
        }
    }
    .bound("none")];
    if let Some(fuel) = &trial.fuel {
        let empty = trial.fault.as_ref().is_some_and(|fault| fault.fault == "fuel");
        let by_instructions = fuel.instructions.max >= fuel.limit;
        let mut budget = |check, spread: &Spread, is_empty: bool| {
            let verdict = if is_empty { Verdict::Fail } else { Verdict::Pass };
            let why = if is_empty { "an event wanted more than there is" } else { "" };
            let bound = format!("at most {}", count(fuel.limit));
            rows.push(row(check, of_events(spread, count), verdict).bound(bound).why(why));
        };
        budget("fuel: instructions", &fuel.instructions, empty && by_instructions);
        budget("fuel: host calls", &fuel.host_calls, empty && !by_instructions);
    }
    let time = of_events(&trial.time_ns, nanos);
    rows.push(row("time of an event", time, Verdict::Info).bound("this machine"));
    rows.push(compared("determinism", &trial.determinism, |records| {
        format!("run twice, {} records", count(records))
    }));
    let cuts = trial.look_ahead.cuts.len();
    rows.push(compared("look-ahead", &trial.look_ahead.outcome, |records| {
        format!("tapes cut {cuts} times, {} records", count(records))
    }));
    rows.push(match &trial.hand_over {
        HandOver::NotOffered {} => row("hand-over", "not offered".to_owned(), Verdict::Skipped),
        HandOver::NotReached {} => row("hand-over", "disarmed before".to_owned(), Verdict::Skipped),
        HandOver::Tried { seq, bytes, outcome } => {
            compared("hand-over", outcome, |_| format!("{} bytes after event {seq}", count(*bytes)))
        }
    });
    rows
}

fn compared(check: &'static str, outcome: &Outcome, equal: impl Fn(u64) -> String) -> Row {
    match outcome {
        Outcome::Equal { records } => {
            Row::new("behaviour", check, equal(*records), Verdict::Pass).bound("equal")
        }
        Outcome::Differs { why } => {
            let value = "differs".to_owned();
            Row::new("behaviour", check, value, Verdict::Fail).bound("equal").why(why)
        }
    }
}

fn season_rows(season: &Season) -> Vec<Row> {
    let row = |check, value| Row::new("season", check, value, Verdict::Info);
    let Standing { profit, fees, metrics, .. } = &season.standing;
    let drawdown = metrics.max_drawdown.map_or_else(|| "n/a".to_owned(), percent);
    let by_luck = season.deflated_sharpe.and_then(|deflated| deflated.probability);
    let mut rows = vec![
        row("profit", format!("{profit} {}", season.currency)),
        row("fees", format!("{fees} {}", season.currency)),
        row("max drawdown", drawdown.trim_start_matches('+').to_owned()),
    ];
    if let Some(probability) = by_luck {
        let value = format!("{:.1} % likely", probability * 100.0);
        rows.push(row("better than luck", value));
    }
    rows
}

fn gate_row(gate: &GateRow) -> Row {
    let verdict = if gate.is_met { Verdict::Pass } else { Verdict::Fail };
    Row::new("gate", gate.figure, gate.value.clone(), verdict).bound(&gate.bound).why(&gate.why)
}

/// The rows as a table, and under it what refuses the strategy.
pub fn text(rows: &[Row], colours: bool) -> String {
    let mut table = Table::new(&["stage", "check", "value", "bound", "verdict"]);
    let mut stage = "";
    for row in rows {
        let (word, paint) = match row.verdict {
            Verdict::Pass => ("pass", Paint::Good),
            Verdict::Fail => ("FAIL", Paint::Bad),
            Verdict::Info => ("info", Paint::Dim),
            Verdict::Skipped => ("–", Paint::Dim),
        };
        let first = if row.stage == stage { "" } else { row.stage };
        stage = row.stage;
        table.row(vec![
            Cell::painted(first, Paint::Bold),
            row.check.into(),
            Cell::new(&row.value),
            Cell::painted(&row.bound, Paint::Dim),
            Cell::painted(word, paint),
        ]);
    }
    let mut text = table.render(colours);
    let failed: Vec<&Row> = rows.iter().filter(|row| row.verdict == Verdict::Fail).collect();
    if failed.is_empty() {
        let word = Paint::Good.on("qualified", colours);
        text.push_str(&format!("\n{word}: it kept every bound\n"));
        return text;
    }
    text.push_str(&format!("\n{}\n", Paint::Bad.on("refused", colours)));
    for row in failed {
        let why: Vec<String> = row.why.lines().map(crate::out::clean).collect();
        text.push_str(&format!("  {}: {}\n", row.check, why.join("\n    ")));
    }
    text
}

/// A distribution over events.
fn of_events(spread: &Spread, figure: fn(u64) -> String) -> String {
    let Spread { p50, p99, max, max_seq } = *spread;
    format!("p50 {}, p99 {}, max {} (event {max_seq})", figure(p50), figure(p99), figure(max))
}

/// A count with separators.
fn count(value: u64) -> String {
    let nano = i64::try_from(value).ok().and_then(|value| value.checked_mul(1_000_000_000));
    nano.map_or_else(|| value.to_string(), human_nano)
}

/// A time in the unit that suits it.
fn nanos(nanos: u64) -> String {
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.1} µs", nanos as f64 / 1e3),
        _ => format!("{:.1} ms", nanos as f64 / 1e6),
    }
}

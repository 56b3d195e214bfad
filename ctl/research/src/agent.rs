//! The house and its meta-agent: who got how much of it, why, and what that was worth.
//!
//! Owns the section. All of it is computed from the journal: shares in force from its commands, the
//! rest from what the agent makes of each epoch. The x axis is that of the equity curves: recorded
//! time without the pauses, one point an epoch.

use crate::chart::{Axis, Frame, Series, bounds, path, series, tick_text, ticks};
use crate::html::{count, esc};
use crate::layers::{Layer, band, stacked};
use crate::page::{Season, colour};
use crate::standings::dot;
use crate::{agent_table, marks};
use royale_meta::{Step, Summary};
use royale_model::{CommandCode, Nanos, SlotId};
use royale_plane::Board;

/// Moves nearer than this are one.
const NEAR: f64 = 0.4;
const REGIMES: [(&str, &str); 3] = [("bear", "bearish"), ("side", "sideways"), ("bull", "bullish")];

/// The section; a sentence for a run without an agent.
pub(crate) fn render(out: &mut String, season: &Season<'_>, points: usize) {
    let (board, steps) = (season.board, season.steps);
    let Some(summary) = Summary::of(steps) else { return };
    out.push_str("<h2>The house and its meta-agent</h2><section class=\"card\">");
    verdict(out, &summary);
    let axis = Axis::of(board);
    out.push_str("<h4>Shares of the house in force</h4>");
    slot_legend(out, board, Some("not given"));
    let marks = marks::of(board);
    shares(out, board, &axis, &marks);
    out.push_str("<h4>Probability of each slot to be the best one</h4>");
    slot_legend(out, board, None);
    fan(out, board, &axis, steps, points);
    regimes(out, &axis, steps, points);
    out.push_str("<h4>What it earned, and what others would have</h4>");
    earnings(out, board, &axis, steps, &summary, points);
    agent_table::render(out, board, steps);
    marks::table(out, &marks);
    out.push_str(
        "<p class=\"note\">P(best), the ranks and the expected returns are of the same draws from what \
         is believed of the slots' means; a 90 % interval leaves out 5 % on either side. That of \
         P(best) says what it would be if one knew which memory is right and which regime comes. \
         Expected is what a slot earns in an epoch more than the mean of all slots. Kept is what the \
         rules leave of a weight: losses in a row, a regime that it does not need. Earnings are \
         shares times the slots' returns at full size, the agent's less what its moves cost; the \
         house account differs by its own fills and frictions. The band takes epochs as independent. \
         Computed again from the journal: <code>ctl meta verify</code>.</p></section>",
    );
}

fn verdict(out: &mut String, summary: &Summary) {
    let regret = &summary.regret;
    if let Some(edge) = regret.edge {
        out.push_str(&format!(
            "<p>The agent's proposals less equal shares, an epoch: <b>{}</b> (90 %: {} to {}): {}.</p>",
            small(edge.mean),
            small(edge.low),
            small(edge.high),
            summary.verdict
        ));
    }
    let modes = summary.modes;
    out.push_str("<dl class=\"stats\">");
    for (name, value) in [
        ("Epochs", count(summary.epochs)),
        ("Only watched", count(modes.warmup)),
        ("Followed", count(modes.follows)),
        ("Not worth a move", count(modes.not_worth_it)),
        ("Benched", count(modes.benched)),
        ("Frozen", count(modes.frozen)),
        ("With a move", count(summary.moves)),
    ] {
        out.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>"));
    }
    out.push_str("</dl>");
}

/// A return of an epoch: small, so with more decimals than others.
pub(crate) fn small(value: f64) -> String {
    format!("{:+.4}\u{a0}%", 100.0 * value)
}

fn slot_legend(out: &mut String, board: &Board, rest: Option<&str>) {
    out.push_str("<div class=\"legend\">");
    for (index, name) in (0_u16..).zip(board.slots()) {
        out.push_str(&format!("<span>{}{}</span>", dot(SlotId(index)), esc(name)));
    }
    if let Some(rest) = rest {
        out.push_str(&format!(
            "<span><span class=\"rest\"><span class=\"dot\"></span></span>{rest}</span>"
        ));
    }
    out.push_str("</div>");
}

/// The class of a slot; the second ten have the colours of the first, and are paler.
fn class(slot: usize) -> String {
    let slot_id = SlotId(u16::try_from(slot).unwrap_or(u16::MAX));
    format!("k{}{}", colour(slot_id), if slot < 10 { "" } else { " second" })
}

/// Shares in force, from the journal's commands alone.
fn shares(out: &mut String, board: &Board, axis: &Axis, marks: &[marks::Mark]) {
    let mut shares = board.stakes().shares.clone();
    let parts = |all: &[i64]| all.iter().map(|&bp| bp as f64 / 10_000.0).collect::<Vec<f64>>();
    let mut moments = vec![(0.0, parts(shares.all()))];
    let is_one = |code| code == CommandCode::Allocate;
    for row in board.commands().iter().filter(|row| is_one(row.command.code)) {
        shares.set(SlotId(row.command.slot), row.command.value);
        let x = axis.x(row.time);
        // Several commands are one move, and the picture has a limit.
        match moments.last_mut() {
            Some((before, last)) if x - *before < NEAR => *last = parts(shares.all()),
            _ => moments.push((x, parts(shares.all()))),
        }
    }
    let classes: Vec<String> = (0..board.slots().len()).map(class).collect();
    let named = classes.iter().zip(board.slots());
    let layers: Vec<Layer<'_>> = named.map(|(class, title)| Layer { class, title }).collect();
    let (lines, letters) = marks::draw(marks, axis);
    let body = stacked(&layers, &moments) + &lines;
    let frame = Frame {
        size: "tall areas",
        label: "Shares of the house, stacked",
        low: 0.0,
        high: 1.0,
        ticks: vec![0.0, 0.25, 0.5, 0.75, 1.0],
    };
    frame.render(out, axis, whole_percent, &body);
    if !letters.is_empty() {
        // Into the frame, whose last element is open to more labels.
        out.truncate(out.len() - "</div>".len());
        out.push_str(&letters);
        out.push_str("</div>");
    }
}

fn whole_percent(part: f64) -> String {
    format!("{:.0} %", 100.0 * part)
}

/// P(best) of every slot.
fn fan(out: &mut String, board: &Board, axis: &Axis, steps: &[Step], points: usize) {
    let line = |slot: usize| {
        let of_step = |step: &Step| (time(step), step.p_best.get(slot).copied().unwrap_or(0.0));
        let all: Vec<(Nanos, f64)> = steps.iter().map(of_step).collect();
        let name = board.slots().get(slot).map_or("", String::as_str);
        series(axis, &class(slot), name, &all, points)
    };
    let all: Vec<Series> = (0..board.slots().len()).map(line).collect();
    let top = all.iter().flat_map(|line| &line.points).map(|point| point.1).fold(0.0, f64::max);
    let high = (top * 1.05).clamp(0.1, 1.0);
    let body: String = all.iter().map(|line| path(line, 0.0, high)).collect();
    let frame = Frame {
        size: "tall fan",
        label: "Probability of each slot to be the best one",
        low: 0.0,
        high,
        ticks: ticks(0.0, high, 5),
    };
    frame.render(out, axis, whole_percent, &body);
}

/// The ribbon of regimes, beneath the fan.
fn regimes(out: &mut String, axis: &Axis, steps: &[Step], points: usize) {
    let every = steps.len().div_ceil(points.max(1)).max(1);
    let moments: Vec<(f64, Vec<f64>)> = steps
        .iter()
        .step_by(every)
        .map(|step| (axis.x(time(step)), step.regimes.clone()))
        .collect();
    let layers = REGIMES.map(|(class, title)| Layer { class, title });
    out.push_str("<div class=\"legend below\"><span>Regime foretold for the next epoch</span>");
    for (class, title) in REGIMES {
        out.push_str(&format!(
            "<span><span class=\"{class}\"><span class=\"dot\"></span></span>{title}</span>"
        ));
    }
    out.push_str("</div>");
    let frame = Frame {
        size: "ribbon areas",
        label: "Probabilities of the regimes, stacked",
        low: 0.0,
        high: 1.0,
        ticks: Vec::new(),
    };
    frame.render(out, axis, whole_percent, &stacked(&layers, &moments));
}

/// Cumulative earnings, the edge with its band, and the oracle on an axis of its own.
fn earnings(
    out: &mut String,
    board: &Board,
    axis: &Axis,
    steps: &[Step],
    summary: &Summary,
    points: usize,
) {
    let regret = &summary.regret;
    let best = board.slots().get(regret.best_slot).map_or("?", String::as_str);
    let best_class = class(regret.best_slot);
    let curve = |class: &str, title: &str, value: &dyn Fn(&Step) -> f64| {
        let all: Vec<(Nanos, f64)> = steps.iter().map(|step| (time(step), value(step))).collect();
        series(axis, class, title, &all, points)
    };
    let mut alone = 0.0;
    let fixed: Vec<(Nanos, f64)> = steps
        .iter()
        .map(|step| {
            alone += step.returns.get(regret.best_slot).copied().unwrap_or(0.0);
            (time(step), alone)
        })
        .collect();
    let all = [
        series(axis, &best_class, best, &fixed, points),
        curve("equal", "equal shares", &|step| step.regret.equal),
        curve("house dash", "the agent's proposals", &|step| step.regret.proposed),
        curve("house", "the shares in force", &|step| step.regret.earned),
    ];
    out.push_str("<div class=\"legend\">");
    let best_name = format!("{best} alone, known in hindsight");
    for (class, name, value) in [
        ("ink", "the shares in force", regret.earned),
        ("ink dash", "the agent's proposals", regret.proposed),
        ("equal", "equal shares", regret.equal),
        (best_class.as_str(), best_name.as_str(), regret.best_fixed),
    ] {
        key(out, class, name, &format!("{:+.3} %", 100.0 * value));
    }
    out.push_str("</div>");
    crate::chart::plot(out, axis, "tall", "Earned so far, in parts of the house", &all);
    out.push_str("<div class=\"legend\">");
    key(
        out,
        "ink dash",
        "proposals less equal shares so far, with the 90 % band of the edge",
        &format!("{:+.3} %", 100.0 * (regret.proposed - regret.equal)),
    );
    out.push_str("</div>");
    edge(out, axis, steps, points);
    out.push_str("<div class=\"legend\">");
    let oracle = format!("{:+.3} %", 100.0 * regret.oracle);
    key(
        out,
        "equal",
        "whoever knew each epoch's best slot beforehand, on an axis of its own",
        &oracle,
    );
    out.push_str("</div>");
    let oracle = [
        curve("equal", "the oracle", &|step| step.regret.oracle),
        curve("house", "the shares in force", &|step| step.regret.earned),
    ];
    crate::chart::plot(out, axis, "low", "What an oracle would have earned", &oracle);
}

fn key(out: &mut String, class: &str, name: &str, value: &str) {
    out.push_str(&format!(
        "<span><i class=\"key {class}\"></i>{} <em>{value}</em></span>",
        esc(name)
    ));
}

fn edge(out: &mut String, axis: &Axis, steps: &[Step], points: usize) {
    let every = steps.len().div_ceil(points.max(1)).max(1);
    let (mut low, mut mean, mut high) = (Vec::new(), Vec::new(), Vec::new());
    let last = steps.len().saturating_sub(1);
    for (at, step) in steps.iter().enumerate() {
        let Some(band) = step.regret.edge.filter(|_| at % every == 0 || at == last) else {
            continue;
        };
        let (x, epochs) = (axis.x(time(step)), step.regret.epochs as f64);
        low.push((x, epochs * band.low));
        mean.push((x, epochs * band.mean));
        high.push((x, epochs * band.high));
    }
    let line = |points| Series { class: "house dash".into(), title: "edge".into(), points };
    let (below, above) = (line(low), line(high));
    let all = [below, line(mean), above];
    let (bottom, top) = bounds(&all);
    let [below, middle, above] = &all;
    let edges = [&below.points[..], &above.points[..]];
    let body = band("band", "90 % band", edges, (bottom, top)) + &path(middle, bottom, top);
    let frame = Frame {
        size: "mid",
        label: "Proposals less equal shares so far",
        low: bottom,
        high: top,
        ticks: ticks(bottom, top, 4),
    };
    frame.render(out, axis, |tick| tick_text(tick, top - bottom), &body);
}

fn time(step: &Step) -> Nanos {
    Nanos::from_raw(step.time_ns)
}

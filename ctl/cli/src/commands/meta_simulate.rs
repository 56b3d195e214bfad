//! `ctl meta simulate`: regret of our allocator and of others, in several worlds, over many seeds.

mod draw;
mod settings;

use crate::failure::{Code, Failure};
use crate::out::{self, Paint};
use crate::progress::Progress;
use crate::table::{Cell, Table};
use clap::Args;
use royale_meta::simulate::{Case, Contestant, Curve, HOUSE, Study, Verdict, verdicts};
use serde_json::{Value, json};
use settings::Settings;
use std::path::PathBuf;
use std::process::ExitCode;

/// Points of a curve.
const POINTS: usize = 60;

/// `ctl meta simulate`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl meta simulate\n  ctl meta simulate --case nineteen --svg nineteen.svg\n  \
    ctl meta simulate --case rotating --period 100 --means 0.7,0.5,0.5,0.4 --horizon 4000\n  \
    ctl meta simulate --case walk --policy house --policy ucb1 --seeds 5000 --seed 9 --json\n  \
    ctl meta simulate --list\n\n\
    Regret is the sum of what the best arm of each step would have given on average, less what the\n\
    chosen one did. `+all` sees the rewards of all arms, as shadow accounts do; others see their own.\n\
    Exit code 8 if our allocator misses a demand."
)]
pub struct SimulateArgs {
    /// Only this world; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    case: Vec<String>,
    /// Only this policy; may be repeated [default: ours, and ten to compare with]
    #[arg(long, value_name = "POLICY")]
    policy: Vec<String>,
    /// Names of worlds and policies
    #[arg(long, conflicts_with_all = ["case", "policy", "svg"])]
    list: bool,
    /// Runs
    #[arg(long, value_name = "N", default_value_t = 1000)]
    seeds: u32,
    /// Seed of the runs' seeds
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Threads [default: one for each core]; the result does not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Draw the curves: a file for one world, else a folder
    #[arg(long, value_name = "FILE|DIR")]
    svg: Option<PathBuf>,
    /// Print JSON, with every point of every curve
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// A world with its curves.
struct Outcome {
    case: Case,
    curves: Vec<Curve>,
    verdicts: Vec<Verdict>,
}

/// Runs it.
///
/// # Errors
/// Names nobody knows, settings that make no sense, files that cannot be written.
pub fn run(args: &SimulateArgs) -> Result<ExitCode, Failure> {
    if args.list {
        list()?;
        return Ok(ExitCode::SUCCESS);
    }
    let cases = settings::chosen(&args.case, &args.settings)?;
    draw::check(args.svg.as_deref(), cases.len())?;
    let mut outcomes = Vec::with_capacity(cases.len());
    for case in cases {
        outcomes.push(simulate(args, case)?);
    }
    if let Some(path) = &args.svg {
        draw::write(path, &outcomes, args.seeds)?;
    }
    if args.json {
        out::json(&document(args, &outcomes))?;
    } else {
        print(args, &outcomes)?;
    }
    let holds = outcomes.iter().flat_map(|outcome| &outcome.verdicts).all(|verdict| verdict.holds);
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(Code::Mismatch as u8) })
}

fn simulate(args: &SimulateArgs, case: Case) -> Result<Outcome, Failure> {
    let contestants = settings::contestants(&args.policy, &case.world)?;
    let horizon = case.world.horizon;
    let points = POINTS.min(horizon);
    let study = Study {
        world: &case.world,
        contestants: &contestants,
        seeds: args.seeds,
        seed: args.seed,
        checkpoints: (1..=points).map(|point| point * horizon / points).collect(),
        threads: args.threads.unwrap_or_else(cores),
    };
    let bar = Progress::new(&format!("{:18}", case.name), u64::from(args.seeds));
    let curves = study.run(&|| bar.tick());
    drop(bar);
    let curves = curves.map_err(|error| Failure::new(Code::Usage, error))?;
    let verdicts = verdicts(&case.world, &curves);
    Ok(Outcome { case, curves, verdicts })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn list() -> Result<(), Failure> {
    let mut table = Table::new(&["world", "what it asks"]);
    for case in royale_meta::simulate::cases() {
        table.row(vec![case.name.into(), case.about.into()]);
    }
    out::data(&format!("{}\n", table.render(out::colours())))?;
    let mut table = Table::new(&["policy", "what it does"]);
    for (name, about) in royale_meta::simulate::NAMES {
        table.row(vec![(*name).into(), (*about).into()]);
    }
    out::data(&table.render(out::colours()))?;
    out::data(
        "\nWith +all a policy sees the rewards of all arms, with +label there is one for each label of\n\
         the regime, with +pooled ours knows of no regimes.\n",
    )
}

fn print(args: &SimulateArgs, outcomes: &[Outcome]) -> Result<(), Failure> {
    let table = match outcomes {
        [one] => steps_table(one),
        many => worlds_table(many),
    };
    out::data(&table.render(out::colours()))?;
    let worst = outcomes
        .iter()
        .flat_map(|outcome| &outcome.curves)
        .filter_map(Curve::end)
        .map(|point| point.regret_error)
        .fold(0.0, f64::max);
    out::data(&format!(
        "\nRegret at the end, mean of {} runs from seed {}; standard errors up to {worst:.1}.\n\n",
        args.seeds, args.seed
    ))?;
    for outcome in outcomes {
        for verdict in &outcome.verdicts {
            let (word, paint) =
                if verdict.holds { ("holds", Paint::Good) } else { ("FAILS", Paint::Bad) };
            out::data(&format!(
                "{} {:18} {}: {:.1}, limit {:.1}\n",
                paint.on(word, out::colours()),
                outcome.case.name,
                verdict.demand,
                verdict.regret,
                verdict.limit
            ))?;
        }
    }
    Ok(())
}

/// A policy's name; ours is marked.
fn name_cell(name: &str) -> Cell {
    if name == HOUSE { Cell::painted(format!("▶ {name}"), Paint::Bold) } else { name.into() }
}

/// Policies down, worlds across.
fn worlds_table(outcomes: &[Outcome]) -> Table {
    let mut names: Vec<&str> = Vec::new();
    for curve in outcomes.iter().flat_map(|outcome| &outcome.curves) {
        if !names.contains(&curve.name.as_str()) {
            names.push(&curve.name);
        }
    }
    let heads: Vec<String> =
        outcomes.iter().map(|outcome| format!("#{}", outcome.case.name)).collect();
    let heads: Vec<&str> =
        std::iter::once("policy").chain(heads.iter().map(String::as_str)).collect();
    let mut table = Table::new(&heads);
    for name in names {
        let cell = |outcome: &Outcome| {
            let curve = outcome.curves.iter().find(|curve| curve.name == name);
            curve.and_then(Curve::end).map_or_else(String::new, |end| format!("{:.1}", end.regret))
        };
        let row = outcomes.iter().map(|outcome| Cell::new(cell(outcome)));
        table.row(std::iter::once(name_cell(name)).chain(row).collect());
    }
    table
}

/// Policies down, steps across.
fn steps_table(outcome: &Outcome) -> Table {
    let count = outcome.curves.first().map_or(0, |curve| curve.points.len());
    let shown: Vec<usize> = (1..=4).map(|quarter| (quarter * count / 4).max(1) - 1).collect();
    let step = |at: &usize| outcome.curves.first().map_or(0, |curve| curve.points[*at].step);
    let mut heads = vec!["policy".to_owned()];
    heads.extend(shown.iter().map(|at| format!("#{}", step(at))));
    heads.extend(["#±", "#best arm", "#reward"].map(str::to_owned));
    let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for curve in &outcome.curves {
        let mut row = vec![name_cell(&curve.name)];
        row.extend(shown.iter().map(|at| Cell::new(format!("{:.1}", curve.points[*at].regret))));
        if let Some(end) = curve.end() {
            row.push(format!("{:.1}", end.regret_error).into());
            row.push(format!("{:.1} %", end.best_share * 100.0).into());
            row.push(format!("{:.4}", end.reward).into());
        }
        table.row(row);
    }
    table
}

fn document(args: &SimulateArgs, outcomes: &[Outcome]) -> Value {
    let points = |curve: &Curve| -> Vec<Value> {
        let point = |p: &royale_meta::simulate::Point| {
            json!({
                "step": p.step, "regret": p.regret, "regret_error": p.regret_error,
                "best_arm_share": p.best_share, "reward": p.reward,
            })
        };
        curve.points.iter().map(point).collect()
    };
    let sees_all = |name: &str| Contestant::parse(name).is_ok_and(|one| one.sees_all());
    let policy = |curve: &Curve| json!({ "policy": curve.name, "sees_all": sees_all(&curve.name), "points": points(curve) });
    let verdict = |v: &Verdict| json!({ "demand": v.demand, "regret": v.regret, "limit": v.limit, "holds": v.holds });
    let case = |outcome: &Outcome| {
        json!({
            "case": outcome.case.name,
            "about": outcome.case.about,
            "arms": outcome.case.world.arms(),
            "horizon": outcome.case.world.horizon,
            "policies": outcome.curves.iter().map(policy).collect::<Vec<_>>(),
            "verdicts": outcome.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        })
    };
    json!({
        "seeds": args.seeds,
        "seed": args.seed,
        "cases": outcomes.iter().map(case).collect::<Vec<_>>(),
    })
}

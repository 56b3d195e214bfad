//! What was typed becomes worlds and contestants. Must refuse a setting that its world has not.

use crate::failure::{Code, Failure};
use crate::names;
use clap::Args;
use royale_meta::simulate::{Case, Contestant, HOUSE, Motion, Noise, World, cases, evenly};

/// Everybody that ours is compared with.
const OTHERS: [&str; 10] = [
    "thompson",
    "thompson:0.99",
    "epsilon",
    "ucb1",
    "exp3",
    "thompson+all",
    "thompson:0.99+all",
    "hedge+all",
    "equal",
    "static",
];
/// And where a label tells the regime.
const WITH_LABEL: [&str; 2] = ["house+pooled", "thompson+label"];

/// Settings of a world; those that are given replace its own.
#[derive(Args, Debug, Default, PartialEq)]
#[command(next_help_heading = "Settings of the world (with one --case)")]
pub struct Settings {
    /// Steps
    #[arg(long, value_name = "N")]
    horizon: Option<usize>,
    /// Number of arms; their means are spread evenly over the range of the world's own
    #[arg(long, value_name = "N", conflicts_with = "means")]
    arms: Option<usize>,
    /// Means of the arms: 0.6,0.5; of several regimes 0.6,0.4/0.4,0.6
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    means: Option<String>,
    /// Steps between two turns of a rotating world
    #[arg(long, value_name = "N")]
    period: Option<usize>,
    /// Places by which a rotating world turns
    #[arg(long, value_name = "N")]
    step: Option<usize>,
    /// Standard deviation of a step of a walk
    #[arg(long, value_name = "X")]
    walk: Option<f64>,
    /// Probability that a regime stays
    #[arg(long, value_name = "P")]
    stay: Option<f64>,
    /// Probability that the label of a regime is right; `none` for no label
    #[arg(long, value_name = "P")]
    label: Option<String>,
    /// Rewards: `bernoulli`, or the standard deviation of normal ones
    #[arg(long, value_name = "NOISE")]
    noise: Option<String>,
    /// Correlation of the noise of any two arms
    #[arg(long, value_name = "X")]
    correlation: Option<f64>,
}

fn usage(message: impl std::fmt::Display) -> Failure {
    Failure::new(Code::Usage, message)
}

/// The worlds that were asked for, with their settings.
pub fn chosen(wanted: &[String], settings: &Settings) -> Result<Vec<Case>, Failure> {
    let mut known = cases();
    let mut chosen = Vec::new();
    for name in wanted {
        let Some(at) = known.iter().position(|case| case.name == name) else {
            let list: Vec<String> = cases().iter().map(|case| case.name.to_owned()).collect();
            return Err(names::unknown("world", name, &list));
        };
        chosen.push(known.remove(at));
    }
    if wanted.is_empty() {
        chosen = known;
    }
    if *settings != Settings::default() {
        let [case] = &mut chosen[..] else {
            return Err(usage("settings of a world need one --case").remedy("add --case rotating"));
        };
        apply(settings, &mut case.world)?;
    }
    Ok(chosen)
}

/// The contestants that were asked for.
pub fn contestants(wanted: &[String], world: &World) -> Result<Vec<Contestant>, Failure> {
    let parse = |text: &str| Contestant::parse(text).map_err(usage);
    if !wanted.is_empty() {
        return wanted.iter().map(|text| parse(text)).collect();
    }
    let labels: &[&str] = if world.regimes() > 1 { &WITH_LABEL } else { &[] };
    std::iter::once(HOUSE).chain(OTHERS).chain(labels.iter().copied()).map(parse).collect()
}

/// Replaces what is given.
fn apply(settings: &Settings, world: &mut World) -> Result<(), Failure> {
    let Settings { horizon, arms, means, period, step, walk, stay, label, noise, correlation } =
        settings;
    world.horizon = horizon.unwrap_or(world.horizon);
    world.correlation = correlation.unwrap_or(world.correlation);
    if let Some(text) = noise {
        world.noise = if text == "bernoulli" {
            Noise::Bernoulli
        } else {
            Noise::Gaussian { deviation: number(text, "--noise")? }
        };
    }
    let foreign = |name: &str, is_given: bool| {
        if is_given { Err(usage(format!("{name} is no setting of this world"))) } else { Ok(()) }
    };
    let lists: Option<Vec<Vec<f64>>> = means.as_deref().map(rows).transpose()?;
    let one_list = || match lists.as_deref() {
        None => Ok(None),
        Some([list]) => Ok(Some(list.clone())),
        Some(_) => Err(usage("--means: this world has one list")),
    };
    let is_rotating = matches!(world.motion, Motion::Rotating { .. });
    let is_walk = matches!(world.motion, Motion::RandomWalk { .. });
    let is_regimes = matches!(world.motion, Motion::Regimes { .. });
    foreign("--period", period.is_some() && !is_rotating)?;
    foreign("--step", step.is_some() && !is_rotating)?;
    foreign("--walk", walk.is_some() && !is_walk)?;
    foreign("--stay", stay.is_some() && !is_regimes)?;
    foreign("--label", label.is_some() && !is_regimes)?;
    foreign("--arms", arms.is_some() && is_regimes)?;
    foreign("--means", means.is_some() && is_walk)?;
    match &mut world.motion {
        Motion::Stationary { means } => replace(means, one_list()?, *arms),
        Motion::Rotating { means, period: every, step: places } => {
            replace(means, one_list()?, *arms);
            *every = period.unwrap_or(*every);
            *places = step.unwrap_or(*places);
        }
        Motion::RandomWalk { arms: count, deviation } => {
            *count = arms.unwrap_or(*count);
            *deviation = walk.unwrap_or(*deviation);
        }
        Motion::Regimes { means, stay: stays, label_accuracy } => {
            *stays = stay.unwrap_or(*stays);
            if let Some(lists) = lists {
                *means = lists;
            }
            match label.as_deref() {
                None => {}
                Some("none") => *label_accuracy = None,
                Some(text) => *label_accuracy = Some(number(text, "--label")?),
            }
        }
    }
    world.check().map_err(usage)
}

/// Means from a list, or as many as wanted over the same range.
fn replace(means: &mut Vec<f64>, list: Option<Vec<f64>>, arms: Option<usize>) {
    if let Some(list) = list {
        *means = list;
    }
    if let Some(arms) = arms {
        let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let low = means.iter().copied().fold(f64::INFINITY, f64::min);
        // More than any world takes is refused by the world itself.
        *means = evenly(high, low, arms.min(1 << 16));
    }
}

fn rows(text: &str) -> Result<Vec<Vec<f64>>, Failure> {
    let row = |row: &str| row.split(',').map(|cell| number(cell, "--means")).collect();
    text.split('/').map(row).collect()
}

fn number(text: &str, setting: &str) -> Result<f64, Failure> {
    text.trim().parse().map_err(|_| usage(format!("{setting}: `{text}` is no number")))
}

//! Overrides: `BR_SECTION__KEY` variables and options of the command line, turned into entries.
//!
//! A name leads to a path; the key's rule says how to read the text. What does not read as the
//! rule wants stays text, and the reader refuses it like any other wrong type.

use crate::keys::{find, keys};
use crate::names::{self, env_form};
use crate::nearest::nearest;
use crate::parse::{Entry, parse_value};
use crate::place::Origin;
use crate::problem::{Problems, UNKNOWN_KEY};
use crate::rule::Rule;
use crate::value::Value;
use crate::written::Written;

/// Variables that begin so are ours.
pub(crate) const PREFIX: &str = "BR_";

/// Entries of `BR_` variables.
pub(crate) fn from_environment(
    variables: &[(String, String)],
    written: &Written,
    problems: &mut Problems,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (name, text) in variables {
        let origin = Origin::Environment(name.clone());
        match path_of(name.strip_prefix(PREFIX).unwrap_or(name), written) {
            Some(path) if is_slot_name(&path) => refuse_slot_name(origin, path, problems),
            Some(path) => entries.push(entry(path, text, origin)),
            None => problems.push(origin, name, UNKNOWN_KEY, nearest_variable(name, written)),
        }
    }
    entries
}

/// Entries of `key = value` pairs of the command line.
pub(crate) fn from_command_line(
    pairs: &[(String, String)],
    written: &Written,
    problems: &mut Problems,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (path, text) in pairs {
        let origin = Origin::CommandLine;
        let slot = path.strip_prefix("slot.").and_then(|rest| rest.split('.').next());
        match slot.filter(|slot| written.slots().iter().all(|label| label != slot)) {
            Some(slot) if find(path).is_some() => {
                let known = written.slots().iter().map(String::as_str);
                let remedy = crate::nearest::did_you_mean(slot, known);
                problems.push(origin, path, "names no slot", remedy);
            }
            _ if is_slot_name(path) => refuse_slot_name(origin, path.clone(), problems),
            _ => entries.push(entry(path.clone(), text, origin)),
        }
    }
    entries
}

fn is_slot_name(path: &str) -> bool {
    path.starts_with("slot.") && path.ends_with(".name") && find(path).is_some()
}

fn refuse_slot_name(origin: Origin, path: String, problems: &mut Problems) {
    problems.push(origin, path, "cannot be overridden", "rename the slot in the file");
}

fn entry(path: String, text: &str, origin: Origin) -> Entry {
    let value =
        find(&path).map_or_else(|| Value::Text(text.to_owned()), |key| read(key.rule, text));
    Entry { path, value, origin }
}

/// Reads an override's text as its key wants it.
fn read(rule: Rule, text: &str) -> Value {
    let integer = || text.trim().parse().ok().map(Value::Integer);
    let float = || {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(|_| Value::Float(text.trim().to_owned()))
    };
    let flag = || text.trim().parse().ok().map(Value::Flag);
    let read = match rule {
        Rule::Integer { .. } => integer(),
        Rule::Number { .. } => integer().or_else(float),
        Rule::Flag => flag(),
        Rule::Paths | Rule::Cpus | Rule::Uids if text.trim_start().starts_with('[') => {
            parse_value(text)
        }
        Rule::Paths => Some(Value::List(pieces(text).map(|p| Value::Text(p.to_owned())).collect())),
        Rule::Cpus | Rule::Uids => {
            let piece = |p: &str| p.parse().map_or_else(|_| Value::Text(p.into()), Value::Integer);
            Some(Value::List(pieces(text).map(piece).collect()))
        }
        Rule::Param => flag().or_else(integer).or_else(float),
        Rule::Decimal { .. } | Rule::Choice(_) | Rule::Label | Rule::Name => None,
        Rule::Currency | Rule::Speed | Rule::Schedule | Rule::Zone | Rule::Symbol => None,
        Rule::Path | Rule::Sha256 => None,
    };
    read.unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// Comma-separated pieces; nothing for an empty text.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|piece| !piece.is_empty())
}

/// The path that a variable's name (without its prefix) means.
fn path_of(name: &str, written: &Written) -> Option<String> {
    let given: Vec<&str> = name.split("__").collect();
    keys().iter().find_map(|key| {
        let wanted: Vec<&str> = key.path.split('.').collect();
        if wanted.len() != given.len() {
            return None;
        }
        let mut path = String::new();
        for (want, have) in wanted.iter().zip(&given) {
            let segment = match *want {
                "<venue>" => names::VENUES.map(|v| v.name().to_owned()).into_iter().find(is(have)),
                "<currency>" => names::is_currency(have).then(|| (*have).to_owned()),
                "<name>" => written.slots().iter().find(|label| is(have)(label)).cloned(),
                "<key>" => Some(parameter(&path, have, written)),
                literal => is(have)(&literal.to_owned()).then(|| literal.to_owned()),
            }?;
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&segment);
        }
        Some(path)
    })
}

fn is<'a>(have: &'a str) -> impl Fn(&String) -> bool + 'a {
    move |candidate| env_form(candidate) == have
}

/// A parameter's name: one that the slot has, else the variable's in lower case.
fn parameter(params: &str, have: &str, written: &Written) -> String {
    let existing = written.children(params).into_iter().find(is(have));
    existing.unwrap_or_else(|| have.to_ascii_lowercase())
}

fn nearest_variable(name: &str, written: &Written) -> String {
    let mut candidates = Vec::new();
    for key in keys() {
        let spelled = |path: &str| {
            let segments: Vec<_> = path.split('.').map(env_form).collect();
            format!("{PREFIX}{}", segments.join("__"))
        };
        if key.path.starts_with("slot.<name>") {
            let labels = written.slots().iter();
            candidates.extend(labels.map(|label| spelled(&key.path.replace("<name>", label))));
        } else if key.path.starts_with("fees.<venue>") {
            let venues = names::VENUES.iter();
            candidates.extend(venues.map(|v| spelled(&key.path.replace("<venue>", v.name()))));
        } else {
            candidates.push(spelled(key.path));
        }
    }
    match nearest(name, candidates.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "unset it: names that begin with `BR_` are this program's".to_owned(),
    }
}

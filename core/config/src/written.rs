//! What was written: layers of entries, the later on top of the earlier, each with its origin.

use crate::keys::{find, keys};
use crate::names;
use crate::nearest::nearest;
use crate::parse::{Entry, Parsed};
use crate::place::Origin;
use crate::problem::{Problems, UNKNOWN_KEY};
use crate::rule::Scope;
use crate::value::Value;
use std::collections::BTreeMap;

/// All layers in one.
#[derive(Debug, Default)]
pub(crate) struct Written {
    entries: BTreeMap<String, (Value, Origin)>,
    slots: Vec<String>,
}

impl Written {
    /// The value of a key and where it came from.
    pub(crate) fn get(&self, path: &str) -> Option<&(Value, Origin)> {
        self.entries.get(path)
    }
    /// Labels of the slots, in order.
    pub(crate) fn slots(&self) -> &[String] {
        &self.slots
    }
    /// The names that stand directly under `prefix` (without its point), sorted.
    pub(crate) fn children(&self, prefix: &str) -> Vec<String> {
        let under = |path: &str| {
            let rest = path.strip_prefix(prefix)?.strip_prefix('.')?;
            Some(rest.split('.').next().unwrap_or(rest).to_owned())
        };
        let mut names: Vec<_> = self.entries.keys().filter_map(|path| under(path)).collect();
        names.dedup();
        names
    }

    /// Forgets what a file of one's own must not inherit: name, tapes and slots.
    pub(crate) fn forget_the_battle(&mut self) {
        self.slots.clear();
        self.entries.retain(|path, _| {
            path != "run.name" && path != "run.tapes" && !path.starts_with("slot.")
        });
    }

    /// Forgets the default of every key that can change results: a journal must say them all.
    pub(crate) fn forget_results(&mut self) {
        self.entries.retain(|path, _| find(path).is_some_and(|key| key.scope == Scope::Run));
    }

    /// Puts a text on top. Keys that do not exist are reported and left out.
    pub(crate) fn stack_text(&mut self, parsed: Parsed, problems: &mut Problems) {
        if parsed.entries.iter().any(|entry| is_under(&entry.path, "capital.pegs")) {
            self.clear_under("capital.pegs");
        }
        self.slots.extend(parsed.slots);
        self.stack(parsed.entries, problems);
    }

    /// Puts entries on top.
    pub(crate) fn stack(&mut self, entries: Vec<Entry>, problems: &mut Problems) {
        // Another kind has other keys: what a lower layer said of the old kind is void.
        for entry in &entries {
            if let Some(table) = entry.path.strip_suffix("_latency.kind") {
                self.clear_under(&format!("{table}_latency"));
            }
        }
        for entry in entries {
            if is_known(&entry, problems) {
                self.entries.insert(entry.path, (entry.value, entry.origin));
            }
        }
    }

    fn clear_under(&mut self, table: &str) {
        self.entries.retain(|path, _| !is_under(path, table));
    }
}

fn is_under(path: &str, table: &str) -> bool {
    path.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// True for an entry that is a key; reports one that is none. Empty tables are neither.
fn is_known(entry: &Entry, problems: &mut Problems) -> bool {
    let path = entry.path.as_str();
    let mut report = |what: &str, remedy: String| {
        problems.push(entry.origin.clone(), path, what, remedy);
    };
    if find(path).is_some() {
        return known_names(path, &mut report);
    }
    if keys().iter().any(|key| key.lies_under(path)) {
        if entry.value != Value::Table {
            report("is a section, not a value", format!("write `[{path}]` and keys under it"));
        }
        return false;
    }
    let parents = path.match_indices('.').map(|(at, _)| &path[..at]);
    if let Some(parent) = parents.into_iter().find_map(find) {
        let remedy = format!("write `{}` as {}", parent.path, parent.rule);
        report("is a table where a value belongs", remedy);
        return false;
    }
    report(UNKNOWN_KEY, nearest_key(path));
    false
}

/// Checks the names that a writer chose, where they come from a closed list or have a shape.
fn known_names(path: &str, report: &mut impl FnMut(&str, String)) -> bool {
    let segments: Vec<_> = path.split('.').collect();
    match segments.as_slice() {
        ["fees", venue, _] if names::venue(venue).is_none() => {
            let all = names::VENUES.map(|venue| venue.name());
            report("names no venue", crate::nearest::did_you_mean(venue, all));
            false
        }
        ["capital", "pegs", currency] if !names::is_currency(currency) => {
            report("names no currency", "write 2 to 8 of A-Z and 0-9, such as `USDT`".to_owned());
            false
        }
        ["meta", "class_caps", class] if !names::is_name(class) => {
            report("names no class", "write a name of a-z, 0-9 and -, at most 24".to_owned());
            false
        }
        ["slot", _, "params", name] if !names::is_param(name) => {
            let remedy = "name a parameter with 1 to 32 of a-z, 0-9 and `_`";
            report("is no parameter's name", remedy.to_owned());
            false
        }
        _ => true,
    }
}

/// The remedy for a path that is no key.
pub(crate) fn nearest_key(path: &str) -> String {
    // The writer's own names (slot, venue, currency) stand in the candidates as they were written.
    let own: Vec<&str> = path.split('.').collect();
    let candidates: Vec<String> = keys()
        .iter()
        .map(|key| {
            let segments = key.path.split('.').enumerate().map(|(at, segment)| {
                let theirs = own.get(at).filter(|_| segment.starts_with('<'));
                theirs.copied().unwrap_or(segment)
            });
            segments.collect::<Vec<_>>().join(".")
        })
        .collect();
    if let Some(near) = nearest(path, candidates.iter().map(String::as_str)) {
        return format!("did you mean `{near}`?");
    }
    // The right word in the wrong section.
    let word = own.last().copied().unwrap_or(path);
    let last = |candidate: &str| candidate.rsplit('.').next().map(str::to_owned);
    let words: Vec<_> = candidates.iter().filter_map(|candidate| last(candidate)).collect();
    let same = candidates.iter().zip(&words).find(|(_, last)| *last == word && word.len() > 3);
    match same {
        Some((path, _)) => format!("did you mean `{path}`?"),
        None => "remove it, or see docs/configuration.md for the keys".to_owned(),
    }
}

//! The reference table of `docs/configuration.md`, made from the keys so that it cannot rot.

use crate::keys::keys;
use crate::loader::Loader;
use crate::rule::Scope;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A Markdown table of every key: what it takes, its default, whether it can change results, and
/// what it means.
pub fn reference_markdown() -> String {
    let defaults: BTreeMap<_, _> = match Loader::battle("").load() {
        Ok(settings) => settings.origin_table().into_iter().map(|r| (r.key, r.value)).collect(),
        // The built-in text is tested; a table without defaults still says the rest.
        Err(_) => BTreeMap::new(),
    };
    let mut out = String::new();
    let mut section = "";
    for key in keys() {
        let (head, _) = key.path.split_once('.').unwrap_or(("", key.path));
        if head != section || out.is_empty() {
            section = head;
            let title = if head.is_empty() { "At the top" } else { head };
            let _ = write!(out, "\n### {title}\n\n");
            out.push_str("| key | takes | default | results | meaning |\n|---|---|---|---|---|\n");
        }
        let default = match key.path {
            "run.tapes" | "run.name" => "none",
            // It depends on the user, and the table does not.
            "control.socket" => "`\"\"`",
            path => &defaults.get(path).map_or("none".to_owned(), |value| format!("`{value}`")),
        };
        let results = if key.scope == Scope::Results { "yes" } else { "no" };
        let _ = writeln!(
            out,
            "| `{}` | {} | {default} | {results} | {} |",
            key.path, key.rule, key.doc
        );
    }
    out
}

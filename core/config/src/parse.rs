//! TOML text into a flat list of entries, each with its path and place. Reads no meaning.
//!
//! The parser is asked to recover, so that a file with three mistakes gets three errors. A key
//! with characters that no path has is kept in quotes, so it can never pass for another key.

use crate::names::is_name;
use crate::place::Origin;
use crate::problem::Problems;
use crate::value::Value;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// The longest text that is looked at.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// One key with its value and place.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// One text, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// Every key but those of tables that hold keys themselves.
    pub(crate) entries: Vec<Entry>,
    /// Labels of the `[[slot]]` tables in order: their names, or `#n` where there is no usable one.
    pub(crate) slots: Vec<String>,
}

/// What a text is: it decides what its places look like.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// The built-in defaults.
    Default,
    /// A file of this name.
    File(Arc<str>),
    /// The canonical text in a journal's header.
    Journal,
}

/// Takes `text` apart; its faults are reported and what could be read is returned.
pub(crate) fn parse(text: &str, role: &Role, problems: &mut Problems) -> Parsed {
    let places = Places { lines: LineIndex::new(text), role };
    if text.len() > TEXT_BYTES_MAX {
        let remedy = "a configuration is a few kilobytes: is this the right file?";
        problems.push(places.at(0), "", "the text is longer than 1 MiB", remedy);
        return Parsed::default();
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            let origin = places.at(error.span().map_or(0, |span| span.start));
            let what = format!("not TOML: {}", error.message());
            problems.push(origin, "", what, "correct the syntax at this place");
        }
        // What a broken text seems to say would only give misleading errors.
        return Parsed::default();
    }
    let mut parsed = Parsed::default();
    for (key, value) in table.get_ref() {
        if key.get_ref() == "slot" {
            slots(value, &places, &mut parsed, problems);
        } else {
            flatten(segment(key.get_ref()), key, value, &places, &mut parsed.entries);
        }
    }
    parsed
}

/// The `[[slot]]` tables: each gets a label that no other has.
fn slots(
    value: &Spanned<DeValue<'_>>,
    places: &Places<'_>,
    parsed: &mut Parsed,
    problems: &mut Problems,
) {
    let DeValue::Array(array) = value.get_ref() else {
        let remedy = "write each slot as a `[[slot]]` table";
        let origin = places.at(value.span().start);
        problems.push(origin, "slot", "is not a list of `[[slot]]` tables", remedy);
        return;
    };
    for (index, element) in array.iter().enumerate() {
        let number = format!("#{}", index + 1);
        let origin = places.at(element.span().start);
        let DeValue::Table(table) = element.get_ref() else {
            let remedy = "write each slot as a `[[slot]]` table";
            problems.push(origin, format!("slot.{number}"), "is not a table", remedy);
            continue;
        };
        let name = table.get("name").and_then(|name| name.get_ref().as_str());
        let label = match name.filter(|name| is_name(name)) {
            Some(name) if parsed.slots.iter().any(|other| other == name) => {
                let key = table.get_key_value("name").map(|(key, _)| key.span().start);
                let origin = key.map_or(origin, |start| places.at(start));
                let what = format!("is a second slot named \"{name}\"");
                problems.push(
                    origin,
                    format!("slot.{number}"),
                    what,
                    "give each slot its own name",
                );
                number
            }
            Some(name) => name.to_owned(),
            None => number,
        };
        for (key, value) in table {
            let path = format!("slot.{label}.{}", segment(key.get_ref()));
            flatten(path, key, value, places, &mut parsed.entries);
        }
        parsed.slots.push(label);
    }
}

fn flatten(
    path: String,
    key: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    places: &Places<'_>,
    entries: &mut Vec<Entry>,
) {
    match value.get_ref() {
        // The recursion is as deep as the text's tables, which the parser limits to 80.
        DeValue::Table(table) if !table.is_empty() => {
            for (key, value) in table {
                let path = format!("{path}.{}", segment(key.get_ref()));
                flatten(path, key, value, places, entries);
            }
        }
        other => {
            let origin = places.at(key.span().start);
            entries.push(Entry { path, value: convert(other), origin });
        }
    }
}

/// A list value on its own, as an environment variable holds it.
pub(crate) fn parse_value(text: &str) -> Option<Value> {
    (text.len() <= TEXT_BYTES_MAX).then_some(())?;
    DeValue::parse(text).ok().map(|value| convert(value.get_ref()))
}

fn convert(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(integer) => Value::Integer(whole(integer)),
        DeValue::Float(float) => Value::Float(float.as_str().to_owned()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(list) => {
            Value::List(list.iter().map(|element| convert(element.get_ref())).collect())
        }
        DeValue::Table(_) => Value::Table,
    }
}

fn whole(integer: &DeInteger<'_>) -> i128 {
    let text = integer.as_str();
    let ends = if text.starts_with('-') { i128::MIN } else { i128::MAX };
    i128::from_str_radix(text, integer.radix()).unwrap_or(ends)
}

/// A key as a segment of a path.
fn segment(key: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !key.is_empty() && key.bytes().all(plain) {
        key.to_owned()
    } else {
        crate::value::quote(key)
    }
}

struct Places<'a> {
    lines: LineIndex<'a>,
    role: &'a Role,
}

impl Places<'_> {
    fn at(&self, offset: usize) -> Origin {
        let (line, column) = self.lines.place(offset);
        match self.role {
            Role::Default => Origin::Default,
            Role::File(file) => Origin::File { file: Arc::clone(file), line, column },
            Role::Journal => Origin::Journal { line },
        }
    }
}

struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }
    /// Line and column, both from 1, of a byte.
    fn place(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_key_cannot_pass_for_another() {
        let mut problems = Problems::default();
        let parsed = parse("\"run.seed\" = 1\n", &Role::Default, &mut problems);
        assert_eq!(parsed.entries[0].path, "\"run.seed\"");
        assert!(problems.is_empty());
    }

    #[test]
    fn places_count_characters_from_one() {
        let mut problems = Problems::default();
        let text = "[run]\r\n  seed = 1\n\"é\" = { x = 2 }\n";
        let parsed = parse(text, &Role::File("f".into()), &mut problems);
        let place = |at: usize| match parsed.entries[at].origin {
            Origin::File { line, column, .. } => (line, column),
            _ => (0, 0),
        };
        assert_eq!(parsed.entries[0].path, "run.seed");
        assert!((0..2).any(|at| place(at) == (2, 3)) && (0..2).any(|at| place(at) == (3, 9)));
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
        let dots = format!("{} = 1", vec!["a"; 200_000].join("."));
        let header = format!("[{}]", vec!["a"; 200_000].join("."));
        let tables = "a={".repeat(100_000);
        let lists = format!("a={}", "[".repeat(200_000));
        for text in [dots, header, tables, lists] {
            let mut problems = Problems::default();
            let _ = parse(&text, &Role::Default, &mut problems);
            assert!(!problems.is_empty());
        }
    }
}

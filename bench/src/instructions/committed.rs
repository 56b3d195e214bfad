//! The committed figures: `bench/instructions.json`, short enough to read in a diff.

use super::{Error, Row, tools};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Instructions of one repetition of each unit, and what they were counted with.
#[derive(Clone, PartialEq, Debug)]
pub struct Committed {
    rustc: String,
    target: String,
    units: BTreeMap<String, f64>,
}

impl Committed {
    /// The file in the tree.
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
    }
    /// The figures of a file.
    ///
    /// # Errors
    /// It is not there or not what it should be; the message names the place.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |reason: String| {
            let path = path.display();
            let remedy = "restore it, or make it anew with `--bless`";
            Error::Committed(format!("{path}: {reason}; {remedy}"))
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }
    /// No figures: what a first blessing begins with.
    pub fn none() -> Self {
        let (rustc, target) = tools();
        Self { rustc: rustc.to_owned(), target: target.to_owned(), units: BTreeMap::new() }
    }
    /// The figure of a unit.
    pub fn of(&self, unit: &str) -> Option<f64> {
        self.units.get(unit).copied()
    }
    /// The names of all units with a figure.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }
    /// What to know when the figures were made with another compiler or for another machine.
    pub fn foreign(&self) -> Option<String> {
        let (rustc, target) = tools();
        (self.rustc != rustc || self.target != target).then(|| {
            format!(
                "the committed figures are of {} for {}, these of {rustc} for {target}: a change may \
                 be the compiler's",
                self.rustc, self.target
            )
        })
    }
    /// The figures with these rows in place of the old ones; `all` when every unit was counted, so
    /// that what has no row is no unit any more.
    #[must_use]
    pub fn blessed(&self, rows: &[Row], all: bool) -> Self {
        let mut blessed = Self::none();
        if !all {
            blessed.units.clone_from(&self.units);
        }
        blessed.units.extend(rows.iter().map(|row| (row.unit.clone(), row.instructions)));
        blessed
    }
    /// Writes the file.
    ///
    /// # Errors
    /// The file system's refusal.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let units: Map<String, Value> =
            self.units.iter().map(|(name, &figure)| (name.clone(), json!(figure))).collect();
        let file = json!({ "rustc": self.rustc, "target": self.target, "units": units });
        std::fs::write(path, format!("{file:#}\n"))
            .map_err(|error| Error::Committed(format!("{}: {error}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let word = |name: &str| match file.get(name) {
            Some(Value::String(word)) => Ok(word.clone()),
            _ => Err(format!("`{name}` is missing, or no text")),
        };
        let units = file.get("units").and_then(Value::as_object);
        let figure = |(name, value): (&String, &Value)| match value.as_f64() {
            Some(figure) if figure > 0.0 => Ok((name.clone(), figure)),
            _ => Err(format!("units.{name}: {value} is no number of instructions")),
        };
        let units = units.ok_or("`units` is missing, or no table")?;
        let units = units.iter().map(figure).collect::<Result<_, String>>()?;
        Ok(Self { rustc: word("rustc")?, target: word("target")?, units })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::units;

    /// A unit without a figure would pass unseen, a figure without a unit would never be looked at.
    #[test]
    fn the_committed_file_names_exactly_the_units_that_there_are() {
        let committed = Committed::read(&Committed::path()).unwrap();
        let mut there_are: Vec<String> = units::all().into_iter().map(|unit| unit.name).collect();
        there_are.sort();
        assert_eq!(committed.units().collect::<Vec<_>>(), there_are);
    }

    #[test]
    fn a_broken_file_is_refused_with_its_place() {
        let whole = r#"{"rustc": "r", "target": "t", "units": {"a/b": 12.5}}"#;
        assert_eq!(Committed::parse(whole).unwrap().of("a/b"), Some(12.5));
        for (broken, reason) in [
            (&whole[..30], "EOF"),
            (r#"{"target": "t", "units": {}}"#, "`rustc`"),
            (r#"{"rustc": "r", "target": "t"}"#, "`units`"),
            (r#"{"rustc": "r", "target": "t", "units": {"a/b": "12"}}"#, "units.a/b: \"12\""),
            (r#"{"rustc": "r", "target": "t", "units": {"a/b": -1}}"#, "units.a/b: -1"),
        ] {
            let error = Committed::parse(broken).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn blessing_a_few_units_keeps_the_others_and_blessing_all_forgets_what_is_gone() {
        let old =
            Committed { units: [("a".into(), 1.0), ("b".into(), 2.0)].into(), ..Committed::none() };
        let row = Row { unit: "a".into(), repetition: "", instructions: 3.0, committed: Some(1.0) };
        let rows = [row];
        let figures = |blessed: &Committed| [blessed.of("a"), blessed.of("b")];
        assert_eq!(figures(&old.blessed(&rows, false)), [Some(3.0), Some(2.0)]);
        assert_eq!(figures(&old.blessed(&rows, true)), [Some(3.0), None]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("i.json");
        old.write(&path).unwrap();
        assert_eq!(Committed::read(&path).unwrap(), old);
    }
}

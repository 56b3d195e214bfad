//! Parameters of strategies: what each is called, what it may be, and what a user wrote.
//!
//! Owns the check of what was written against the tables that the strategies publish. Must never
//! guess: an unknown name or a value out of range is an error that says what would be right.

use crate::rhythm::Rhythm;
use std::collections::BTreeMap;
use std::fmt;

/// A value as written in a configuration.
#[derive(Clone, PartialEq, Debug)]
pub enum ParamValue {
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

/// The value of a parameter that was not written; also says which kind of value it takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ParamDefault {
    /// A number.
    Number(f64),
    /// Text.
    Text(&'static str),
    /// Yes or no.
    Bool(bool),
}

/// One line of a strategy's table of parameters.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ParamSpec {
    /// Its name.
    pub name: &'static str,
    /// Its value when not written.
    pub default: ParamDefault,
    /// Smallest number allowed; 0 for other kinds.
    pub min: f64,
    /// Largest number allowed; 0 for other kinds.
    pub max: f64,
    /// Unit of the number; empty for other kinds.
    pub unit: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
    /// What the strategy remembers depends on it: with another value it is another memory.
    pub remembered: bool,
}

impl ParamSpec {
    /// A number between `min` and `max`, both included.
    pub const fn number(
        name: &'static str,
        default: f64,
        (min, max): (f64, f64),
        unit: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            default: ParamDefault::Number(default),
            min,
            max,
            unit,
            doc,
            remembered: false,
        }
    }
    /// Text; `default` is mostly empty, for "choose".
    pub const fn text(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self {
            default: ParamDefault::Text(default),
            ..Self::number(name, 0.0, (0.0, 0.0), "", doc)
        }
    }
    /// Yes or no.
    pub const fn switch(name: &'static str, default: bool, doc: &'static str) -> Self {
        Self {
            default: ParamDefault::Bool(default),
            ..Self::number(name, 0.0, (0.0, 0.0), "", doc)
        }
    }
    /// The same, as one that the strategy's memory depends on.
    #[must_use]
    pub const fn remembered(self) -> Self {
        Self { remembered: true, ..self }
    }
    const fn kind(&self) -> &'static str {
        match self.default {
            ParamDefault::Number(_) => "a number",
            ParamDefault::Text(_) => "text in quotes",
            ParamDefault::Bool(_) => "true or false",
        }
    }
}

impl fmt::Display for ParamDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

/// Why a strategy cannot be built; each says what to write instead.
#[derive(Clone, PartialEq, Debug)]
pub enum BuildError {
    /// No strategy of this name.
    UnknownStrategy {
        /// What was written.
        name: String,
        /// The name that it resembles most.
        nearest: &'static str,
    },
    /// The strategy has no such parameter.
    UnknownParameter {
        /// Whose.
        strategy: &'static str,
        /// What was written.
        parameter: String,
        /// The name that it resembles most.
        nearest: &'static str,
        /// All names, for the message.
        known: Vec<&'static str>,
    },
    /// A value of the wrong kind.
    WrongKind {
        /// Whose.
        strategy: &'static str,
        /// Which.
        parameter: &'static str,
        /// The kind that it takes.
        expected: &'static str,
    },
    /// A number outside its range, or not a number.
    OutOfRange {
        /// Whose.
        strategy: &'static str,
        /// Which.
        parameter: &'static str,
        /// What was written.
        value: f64,
        /// Smallest number allowed.
        min: f64,
        /// Largest number allowed.
        max: f64,
        /// Their unit.
        unit: &'static str,
    },
    /// Two parameters, each right, contradict each other.
    Contradiction {
        /// Whose.
        strategy: &'static str,
        /// Which.
        parameter: &'static str,
        /// What it has to be.
        requirement: &'static str,
    },
    /// The strategy cannot do its work on such timers.
    Rhythm {
        /// Whose.
        strategy: &'static str,
        /// Why not.
        reason: &'static str,
        /// What to write.
        remedy: &'static str,
    },
    /// The instrument table has nothing for this strategy.
    NoInstrument {
        /// Whose.
        strategy: &'static str,
        /// What is missing.
        missing: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownStrategy { name, nearest } => {
                write!(f, "there is no strategy `{name}`; did you mean `{nearest}`?")
            }
            Self::UnknownParameter { strategy, parameter, nearest, known } => write!(
                f,
                "`{strategy}` has no parameter `{parameter}`; did you mean `{nearest}`? \
                 It has: {}",
                known.join(", ")
            ),
            Self::WrongKind { strategy, parameter, expected } => {
                write!(f, "`{strategy}`: parameter `{parameter}` takes {expected}")
            }
            Self::OutOfRange { strategy, parameter, value, min, max, unit } => write!(
                f,
                "`{strategy}`: parameter `{parameter}` is {value}; choose from {min} to {max} \
                 ({unit})"
            ),
            Self::Contradiction { strategy, parameter, requirement } => {
                write!(f, "`{strategy}`: parameter `{parameter}` must be {requirement}")
            }
            Self::Rhythm { strategy, reason, remedy } => {
                write!(f, "`{strategy}` cannot run on this schedule: {reason}; {remedy}")
            }
            Self::NoInstrument { strategy, missing, remedy } => {
                write!(f, "`{strategy}` finds no {missing} among the instruments; {remedy}")
            }
        }
    }
}

impl std::error::Error for BuildError {}

/// What was written, checked against the table; what was not written has its default.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a> {
    strategy: &'static str,
    specs: &'static [ParamSpec],
    written: &'a BTreeMap<String, ParamValue>,
    rhythm: Rhythm,
}

impl<'a> Parameters<'a> {
    /// Checks everything that was written.
    ///
    /// # Errors
    /// An unknown name, a value of the wrong kind or out of range.
    pub fn check(
        strategy: &'static str,
        specs: &'static [ParamSpec],
        written: &'a BTreeMap<String, ParamValue>,
    ) -> Result<Self, BuildError> {
        for (name, value) in written {
            let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
                let known: Vec<_> = specs.iter().map(|spec| spec.name).collect();
                let nearest = nearest(name, &known);
                let parameter = name.clone();
                return Err(BuildError::UnknownParameter { strategy, parameter, nearest, known });
            };
            let parameter = spec.name;
            match (value, spec.default) {
                (ParamValue::Number(value), ParamDefault::Number(_)) => {
                    if !(spec.min..=spec.max).contains(value) {
                        let (value, min, max, unit) = (*value, spec.min, spec.max, spec.unit);
                        return Err(BuildError::OutOfRange {
                            strategy,
                            parameter,
                            value,
                            min,
                            max,
                            unit,
                        });
                    }
                }
                (ParamValue::Text(_), ParamDefault::Text(_))
                | (ParamValue::Bool(_), ParamDefault::Bool(_)) => {}
                _ => {
                    let expected = spec.kind();
                    return Err(BuildError::WrongKind { strategy, parameter, expected });
                }
            }
        }
        Ok(Self { strategy, specs, written, rhythm: Rhythm::Events })
    }

    /// The same for a strategy that is called so.
    #[must_use]
    pub fn on(self, rhythm: Rhythm) -> Self {
        Self { rhythm, ..self }
    }
    /// When the strategy is called.
    pub fn rhythm(&self) -> Rhythm {
        self.rhythm
    }
    /// True for a parameter that was written, whatever its value.
    pub fn is_written(&self, name: &str) -> bool {
        self.written.contains_key(name)
    }

    /// The table.
    pub fn specs(&self) -> &'static [ParamSpec] {
        self.specs
    }
    /// The strategy's name.
    pub fn strategy(&self) -> &'static str {
        self.strategy
    }
    /// A number of the table.
    ///
    /// # Panics
    /// If the table has no number of this name: a mistake in the strategy, found by any test.
    pub fn number(&self, name: &str) -> f64 {
        match (self.written.get(name), self.default(name)) {
            (Some(ParamValue::Number(value)), _) => *value,
            (_, ParamDefault::Number(value)) => value,
            _ => panic!("`{name}` is not a number in the table of `{}`", self.strategy),
        }
    }
    /// A text of the table.
    ///
    /// # Panics
    /// If the table has no text of this name.
    pub fn text(&self, name: &str) -> &'a str {
        match (self.written.get(name), self.default(name)) {
            (Some(ParamValue::Text(value)), _) => value,
            (_, ParamDefault::Text(value)) => value,
            _ => panic!("`{name}` is not text in the table of `{}`", self.strategy),
        }
    }
    /// A switch of the table.
    ///
    /// # Panics
    /// If the table has no switch of this name.
    pub fn switch(&self, name: &str) -> bool {
        match (self.written.get(name), self.default(name)) {
            (Some(ParamValue::Bool(value)), _) => *value,
            (_, ParamDefault::Bool(value)) => value,
            _ => panic!("`{name}` is not a switch in the table of `{}`", self.strategy),
        }
    }
    /// Refuses two parameters that contradict each other.
    ///
    /// # Errors
    /// If the condition does not hold.
    pub fn require(
        &self,
        parameter: &'static str,
        requirement: &'static str,
        holds: bool,
    ) -> Result<(), BuildError> {
        if holds {
            return Ok(());
        }
        Err(BuildError::Contradiction { strategy: self.strategy, parameter, requirement })
    }

    fn default(&self, name: &str) -> ParamDefault {
        match self.specs.iter().find(|spec| spec.name == name) {
            Some(spec) => spec.default,
            None => panic!("`{name}` is not in the table of `{}`", self.strategy),
        }
    }
}

/// The candidate with the smallest edit distance; the first of several.
pub(crate) fn nearest(written: &str, candidates: &[&'static str]) -> &'static str {
    candidates.iter().min_by_key(|candidate| distance(written, candidate)).copied().unwrap_or("")
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[ParamSpec] = &[
        ParamSpec::number("fast_s", 60.0, (1.0, 600.0), "s", "half-life"),
        ParamSpec::text("symbol", "", "what to trade"),
        ParamSpec::switch("exits", true, "whether it sells"),
    ];

    fn written(name: &str, value: ParamValue) -> BTreeMap<String, ParamValue> {
        BTreeMap::from([(name.to_owned(), value)])
    }

    fn refusal(name: &str, value: ParamValue) -> String {
        Parameters::check("trend", SPECS, &written(name, value)).unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_says_what_to_write_instead() {
        assert_eq!(
            refusal("fats_s", ParamValue::Number(1.0)),
            "`trend` has no parameter `fats_s`; did you mean `fast_s`? It has: fast_s, symbol, exits"
        );
        assert_eq!(
            refusal("fast_s", ParamValue::Number(0.0)),
            "`trend`: parameter `fast_s` is 0; choose from 1 to 600 (s)"
        );
        assert_eq!(
            refusal("fast_s", ParamValue::Text("60".into())),
            "`trend`: parameter `fast_s` takes a number"
        );
        assert!(refusal("fast_s", ParamValue::Number(f64::NAN)).contains("NaN"));
    }

    #[test]
    fn both_ends_of_a_range_are_allowed_and_the_rest_has_defaults() {
        for value in [1.0, 600.0] {
            let map = written("fast_s", ParamValue::Number(value));
            let parameters = Parameters::check("trend", SPECS, &map).unwrap();
            assert_eq!(parameters.number("fast_s"), value);
            assert_eq!(parameters.text("symbol"), "");
            assert!(parameters.switch("exits"));
        }
    }

    #[test]
    fn distances_are_levenshteins() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}

//! Typed reading of one key: the rule is held, and a fault costs an error, not the rest.
//!
//! Each reader returns a stand-in after a fault, so that resolving goes on and finds the others.
//! The stand-ins are never seen: with one fault there are no settings.

use crate::choices::Choice;
use crate::keys::find;
use crate::names;
use crate::nearest::did_you_mean;
use crate::place::Origin;
use crate::problem::Problems;
use crate::rule::Rule;
use crate::settings::{Param, Speed};
use crate::value::Value;
use crate::written::Written;
use core::fmt;
use royale_model::{Notional, Qty, Text};

/// A parameter's text may be this long.
const PARAM_BYTES_MAX: usize = 256;

/// Reads keys and collects what is wrong with them.
pub(crate) struct Reader<'a> {
    pub(crate) written: &'a Written,
    /// The text as a whole: the place of what is not there.
    pub(crate) home: Origin,
    pub(crate) problems: &'a mut Problems,
}

impl<'a> Reader<'a> {
    /// Reports a fault of a key at the place where it was written.
    pub(crate) fn fault(&mut self, path: &str, what: impl fmt::Display, remedy: impl fmt::Display) {
        let origin = self.origin(path);
        self.problems.push(origin, path, what.to_string(), remedy.to_string());
    }
    /// Where the key was written; the text as a whole for one that was not.
    pub(crate) fn origin(&self, path: &str) -> Origin {
        self.written.get(path).map_or_else(|| self.home.clone(), |(_, origin)| origin.clone())
    }
    /// The value, or a fault that it is missing.
    fn value(&mut self, path: &str) -> Option<&'a Value> {
        let written: &'a Written = self.written;
        if let Some((value, _)) = written.get(path) {
            return Some(value);
        }
        let rule = rule(path);
        self.fault(path, "is missing", format_args!("write {rule}"));
        None
    }
    fn wrong_type(&mut self, path: &str, value: &Value) {
        let what = format!("is {}", value.describe());
        self.fault(path, what, format_args!("write {}", rule(path)));
    }

    /// A whole number within its limits.
    pub(crate) fn integer(&mut self, path: &str) -> u64 {
        let (min, max) = match rule(path) {
            Rule::Integer { min, max } => (min, max),
            _ => (0, u64::MAX),
        };
        match self.value(path) {
            Some(Value::Integer(whole)) => match u64::try_from(*whole) {
                Ok(whole) if (min..=max).contains(&whole) => return whole,
                _ => self.fault(path, "is out of range", format_args!("write {}", rule(path))),
            },
            Some(other) => self.wrong_type(path, other),
            None => {}
        }
        min
    }
    /// A whole number whose limits fit into 32 bits.
    pub(crate) fn integer_u32(&mut self, path: &str) -> u32 {
        u32::try_from(self.integer(path)).unwrap_or(u32::MAX)
    }
    /// A number within its limits, never money.
    pub(crate) fn number(&mut self, path: &str) -> f64 {
        let (min, max) = match rule(path) {
            Rule::Number { min, max } => (min, max),
            _ => (f64::MIN, f64::MAX),
        };
        let number = match self.value(path) {
            Some(Value::Integer(whole)) => *whole as f64,
            Some(Value::Float(text)) => float(text),
            Some(other) => {
                self.wrong_type(path, other);
                return min;
            }
            None => return min,
        };
        if (min..=max).contains(&number) {
            return number;
        }
        self.fault(path, "is out of range", format_args!("write {}", rule(path)));
        min
    }
    /// An exact decimal within its limits: text or a whole number.
    pub(crate) fn decimal(&mut self, path: &str) -> Qty {
        let (min, max) = match rule(path) {
            Rule::Decimal { min, max } => (min, max),
            _ => (i64::MIN, i64::MAX),
        };
        let text = match self.value(path) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Integer(whole)) => whole.to_string(),
            Some(Value::Float(text)) => {
                let remedy = format!("write it as text: \"{text}\"");
                self.fault(path, "is a float, which cannot hold it exactly", remedy);
                return Qty::from_raw(min);
            }
            Some(other) => {
                self.wrong_type(path, other);
                return Qty::from_raw(min);
            }
            None => return Qty::from_raw(min),
        };
        match text.parse::<Qty>() {
            Ok(value) if (min..=max).contains(&value.raw()) => return value,
            Ok(_) => self.fault(path, "is out of range", format_args!("write {}", rule(path))),
            Err(error) => {
                let what = format!("is not an exact decimal ({error})");
                self.fault(path, what, "write digits with at most nine decimal places: \"0.25\"");
            }
        }
        Qty::from_raw(min)
    }
    /// Money.
    pub(crate) fn money(&mut self, path: &str) -> Notional {
        Notional::from_nano(self.decimal(path).raw())
    }
    /// True or false.
    pub(crate) fn flag(&mut self, path: &str) -> bool {
        match self.value(path) {
            Some(Value::Flag(flag)) => return *flag,
            Some(other) => self.wrong_type(path, other),
            None => {}
        }
        false
    }
    /// Text of whatever shape.
    pub(crate) fn text(&mut self, path: &str) -> Option<&'a str> {
        match self.value(path) {
            Some(Value::Text(text)) => return Some(text),
            Some(other) => self.wrong_type(path, other),
            None => {}
        }
        None
    }
    /// A word of a closed list.
    pub(crate) fn choice<T: Choice>(&mut self, path: &str) -> T {
        let all = T::ALL;
        if let Some(word) = self.text(path) {
            match all.iter().find(|choice| choice.name() == word) {
                Some(choice) => return *choice,
                None => {
                    let remedy = did_you_mean(word, all.iter().map(|choice| choice.name()));
                    self.fault(path, format_args!("is {word:?}, which is no choice"), remedy);
                }
            }
        }
        all[0]
    }
    /// A name of the shape that the key's rule wants.
    pub(crate) fn name(&mut self, path: &str) -> String {
        let is_well_formed = match rule(path) {
            Rule::Label => names::is_label,
            _ => names::is_name,
        };
        match self.text(path) {
            Some(text) if is_well_formed(text) => return text.to_owned(),
            Some(_) => self.fault(path, "is not well formed", format_args!("write {}", rule(path))),
            None => {}
        }
        String::new()
    }
    /// A SHA-256 in hex.
    pub(crate) fn sha256(&mut self, path: &str) -> String {
        match self.text(path) {
            Some(text) if names::is_sha256(text) => return text.to_owned(),
            Some(_) => self.fault(path, "is no SHA-256", format_args!("write {}", rule(path))),
            None => {}
        }
        String::new()
    }
    /// A currency.
    pub(crate) fn currency(&mut self, path: &str) -> Text<8> {
        match self.text(path) {
            Some(text) if names::is_currency(text) => return Text::new(text).unwrap_or_default(),
            Some(_) => self.fault(path, "is no currency", format_args!("write {}", rule(path))),
            None => {}
        }
        Text::EMPTY
    }
    /// A pace.
    pub(crate) fn speed(&mut self, path: &str) -> Speed {
        const TIMES_MAX: u32 = 1_000_000;
        let Some(text) = self.text(path) else { return Speed::Max };
        if text == "max" {
            return Speed::Max;
        }
        // `+5x` parses as a number, but a pace has one spelling.
        let digits = text.strip_suffix('x').filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(times @ 1..=TIMES_MAX) => Speed::Times(times),
            _ => {
                let what = format!("is {text:?}, which is no pace");
                self.fault(
                    path,
                    what,
                    "write \"max\" or a whole factor from \"1x\" to \"1000000x\"",
                );
                Speed::Max
            }
        }
    }
    /// A list, each element read by `read`, which says what is wrong with one.
    pub(crate) fn list<T>(
        &mut self,
        path: &str,
        read: impl Fn(&Value) -> Result<T, &'static str>,
    ) -> Vec<T> {
        let Some(value) = self.value(path) else { return Vec::new() };
        let Value::List(elements) = value else {
            self.wrong_type(path, value);
            return Vec::new();
        };
        let mut list = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            match read(element) {
                Ok(element) => list.push(element),
                Err(what) => {
                    let what = format!("has an element {} that {what}", at + 1);
                    self.fault(path, what, format_args!("write {}", rule(path)));
                }
            }
        }
        list
    }
    /// A strategy's parameter; `None` after a fault.
    pub(crate) fn param(&mut self, path: &str) -> Option<Param> {
        match self.value(path)? {
            Value::Text(text) if text.len() <= PARAM_BYTES_MAX => Some(Param::Text(text.clone())),
            Value::Text(_) => {
                self.fault(path, "is too long", "write at most 256 bytes");
                None
            }
            Value::Flag(flag) => Some(Param::Flag(*flag)),
            Value::Integer(whole) => match i64::try_from(*whole) {
                Ok(whole) => Some(Param::Integer(whole)),
                Err(_) => {
                    self.fault(path, "is out of range", "write an integer of 64 bits");
                    None
                }
            },
            Value::Float(text) => match float(text) {
                number if number.is_finite() => Some(Param::Float(number)),
                _ => {
                    self.fault(path, "is not finite", "write a finite number");
                    None
                }
            },
            other => {
                self.wrong_type(path, other);
                None
            }
        }
    }
}

/// A float as TOML writes it; what is none is not a number.
fn float(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// The key's rule; a path that is no key takes anything, and the schema's test forbids reading one.
fn rule(path: &str) -> Rule {
    debug_assert!(find(path).is_some(), "no such key: {path}");
    find(path).map_or(Rule::Param, |key| key.rule)
}

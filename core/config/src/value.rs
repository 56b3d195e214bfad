//! A value as it was written, before any meaning: TOML's types, numbers still exact.

/// What stands behind a key.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value {
    /// Text.
    Text(String),
    /// An integer; beyond i128 it is held at the ends, where every rule refuses it.
    Integer(i128),
    /// A float, as written: money must be able to quote it in the remedy.
    Float(String),
    /// `true` or `false`.
    Flag(bool),
    /// A list.
    List(Vec<Value>),
    /// A date or time: no key takes one.
    Date,
    /// A table where a value may be expected.
    Table,
}

impl Value {
    /// "text", "an integer"…, for errors.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Date => "a date",
            Self::Table => "a table",
        }
    }
}

/// TOML's basic string: the one way in which canonical text writes text.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

//! What a key may hold: type, limits and whether it can change results.

use core::fmt;
use royale_model::Qty;

/// What may stand behind a key.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Rule {
    /// A whole number.
    Integer {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// A number that may be a float: never money.
    Number {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// An exact decimal: text or an integer, never a float. Limits in 10⁻⁹.
    Decimal {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// One word of a closed list.
    Choice(&'static [&'static str]),
    /// A name of `[A-Za-z0-9._-]`, at most 64 characters, no leading point.
    Label,
    /// A name of `[a-z0-9-]`, at most 24 characters.
    Name,
    /// A currency: 2 to 8 of `[A-Z0-9]`.
    Currency,
    /// `"max"` or a whole factor such as `"150x"`.
    Speed,
    /// When a slot runs: `"events"`, `"every 15m"` or `"daily 09:30"`.
    Schedule,
    /// A time zone of the IANA database.
    Zone,
    /// An instrument's symbol, or nothing.
    Symbol,
    /// A SHA-256 in hex.
    Sha256,
    /// A path.
    Path,
    /// A list of paths.
    Paths,
    /// A list of CPU numbers.
    Cpus,
    /// A list of user ids.
    Uids,
    /// A number, text, `true` or `false`, passed on unread.
    Param,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Integer { min, max } if min == max => write!(f, "the integer {min}"),
            Self::Integer { min, max: u64::MAX } => write!(f, "an integer from {min}"),
            Self::Integer { min, max } => write!(f, "an integer from {min} to {max}"),
            Self::Number { min, max } => write!(f, "a number from {min} to {max}"),
            Self::Decimal { min: 1, max: i64::MAX } => f.write_str("an exact decimal above 0"),
            Self::Decimal { min, max } => {
                write!(f, "an exact decimal from {} to {}", Qty::from_raw(min), Qty::from_raw(max))
            }
            Self::Flag => f.write_str("true or false"),
            Self::Choice(words) => {
                for (at, word) in words.iter().enumerate() {
                    write!(f, "{}\"{word}\"", if at == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
            Self::Label => f.write_str("a name of letters, digits and . _ -, at most 64"),
            Self::Name => f.write_str("a name of a-z, 0-9 and -, at most 24"),
            Self::Currency => f.write_str("a currency of 2 to 8 of A-Z and 0-9"),
            Self::Speed => f.write_str("\"max\" or a factor such as \"150x\""),
            Self::Schedule => f.write_str(
                "\"events\", \"every 10s\" to \"every 24h\", or \"daily 09:30\" and more such times",
            ),
            Self::Symbol => f.write_str("an instrument's symbol, or \"\""),
            Self::Zone => f.write_str("a time zone such as \"America/New_York\""),
            Self::Sha256 => f.write_str("a SHA-256 of 64 digits of 0-9 and a-f"),
            Self::Path => f.write_str("a path"),
            Self::Paths => f.write_str("a list of paths"),
            Self::Cpus => f.write_str("a list of CPU numbers below 1024"),
            Self::Uids => f.write_str("a list of user ids"),
            Self::Param => f.write_str("a number, text, true or false"),
        }
    }
}

/// Whether a key belongs to what a journal must remember.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// It can change results: it stands in the canonical text.
    Results,
    /// It says only where, how fast and on which cores: results are the same.
    Run,
}

/// One key of the schema.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Key {
    /// Its path; `<…>` stands for a name of the writer's.
    pub path: &'static str,
    /// What it may hold.
    pub rule: Rule,
    /// Whether it can change results.
    pub scope: Scope,
    /// What it means, in one sentence.
    pub doc: &'static str,
}

impl Key {
    /// True when `path` is this key.
    pub fn matches(&self, path: &str) -> bool {
        let (mut wanted, mut given) = (self.path.split('.'), path.split('.'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(want), Some(have)) if want == have || want.starts_with('<') => {}
                _ => return false,
            }
        }
    }
    /// True when `path` is a table on the way to this key.
    pub fn lies_under(&self, path: &str) -> bool {
        let (mut wanted, mut given) = (self.path.split('.'), path.split('.'));
        loop {
            match (wanted.next(), given.next()) {
                (Some(_), None) => return true,
                (Some(want), Some(have)) if want == have || want.starts_with('<') => {}
                _ => return false,
            }
        }
    }
}

//! Where a journal and its rebuilding part: which record, and what in it.
//!
//! Owns the words for it. Must never call two records equal that differ in a bit, and never say that
//! they differ without showing both sides.

use royale_journal::{Record, RecordKind};
use royale_model::{Decision, Order, Price, Qty, Seq, Verdict};
use std::fmt;
use zerocopy::IntoBytes;

/// The first place at which a journal is not what its inputs give.
#[derive(Clone, PartialEq, Debug)]
pub enum Difference {
    /// A record is another one.
    Record {
        /// Its number in the journal, from 1.
        number: u64,
        /// What the journal says.
        journal: Box<Record>,
        /// What the inputs give.
        rebuilt: Box<Record>,
    },
    /// The inputs give a record that the journal lacks at its end.
    JournalEnds {
        /// Records of the journal.
        after: u64,
        /// What comes then.
        rebuilt: Box<Record>,
    },
    /// The journal has a record that its inputs do not give.
    EngineEnds {
        /// Records that were rebuilt.
        after: u64,
        /// What the journal goes on with.
        journal: Box<Record>,
    },
    /// The journal cannot be read on; the text names the file and the place.
    Damaged(String),
}

/// A part of a record that differs, with both values as text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Which: `price`, `attribution 2 (cost to trade): contribution`.
    pub name: String,
    /// What the journal says.
    pub journal: String,
    /// What the inputs give.
    pub rebuilt: String,
}

impl Difference {
    /// The input at which it lies; nothing for damage, which is named by its place in a file.
    pub fn seq(&self) -> Option<Seq> {
        self.journal().or(self.rebuilt()).map(Record::seq)
    }
    /// The number of the record, from 1.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Record { number, .. } => Some(*number),
            Self::JournalEnds { after, .. } | Self::EngineEnds { after, .. } => Some(after + 1),
            Self::Damaged(_) => None,
        }
    }
    /// What kind of record it is; the journal's, where there are two.
    pub fn kind(&self) -> Option<&'static str> {
        self.journal().or(self.rebuilt()).map(|record| kind_name(record.kind()))
    }
    /// The parts that differ, where two records of one kind differ.
    pub fn fields(&self) -> Vec<Field> {
        let (Some(journal), Some(rebuilt)) = (self.journal(), self.rebuilt()) else {
            return Vec::new();
        };
        let (ours, theirs) = (parts(rebuilt), parts(journal));
        let named = |(name, journal): (String, String)| {
            let rebuilt = ours.iter().find(|(known, _)| *known == name);
            let rebuilt = rebuilt.map_or_else(|| "nothing".to_owned(), |(_, text)| text.clone());
            (rebuilt != journal).then_some(Field { name, journal, rebuilt })
        };
        theirs.into_iter().filter_map(named).collect()
    }

    fn journal(&self) -> Option<&Record> {
        match self {
            Self::Record { journal, .. } | Self::EngineEnds { journal, .. } => Some(journal),
            Self::JournalEnds { .. } | Self::Damaged(_) => None,
        }
    }
    fn rebuilt(&self) -> Option<&Record> {
        match self {
            Self::Record { rebuilt, .. } | Self::JournalEnds { rebuilt, .. } => Some(rebuilt),
            Self::EngineEnds { .. } | Self::Damaged(_) => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record { number, journal, rebuilt } => {
                let (kind, seq) = (kind_name(journal.kind()), journal.seq());
                write!(f, "record {number} differs, a {kind} of input {seq}")?;
                for field in self.fields() {
                    let Field { name, journal, rebuilt } = field;
                    write!(f, "\n  {name}: the journal says {journal}, its inputs give {rebuilt}")?;
                }
                write!(f, "\n  journal: {journal:?}\n  rebuilt: {rebuilt:?}")
            }
            Self::JournalEnds { after, rebuilt } => {
                write!(
                    f,
                    "the journal ends after record {after}, the engine goes on with {rebuilt:?}"
                )
            }
            Self::EngineEnds { after, journal } => {
                write!(
                    f,
                    "the engine ends after record {after}, the journal goes on with {journal:?}"
                )
            }
            Self::Damaged(why) => f.write_str(why),
        }
    }
}

/// True when two records are the same to the bit: a float's equality would let a sign of zero pass.
pub(super) fn is_same(one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Decision(one), Record::Decision(other)) => one.as_bytes() == other.as_bytes(),
        _ => one == other,
    }
}

/// A kind of record in a word.
fn kind_name(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Event => "event",
        RecordKind::Decision => "decision",
        RecordKind::Verdict => "verdict",
        RecordKind::Order => "order",
        RecordKind::Slot => "slot change",
    }
}

/// A record taken apart; what people do not compare number by number is one part.
fn parts(record: &Record) -> Vec<(String, String)> {
    match record {
        Record::Decision(decision) => of_decision(decision),
        Record::Verdict(verdict) => of_verdict(verdict),
        Record::Order(order) => of_order(order),
        Record::Event(event) => vec![("input".to_owned(), format!("{:?}", event.body()))],
        Record::Slot(change) => {
            let what = format!("{} of version {}", change.event.name(), change.version);
            vec![
                ("slot".to_owned(), change.slot.0.to_string()),
                ("change".to_owned(), what),
                ("why".to_owned(), change.fault.name().to_owned()),
            ]
        }
    }
}

fn of_decision(decision: &Decision) -> Vec<(String, String)> {
    let named = |name: &str, text: String| (name.to_owned(), text);
    let mut all = vec![
        named("input", decision.seq.to_string()),
        named("slot", decision.slot.0.to_string()),
        named("action", decision.action.name().to_owned()),
        named("order", decision.order.to_string()),
        named("instrument", decision.instrument.0.to_string()),
        named("side", decision.side.name().to_owned()),
        named("type", format!("{:?}", decision.ord_type)),
        named("time in force", format!("{:?}", decision.time_in_force)),
        named("price", decision.price.to_string()),
        named("quantity", decision.qty.to_string()),
        named("score", Price::from_raw(decision.score).to_string()),
        named("confidence in basis points", decision.confidence_bp.to_string()),
        named("regime", decision.regime.name().to_owned()),
        named("regime of the house", decision.house_regime.to_string()),
        named("attributions", decision.attributions().len().to_string()),
    ];
    for (number, reason) in (1..).zip(decision.attributions()) {
        let place = format!("attribution {number} ({})", reason.feature.name());
        let share = Price::from_raw(reason.contribution).to_string();
        all.push((format!("attribution {number}: feature"), reason.feature.0.to_string()));
        all.push((format!("{place}: value"), format!("{:?}", reason.value)));
        all.push((format!("{place}: contribution"), share));
    }
    all
}

fn of_verdict(verdict: &Verdict) -> Vec<(String, String)> {
    let text = |nano: i64| Price::from_raw(nano).to_string();
    vec![
        ("order".to_owned(), verdict.order.to_string()),
        ("verdict".to_owned(), verdict.code.name().to_owned()),
        ("number looked at".to_owned(), text(verdict.actual)),
        ("limit".to_owned(), text(verdict.limit)),
    ]
}

fn of_order(order: &Order) -> Vec<(String, String)> {
    let qty = |qty: Qty| qty.to_string();
    vec![
        ("order".to_owned(), order.id.to_string()),
        ("side".to_owned(), order.side.name().to_owned()),
        ("price".to_owned(), order.price.to_string()),
        ("quantity".to_owned(), qty(order.qty)),
    ]
}

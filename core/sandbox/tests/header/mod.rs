//! Reads `royale.h`, `royale.ts` and `royale.rs` as far as they state the ABI: numbers by name, records by
//! the place and size of each field. The three share one shape, a declaration on each line, and one rule
//! for places: a field lies at the next multiple of its own size.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

pub mod samples;

use std::collections::BTreeMap;
use std::path::Path;

/// What one of them says.
#[derive(PartialEq, Eq, Debug, Default)]
pub struct Header {
    pub numbers: BTreeMap<String, i64>,
    pub records: BTreeMap<String, Record>,
}

#[derive(PartialEq, Eq, Debug, Default, Clone)]
pub struct Record {
    /// Place and size, by name.
    pub fields: BTreeMap<String, (usize, usize)>,
    pub size: usize,
}

/// How a language writes what we look for; a line may end in a comment.
pub enum Language {
    C,
    AssemblyScript,
    Rust,
}

/// A kit's header.
pub fn kit(path: &str, language: &Language) -> Header {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("kits").join(path);
    read(&std::fs::read_to_string(path).unwrap(), language)
}

/// The one that the others are held against.
pub fn c() -> Header {
    kit("c/royale.h", &Language::C)
}

fn read(text: &str, language: &Language) -> Header {
    let mut header = Header::default();
    let mut record: Option<(String, Record)> = None;
    for line in text.lines() {
        let line = line.split(" //").next().unwrap().split(" /*").next().unwrap().trim();
        if let Some((name, number)) = language.number(line) {
            header.numbers.insert(name.to_owned(), number);
        } else if let Some(name) = language.record(line) {
            record = Some((name, Record::default()));
        } else if let Some((name, mut done)) = record.take() {
            if matches!(line, "}" | "};") {
                done.size = done.size.next_multiple_of(done.alignment());
                header.records.insert(name, done);
            } else {
                if let Some((field, kind, length)) = language.field(line, &header.numbers) {
                    done.add(field, &kind, length, &header.records);
                }
                record = Some((name, done));
            }
        }
    }
    header
}

impl Language {
    fn number<'a>(&self, line: &'a str) -> Option<(&'a str, i64)> {
        let (name, value) = match self {
            Self::C => {
                let line = line.strip_prefix("#define ").unwrap_or(line).strip_prefix("ROYALE_")?;
                line.split_once(" = ").or_else(|| line.split_once(' '))?
            }
            Self::AssemblyScript => typed(line.strip_prefix("export const ")?)?,
            Self::Rust => typed(line.strip_prefix("pub const ")?)?,
        };
        let value = value.trim_end_matches([',', ';']).replace('_', "");
        let number = match value.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16),
            None => value.parse(),
        };
        Some((name, number.ok()?))
    }

    /// The record that begins on a line, as `market` or `reasons`.
    fn record(&self, line: &str) -> Option<String> {
        let name = match self {
            Self::C => line.strip_prefix("struct royale_")?,
            Self::AssemblyScript => line.strip_prefix("export class ")?,
            Self::Rust => line.strip_prefix("pub struct ")?,
        };
        Some(name.strip_suffix(" {")?.to_lowercase())
    }

    /// Name, type and length of an array or 1.
    fn field<'a>(
        &self,
        line: &'a str,
        numbers: &BTreeMap<String, i64>,
    ) -> Option<(&'a str, String, usize)> {
        let (name, kind, length) = match self {
            Self::C => {
                let (kind, name) = line.strip_suffix(';')?.rsplit_once(' ')?;
                let kind = kind.trim_start_matches("struct royale_");
                match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
                    Some((name, length)) => {
                        (name, kind, Some(length.trim_start_matches("ROYALE_")))
                    }
                    None => (name, kind, None),
                }
            }
            Self::AssemblyScript => {
                let (name, kind) = line.strip_suffix(';')?.split_once(": ")?;
                (name, kind, None)
            }
            Self::Rust => {
                let (name, kind) =
                    line.strip_prefix("pub ")?.strip_suffix(',')?.split_once(": ")?;
                let array = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']'));
                match array.and_then(|array| array.split_once("; ")) {
                    Some((kind, length)) => (name, kind, Some(length)),
                    None => (name, kind, None),
                }
            }
        };
        if !name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_') {
            return None;
        }
        let length = length.map_or(1, |length| match numbers.get(length) {
            Some(number) => *number as usize,
            None => length.parse().unwrap(),
        });
        Some((name, kind.to_lowercase(), length))
    }
}

/// `NAME: type = value;`.
fn typed(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(": ")?;
    Some((name, rest.split_once(" = ")?.1))
}

impl Record {
    fn alignment(&self) -> usize {
        self.fields.values().map(|(_, size)| *size).max().unwrap_or(1)
    }

    fn add(&mut self, name: &str, kind: &str, length: usize, known: &BTreeMap<String, Record>) {
        if let Some(record) = known.get(kind) {
            // Of several, the fields of the first.
            self.size = self.size.next_multiple_of(record.alignment());
            for (field, (at, size)) in &record.fields {
                self.fields.insert(format!("{name}.{field}"), (self.size + at, *size));
            }
            self.size += record.size * length;
            return;
        }
        let size = match kind {
            "char" | "u8" | "uint8_t" => 1,
            "u16" | "uint16_t" => 2,
            "u32" | "uint32_t" | "f32" | "float" => 4,
            "u64" | "uint64_t" | "i64" | "int64_t" | "f64" | "double" => 8,
            other => panic!("{name} is of an unknown type {other}"),
        };
        // AssemblyScript has no arrays in records: texts are words there, and the rest is numbered.
        let (size, length) =
            if size == 1 && length.is_multiple_of(8) { (8, length / 8) } else { (size, length) };
        for n in 0..length {
            let name = if length == 1 { name.to_owned() } else { format!("{name}{n}") };
            let at = self.size.next_multiple_of(size);
            self.fields.insert(name, (at, size));
            self.size = at + size;
        }
    }
}

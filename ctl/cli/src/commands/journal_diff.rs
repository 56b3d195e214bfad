//! `ctl journal diff`: the first place where two journals part.

use crate::failure::{Code, Failure};
use crate::record_text::{json, line};
use crate::{out, run_folder};
use clap::Args;
use royale_journal::{Preamble, Reader, Record};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// `ctl journal diff`.
#[derive(Args, Debug)]
pub struct DiffArgs {
    /// One journal: a battle, a run or a journal folder
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The other
    #[arg(value_name = "B")]
    b: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Compares; 8 when they differ.
///
/// # Errors
/// A journal is missing or damaged.
pub fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let mut a = Reader::open(&run_folder::journal_in(&args.a)?)?;
    let mut b = Reader::open(&run_folder::journal_in(&args.b)?)?;
    let (head_a, head_b) = (a.preamble().clone(), b.preamble().clone());
    let header = header_difference(&head_a, &head_b);
    let mut same = 0_u64;
    let parted = loop {
        match (a.next_record()?, b.next_record()?) {
            (None, None) => break None,
            (one, two) if one == two => same += 1,
            (one, two) => break Some((one, two)),
        }
    };
    if args.json {
        let side = |record: &Option<Record>, head| record.as_ref().map(|r| json(r, head));
        out::json(&json!({
            "identical": header.is_none() && parted.is_none(),
            "header_difference": header,
            "records_in_common": same,
            "a": parted.as_ref().and_then(|(one, _)| side(one, &head_a)),
            "b": parted.as_ref().and_then(|(_, two)| side(two, &head_b)),
        }))?;
    } else {
        if let Some(what) = &header {
            out::data(&format!("The headers differ: {what}\n"))?;
        }
        match &parted {
            None => out::data(&format!("{same} records are the same\n"))?,
            Some((one, two)) => {
                let side = |record: &Option<Record>, head| {
                    record.as_ref().map_or_else(|| "(ends here)".to_owned(), |r| line(r, head))
                };
                out::data(&format!(
                    "{same} records are the same, then:\n  a  {}\n  b  {}\n",
                    side(one, &head_a),
                    side(two, &head_b)
                ))?;
            }
        }
    }
    let same = header.is_none() && parted.is_none();
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::from(Code::Mismatch as u8) })
}

/// The first thing in which the headers differ.
fn header_difference(a: &Preamble, b: &Preamble) -> Option<Value> {
    if a.config != b.config {
        let mut lines = a.config.lines().zip(b.config.lines());
        let (one, two) = lines.find(|(one, two)| one != two).unwrap_or_default();
        return Some(json!({ "config": { "a": one, "b": two } }));
    }
    if a.slots != b.slots {
        return Some(json!({ "slots": { "a": a.slots, "b": b.slots } }));
    }
    if a.instruments != b.instruments || a.purpose != b.purpose {
        return Some(json!("the instrument tables"));
    }
    None
}

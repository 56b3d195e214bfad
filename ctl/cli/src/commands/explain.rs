//! `ctl explain`: why something was traded, or not, and whether that is what the inputs give.

use super::explain_all;
use super::explain_text;
use crate::agent::{self, Finding};
use crate::args::SourceArgs;
use crate::failure::{Code, Failure};
use crate::names::{self, Subject};
use crate::recompute::Verification;
use crate::{out, source, versions};
use clap::Args;
use royale_config::{Policy, Settings};
use royale_plane::{Board, Explanation, InputRecords, InputStory, Read, read};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `ctl explain`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl explain S02-17\n  ctl explain last\n  ctl explain 265827\n  ctl explain H02-17 --journal runs/battle-7 --json\n  ctl explain --all --slot trend\n\n\
    S is a slot's shadow account, H the house account on behalf of a slot. A number is an input of\nthe journal, written 265827 or '#265827': a fill, a decision's event, an abstention's, an\nallocation. The engine recomputes every record up to the last one that is told.\n\nExit codes: 0 verified, 3 no such thing, 8 MISMATCH"
)]
pub struct ExplainArgs {
    /// An order's id, an input's number, or `last` for the newest order that was filled
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// Every order, refused decision and abstention of the run
    #[arg(long)]
    all: bool,
    /// With --all: only this slot
    #[arg(long, value_name = "SLOT", requires = "all")]
    slot: Option<String>,
    /// Tell it without recomputing it
    #[arg(long)]
    no_verify: bool,
    #[command(flatten)]
    source: SourceArgs,
}

/// A journal that is explained.
pub struct Case {
    /// Where it lies.
    pub journal: PathBuf,
    /// What the run was configured to be.
    pub settings: Settings,
    /// What was read of it.
    pub read: Read,
}

impl Case {
    /// What it adds up to.
    pub fn board(&self) -> &Board {
        &self.read.loaded.board
    }
    /// The word on everything up to an input.
    pub fn verification(&self, until: u64, is_wanted: bool) -> Result<Verification, Failure> {
        if !is_wanted {
            return Ok(Verification::Skipped {});
        }
        Verification::of(&self.journal, until, self.read.damage.as_ref())
    }
    /// An explanation as JSON, with the strategy that decided.
    pub fn document(&self, story: &Explanation) -> Result<Value, Failure> {
        let mut value = serde_json::to_value(story)?;
        let known = versions::strategy(&self.journal, &self.settings, story.slot_id, &story.runs);
        if let Some(runs) = value.get_mut("runs").and_then(Value::as_object_mut) {
            runs.insert("strategy".to_owned(), known.strategy.into());
            runs.insert("module".to_owned(), known.module.into());
        }
        Ok(value)
    }
}

/// Runs it.
///
/// # Errors
/// No journal, no such thing in it, or no engine to recompute it.
pub fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    // What is no id at all needs no journal to be refused.
    let subject = args.id.as_deref().map(names::subject).transpose()?;
    let journal = source::journal(args.source.journal.as_deref(), &args.source.socket)?;
    let Some(subject) = subject else {
        return explain_all::run(&journal, args.slot.as_deref(), !args.no_verify, args.source.json);
    };
    let mut records = match subject {
        Subject::Input(seq) => Some(InputRecords::of(seq)),
        Subject::Order(_) | Subject::Last => None,
    };
    let case = open(&journal, |board, record| {
        if let Some(records) = &mut records {
            records.see(board, record);
        }
    })?;
    let board = case.board();
    let told = match (subject, &records) {
        (Subject::Input(_), Some(records)) => board.explain_input(records).map(Told::input),
        (Subject::Input(_), None) => None,
        (Subject::Order(id), _) => board.explain(id).map(Told::order),
        (Subject::Last, _) => newest_filled(board).map(Told::order),
    };
    let Some(told) = told else { return Err(not_found(args, &case)) };
    let verification = case.verification(told.until, !args.no_verify)?;
    let shares = told.shares(&case)?;
    if args.source.json {
        let mut value = document(&case, &told, &verification)?;
        if let (Some(map), Some(shares)) = (value.as_object_mut(), &shares) {
            map.insert("meta_agent".to_owned(), serde_json::to_value(shares)?);
        }
        out::json(&value)?;
    } else {
        let mut text = String::new();
        if let Some(input) = &told.input {
            text.push_str(&explain_text::input(input));
        }
        if let Some(shares) = &shares {
            text.push_str(&explain_text::shares(shares));
        }
        for story in &told.stories {
            text.push_str(&explain_text::story(&case, story));
        }
        text.push_str(&explain_text::verdict(&verification));
        out::data(&text)?;
    }
    let is_forged = shares.is_some_and(|shares| shares.mismatch.is_some());
    Ok(if is_forged { ExitCode::from(Code::Mismatch as u8) } else { verification.code() })
}

/// What is told.
struct Told {
    input: Option<InputStory>,
    stories: Vec<Explanation>,
    until: u64,
}

/// What the meta-agent makes of the epoch that an allocation speaks of.
#[derive(Debug, Serialize)]
pub struct SharesChecked {
    /// What it makes of it, computed from the journal alone.
    pub step: royale_meta::Step,
    /// Its reason, in words.
    pub reason: String,
    /// What stands on the journal instead, where that is something else.
    pub mismatch: Option<String>,
}

impl Told {
    /// The agent's thoughts behind an allocation; none for what is none, or was said by a person.
    fn shares(&self, case: &Case) -> Result<Option<SharesChecked>, Failure> {
        let Some(input) = self.input.as_ref().filter(|input| input.allocation.is_some()) else {
            return Ok(None);
        };
        if case.settings.meta.policy == Policy::Off {
            return Ok(None);
        }
        let (audit, board) = agent::audit(&case.journal)?;
        Ok(audit.at(&board, input.seq).map(|(step, finding)| SharesChecked {
            step: step.clone(),
            reason: step.sentence(board.slots()),
            mismatch: match finding {
                Finding::Verified => None,
                Finding::Mismatch(why) => Some(why.clone()),
            },
        }))
    }

    fn order(story: Explanation) -> Self {
        Self { input: None, until: story.last_seq(), stories: vec![story] }
    }
    fn input(mut story: InputStory) -> Self {
        let until = story.last_seq();
        let stories = std::mem::take(&mut story.explanations);
        Self { input: Some(story), stories, until }
    }
}

/// Reads the journal, as far as it can be read.
///
/// # Errors
/// No journal of a run.
pub fn open(
    journal: &Path,
    see: impl FnMut(&Board, &royale_journal::Record),
) -> Result<Case, Failure> {
    let read = read(journal, |preamble| source::stakes(journal, preamble), see)?;
    let settings = Settings::from_canonical(&read.loaded.preamble.config)?;
    Ok(Case { journal: journal.to_path_buf(), settings, read })
}

fn newest_filled(board: &Board) -> Option<Explanation> {
    let lives = board.orders().lives().iter().rev();
    lives.filter(|life| life.filled.is_positive()).find_map(|life| board.explain(life.id))
}

/// A damaged journal may have held it.
fn not_found(args: &ExplainArgs, case: &Case) -> Failure {
    let id = args.id.as_deref().unwrap_or_default();
    match &case.read.damage {
        Some(damage) => {
            let message = format!("MISMATCH: {id} is not in what can be read: {damage}");
            Failure::new(Code::Mismatch, message)
        }
        None => Failure::not_found(format!("{id}: not in this journal"))
            .remedy("ctl orders lists the orders; --journal DIR names another journal"),
    }
}

fn document(case: &Case, told: &Told, verification: &Verification) -> Result<Value, Failure> {
    let stories: Result<Vec<Value>, Failure> =
        told.stories.iter().map(|story| case.document(story)).collect();
    let mut value = match &told.input {
        Some(input) => serde_json::to_value(input)?,
        None => json!({"is": "order"}),
    };
    if let Some(map) = value.as_object_mut() {
        map.insert("explanations".to_owned(), stories?.into());
        map.insert("verification".to_owned(), serde_json::to_value(verification)?);
    }
    Ok(value)
}

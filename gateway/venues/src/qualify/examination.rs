//! The runs of a check, and how they are held against each other.
//!
//! Owns what equal means: every record of two runs, to the bit, and the fuel of every event. The first run
//! is the season; its journal stays.

use super::bar::Bar;
use super::candidate::{Candidate, Unfit};
use super::examinee::{Asked, Log, first_difference, spread};
use super::trial::{Conditions, Ran};
use crate::assemble;
use crate::exit::Failure;
use royale_codec::findings::{FaultFacts, Fuel, HandOver, LookAhead, Outcome, Trial};
use royale_engine::replay::Comparator;
use royale_journal::{Preamble, Purpose, Reader, Writer};
use royale_model::{Fault, Seq};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// Prefixes of the tapes that are replayed.
const CUTS: u64 = 4;
/// No cut.
const WHOLE: u64 = u64::MAX;

/// Everything that a check is made of.
pub struct Examination {
    /// What all its runs share.
    pub conditions: Conditions,
    /// Who is examined.
    pub candidate: Candidate,
    /// Where the season's journal lies.
    pub journal: PathBuf,
    /// Events on the tapes.
    pub events: u64,
    /// True when the candidate offers to hand its state over.
    pub hands_over: bool,
}

/// What the first run left, besides its journal.
struct Season {
    fault: Option<(Seq, Fault)>,
    log: Log,
}

impl Examination {
    /// All runs, one after the other.
    pub fn run(&self, tapes: Vec<String>) -> Result<Trial, Unfit> {
        let cuts = self.cuts();
        let whole = 2 + u64::from(self.hands_over);
        let mut bar = Bar::new(whole * self.events + cuts.iter().sum::<u64>());
        let season = self.season(&mut bar)?;
        let determinism = self.again(&self.candidate, &season.log, &mut bar)?;
        let look_ahead = self.look_ahead(&self.candidate, cuts, &season.log, &mut bar)?;
        let hand_over = self.hand_over(&mut bar)?;
        let Season { fault, log: Log { asked, nanos, .. } } = season;
        let fuel = |figure: fn(&Asked) -> u64| spread(&asked, asked.iter().map(figure));
        Ok(Trial {
            tapes,
            tape_events: self.events,
            asked: asked.len() as u64,
            fault: fault.map(|(seq, fault)| FaultFacts { seq, fault: fault.name().to_owned() }),
            fuel: self.candidate.is_module().then(|| Fuel {
                limit: self.conditions.settings.run.fuel_per_event,
                instructions: fuel(|one| one.instructions),
                host_calls: fuel(|one| one.host_calls),
            }),
            time_ns: spread(&asked, nanos.iter().copied()),
            determinism,
            look_ahead,
            hand_over,
        })
    }

    /// The whole tapes, journaled.
    fn season(&self, bar: &mut Bar) -> Result<Season, Unfit> {
        bar.begin("season");
        let Conditions { settings, instruments, .. } = &self.conditions;
        let preamble = Preamble {
            purpose: Purpose::Run,
            config: settings.canonical(),
            instruments: instruments.clone(),
            slots: settings.slots.iter().map(|slot| slot.name.clone()).collect(),
        };
        let writer = Writer::create(&self.journal, &preamble, assemble::journal(settings))
            .map_err(Failure::from)?;
        let ran = self.conditions.run(&self.candidate, writer, WHOLE, None, bar)?;
        // A journal that could not be written says so itself.
        let written = ran.recorder.inner.failure().is_none();
        if let Some(error) = ran.error.filter(|_| written) {
            return Err(Failure::Error(format!("the season: {error}")).into());
        }
        ran.recorder.inner.finish().map_err(Failure::from)?;
        Ok(Season { fault: ran.recorder.fault, log: ran.log })
    }

    /// The same again, with a fresh instance.
    fn again(&self, candidate: &Candidate, first: &Log, bar: &mut Bar) -> Result<Outcome, Unfit> {
        bar.begin("determinism");
        let mut ran = self.conditions.run(candidate, self.comparator()?, WHOLE, None, bar)?;
        ran.recorder.inner.expect_end();
        compared(ran, |_, log| first_difference(&first.asked, &log.asked))
    }

    /// The beginnings of the tapes: nothing before a cut may depend on what comes after it.
    fn look_ahead(
        &self,
        candidate: &Candidate,
        cuts: Vec<u64>,
        whole: &Log,
        bar: &mut Bar,
    ) -> Result<LookAhead, Unfit> {
        bar.begin("look-ahead");
        let mut records = 0;
        for &cut in &cuts {
            let ran = self.conditions.run(candidate, self.comparator()?, cut, None, bar)?;
            let outcome = compared(ran, |last, log| {
                first_difference(up_to(&whole.asked, last), up_to(&log.asked, last))
            })?;
            match outcome {
                Outcome::Equal { records: more } => records += more,
                Outcome::Differs { why } => {
                    let why = format!("on the tapes cut after event {cut}: {why}");
                    return Ok(LookAhead { cuts, outcome: Outcome::Differs { why } });
                }
            }
        }
        Ok(LookAhead { cuts, outcome: Outcome::Equal { records } })
    }

    /// The whole tapes, with a successor that takes over in the middle.
    fn hand_over(&self, bar: &mut Bar) -> Result<HandOver, Unfit> {
        if !self.hands_over {
            return Ok(HandOver::NotOffered {});
        }
        bar.begin("hand-over");
        let middle = Some((self.events / 2).max(1));
        let mut ran =
            self.conditions.run(&self.candidate, self.comparator()?, WHOLE, middle, bar)?;
        let Some((seq, handed)) = ran.log.handed_over.take() else {
            return Ok(HandOver::NotReached {});
        };
        let bytes = handed.map_or(0, |bytes| bytes as u64);
        let outcome = match handed {
            Err(why) => Outcome::Differs { why: why.to_owned() },
            Ok(_) => {
                ran.recorder.inner.expect_end();
                compared(ran, |_, _| None)?
            }
        };
        Ok(HandOver::Tried { seq, bytes, outcome })
    }

    /// Holds a run against the season.
    fn comparator(&self) -> Result<Comparator, Failure> {
        Ok(Comparator::new(Reader::open(&self.journal)?, true))
    }

    /// Where the tapes are cut: drawn from the seed, in rising order.
    fn cuts(&self) -> Vec<u64> {
        let seed = self.conditions.settings.run.seed;
        let cut = |nth: u64| {
            let digest = Sha256::digest([seed.to_le_bytes(), nth.to_le_bytes()].concat());
            let drawn = digest.iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte));
            1 + drawn % self.events.max(1)
        };
        let mut cuts: Vec<u64> = (0..CUTS).map(cut).collect();
        cuts.sort_unstable();
        cuts
    }
}

/// The events up to a sequence number.
fn up_to(asked: &[Asked], last: Seq) -> &[Asked] {
    &asked[..asked.partition_point(|one| one.seq <= last)]
}

/// How a run came out that was held against the season; `in_fuel` finds a difference in what its events
/// cost, given the last of them that counts.
fn compared(
    ran: Ran<Comparator>,
    in_fuel: impl FnOnce(Seq, &Log) -> Option<String>,
) -> Result<Outcome, Unfit> {
    let Ran { recorder, log, error } = ran;
    let found = recorder.inner.difference().map(ToString::to_string);
    if found.is_none()
        && let Some(error) = error
    {
        return Err(Failure::Error(format!("a run of the check: {error}")).into());
    }
    Ok(match found.or_else(|| in_fuel(recorder.last_seq, &log)) {
        Some(why) => Outcome::Differs { why },
        None => Outcome::Equal { records: recorder.inner.compared() },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panic")]
    use super::*;
    use crate::tape_table;
    use royale_config::Loader;
    use royale_engine::order::Discard;
    use std::collections::BTreeMap;
    use std::path::Path;

    const EVENTS: u64 = 12_000;

    /// An examination of a native strategy on the first events of a recording.
    fn examination(folder: &Path, name: &str) -> Examination {
        let tapes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tapes");
        let packed = std::fs::read(tapes.join("kalshi-btc15m-20260514T002426Z.tapez")).unwrap();
        let (preamble, mut events) = royale_codec::unpack(&packed).unwrap();
        events.truncate(EVENTS as usize);
        let tape = folder.join("short.tape");
        royale_journal::write_tape(&tape, &preamble, &events).unwrap();
        let text = format!(
            "schema_version = 1\nrun = {{ name = \"t\", tapes = [{tape:?}] }}\n[[slot]]\n\
             name = \"one\"\nstrategy = \"vacant\"\nallocation_bp = 0\n"
        );
        let settings = Loader::text("t.toml", text, "").load().unwrap();
        let (instruments, _) = tape_table::open(&settings.run.tapes, &settings.fees).unwrap();
        Examination {
            conditions: Conditions { settings, instruments, digest: [1; 32] },
            candidate: Candidate::native(name, &BTreeMap::new()),
            journal: folder.join("journal"),
            events: EVENTS,
            hands_over: false,
        }
    }

    fn why(outcome: Result<Outcome, Unfit>) -> String {
        match outcome {
            Ok(Outcome::Differs { why }) => why,
            Ok(Outcome::Equal { records }) => panic!("{records} equal records"),
            Err(_) => panic!("no outcome"),
        }
    }

    #[test]
    fn nothing_is_shown_that_lies_behind_a_cut() {
        let folder = tempfile::tempdir().unwrap();
        let here = examination(folder.path(), "market-maker");
        for cut in [1, 7_000] {
            let mut bar = Bar::new(0);
            let ran = here.conditions.run(&here.candidate, Discard, cut, None, &mut bar);
            let Ok(Ran { recorder, log, error: None }) = ran else { panic!("no run") };
            // The first event has nobody to see it yet.
            assert!(log.asked.len() as u64 >= cut - 1);
            assert!(log.asked.iter().all(|one| one.seq <= recorder.last_seq), "cut after {cut}");
        }
    }

    /// No guest can decide otherwise the second time, so that another strategy stands in for one that
    /// does: what remembers an earlier instance, or sees what comes, shows in the same way.
    #[test]
    fn a_run_that_decides_otherwise_is_told_apart_at_the_first_record() {
        let folder = tempfile::tempdir().unwrap();
        let here = examination(folder.path(), "market-maker");
        let mut bar = Bar::new(0);
        let Ok(season) = here.season(&mut bar) else { panic!("no season") };
        assert!(matches!(
            here.again(&here.candidate, &season.log, &mut bar),
            Ok(Outcome::Equal { records }) if records > EVENTS
        ));
        let other = Candidate::native("fair-value", &BTreeMap::new());
        let found = why(here.again(&other, &season.log, &mut bar));
        assert!(found.contains("record ") && found.contains("Decision"), "{found}");

        let ahead = |candidate: &Candidate, cuts: Vec<u64>, log: &Log| {
            here.look_ahead(candidate, cuts, log, &mut Bar::new(0)).map(|found| found.outcome)
        };
        let cuts = || vec![7_000, 10_000];
        assert!(matches!(
            ahead(&here.candidate, cuts(), &season.log),
            Ok(Outcome::Equal { records }) if records > 17_000
        ));
        let found = why(ahead(&other, cuts(), &season.log));
        assert!(found.contains("cut after event 7000") && found.contains("Decision"), "{found}");

        // One unit of fuel more before a cut is a difference; after the last cut it is the second run's.
        let mut planted = season.log;
        let at = planted.asked.iter().position(|one| one.seq > 8_500).unwrap();
        planted.asked[at].instructions += 1;
        let found = why(here.again(&here.candidate, &planted, &mut bar));
        assert!(found.contains(&format!("event {}", planted.asked[at].seq)), "{found}");
        let found = why(ahead(&here.candidate, cuts(), &planted));
        assert!(found.contains("cut after event 10000") && found.contains("fuel"), "{found}");
        assert!(matches!(
            ahead(&here.candidate, vec![1_000, 7_000], &planted),
            Ok(Outcome::Equal { .. })
        ));
    }
}

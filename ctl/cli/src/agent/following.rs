//! A journal, epoch by epoch, with what the meta-agent makes of each.

use crate::failure::Failure;
use crate::{source, versions};
use royale_config::{Policy, Settings, Slot};
use royale_journal::{Reader, Record};
use royale_meta::{Agent, Look, Step, Terms};
use royale_model::{SlotChange, SlotEvent};
use royale_plane::Board;
use std::path::{Path, PathBuf};

/// A journal that is read as it grows.
pub struct Following {
    journal: PathBuf,
    reader: Reader,
    board: Board,
    settings: Settings,
    agent: Agent,
}

impl Following {
    /// From the journal's beginning.
    ///
    /// # Errors
    /// No journal, a damaged one, or one of a run without a meta-agent.
    pub fn open(journal: &Path) -> Result<Self, Failure> {
        let reader = Reader::open(journal)?;
        let preamble = reader.preamble().clone();
        let settings = source::settings(journal, &preamble)?;
        if settings.meta.policy == Policy::Off {
            let message = format!("{}: this run has no meta-agent", journal.display());
            return Err(Failure::not_found(message).remedy("meta.policy says who shares out"));
        }
        let board = Board::new(&preamble, &source::stakes(journal, &preamble)?);
        let agent = Agent::new(&settings.meta, terms(&settings), settings.run.seed);
        let agent = agent.map_err(Failure::error)?;
        let journal = journal.to_owned();
        Ok(Self { journal, reader, board, settings, agent })
    }

    /// The next epoch that has ended, if the journal has come to its end; the number of records that
    /// were read without one is bounded, so that the caller can look at something else in between.
    ///
    /// # Errors
    /// A damaged journal.
    pub fn next_step(&mut self) -> Result<Progress, Failure> {
        const AT_ONCE: u64 = 4_096;
        for _ in 0..AT_ONCE {
            let Some(record) = self.reader.next_record()? else { return Ok(Progress::UpToDate) };
            self.board.apply(&record);
            if let Record::Slot(change) = &record {
                self.see_who_came(change);
            }
            if let Some(look) = self.look(&record) {
                return Ok(Progress::Epoch(Box::new(self.agent.step(&look))));
            }
        }
        Ok(Progress::Busy)
    }

    /// A version that runs nothing leaves its slot vacant, as one that began so. The journal names its
    /// manifest; where that is gone, the slot counts as taken.
    fn see_who_came(&mut self, change: &SlotChange) {
        if matches!(change.event, SlotEvent::Installed | SlotEvent::RolledBack) {
            let runs = self.board.running(change.slot, change.seq.saturating_add(1));
            let slot = change.slot.0;
            let came = versions::strategy(&self.journal, &self.settings, slot, &runs);
            if came.strategy == Slot::VACANT {
                self.board.vacate(change.slot);
            }
        }
    }

    fn look(&self, record: &Record) -> Option<Look> {
        let Record::Event(event) = record else { return None };
        if !royale_plane::is_epoch_end(event) {
            return None;
        }
        self.board.epoch(&self.settings.meta.reference)
    }

    /// Every step of a journal that is at its end.
    ///
    /// # Errors
    /// A damaged journal.
    pub fn all(&mut self) -> Result<Vec<Step>, Failure> {
        let mut steps = Vec::new();
        loop {
            match self.next_step()? {
                Progress::Epoch(step) => steps.push(*step),
                Progress::Busy => {}
                Progress::UpToDate => return Ok(steps),
            }
        }
    }

    /// True when the writer closed the journal.
    pub fn is_finished(&self) -> bool {
        self.reader.is_finished()
    }
    /// The names of the slots.
    pub fn slots(&self) -> &[String] {
        self.board.slots()
    }
    /// What was folded so far.
    pub fn board(&self) -> &Board {
        &self.board
    }
    /// What was folded, at the end.
    pub fn into_board(self) -> Board {
        self.board
    }
    /// The run's configuration.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// How far the reading came.
#[derive(Debug)]
pub enum Progress {
    /// An epoch has ended, and this is what the agent makes of it.
    Epoch(Box<Step>),
    /// There is more to read.
    Busy,
    /// There is no more, yet.
    UpToDate,
}

fn terms(settings: &Settings) -> Vec<Terms> {
    let caps = &settings.meta.class_caps;
    let one = |slot: &Slot| Terms {
        class: caps.iter().position(|(class, _)| *class == slot.class),
        regime: slot.regime,
    };
    settings.slots.iter().map(one).collect()
}

/// What the agent says after an epoch: the shares that change, or the first slot's as it is, where
/// none does, because an epoch's end wants an answer. By slot, in basis points.
pub fn said(shares: &[i64], before: &[i64]) -> Vec<(u16, i64)> {
    let all = || (0_u16..).zip(shares.iter().copied());
    let is_new = |&(slot, bp): &(u16, i64)| before.get(usize::from(slot)) != Some(&bp);
    let changed: Vec<(u16, i64)> = all().filter(is_new).collect();
    if changed.is_empty() { all().take(1).collect() } else { changed }
}

#[cfg(test)]
mod tests {
    use super::super::kit::{EPOCH_END, NOW, begin, input};
    use super::*;
    use royale_model::{Body, Fault, SlotId, Timer};
    use sha2::{Digest, Sha256};

    /// Whom an epoch finds able to trade, after these versions came into the first slot.
    fn may_trade(manifests: &[&str], event: SlotEvent) -> Vec<bool> {
        let run = tempfile::tempdir().unwrap();
        let (journal, mut writer) = begin(run.path());
        std::fs::create_dir(run.path().join("versions")).unwrap();
        let timer = Body::Timer(Timer { id: 0, due: NOW });
        for (seq, manifest) in (1_u64..).zip(manifests) {
            writer.event(&input(seq, timer));
            let digest: [u8; 32] = Sha256::digest(manifest.as_bytes()).into();
            let name = format!("versions/{}.toml", crate::commands::journal::hex(&digest));
            std::fs::write(run.path().join(name), manifest).unwrap();
            let change = SlotChange::new(seq, NOW, SlotId(0), event, Fault::None);
            writer.slot(&change.of(seq as u32, digest));
        }
        writer.event(&input(manifests.len() as u64 + 1, EPOCH_END));
        writer.finish().unwrap();
        let mut following = Following::open(&journal).unwrap();
        assert_eq!(following.all().unwrap().len(), 1);
        following.board().epoch("").unwrap().may_trade
    }

    /// Once a slot that was emptied stayed an arm of the bandit that earned nothing.
    #[test]
    fn a_slot_that_was_emptied_is_as_one_that_began_vacant() {
        let vacant = "strategy = { kind = \"vacant\" }\n";
        let trend = "strategy = { kind = \"native\", name = \"trend\" }\n";
        let first = |manifests: &[&str], event| {
            let all = may_trade(manifests, event);
            assert!(all.len() > 1 && all[1..].iter().all(|may_trade| *may_trade));
            all[0]
        };
        assert!(first(&[], SlotEvent::Installed));
        assert!(!first(&[vacant], SlotEvent::Installed));
        assert!(first(&[vacant, trend], SlotEvent::Installed));
        assert!(!first(&[trend, vacant], SlotEvent::RolledBack));
        assert!(first(&[trend, vacant], SlotEvent::Shadowing), "nobody has left yet");
    }
}

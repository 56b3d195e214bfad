//! What may be asked of the slots: another strategy, a quarantine, the one before.
//!
//! Owns the versions of a run: their numbers, their manifests, and the rings on which they travel. A
//! strategy is made here, on a client's thread, before anything is asked of the engine. Must never
//! let more versions in than the rings back can hold.

use super::answers::refusal;
use super::line::Speaker;
use crate::assemble;
use crate::versions::{Competitor, Manifest, Workshop, hex, thread_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use royale_codec::control::{Refusal, Reply, SlotStatus};
use royale_codec::swap::{ModulePart, StrategyChoice, Swap, Swapped};
use royale_config::{Schedule, Slot};
use royale_engine::progress::Progress;
use royale_engine::risk::Shares;
use royale_engine::slot_board::Listener;
use royale_engine::strategy::{Version, VersionOutlet};
use royale_engine::topology::Topology;
use royale_model::{CommandCode, Fault, Seq, SlotId};
use royale_strategies::Rhythm;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Versions that may be under way or listening at once.
pub const VERSIONS_MAX: usize = 64;
/// The longest module, in bytes.
const MODULE_BYTES_MAX: usize = 4 << 20;
/// The strategies' thread has this long to come to a command that the feed stage took.
const DONE_DEADLINE: Duration = Duration::from_secs(1);

/// The slots of a run, for those who command them.
pub struct SlotDesk {
    workshop: Workshop,
    slots: Vec<SlotFacts>,
    topology: Topology,
    progress: Arc<Progress>,
    table: Mutex<Table>,
    /// A module on its way in: its name, and what is there of it.
    upload: Mutex<Option<(String, Vec<u8>)>>,
}

/// What was configured of a slot.
pub struct SlotFacts {
    name: String,
    /// Its timers in words; empty for one that runs on events.
    schedule: String,
    rhythm: Rhythm,
    /// What the run began with.
    manifest: Manifest,
}

impl SlotFacts {
    pub fn of(slot: &Slot) -> Self {
        let schedule = match &slot.schedule {
            Schedule::Events => String::new(),
            Schedule::Timers(timers) => format!("{} {}", timers.readings, timers.zone.name),
        };
        Self {
            name: slot.name.clone(),
            schedule,
            rhythm: assemble::rhythm(slot),
            manifest: Manifest::of_slot(slot),
        }
    }
}

/// All versions of a run.
struct Table {
    outlets: Vec<VersionOutlet<Competitor>>,
    later: BTreeMap<u32, Later>,
    last_number: u32,
    /// Versions that went in and did not come back, which includes those that are at work.
    inside: usize,
}

/// A version that came while the run went on.
struct Later {
    manifest: Manifest,
    digest: [u8; 32],
    /// The version that the slot ran then.
    before: u32,
}

impl SlotDesk {
    pub fn new(
        workshop: Workshop,
        slots: Vec<SlotFacts>,
        topology: Topology,
        progress: Arc<Progress>,
        outlets: Vec<VersionOutlet<Competitor>>,
    ) -> Self {
        let table = Table { outlets, later: BTreeMap::new(), last_number: 0, inside: 0 };
        let (table, upload) = (Mutex::new(table), Mutex::new(None));
        Self { workshop, slots, topology, progress, table, upload }
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the versions that came back.
    pub fn tidy(&self) {
        // Whoever holds it will tidy up the next time.
        let Ok(mut table) = self.table.try_lock() else { return };
        let Table { outlets, inside, .. } = &mut *table;
        for outlet in outlets {
            while outlet.leaving.pop().is_ok() {
                *inside = inside.saturating_sub(1);
            }
        }
    }

    /// Each slot as `ctl` shows it.
    pub fn status(&self, shares: &Shares) -> Vec<SlotStatus> {
        let table = self.table();
        let one = |(facts, slot): (&SlotFacts, u16)| {
            let view = self.progress.slots.view(SlotId(slot));
            let manifest = self.manifest(&table, slot, view.version);
            SlotStatus {
                slot,
                name: facts.name.clone(),
                strategy: manifest.map_or_else(String::new, Manifest::label),
                version: view.version,
                fault: if view.is_armed() { "" } else { view.fault.name() }.to_owned(),
                listener: match view.listener {
                    Listener::Nobody => "",
                    Listener::Newcomer => "newcomer",
                    Listener::Predecessor => "predecessor",
                }
                .to_owned(),
                tier: shares.tier(SlotId(slot)).name().to_owned(),
                allocation_bp: u32::try_from(shares.of(SlotId(slot))).unwrap_or(0),
                schedule: facts.schedule.clone(),
            }
        };
        self.slots.iter().zip(0..).map(one).collect()
    }

    /// Makes a strategy and brings it in.
    pub fn swap(&self, swap: &Swap, speaker: &Speaker<'_>) -> Result<Reply, Refusal> {
        let slot = if swap.slot.is_empty() { self.vacant()? } else { self.find(&swap.slot)? };
        let manifest = Manifest::of_swap(swap);
        self.install(slot, manifest, swap.dry_run, speaker)
    }

    fn install(
        &self,
        slot: u16,
        manifest: Manifest,
        dry_run: bool,
        speaker: &Speaker<'_>,
    ) -> Result<Reply, Refusal> {
        let invalid = |why: String| {
            refusal("invalid", &why, "nothing has changed; see ctl swap-strategy --help")
        };
        let rhythm = self.slots.get(usize::from(slot)).map_or(Rhythm::Events, |facts| facts.rhythm);
        let competitor = self.workshop.make(&manifest, rhythm).map_err(invalid)?;
        let (text, digest) = manifest.text().map_err(invalid)?;
        if manifest.carry {
            let active = self.progress.slots.view(SlotId(slot)).version;
            let active = self.manifest(&self.table(), slot, active).cloned();
            active.map_or(Ok(()), |active| active.hands_over_to(&manifest)).map_err(|why| {
                refusal("state", &why, "nothing has changed; take --state fresh, or warm")
            })?;
        }
        if dry_run {
            return Ok(self.reply(0, slot, 0, &digest, "checked", Fault::None));
        }
        let kept = |why: String| refusal("store", &why, "nothing has changed; see to the disk");
        self.workshop.store().put(text.as_bytes(), "toml").map_err(kept)?;
        self.tidy();
        let mut table = self.table();
        let number = table.last_number + 1;
        let before = self.progress.slots.view(SlotId(slot)).version;
        let plan = manifest.plan();
        let version = Version { slot: SlotId(slot), number, digest, plan, competitor };
        table.send(thread_of(self.topology, slot.into(), self.slots.len()), version)?;
        table.later.insert(number, Later { manifest, digest, before });
        // Under the lock: the commands come in the order of their versions.
        let seq = speaker.say(CommandCode::Install, slot, number.into())?;
        drop(table);
        Ok(self.outcome(seq, slot, Some(number)))
    }

    /// Quarantine, release, or back to the version before.
    pub fn command(
        &self,
        code: CommandCode,
        slot: &str,
        speaker: &Speaker<'_>,
    ) -> Result<Reply, Refusal> {
        let slot = self.find(slot)?;
        let view = self.progress.slots.view(SlotId(slot));
        if code == CommandCode::Rollback && view.listener == Listener::Nobody {
            // The version before is gone: it is made again, and begins anew.
            let manifest = self.before(slot, view.version, speaker.reason)?;
            return self.install(slot, manifest, false, speaker);
        }
        let seq = speaker.say(code, slot, 0)?;
        Ok(self.outcome(seq, slot, None))
    }

    /// A part of a module.
    pub fn module(&self, part: &ModulePart) -> Result<Reply, Refusal> {
        let wrong =
            |why: &str| refusal("invalid", why, "send the module again, from its beginning");
        let bytes = STANDARD.decode(&part.data).map_err(|_| wrong("the part is not base64"))?;
        let total = part.total as usize;
        if total > MODULE_BYTES_MAX {
            let why = format!("a module of {total} bytes; at most {MODULE_BYTES_MAX}");
            return Err(refusal("invalid", &why, "make it smaller: strip it, optimise for size"));
        }
        let mut upload = self.upload.lock().unwrap_or_else(PoisonError::into_inner);
        if part.offset == 0 {
            *upload = Some((part.sha256.clone(), Vec::new()));
        }
        let under_way = upload
            .as_mut()
            .filter(|(name, there)| *name == part.sha256 && there.len() == part.offset as usize);
        let Some((_, there)) = under_way else { return Err(wrong("a part that does not follow")) };
        there.extend_from_slice(&bytes);
        let received = there.len();
        if received > total {
            *upload = None;
            return Err(wrong("more bytes than were announced"));
        }
        if received == total {
            let module = upload.take().map(|(_, there)| there).unwrap_or_default();
            self.keep(&module, &part.sha256)?;
        }
        Ok(Reply::Module { received: u32::try_from(received).unwrap_or(u32::MAX) })
    }

    /// Keeps a module that is one, and is the one that was announced.
    fn keep(&self, module: &[u8], announced: &str) -> Result<(), Refusal> {
        use sha2::Digest;
        if hex(&sha2::Sha256::digest(module)) != announced {
            let why = "the bytes are not those of the SHA-256 that was announced";
            return Err(refusal("invalid", why, "send the module again, from its beginning"));
        }
        let not_one = |why: String| refusal("invalid", &why, "see docs/wasm-abi.md");
        self.workshop.inspect(module).map_err(not_one)?;
        let kept = |why: String| refusal("store", &why, "see to the disk");
        self.workshop.store().put(module, "wasm").map_err(kept)?;
        Ok(())
    }

    /// What the slot ran before version `number`.
    fn before(&self, slot: u16, number: u32, reason: &str) -> Result<Manifest, Refusal> {
        let table = self.table();
        let before = table.later.get(&number).map(|later| later.before);
        let manifest =
            before.and_then(|before| self.manifest(&table, slot, before)).ok_or_else(|| {
                let why = format!("{} runs what it began with", self.name(slot));
                refusal("nothing", &why, "ctl list-strategies shows the versions")
            })?;
        // As it was, but at once and from nothing.
        Ok(Manifest {
            carry: false,
            shadow_ms: 0,
            probation_ms: 0,
            reason: reason.to_owned(),
            ..manifest.clone()
        })
    }

    /// The number of the slot that is called so, or has it.
    pub fn number(&self, text: &str) -> Option<u16> {
        let by_name = self.slots.iter().position(|facts| facts.name == text);
        let by_number = || text.parse().ok().filter(|&number: &usize| number < self.slots.len());
        by_name.or_else(by_number).and_then(|found| u16::try_from(found).ok())
    }

    /// A slot by name or number.
    pub fn find(&self, text: &str) -> Result<u16, Refusal> {
        self.number(text).ok_or_else(|| {
            let why = format!("there is no slot `{text}`");
            let names: Vec<&str> = self.slots.iter().map(|facts| facts.name.as_str()).collect();
            refusal("unknown", &why, &format!("slots are: {}", names.join(", ")))
        })
    }

    /// The first slot that runs nothing.
    fn vacant(&self) -> Result<u16, Refusal> {
        let table = self.table();
        let is_free = |&slot: &u16| {
            let view = self.progress.slots.view(SlotId(slot));
            let manifest = self.manifest(&table, slot, view.version);
            view.listener == Listener::Nobody
                && manifest.is_some_and(|one| one.strategy == StrategyChoice::Vacant {})
        };
        (0..self.slots.len() as u16).find(is_free).ok_or_else(|| {
            refusal(
                "full",
                "no slot is free",
                "take one away with ctl remove-strategy, or start with more: [[slot]] with strategy = \"vacant\"",
            )
        })
    }

    /// What version `version` of a slot is made of.
    fn manifest<'a>(&'a self, table: &'a Table, slot: u16, version: u32) -> Option<&'a Manifest> {
        match version {
            0 => self.slots.get(usize::from(slot)).map(|facts| &facts.manifest),
            _ => table.later.get(&version).map(|later| &later.manifest),
        }
    }

    /// What a slot is called.
    pub fn name(&self, slot: u16) -> &str {
        self.slots.get(usize::from(slot)).map_or("?", |facts| &facts.name)
    }

    /// What became of the slot at a command; of version `number`, where it was about one.
    fn outcome(&self, seq: Seq, slot: u16, number: Option<u32>) -> Reply {
        let deadline = Instant::now() + DONE_DEADLINE;
        while self.progress.done() < seq && Instant::now() < deadline {
            std::thread::sleep(Duration::from_micros(200));
        }
        let view = self.progress.slots.view(SlotId(slot));
        let last = view.last.filter(|_| self.progress.done() >= seq);
        let last = last.filter(|last| number.is_none_or(|number| last.2 == number));
        let digest = |version| self.table().later.get(&version).map(|later| later.digest);
        match last {
            Some((what, why, version)) => {
                let digest = digest(version).unwrap_or_default();
                self.reply(seq, slot, version, &digest, what.name(), why)
            }
            None => {
                let version = number.unwrap_or(view.version);
                let digest = digest(version).unwrap_or_default();
                self.reply(seq, slot, version, &digest, "pending", Fault::None)
            }
        }
    }

    fn reply(
        &self,
        seq: Seq,
        slot: u16,
        version: u32,
        digest: &[u8; 32],
        outcome: &str,
        fault: Fault,
    ) -> Reply {
        let is_initial = *digest == [0; 32];
        Reply::Swapped(Box::new(Swapped {
            seq,
            slot,
            name: self.name(slot).to_owned(),
            version,
            manifest: if is_initial { String::new() } else { hex(digest) },
            outcome: outcome.to_owned(),
            fault: fault.name().to_owned(),
        }))
    }
}

impl Table {
    /// Puts a version on its way.
    fn send(&mut self, thread: usize, version: Version<Competitor>) -> Result<(), Refusal> {
        let number = version.number;
        let full = || {
            refusal("busy", "too many versions are under way", "try again when some have settled")
        };
        let outlet = self.outlets.get_mut(thread).filter(|_| self.inside < VERSIONS_MAX);
        let outlet = outlet.ok_or_else(full)?;
        outlet.arriving.push(Box::new(version)).map_err(|_| full())?;
        self.inside += 1;
        self.last_number = number;
        Ok(())
    }
}

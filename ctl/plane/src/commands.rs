//! The commands of a run: what was said to the engine, by whom, why, and whether it was refused.

use royale_model::{Command, CommandCode, Nanos, Remark, Seq, SlotId, Tier};
use serde::Serialize;

/// A command that was sequenced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommandRow {
    /// What was commanded, and by whom.
    pub command: Command,
    /// When.
    pub time: Nanos,
    /// Its place in the order.
    pub seq: Seq,
    /// Why it was said, and why it was refused.
    pub remark: Remark,
    /// Where the command's slot stood on the ladder before it.
    pub tier_before: Tier,
}

/// A command as tables and programs show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CommandView {
    /// Its place in the order of inputs.
    pub seq: Seq,
    /// When, in nanoseconds of the engine's clock (UTC).
    pub time_ns: i64,
    /// `halt`, `install`, …; of a refused one, what was asked for.
    pub command: &'static str,
    /// The slot that it is about; empty where it is about none, or about one that there is not.
    pub slot: String,
    /// The number that goes with it: basis points, a version, a tier (0 shadow, 1 paper, 2 live), or
    /// the number of a regime with its probability.
    pub value: Option<i64>,
    /// Who said it: `user 1000`, `agent`, or `engine` for the stop at the end of a tape.
    pub by: String,
    /// The user who said it; 4294967295 for the run's own agent.
    pub uid: u32,
    /// The process that said it; 0 for the engine itself, at the end of its tape.
    pub pid: u32,
    /// True when it was done.
    pub accepted: bool,
    /// Why it was said.
    pub reason: String,
    /// Why it was refused; empty where it was not.
    pub refusal: String,
}

impl CommandRow {
    /// What was asked for.
    pub fn asked(&self) -> CommandCode {
        match self.command.code {
            CommandCode::Refused => {
                CommandCode::from_number(self.command.value).unwrap_or(CommandCode::Refused)
            }
            code => code,
        }
    }
    /// Who said it, in words.
    pub fn by(&self) -> String {
        crate::event_text::command_by(&self.command)
    }
    /// The slot's tier after it; only of one that puts a slot on a tier.
    pub fn tier_after(&self) -> Option<Tier> {
        let is_one = self.command.code == CommandCode::Tier;
        Tier::from_number(self.command.value).filter(|_| is_one)
    }
    /// False for one that changed nothing.
    pub fn is_accepted(&self) -> bool {
        self.command.code != CommandCode::Refused
    }
    /// True when `command`, at `seq`, is the next part of the same sharing out of the house: its
    /// reason was said once, before the first.
    pub(crate) fn is_one_with(&self, seq: Seq, command: &Command) -> bool {
        let Command { code, uid, pid, .. } = self.command;
        seq == self.seq + 1
            && matches!(code, CommandCode::Allocate | CommandCode::Regime)
            && command.code == CommandCode::Allocate
            && (uid, pid) == (command.uid, command.pid)
    }
    /// Shown with the names of the slots.
    pub fn view(&self, slots: &[String]) -> CommandView {
        let code = self.asked();
        let of_slot = !matches!(
            code,
            CommandCode::Halt
                | CommandCode::Resume
                | CommandCode::Stop
                | CommandCode::Freeze
                | CommandCode::Unfreeze
                | CommandCode::Regime
        );
        let name = slots.get(SlotId(self.command.slot).index()).filter(|_| of_slot);
        let has_value = matches!(
            code,
            CommandCode::Allocate | CommandCode::Install | CommandCode::Tier | CommandCode::Regime
        );
        CommandView {
            seq: self.seq,
            time_ns: self.time.raw(),
            command: code.name(),
            slot: name.cloned().unwrap_or_default(),
            value: (has_value && self.is_accepted()).then_some(self.command.value),
            by: self.by(),
            uid: self.command.uid,
            pid: self.command.pid,
            accepted: self.is_accepted(),
            reason: self.remark.reason(),
            refusal: self.remark.refusal(),
        }
    }
}

impl CommandView {
    /// In words: `quarantine trend`, `allocate 12.50 % to trend`, `install version 3 in trend`,
    /// `put trend on shadow`.
    pub fn sentence(&self) -> String {
        let Self { command, slot, .. } = self;
        match (self.value, *command) {
            (Some(bp), "allocate") => format!("allocate {:.2} % to {slot}", bp as f64 / 100.0),
            (Some(number), "regime") => crate::event_text::regime_text(number),
            (Some(tier), "tier") => {
                let name = Tier::from_number(tier).map_or("?", Tier::name);
                format!("put {slot} on {name}")
            }
            (Some(version), _) => format!("{command} version {version} in {slot}"),
            (None, _) if slot.is_empty() => (*command).to_owned(),
            (None, _) => format!("{command} {slot}"),
        }
    }
}

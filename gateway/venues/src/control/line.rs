//! The line to the feed stage: commands in, their places among the inputs out.
//!
//! Owns the control side of the command ring, and what each client said. Every command that gets
//! this far stands on the journal with its sender and its reason, also when it is refused. Must
//! never make the feed stage wait: a ring that is full is the client's problem.

use super::answers::refusal;
use super::socket::Peer;
use royale_codec::control::Refusal;
use royale_engine::feed::CommandOutlet;
use royale_engine::risk::{Shares, WHOLE_BP};
use royale_model::{Command, CommandCode, Note, NotePurpose, RegimeOdds, Seq, SlotId, Tier};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Commands and notes that may wait for the feed stage at once: two of the longest.
pub const WAITING_MAX: usize = 256;
/// The feed stage has this long to take a command.
const ACCEPT_DEADLINE: Duration = Duration::from_secs(5);
/// How often its answer is looked for.
const LOOK: Duration = Duration::from_micros(100);
/// The longest refusal that is kept, in bytes.
const REFUSAL_BYTES_MAX: usize = 512;

/// The one line that all clients share.
pub struct Line(Mutex<State>);

struct State {
    outlet: CommandOutlet,
    /// Answers come in the order of the commands, one for each.
    sent: u64,
    answered: u64,
    /// The house as it is shared out after what was accepted, and the slots' tiers.
    shares: Shares,
    is_closed: bool,
}

impl Line {
    pub fn new(outlet: CommandOutlet, shares: Shares) -> Self {
        Self(Mutex::new(State { outlet, sent: 0, answered: 0, shares, is_closed: false }))
    }
    /// Takes no more.
    pub fn close(&self) {
        self.state().is_closed = true;
    }
    /// The slots' shares of the house.
    pub fn shares(&self) -> Shares {
        self.state().shares.clone()
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client with something to say, and why.
pub struct Speaker<'a> {
    pub line: &'a Line,
    pub peer: Peer,
    pub reason: &'a str,
}

impl Speaker<'_> {
    fn command(&self, code: CommandCode, slot: u16, value: i64) -> Command {
        Command { code, uid: self.peer.uid, pid: self.peer.pid, slot, value }
    }
    fn reasons(&self) -> Vec<Note> {
        Note::split(NotePurpose::Reason, self.reason).collect()
    }

    /// Sends one command and waits for its place.
    pub fn say(&self, code: CommandCode, slot: u16, value: i64) -> Result<Seq, Refusal> {
        self.line.state().send(&self.reasons(), &[self.command(code, slot, value)])
    }

    /// Shares the house out anew, and says what the market is taken for; the place of the last of
    /// its commands.
    pub fn share_out(
        &self,
        wanted: &[(u16, i64)],
        regime: Option<RegimeOdds>,
    ) -> Result<Seq, Refusal> {
        let mut state = self.line.state();
        let mut wanted = wanted.to_vec();
        check_shares(&state.shares, &wanted)?;
        // The run's own agent speaks of an epoch that is over, and its slots may have moved since: the
        // gate gives them nothing, and the agent sees that at the next.
        if self.peer != Peer::AGENT {
            check_tiers(&state.shares, &wanted)?;
        }
        // What becomes free is given away after it: the sum is never above the whole.
        wanted.sort_by_key(|&(slot, share)| (share > state.shares.of(SlotId(slot)), slot));
        let command =
            |&(slot, share): &(u16, i64)| self.command(CommandCode::Allocate, slot, share);
        let told = regime.map(|regime| self.command(CommandCode::Regime, 0, regime.number()));
        let commands: Vec<Command> = told.into_iter().chain(wanted.iter().map(command)).collect();
        let seq = state.send(&self.reasons(), &commands)?;
        for (slot, share) in wanted {
            state.shares.set(SlotId(slot), share);
        }
        Ok(seq)
    }

    /// Puts a slot on a tier, one step up or any number down; `missed` is what its record lacks.
    pub fn put_on(&self, slot: (u16, &str), tier: Tier, missed: &str) -> Result<Seq, Refusal> {
        let mut state = self.line.state();
        let (slot, name) = slot;
        check_step((name, state.shares.tier(SlotId(slot))), tier, missed, self.reason)?;
        let command = self.command(CommandCode::Tier, slot, tier.number());
        let seq = state.send(&self.reasons(), &[command])?;
        state.shares.set_tier(SlotId(slot), tier);
        Ok(seq)
    }

    /// Leaves on the journal that a command was refused, and why. What could not be sent because
    /// the line is full, or the run over, leaves nothing: the client alone knows.
    pub fn was_refused(&self, code: CommandCode, slot: u16, refusal: &Refusal) {
        if ["busy", "finished", "timeout"].contains(&refusal.code.as_str()) {
            return;
        }
        let end = refusal.message.floor_char_boundary(REFUSAL_BYTES_MAX);
        let mut notes = self.reasons();
        notes.extend(Note::split(NotePurpose::Refusal, &refusal.message[..end]));
        let command = self.command(CommandCode::Refused, slot, code as i64);
        // The client hears of the first refusal; a second would only hide it.
        let _ = self.line.state().send(&notes, &[command]);
    }
}

/// Refuses what the gate would cut off.
fn check_shares(now: &Shares, wanted: &[(u16, i64)]) -> Result<(), Refusal> {
    // Nothing to send is nothing to wait for: the line would be held until the deadline, and with it
    // everybody else's commands.
    if wanted.is_empty() {
        return Err(refusal("invalid", "no slot is named", "name a slot and its share"));
    }
    let mut after = now.all().to_vec();
    let mut named = vec![false; after.len()];
    for &(slot, share) in wanted {
        let at = usize::from(slot);
        let (Some(old), Some(is_named)) = (after.get_mut(at), named.get_mut(at)) else { continue };
        if std::mem::replace(is_named, true) {
            return Err(refusal("invalid", "a slot is named twice", "name each slot once"));
        }
        if share > now.cap() {
            let why =
                format!("{share} bp for slot {slot}, and no slot may have more than {}", now.cap());
            return Err(refusal(
                "limit",
                &why,
                "risk.allocation_bp_max is set before a run begins",
            ));
        }
        *old = share;
    }
    let total: i64 = after.iter().sum();
    if total > WHOLE_BP {
        let why = format!("the shares would come to {total} bp of {WHOLE_BP}");
        return Err(refusal("limit", &why, "name the slots that give something up too"));
    }
    Ok(())
}

/// Refuses a share of the house for a slot that it does not follow.
fn check_tiers(now: &Shares, wanted: &[(u16, i64)]) -> Result<(), Refusal> {
    let closed = |&&(slot, share): &&(u16, i64)| share > 0 && !now.tier(SlotId(slot)).may_hold();
    match wanted.iter().find(closed) {
        None => Ok(()),
        Some((slot, _)) => {
            let why = format!("slot {slot} is on the shadow tier: the house does not follow it");
            Err(refusal("tier", &why, "ctl ladder promote, when its record meets the gate"))
        }
    }
}

/// Refuses what is no step on the ladder, and a step up without evidence.
fn check_step(
    (name, now): (&str, Tier),
    tier: Tier,
    missed: &str,
    reason: &str,
) -> Result<(), Refusal> {
    let step = format!("{name} from {} to {}", now.name(), tier.name());
    if tier == now {
        let why = format!("{name} is on the {} tier already", now.name());
        return Err(refusal("ladder", &why, "ctl ladder show tells where each slot is"));
    }
    if tier < now {
        return Ok(());
    }
    if now.up() != Some(tier) {
        let why = format!("{step}: one tier at a time");
        return Err(refusal("ladder", &why, "promote it to the next tier first"));
    }
    if !missed.is_empty() {
        let why = format!("{step}: {missed}");
        return Err(refusal("gate", &why, "ctl ladder judge shows each bound"));
    }
    if reason.trim().is_empty() {
        let why = format!("{step}: no evidence is named");
        return Err(refusal("ladder", &why, "ctl ladder promote names it"));
    }
    Ok(())
}

impl State {
    /// Hands commands over and waits for the place of the last.
    fn send(&mut self, notes: &[Note], commands: &[Command]) -> Result<Seq, Refusal> {
        if self.is_closed {
            return Err(gone());
        }
        self.outlet.send(notes, commands).map_err(|_| {
            refusal("busy", "commands are waiting already", "try again in a moment")
        })?;
        self.sent += commands.len() as u64;
        let deadline = Instant::now() + ACCEPT_DEADLINE;
        loop {
            // Asked first: what the feed stage answered before it went is then seen below.
            let engine_is_gone = self.outlet.is_abandoned();
            while let Some(seq) = self.outlet.accepted() {
                // Answers that came after their deadline are before ours in the line.
                self.answered += 1;
                if self.answered == self.sent {
                    return Ok(seq);
                }
            }
            if engine_is_gone {
                return Err(gone());
            }
            if Instant::now() > deadline {
                return Err(refusal(
                    "timeout",
                    "the engine did not take the command in time; it may still do so",
                    "look at ctl status",
                ));
            }
            std::thread::sleep(LOOK);
        }
    }
}

fn gone() -> Refusal {
    refusal("finished", "the run has ended", "start another: ctl battle")
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_engine::feed::{Commands, command_ring};

    #[test]
    fn a_command_to_an_engine_that_is_gone_is_refused_and_not_waited_for() {
        let (outlet, inbox) = command_ring(2);
        drop(Commands::Ring(inbox));
        let line = Line::new(outlet, Shares::new([], WHOLE_BP));
        let speaker = Speaker { line: &line, peer: Peer::own(), reason: "" };
        let before = Instant::now();
        assert_eq!(speaker.say(CommandCode::Halt, 0, 0).unwrap_err().code, "finished");
        assert!(before.elapsed() < ACCEPT_DEADLINE);
    }

    #[test]
    fn shares_that_the_gate_would_cut_off_are_refused() {
        let now = Shares::new([4_000, 4_000, 2_000], 5_000);
        let refused = |wanted: &[(u16, i64)]| check_shares(&now, wanted).map_err(|why| why.code);
        assert_eq!(refused(&[(0, 5_000), (2, 1_000)]), Ok(()));
        assert_eq!(refused(&[(0, 5_000)]), Err("limit".to_owned()));
        assert_eq!(refused(&[(0, 5_001), (1, 0)]), Err("limit".to_owned()));
        assert_eq!(refused(&[(0, 1), (0, 2)]), Err("invalid".to_owned()));
    }

    #[test]
    fn a_share_for_a_shadow_slot_is_refused_and_taking_one_away_is_not() {
        let now = Shares::new([0, 2_000], 5_000).with_tiers([Tier::Shadow]);
        let refused = |wanted: &[(u16, i64)]| check_tiers(&now, wanted).map_err(|why| why.code);
        assert_eq!(refused(&[(0, 0), (1, 3_000)]), Ok(()));
        assert_eq!(refused(&[(1, 1_000), (0, 1)]), Err("tier".to_owned()));
    }

    #[test]
    fn up_is_one_step_with_evidence_and_down_is_always_open() {
        use Tier::{Live, Paper, Shadow};
        let step = |now, to, missed: &str, reason: &str| {
            check_step(("trend", now), to, missed, reason).map_err(|why| why.code)
        };
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(step(Shadow, Paper, "", "a season"), Ok(()));
        assert_eq!(step(Paper, Live, "", "a season"), Ok(()));
        assert_eq!(step(Shadow, Live, "", "a season"), refused("ladder"));
        assert_eq!(step(Shadow, Paper, "trades: too few", "a season"), refused("gate"));
        assert_eq!(step(Shadow, Paper, "", " "), refused("ladder"), "no evidence");
        assert_eq!(step(Paper, Paper, "", "a season"), refused("ladder"));
        for (now, to) in [(Live, Shadow), (Live, Paper), (Paper, Shadow)] {
            assert_eq!(step(now, to, "trades: too few", ""), Ok(()));
        }
    }
}

//! What an epoch looked like to whoever shares out the house.
//!
//! Owns what no account holds: losses in a row, and which slots may trade. Must never look beyond the
//! record that it was given last.

use crate::board::Board;
use royale_meta::Look;
use royale_model::{
    Body, CommandCode, Event, InstrumentKind, Notional, SlotChange, SlotEvent, SlotId, Timer,
};

/// What is kept of the slots between epochs.
#[derive(Debug)]
pub(crate) struct Standing {
    loss_streaks: Vec<u32>,
    is_stopped: Vec<bool>,
    is_vacant: Vec<bool>,
    /// Slots that the run began without anybody in.
    began_vacant: Vec<bool>,
    is_frozen: bool,
}

impl Standing {
    /// Slots that are vacant have nobody who could trade until somebody is installed.
    pub(crate) fn new(slots: usize, vacant: &[SlotId]) -> Self {
        let is_vacant = (0..slots).map(|slot| vacant.contains(&SlotId(slot as u16)));
        let is_vacant: Vec<bool> = is_vacant.collect();
        Self {
            loss_streaks: vec![0; slots],
            is_stopped: vec![false; slots],
            began_vacant: is_vacant.clone(),
            is_vacant,
            is_frozen: false,
        }
    }
    pub(crate) fn trip(&mut self, slot: SlotId, pnl: Notional) {
        if let Some(streak) = self.loss_streaks.get_mut(slot.index()) {
            *streak = if pnl.raw() < 0 { streak.saturating_add(1) } else { 0 };
        }
    }
    pub(crate) fn slot(&mut self, change: &SlotChange) {
        let at = change.slot.index();
        let Some(is_stopped) = self.is_stopped.get_mut(at) else { return };
        match change.event {
            SlotEvent::Disarmed => *is_stopped = true,
            // Of a later version only its manifest says whether it is anybody.
            SlotEvent::Installed => (*is_stopped, self.is_vacant[at]) = (false, false),
            SlotEvent::RolledBack => {
                let is_first = change.version == 0;
                (*is_stopped, self.is_vacant[at]) = (false, is_first && self.began_vacant[at]);
            }
            SlotEvent::Released => *is_stopped = false,
            SlotEvent::Shadowing
            | SlotEvent::Dismissed
            | SlotEvent::Refused
            | SlotEvent::Confirmed => {}
        }
    }
    pub(crate) fn vacate(&mut self, slot: SlotId) {
        if let Some(is_vacant) = self.is_vacant.get_mut(slot.index()) {
            *is_vacant = true;
        }
    }
    pub(crate) fn is_stopped(&self, slot: SlotId) -> bool {
        let is = |of: &[bool]| of.get(slot.index()).copied().unwrap_or(false);
        is(&self.is_stopped) || is(&self.is_vacant)
    }
    pub(crate) fn command(&mut self, code: CommandCode) {
        match code {
            CommandCode::Freeze => self.is_frozen = true,
            CommandCode::Unfreeze => self.is_frozen = false,
            _ => {}
        }
    }
}

/// True for the end of an epoch.
pub fn is_epoch_end(event: &Event) -> bool {
    matches!(event.body(), Body::Timer(timer) if timer.id == Timer::EPOCH)
}

impl Board {
    /// Whoever can read manifests says that the version which has just come into a slot is nobody: `ctl
    /// remove-strategy`. Then the slot is as one that began vacant, until somebody is installed.
    pub fn vacate(&mut self, slot: SlotId) {
        self.standing.vacate(slot);
    }

    /// The epoch whose end was the last record; the price is that of the instrument with this
    /// symbol, or of the first coin or share where it is empty.
    pub fn epoch(&self, reference: &str) -> Option<Look> {
        let event = self.last_event.as_ref().filter(|event| is_epoch_end(event))?;
        let initial = self.stakes.capital.per_slot.raw() as f64;
        let equity = |slot: u16| {
            let equity = self.accounts.slot_equity(SlotId(slot));
            equity.map_or(1.0, |equity| equity.raw() as f64 / initial)
        };
        let slots = 0..self.slots.len() as u16;
        Some(Look {
            seq: event.seq(),
            time: event.time(),
            equity: slots.clone().map(equity).collect(),
            loss_streaks: self.standing.loss_streaks.clone(),
            may_trade: slots.clone().map(|slot| !self.standing.is_stopped(SlotId(slot))).collect(),
            may_hold: slots.map(|slot| self.tier(SlotId(slot)).may_hold()).collect(),
            reference: self.reference(reference),
            shares: self.shares.all().to_vec(),
            is_frozen: self.standing.is_frozen,
        })
    }

    fn reference(&self, symbol: &str) -> Option<f64> {
        let is_one = |kind| matches!(kind, InstrumentKind::CryptoSpot | InstrumentKind::Equity);
        let wanted = self.instruments.iter().find(|instrument| match symbol {
            "" => is_one(instrument.kind),
            symbol => instrument.symbol.as_str() == symbol,
        });
        let mark = self.accounts.mark(wanted?.id)?;
        Some(mark.raw() as f64 / 1e9)
    }
}

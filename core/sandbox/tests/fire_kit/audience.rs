//! Who must have seen what: a second, plain account of slots and versions, from the journal alone.

use royale_journal::Record;
use royale_model::*;
use std::collections::BTreeMap;

/// What each version must have been shown, by (slot, version).
pub type Audience = BTreeMap<(u16, u32), Vec<Seq>>;

/// One slot, as its journal tells it.
#[derive(Default)]
struct Slot {
    active: u32,
    is_out: bool,
    /// The version that listens, and whether it is the one before.
    beside: Option<(u32, bool)>,
}

/// `probation` says of a version whether the one before listens on after it took over.
pub fn of(records: &[Record], slots: u16, probation: impl Fn(u32) -> bool) -> Audience {
    let mut changes: BTreeMap<(u16, Seq), Vec<SlotChange>> = BTreeMap::new();
    for record in records {
        if let Record::Slot(change) = record {
            changes.entry((change.slot.0, change.seq)).or_default().push(*change);
        }
    }
    let mut audience = Audience::new();
    for slot in 0..slots {
        let mut state = Slot::default();
        for record in records {
            let Record::Event(event) = record else { continue };
            let changes = changes.get(&(slot, event.seq())).map_or(&[][..], Vec::as_slice);
            match event.body() {
                Body::Command(command) if command.code == CommandCode::Stop => break,
                Body::Command(_) => state.between_events(changes, &probation),
                Body::Note(_) => {}
                Body::ExecutionReport(report)
                    if report.order.account() != Account::shadow(SlotId(slot)) => {}
                _ => {
                    for version in state.at_an_event(changes, &probation) {
                        audience.entry((slot, version)).or_default().push(event.seq());
                    }
                }
            }
        }
    }
    audience
}

impl Slot {
    fn takes_over(&mut self, version: u32, probation: impl Fn(u32) -> bool) {
        let before = (!self.is_out && probation(version)).then_some((self.active, true));
        (self.active, self.is_out, self.beside) = (version, false, before);
    }

    fn rolls_back(&mut self, to: u32) {
        (self.active, self.is_out, self.beside) = (to, false, None);
    }

    fn between_events(&mut self, changes: &[SlotChange], probation: &impl Fn(u32) -> bool) {
        for change in changes {
            match (change.event, change.fault) {
                (SlotEvent::Installed, _) => self.takes_over(change.version, probation),
                (SlotEvent::Shadowing, _) => self.beside = Some((change.version, false)),
                // A newcomer whom the state did not fit was never there.
                (SlotEvent::Dismissed, Fault::State) | (SlotEvent::Refused, _) => {}
                (SlotEvent::Dismissed, _) => self.beside = None,
                (SlotEvent::Disarmed, _) => self.is_out = true,
                (SlotEvent::Released, _) => self.is_out = false,
                (SlotEvent::RolledBack, _) => self.rolls_back(change.version),
                other => panic!("{other:?} by a command"),
            }
        }
    }

    /// Who sees this event: the one that listens before the one that answers.
    fn at_an_event(
        &mut self,
        changes: &[SlotChange],
        probation: &impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let mut sees = Vec::new();
        let find = |what, why: &dyn Fn(Fault) -> bool| {
            changes.iter().find(|change| change.event == what && why(change.fault))
        };
        // Before anybody is asked: the newcomer's time has come, the probation is over, or an answer
        // came that breaks a limit.
        if let Some(change) = find(SlotEvent::Installed, &|_| true) {
            self.takes_over(change.version, probation);
        }
        if find(SlotEvent::Confirmed, &|_| true).is_some() {
            self.beside = None;
        }
        let back = find(SlotEvent::RolledBack, &|_| true);
        if find(SlotEvent::Disarmed, &|why| why == Fault::Risk).is_some() {
            self.rolls_back(back.expect("the one before").version);
        }
        if let Some((version, _)) = self.beside {
            sees.push(version);
        }
        if find(SlotEvent::Dismissed, &|_| true).is_some() {
            self.beside = None;
        }
        if !self.is_out {
            sees.push(self.active);
        }
        if find(SlotEvent::Disarmed, &|why| why != Fault::Risk).is_some() {
            match back {
                Some(change) => self.rolls_back(change.version),
                None => self.is_out = true,
            }
        }
        sees
    }
}

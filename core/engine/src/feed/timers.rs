//! The timers of the slots that run on a schedule: which is due next, and what was missed.
//!
//! Owns each slot's place in its timetable. Must never decide by anything but the times of inputs:
//! the same tape gives the same timers in every topology. The sequencer asks it and releases them.

use super::epochs::Epochs;
use super::timetable::Timetable;
use royale_model::{Nanos, Timer};

/// How long after a hole missed runs wait, so that sources have sent their snapshots: a run that
/// sees no market would be missed again. In the sessions of `deploy/tapes` the book of the live
/// contract comes 0.9 to 1.7 s after the first event.
pub const SETTLE: Nanos = Nanos::from_secs(5);

/// What becomes of runs that were due while nobody was there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Missed {
    /// They are not made.
    Skip,
    /// One is made, the latest.
    Once,
    /// Each of them is made, one after the other.
    CatchUp,
}

/// When a slot runs that does not run on events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// When it is due.
    pub timetable: Timetable,
    /// What becomes of missed runs.
    pub missed: Missed,
}

/// One slot's timer.
#[derive(Debug)]
struct Clock {
    slot: u64,
    schedule: Schedule,
    /// The next run that is not released; `MAX` before the first market event and after the end.
    due: Nanos,
    /// No run before this: missed ones wait for the market.
    not_before: Nanos,
}

impl Clock {
    fn time(&self) -> Nanos {
        self.due.max(self.not_before)
    }
}

/// All timers of a run.
#[derive(Debug)]
pub(super) struct Timers {
    clocks: Box<[Clock]>,
    /// When the next one goes, and which; `MAX` while there is none.
    head: (Nanos, usize),
}

impl Timers {
    /// The timers of slots, by slot; one without a schedule runs on events. Epochs end after the
    /// timers of the same moment.
    pub(super) fn new(schedules: Vec<Option<Schedule>>, epochs: Option<Epochs>) -> Self {
        let clock = |(schedule, slot): (Option<Schedule>, u64)| {
            schedule.map(|schedule| Clock {
                slot,
                schedule,
                due: Nanos::MAX,
                not_before: Nanos::MIN,
            })
        };
        let of_slots = schedules.into_iter().zip(0..);
        let all = of_slots.chain([(epochs.and_then(|epochs| epochs.schedule()), Timer::EPOCH)]);
        let clocks = all.filter_map(clock).collect();
        Self { clocks, head: (Nanos::MAX, 0) }
    }

    /// When the next timer goes; `MAX` while there is none.
    #[inline]
    pub(super) fn time(&self) -> Nanos {
        self.head.0
    }

    /// The run's first market event was seen at `time`: what was due until then is nobody's.
    pub(super) fn begin(&mut self, time: Nanos) {
        for clock in &mut self.clocks {
            clock.due = clock.schedule.timetable.next_after(time);
        }
        self.look();
    }

    /// Nobody was there until `back`: what was due before is missed.
    pub(super) fn miss(&mut self, back: Nanos) {
        let settled = back.plus(SETTLE);
        for clock in self.clocks.iter_mut().filter(|clock| clock.due < back) {
            let timetable = &clock.schedule.timetable;
            match clock.schedule.missed {
                Missed::Skip => {
                    clock.due = timetable.next_after(Nanos::from_raw(back.raw() - 1));
                    continue;
                }
                // What comes due while the missed wait goes with them.
                Missed::Once => clock.due = timetable.last_before(settled, clock.due),
                Missed::CatchUp => {}
            }
            clock.not_before = settled;
        }
        self.look();
    }

    /// Takes the next timer. The caller looked at the time first.
    pub(super) fn take(&mut self) -> Option<Timer> {
        let clock = self.clocks.get_mut(self.head.1)?;
        let timer = Timer { id: clock.slot, due: clock.due };
        clock.due = clock.schedule.timetable.next_after(clock.due);
        self.look();
        Some(timer)
    }

    /// The run ends: nothing is due any more.
    pub(super) fn end(&mut self) {
        for clock in &mut self.clocks {
            clock.due = Nanos::MAX;
        }
        self.look();
    }

    /// Of one moment the older due goes first, of one due the lower slot.
    fn look(&mut self) {
        let key = |(at, clock): (usize, &Clock)| (clock.time(), clock.due, at);
        let first = self.clocks.iter().enumerate().map(key).min();
        self.head = first.map_or((Nanos::MAX, 0), |(time, _, at)| (time, at));
    }
}

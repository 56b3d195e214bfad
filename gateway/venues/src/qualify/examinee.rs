//! The candidate under observation: what each event cost it, and its state handed over on the way.
//!
//! Owns the log of one run. Must never change what the candidate sees or says.

use crate::versions::Competitor;
use royale_codec::findings::Spread;
use royale_engine::strategy::STATE_BYTES_MAX;
use royale_engine::{Context, Strategy};
use royale_model::{Event, EventKind, Seq};
use std::sync::mpsc::Sender;
use std::time::Instant;

/// What one event cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Which.
    pub seq: Seq,
    /// Fuel of its instructions.
    pub instructions: u64,
    /// Fuel of its host calls.
    pub host_calls: u64,
}

/// What was observed in one run, event by event.
#[derive(Default, Debug)]
pub struct Log {
    /// What the candidate was asked about; a guest's filter leaves the rest out.
    pub asked: Vec<Asked>,
    /// How long it took, in nanoseconds.
    pub nanos: Vec<u64>,
    /// When its state was handed over, and how many bytes that were, or why it was not.
    pub handed_over: Option<(Seq, Result<usize, &'static str>)>,
}

/// A successor, and after how many market events it is to take over.
pub struct Successor {
    pub competitor: Competitor,
    pub after: u64,
}

/// A competitor that is watched, or a slot that is free.
pub struct Examinee {
    competitor: Competitor,
    successor: Option<Successor>,
    market_events: u64,
    log: Log,
    /// Where the log goes when the run is over.
    report: Option<Sender<Log>>,
}

impl Examinee {
    /// A slot that waits for its candidate.
    pub fn vacant() -> Self {
        let (competitor, log) = (Competitor::Vacant, Log::default());
        Self { competitor, successor: None, market_events: 0, log, report: None }
    }
    /// A candidate; its log is sent when it is dropped.
    pub fn new(competitor: Competitor, successor: Option<Successor>, report: Sender<Log>) -> Self {
        let log = Log::default();
        Self { competitor, successor, market_events: 0, log, report: Some(report) }
    }

    fn hand_over(&mut self, seq: Seq) {
        let Some(mut successor) = self.successor.take() else { return };
        let mut state = vec![0; STATE_BYTES_MAX];
        let handed = match self.competitor.export_state(&mut state) {
            None => Err("export_state gave none, or more than fits"),
            Some(bytes) if !successor.competitor.import_state(&state[..bytes]) => {
                Err("import_state of a fresh instance did not take it")
            }
            Some(bytes) => Ok(bytes),
        };
        self.log.handed_over = Some((seq, handed));
        if handed.is_ok() {
            self.competitor = successor.competitor;
        }
    }
}

impl Strategy for Examinee {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if self.report.is_none() {
            return;
        }
        let began = Instant::now();
        self.competitor.on_event(event, context);
        let nanos = began.elapsed().as_nanos();
        let fuel = match &self.competitor {
            // What passes it by costs nothing, and would hide what the others cost.
            Competitor::Guest(guest) => guest.wants(event).then(|| guest.fuel_used()),
            Competitor::Native(_) | Competitor::Vacant => Some((0, 0)),
        };
        if let Some((instructions, host_calls)) = fuel {
            self.log.asked.push(Asked { seq: event.seq(), instructions, host_calls });
            self.log.nanos.push(u64::try_from(nanos).unwrap_or(u64::MAX));
        }
        if is_market(event.kind()) {
            self.market_events += 1;
            if self.successor.as_ref().is_some_and(|next| next.after == self.market_events) {
                self.hand_over(event.seq());
            }
        }
    }
}

impl Drop for Examinee {
    fn drop(&mut self) {
        if let Some(report) = self.report.take() {
            // Nobody listens any more when the run failed, which is told elsewhere.
            let _ = report.send(std::mem::take(&mut self.log));
        }
    }
}

/// True for what comes from a tape.
pub fn is_market(kind: EventKind) -> bool {
    !matches!(kind, EventKind::ExecutionReport | EventKind::Command | EventKind::Timer)
}

/// The first event that did not cost the same in both, in words.
pub fn first_difference(one: &[Asked], other: &[Asked]) -> Option<String> {
    let told = |asked: &Asked| {
        let Asked { seq, instructions, host_calls } = asked;
        format!("event {seq}: {instructions} units of fuel, and {host_calls} for host calls")
    };
    let differing = one.iter().zip(other).find(|(a, b)| a != b);
    if let Some((a, b)) = differing {
        return Some(format!("first {}, then {}", told(a), told(b)));
    }
    let (more, which) = if one.len() > other.len() { (one, "first") } else { (other, "second") };
    let at = one.len().min(other.len());
    more.get(at).map(|asked| format!("only the {which} run was asked about {}", told(asked)))
}

/// The distribution of a figure over the events.
pub fn spread(asked: &[Asked], figures: impl Iterator<Item = u64>) -> Spread {
    let mut all: Vec<(u64, Seq)> = figures.zip(asked.iter().map(|one| one.seq)).collect();
    // The first event of equal ones stands first.
    all.sort_unstable();
    let at = |percent: usize| {
        let rank = (all.len() * percent).div_ceil(100).max(1);
        all.get(rank - 1).map_or(0, |one| one.0)
    };
    let max = all.last().map_or(0, |one| one.0);
    let max_seq = all.iter().find(|one| one.0 == max).map_or(0, |one| one.1);
    Spread { p50: at(50), p99: at(99), max, max_seq }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(seq: Seq, instructions: u64) -> Asked {
        Asked { seq, instructions, host_calls: 64 }
    }

    #[test]
    fn one_unit_of_fuel_or_one_event_more_is_a_difference() {
        let one = [asked(2, 10), asked(3, 20), asked(5, 10)];
        assert_eq!(first_difference(&one, &one), None);
        let planted = [asked(2, 10), asked(3, 21), asked(5, 10)];
        let why = first_difference(&one, &planted).unwrap();
        assert!(why.contains("event 3: 20 ") && why.contains("event 3: 21 "), "{why}");
        let why = first_difference(&one, &one[..2]).unwrap();
        assert!(why.contains("first run") && why.contains("event 5"), "{why}");
        let why = first_difference(&one[..2], &one).unwrap();
        assert!(why.contains("second run") && why.contains("event 5"), "{why}");
    }

    #[test]
    fn percentiles_are_exact_and_the_maximum_names_its_first_event() {
        // 1 to 100, in another order: the event of the cost n is number (37 n mod 101).
        let mut all: Vec<Asked> = (1..=100).map(|n| asked(37 * n % 101, n)).collect();
        all.sort_by_key(|one| one.seq);
        let figures = |all: &[Asked]| spread(all, all.iter().map(|one| one.instructions));
        let found = figures(&all);
        assert_eq!((found.p50, found.p99, found.max, found.max_seq), (50, 99, 100, 3_700 % 101));
        all.push(asked(101, 100));
        let found = figures(&all);
        assert_eq!((found.max, found.max_seq), (100, 3_700 % 101));
        // Fifty of 101 are not half of them.
        assert_eq!((found.p50, found.p99), (51, 100));
        assert_eq!(figures(&[]), Spread::default());
        let one = figures(&[asked(7, 9)]);
        assert_eq!((one.p50, one.p99, one.max, one.max_seq), (9, 9, 9, 7));
    }
}

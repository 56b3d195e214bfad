//! Does the replayed book agree with the venue's own best bid and ask?
//!
//! Owns the comparison of the book's states through time with tickers, by the recorder's clock and
//! by the venue's. Must never change a tape: it only fills the report. Called at the end of an
//! import of Kalshi; the rules are those of the independent reader.

use crate::ladder::Top;
use crate::report::Agreement;

/// Half the window in which a ticker may agree by local time.
const WINDOW_NS: i64 = 50_000_000;

/// The top of the book from a moment on; no top while the book is void.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub local: i64,
    pub venue_ms: i64,
    pub top: Option<Top>,
}

/// A ticker as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub local: i64,
    pub venue_ms: i64,
    pub top: Top,
    /// States that came before it in the replay.
    pub states_before: usize,
}

/// Compares by the recorder's clock.
pub(crate) fn by_local_time(states: &[State], tickers: &[Seen]) -> Agreement {
    let mut agreement = Agreement::default();
    for ticker in tickers {
        let now = ticker.states_before.checked_sub(1).and_then(|at| states.get(at));
        match now.and_then(|state| state.top) {
            None => agreement.no_book += 1,
            Some(top) if top.same_prices(ticker.top) => {
                agreement.exact += 1;
                agreement.exact_with_size += u64::from(top == ticker.top);
            }
            Some(_) => {
                let opens = ticker.local.saturating_sub(WINDOW_NS);
                let closes = ticker.local.saturating_add(WINDOW_NS);
                let first = states.partition_point(|state| state.local < opens);
                let last = states.partition_point(|state| state.local <= closes);
                let near = states[first.saturating_sub(1)..last]
                    .iter()
                    .any(|state| state.top.is_some_and(|top| top.same_prices(ticker.top)));
                *(if near { &mut agreement.within_50ms } else { &mut agreement.differ }) += 1;
            }
        }
    }
    agreement
}

/// Compares by the venue's clock: the state after the last change not later than the ticker.
pub(crate) fn by_venue_time(states: &[State], tickers: &[Seen]) -> Agreement {
    let mut agreement = Agreement::default();
    for ticker in tickers {
        let after = bisect_right(states, ticker.venue_ms);
        let state = after.checked_sub(1).and_then(|at| states.get(at));
        match state.and_then(|state| state.top) {
            None => agreement.no_book += 1,
            Some(top) if top.same_prices(ticker.top) => {
                agreement.exact += 1;
                agreement.exact_with_size += u64::from(top == ticker.top);
            }
            Some(_) => agreement.differ += 1,
        }
    }
    agreement
}

/// The venue's times are not quite sorted, so that the way of searching shows in the answer: this
/// is the plain bisection, the one that anybody would write.
fn bisect_right(states: &[State], venue_ms: i64) -> usize {
    let (mut low, mut high) = (0, states.len());
    while low < high {
        let middle = (low + high) / 2;
        if venue_ms < states[middle].venue_ms {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

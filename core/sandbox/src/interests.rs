//! Which events a guest wants to see: what its exports `wants` and `wants_instrument` said, ready to be
//! asked.
//!
//! Owns what the mask's bits mean, and which kinds are an instrument's market data. Asked at every event before the guest is entered, so it must stay
//! a few instructions.

use royale_model::{Event, EventKind, InstrumentId};

/// Bit 0 of the mask: of what a venue says in several events, the last of each message only.
const LAST_ONLY: u64 = 1;
/// The kinds that bit 0 is about.
const IN_BATCHES: u64 = bit(EventKind::Quote) | bit(EventKind::BookDelta) | bit(EventKind::Odds);
/// What a guest may see of some instruments and not of others. A settlement is not among them: it
/// moves the guest's money. Nor is what is its own: reports and timers.
const MARKET_DATA: u64 =
    IN_BATCHES | bit(EventKind::Trade) | bit(EventKind::Bar) | bit(EventKind::Gap);

/// The events that are shown to a guest.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Interests {
    /// The kinds, one bit each: of events with more of their message to come, and of all others.
    kinds: [u64; 2],
    /// The kinds that no instrument hides.
    anywhere: u64,
    /// The instruments whose market data is not shown, a bit each. What lies beyond is shown, also
    /// what is about no instrument.
    hidden: Vec<u64>,
}

impl Interests {
    /// A guest that does not say what it wants sees everything.
    pub(crate) const ALL: Self =
        Self { kinds: [u64::MAX; 2], anywhere: u64::MAX, hidden: Vec::new() };

    /// What a mask says; none when it names no kind at all.
    pub(crate) fn of(mask: u64) -> Option<Self> {
        let kinds = mask & !LAST_ONLY;
        let early = if mask & LAST_ONLY == 0 { kinds } else { kinds & !IN_BATCHES };
        (kinds != 0).then_some(Self { kinds: [early, kinds], ..Self::ALL })
    }

    /// Shows the market data of an instrument no more.
    pub(crate) fn hide(&mut self, id: InstrumentId) {
        let (word, bit) = place(id);
        if self.hidden.len() <= word {
            self.hidden.resize(word + 1, 0);
        }
        self.hidden[word] |= bit;
        self.anywhere = !MARKET_DATA;
    }

    /// True when the event is to be shown.
    #[inline]
    pub(crate) fn include(&self, event: &Event) -> bool {
        let kind = bit(event.kind());
        let kinds = self.kinds[usize::from(event.is_last())];
        kinds & kind != 0 && (self.anywhere & kind != 0 || !self.hides(event.instrument()))
    }

    #[inline]
    fn hides(&self, id: InstrumentId) -> bool {
        let (word, bit) = place(id);
        self.hidden.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// Where an instrument's bit is.
const fn place(id: InstrumentId) -> (usize, u64) {
    (id.0 as usize / 64, 1 << (id.0 % 64))
}

const fn bit(kind: EventKind) -> u64 {
    1 << kind as u8
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panic")]
    use super::*;
    use royale_model::{
        Body, BookDelta, EventFlags, Gap, GapReason, InstrumentId, Nanos, Odds, Price, Qty, Quote,
        Settlement, Side, Stamp, Timer, Trade,
    };

    const QUOTE: u64 = 1 << 1;
    const TRADE: u64 = 1 << 2;
    const LEVEL: u64 = 1 << 3;
    const ODDS: u64 = 1 << 5;
    const TIMER: u64 = 1 << 10;

    /// One of each of these kinds, in the order of the constants.
    fn events(flags: EventFlags) -> [Event; 5] {
        let (price, qty, zero) = (Price::ZERO, Qty::ZERO, Nanos::ZERO);
        let stamp = Stamp { seq: 1, time: zero, venue_time: zero, instrument: InstrumentId(0) };
        [
            Body::Quote(Quote { bid: price, bid_qty: qty, ask: price, ask_qty: qty }),
            Body::Trade(Trade { price, qty, trade_id: 1, aggressor: Some(Side::Buy) }),
            Body::BookDelta(BookDelta { price, qty, side: Side::Sell, update_id: 1 }),
            Body::Odds(Odds { bid: price, ask: price, last: price, volume: qty }),
            Body::Timer(Timer { id: 1, due: zero }),
        ]
        .map(|body| Event::new(stamp, body, flags))
    }

    /// Which of them a mask shows, in mid-message and at its end.
    fn shown(mask: u64) -> [[bool; 5]; 2] {
        let interests = Interests::of(mask).unwrap();
        [EventFlags::default(), EventFlags::LAST]
            .map(|flags| events(flags).map(|event| interests.include(&event)))
    }

    #[test]
    fn a_bit_is_a_kind() {
        for (at, mask) in [QUOTE, TRADE, LEVEL, ODDS, TIMER].into_iter().enumerate() {
            let mut only = [false; 5];
            only[at] = true;
            assert_eq!(shown(mask), [only; 2], "{mask:#b}");
        }
        // A kind that is still to come changes nothing.
        assert_eq!(shown(TRADE | 1 << 63), shown(TRADE));
    }

    #[test]
    fn bit_0_hides_what_a_message_has_not_ended_with_and_nothing_else() {
        let all = QUOTE | TRADE | LEVEL | ODDS | TIMER;
        assert_eq!(shown(all), [[true; 5]; 2]);
        assert_eq!(shown(all | 1), [[false, true, false, false, true], [true; 5]]);
        assert_eq!(shown(TRADE | 1), shown(TRADE), "and asks for none of them");
    }

    #[test]
    fn an_instrument_hides_its_market_data_and_nothing_else() {
        let about = |body: Body, id| {
            let (time, venue_time) = (Nanos::ZERO, Nanos::ZERO);
            let stamp = Stamp { seq: 1, time, venue_time, instrument: InstrumentId(id) };
            Event::new(stamp, body, EventFlags::LAST)
        };
        let gap = Body::Gap(Gap { expected: 1, received: 3, reason: GapReason::Sequence });
        let settled = Body::Settlement(Settlement { value: Price::ZERO });
        let [quote, trade, level, odds, timer] = events(EventFlags::LAST).map(|it| it.body());
        let mut interests = Interests::of(!LAST_ONLY).unwrap();
        interests.hide(InstrumentId(0));
        interests.hide(InstrumentId(64));
        for data in [quote, trade, level, odds, gap] {
            let ids = [0, 1, 63, 64, 65, 127, 128, InstrumentId::NONE.0];
            let shown = ids.map(|id| interests.include(&about(data, id)));
            assert_eq!(shown, [false, true, true, false, true, true, true, true], "{data:?}");
        }
        for own in [settled, timer] {
            assert!(interests.include(&about(own, 64)), "{own:?}");
        }
        let mut trades = Interests::of(TRADE).unwrap();
        trades.hide(InstrumentId(0));
        assert!(!trades.include(&about(settled, 0)), "no kind that was not wanted comes back");
    }

    #[test]
    fn a_mask_without_a_kind_is_none() {
        assert_eq!((Interests::of(0), Interests::of(1)), (None, None));
        assert!(Interests::of(1 << 63).is_some());
    }
}

//! Import of one recorded Kalshi session: a folder of line files into one ordered tape.
//!
//! Owns the order of replay, the instruments of a session and the mapping of lines to events; the
//! rules stand in `docs/tapes.md`. Must never write files or guess what is missing. Called by
//! `import`.

use crate::agreement::{self, Seen};
use crate::error::ImportError;
use crate::import::{ImportOptions, Imported};
use crate::kalshi::{self, BookChange, BookSnapshot, Control, Ticker};
use crate::kalshi_book::{Effect, MarketBook, Place};
use crate::kalshi_files::{Fact, Files, Record};
use crate::kalshi_instruments::{self as instruments, Market, SPOT};
use crate::ladder::Top;
use crate::report::{ImportReport, InstrumentReport};
use royale_model::{
    Body, BookDelta, Event, EventFlags, Gap, InstrumentId, Nanos, Odds, Price, Qty, Settlement,
    Side, Stamp, Trade,
};
use std::path::Path;

/// A book that stays crossed for longer than this, past its batch, has lost something.
const CROSSED_NS_MAX: i64 = 1_000_000_000;

/// Imports a session folder.
///
/// # Errors
/// The folder cannot be read, is damaged, or is larger than the limits.
pub(crate) fn import(
    folder: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(crate::import::Progress),
) -> Result<Imported, ImportError> {
    let mut files = Files::read(folder, options.limits, progress)?;
    settle(&mut files);
    files.records.sort_by_key(|record| record.order());
    let table = instruments::table(&files);
    let mut session = Session::new(&files.markets);
    for record in &files.records {
        session.replay(record);
        if session.events.len() as u64 > options.limits.events {
            return Err(ImportError::TooLarge {
                path: folder.to_owned(),
                line: 0,
                what: "events",
                limit: options.limits.events,
            });
        }
    }
    session.close_batches(None);
    let mut report = files.report;
    report.format = "kalshi-btc15m".to_owned();
    session.fill(&table, &files.markets, &mut report);
    report.finish(&session.events);
    let name = folder.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    Ok(Imported {
        events: session.events,
        instruments: table,
        origin: format!("kalshi-btc15m session {name}"),
        report,
    })
}

/// Places the payouts: at the close where the recording covers it, else at its end.
fn settle(files: &mut Files) {
    let Some(end) = files.records.iter().map(|record| record.time).max() else { return };
    let mut place = files.records.len() as u64;
    for (index, market) in files.markets.iter_mut().enumerate() {
        let Some(yes) = market.result else {
            let ticker = &market.ticker;
            let note = format!("{ticker}: no result in the recording, so no settlement event");
            files.report.notes.push(note);
            continue;
        };
        let close = market.close_time.unwrap_or(end);
        if close > end {
            let ticker = &market.ticker;
            let note = format!(
                "{ticker}: closes after the recording; its settlement stands at the recording's end"
            );
            files.report.notes.push(note);
        }
        files.records.push(Record {
            time: close.min(end),
            place,
            sequence: 0,
            fact: Fact::Settle { market: index, yes },
        });
        place += 1;
    }
}

/// The batch of one market that is still open: its key and its last event.
struct Batch {
    local: Nanos,
    venue: Nanos,
    last_event: usize,
}

struct Replayed {
    id: InstrumentId,
    tick: Price,
    book: MarketBook,
    batch: Option<Batch>,
    crossed_since: Option<Nanos>,
    volume: Option<Qty>,
    settlement: Option<bool>,
}

struct Session {
    events: Vec<Event>,
    markets: Vec<Replayed>,
    spot: InstrumentReport,
    last_trade: Option<u64>,
}

impl Session {
    fn new(markets: &[Market]) -> Self {
        let replayed = markets.iter().map(|market| Replayed {
            id: market.id,
            tick: instruments::TICK,
            book: MarketBook::new(),
            batch: None,
            crossed_since: None,
            volume: None,
            settlement: None,
        });
        Self {
            events: Vec::new(),
            markets: replayed.collect(),
            spot: InstrumentReport::default(),
            last_trade: None,
        }
    }

    fn replay(&mut self, record: &Record) {
        self.close_batches(Some(record.time));
        match &record.fact {
            Fact::Control { market, connection, control } => {
                if *control == Control::Connected
                    && let Some(gap) = self.markets[*market].book.connected(*connection)
                {
                    self.gap(*market, record.time, Nanos::ZERO, gap);
                }
            }
            Fact::Snapshot { market, place, book } => self.snapshot(*market, *place, book),
            Fact::Delta { market, place, change } => self.delta(*market, *place, change),
            Fact::Ticker { market, venue_time, ticker } => {
                self.ticker(*market, record.time, *venue_time, ticker);
            }
            Fact::Spot(trade) => self.spot(trade),
            Fact::Settle { market, yes } => {
                let value = if *yes { Price::ONE } else { Price::ZERO };
                self.markets[*market].settlement = Some(*yes);
                let body = Body::Settlement(Settlement { value });
                self.push(
                    self.markets[*market].id,
                    record.time,
                    Nanos::ZERO,
                    body,
                    EventFlags::LAST,
                );
            }
        }
    }

    fn push(
        &mut self,
        id: InstrumentId,
        time: Nanos,
        venue_time: Nanos,
        body: Body,
        f: EventFlags,
    ) {
        let stamp = Stamp { seq: 0, time, venue_time, instrument: id };
        self.events.push(Event::new(stamp, body, f));
    }

    fn gap(&mut self, market: usize, time: Nanos, venue_time: Nanos, gap: Gap) {
        self.markets[market].batch = None;
        self.markets[market].crossed_since = None;
        let id = self.markets[market].id;
        self.push(id, time, venue_time, Body::Gap(gap), EventFlags::LAST);
    }

    fn snapshot(&mut self, index: usize, place: Place, snapshot: &BookSnapshot) {
        self.close_batch(index);
        let Effect::Applied(gap) = self.markets[index].book.snapshot(place, snapshot) else {
            return;
        };
        if let Some(gap) = gap {
            self.gap(index, place.local_time, place.venue_time, gap);
        }
        let market = &mut self.markets[index];
        market.crossed_since = None;
        let mut levels: Vec<_> = market.book.levels().collect();
        for (_, price, _) in &levels {
            market.book.counts.off_tick += u64::from(!price.is_on(market.tick));
        }
        if levels.is_empty() {
            // An empty book still has to clear what was there: a level of size 0 says nothing else.
            levels.push((Side::Buy, market.tick, Qty::ZERO));
        }
        let (id, count) = (market.id, levels.len());
        for (at, (side, price, qty)) in levels.into_iter().enumerate() {
            let mut flags = EventFlags::SNAPSHOT;
            if at == 0 {
                flags = flags.with(EventFlags::CLEAR);
            }
            if at + 1 == count {
                flags = flags.with(EventFlags::LAST);
            }
            let body = Body::BookDelta(BookDelta { price, qty, side, update_id: place.sequence });
            self.push(id, place.local_time, place.venue_time, body, flags);
        }
    }

    fn delta(&mut self, index: usize, place: Place, change: &BookChange) {
        let market = &mut self.markets[index];
        let same =
            |batch: &Batch| batch.local == place.local_time && batch.venue == place.venue_time;
        if !market.batch.as_ref().is_none_or(same) {
            self.close_batch(index);
        }
        let market = &mut self.markets[index];
        match market.book.change(place, change) {
            Effect::Ignored => {}
            Effect::Void(gap) => self.gap(index, place.local_time, place.venue_time, gap),
            Effect::Applied(_) => {
                let (side, price, qty) = market.book.level(change);
                market.book.counts.off_tick += u64::from(!price.is_on(market.tick));
                market.batch = Some(Batch {
                    local: place.local_time,
                    venue: place.venue_time,
                    last_event: self.events.len(),
                });
                let id = market.id;
                let update_id = place.sequence;
                let body = Body::BookDelta(BookDelta { price, qty, side, update_id });
                self.push(id, place.local_time, place.venue_time, body, EventFlags::default());
            }
        }
    }

    /// Closes the batches that a line at `now` shows to be complete; all of them at the end.
    fn close_batches(&mut self, now: Option<Nanos>) {
        for index in 0..self.markets.len() {
            let open = self.markets[index].batch.as_ref();
            if open.is_some_and(|batch| now != Some(batch.local)) {
                self.close_batch(index);
            }
        }
    }

    /// A batch is complete: `LAST` goes on its last event, unless the book is crossed.
    fn close_batch(&mut self, index: usize) {
        let market = &mut self.markets[index];
        let Some(batch) = market.batch.take() else { return };
        if !market.book.is_crossed() {
            market.crossed_since = None;
            let event = &mut self.events[batch.last_event];
            let stamp = Stamp {
                seq: event.seq(),
                time: event.time(),
                venue_time: event.venue_time(),
                instrument: event.instrument(),
            };
            *event = Event::new(stamp, event.body(), event.flags().with(EventFlags::LAST));
            return;
        }
        market.book.counts.crossed_batch_ends += 1;
        let since = *market.crossed_since.get_or_insert(batch.local);
        if batch.local.since(since).raw() > CROSSED_NS_MAX {
            market.book.counts.crossed_too_long += 1;
            if let Some(gap) = market.book.corrupt() {
                self.gap(index, batch.local, batch.venue, gap);
            }
        }
    }

    fn ticker(&mut self, index: usize, time: Nanos, venue_time: Nanos, ticker: &Ticker) {
        self.close_batch(index);
        let market = &mut self.markets[index];
        market.book.counts.tickers += 1;
        market.book.tickers.push(Seen {
            local: time.raw(),
            venue_ms: venue_time.raw() / 1_000_000,
            top: Top {
                bid: ticker.bid.raw(),
                ask: ticker.ask.raw(),
                bid_size: ticker.bid_size.raw(),
                ask_size: ticker.ask_size.raw(),
            },
            states_before: market.book.states.len(),
        });
        let traded = market.volume.is_some_and(|before| ticker.volume > before);
        market.volume = Some(ticker.volume);
        let consistent = market.crossed_since.is_none();
        let id = market.id;
        if traded {
            market.book.counts.trades += 1;
            let trade =
                Trade { price: ticker.last, qty: ticker.last_size, trade_id: 0, aggressor: None };
            self.push(id, time, venue_time, Body::Trade(trade), EventFlags::default());
        }
        let odds =
            Odds { bid: ticker.bid, ask: ticker.ask, last: ticker.last, volume: ticker.volume };
        let flags = if consistent { EventFlags::LAST } else { EventFlags::default() };
        self.push(id, time, venue_time, Body::Odds(odds), flags);
    }

    fn spot(&mut self, spot: &kalshi::SpotMatch) {
        if let Some(last) = self.last_trade {
            if spot.trade_id <= last {
                self.spot.trade_repeats += 1;
                return;
            }
            let missing = spot.trade_id - last - 1;
            self.spot.trade_gaps += u64::from(missing > 0);
            self.spot.trades_missing = self.spot.trades_missing.saturating_add(missing);
        }
        self.last_trade = Some(spot.trade_id);
        self.spot.trades += 1;
        self.spot.last_matches += u64::from(spot.is_last_match);
        let trade =
            Trade { price: spot.price, qty: Qty::ZERO, trade_id: spot.trade_id, aggressor: None };
        self.push(SPOT, spot.local_time, spot.venue_time, Body::Trade(trade), EventFlags::LAST);
    }

    fn fill(
        &mut self,
        table: &[royale_model::Instrument],
        markets: &[Market],
        report: &mut ImportReport,
    ) {
        report.instruments = vec![InstrumentReport::default(); table.len()];
        report.instruments[SPOT.index()] = std::mem::take(&mut self.spot);
        for (market, known) in self.markets.iter_mut().zip(markets) {
            let book = &mut market.book;
            let mut counts = std::mem::take(&mut book.counts);
            counts.bbo_by_local_time = agreement::by_local_time(&book.states, &book.tickers);
            counts.bbo_by_venue = agreement::by_venue_time(&book.states, &book.tickers);
            counts.levels = [book.ladder.first.len() as u64, book.ladder.second.len() as u64];
            counts.valid_at_end = book.valid;
            counts.book_sha256 = book.ladder.book_sha256();
            counts.checkpoints_sha256 = book.ladder.checkpoints_sha256();
            counts.settlement =
                market.settlement.map(|yes| if yes { "yes" } else { "no" }.to_owned());
            report.instruments[known.id.index()] = counts;
        }
        for (instrument, counts) in table.iter().zip(&mut report.instruments) {
            counts.symbol = instrument.symbol.to_string();
            counts.venue = instrument.venue.name().to_owned();
        }
    }
}

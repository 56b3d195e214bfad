//! Import of recorded Binance streams: one or several files, merged by local time into one tape.
//!
//! Owns the merge, the symbols' books and the mapping of messages to events; the rules stand in
//! `docs/tapes.md`. Must never reorder the lines of one file. Called by `import`.

use crate::binance::{self, Kind, Level, Message};
use crate::binance_book::{Step, SymbolBook};
use crate::binance_instruments as instruments;
use crate::error::{ImportError, LineError};
use crate::import::{ImportOptions, Imported, Progress};
use crate::ladder::Top;
use crate::lines::{ByteCount, Line, Lines};
use crate::report::{FileReport, ImportReport};
use royale_model::{
    Body, BookDelta, Event, EventFlags, Instrument, InstrumentId, Nanos, Price, Qty, Side, Stamp,
};
use std::path::{Path, PathBuf};

/// Symbols that one recording may have.
const SYMBOLS_MAX: usize = 1024;
/// Lines between two calls of the progress function.
const PROGRESS_LINES: u64 = 4096;

/// Imports the files.
///
/// # Errors
/// A file cannot be read, or the limits are exceeded.
pub(crate) fn import(
    paths: &[PathBuf],
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, ImportError> {
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |data| data.len());
    let bytes_total = paths.iter().map(size).sum();
    let count = ByteCount::default();
    let mut tape = Tape::default();
    let mut sources = Vec::with_capacity(paths.len());
    for (index, path) in paths.iter().enumerate() {
        let name = file_name(path);
        tape.report.files.push(FileReport { name, ..Default::default() });
        let lines = Lines::open_counted(path, options.limits, count.clone())?;
        let mut source = Source { index, lines, head: None, before: Nanos::MIN, symbol: None };
        source.advance(&mut tape, options)?;
        sources.push(source);
    }
    let mut merged = 0_u64;
    // The earliest head comes next; of equal times the file that was named first.
    while let Some(next) = sources
        .iter_mut()
        .filter(|source| source.head.is_some())
        .min_by_key(|source| (source.head.as_ref().map(|head| head.time), source.index))
    {
        if let Some(head) = next.head.take() {
            tape.replay(head);
        }
        if tape.events.len() as u64 > options.limits.events {
            return Err(ImportError::TooLarge {
                path: next.lines.path().to_owned(),
                line: next.lines.lines(),
                what: "events",
                limit: options.limits.events,
            });
        }
        next.advance(&mut tape, options)?;
        merged += 1;
        if merged.is_multiple_of(PROGRESS_LINES) {
            progress(Progress { bytes_done: count.get(), bytes_total });
        }
    }
    progress(Progress { bytes_done: bytes_total, bytes_total });
    let names: Vec<String> = paths.iter().map(|path| file_name(path)).collect();
    tape.finish(format!("binance-ws {}", names.join(" "))).map_err(|reason| {
        ImportError::Unrecognised {
            path: paths.first().cloned().unwrap_or_default(),
            reason,
            remedy: "name the symbol in the table of instruments of the codec",
        }
    })
}

/// `usdm/btcusdt_20240808.gz`: the folder tells files of the same symbol apart.
fn file_name(path: &Path) -> String {
    let name = |part: Option<&std::ffi::OsStr>| {
        part.map_or_else(String::new, |text| text.to_string_lossy().into_owned())
    };
    format!("{}/{}", name(path.parent().and_then(Path::file_name)), name(path.file_name()))
}

/// A message that waits for its turn.
struct Head {
    time: Nanos,
    symbol: usize,
    message: Message,
}

struct Source {
    index: usize,
    lines: Lines,
    head: Option<Head>,
    before: Nanos,
    /// The file's first symbol: that of a REST snapshot that names none.
    symbol: Option<usize>,
}

impl Source {
    /// Reads on to the next good line.
    fn advance(&mut self, tape: &mut Tape, options: &ImportOptions) -> Result<(), ImportError> {
        while let Some(line) = self.lines.next_line()? {
            let decoded = match line {
                Line::Text(text) => binance::line(text).and_then(|line| {
                    let symbol = tape.symbol(&line, self.symbol)?;
                    Ok((line.local_time, symbol, line.message))
                }),
                Line::TooLong => Err(LineError::TooLong(options.limits.line_bytes)),
            };
            match decoded {
                Ok((time, symbol, message)) => {
                    let file = &mut tape.report.files[self.index];
                    file.time_backwards += u64::from(time < self.before);
                    // The lines of a file keep their order: a clock that steps back stands still.
                    self.before = self.before.max(time);
                    self.symbol = self.symbol.or(Some(symbol));
                    self.head = Some(Head { time: self.before, symbol, message });
                    return Ok(());
                }
                Err(error) => tape.report.broken(self.index, self.lines.lines(), &error),
            }
        }
        tape.report.files[self.index].lines = self.lines.lines();
        tape.report.files[self.index].cut_short = self.lines.is_cut_short();
        Ok(())
    }
}

struct Symbol {
    name: String,
    kind: Kind,
    book: SymbolBook,
    last_trade: Option<u64>,
    /// Greatest common divisors of prices and sizes, for instruments that are not in the table.
    grid: (i64, i64),
}

#[derive(Default)]
struct Tape {
    events: Vec<Event>,
    symbols: Vec<Symbol>,
    report: ImportReport,
    steps: Vec<Step>,
}

impl Tape {
    /// Which symbol a line is about; `of_file` is the file's first one.
    fn symbol(
        &mut self,
        line: &binance::Decoded<'_>,
        of_file: Option<usize>,
    ) -> Result<usize, LineError> {
        let (Some(name), Some(kind)) = (line.symbol, line.kind) else {
            // A REST snapshot: it belongs to the file's symbol.
            let at = of_file.ok_or_else(|| LineError::field("symbol", "not known yet"))?;
            let differs = |name| self.symbols[at].name != name;
            return if line.symbol.is_some_and(differs) {
                Err(LineError::field("symbol", "not that of the file"))
            } else {
                Ok(at)
            };
        };
        let known = |symbol: &Symbol| symbol.kind == kind && symbol.name == name;
        if let Some(at) = self.symbols.iter().position(known) {
            return Ok(at);
        }
        if self.symbols.len() == SYMBOLS_MAX {
            return Err(LineError::field("s", "more symbols than a recording can have"));
        }
        self.symbols.push(Symbol {
            name: name.to_owned(),
            kind,
            book: SymbolBook::new(kind),
            last_trade: None,
            grid: (0, 0),
        });
        Ok(self.symbols.len() - 1)
    }

    fn replay(&mut self, head: Head) {
        let index = head.symbol;
        let symbol = &mut self.symbols[index];
        match head.message {
            Message::Snapshot(snapshot) => symbol.book.snapshot(snapshot, &mut self.steps),
            Message::Depth(depth) => symbol.book.depth(depth, &mut self.steps),
            Message::Quote { id, venue_time, quote } => {
                symbol.book.counts.tickers += 1;
                let (bid, ask) = (quote.bid.raw(), quote.ask.raw());
                let (bid_size, ask_size) = (quote.bid_qty.raw(), quote.ask_qty.raw());
                symbol.book.quotes.push((id, Top { bid, ask, bid_size, ask_size }));
                symbol.saw(quote.bid, quote.bid_qty);
                symbol.saw(quote.ask, quote.ask_qty);
                self.push(index, head.time, venue_time, Body::Quote(quote), EventFlags::LAST);
            }
            Message::Trade { venue_time, trade, is_market } => {
                if let Some(last) = symbol.last_trade {
                    if trade.trade_id <= last {
                        symbol.book.counts.trade_repeats += 1;
                        return;
                    }
                    let missing = trade.trade_id - last - 1;
                    let counts = &mut symbol.book.counts;
                    counts.trade_gaps += u64::from(missing > 0);
                    counts.trades_missing = counts.trades_missing.saturating_add(missing);
                }
                symbol.last_trade = Some(trade.trade_id);
                if !is_market {
                    let note = format!(
                        "{}: trade {} is not a market print, left out",
                        symbol.name, trade.trade_id
                    );
                    if self.report.notes.len() < 100 {
                        self.report.notes.push(note);
                    }
                    return;
                }
                symbol.book.counts.trades += 1;
                symbol.saw(trade.price, trade.qty);
                self.push(index, head.time, venue_time, Body::Trade(trade), EventFlags::LAST);
            }
        }
        for step in std::mem::take(&mut self.steps) {
            self.step(index, head.time, step);
        }
    }

    fn step(&mut self, index: usize, time: Nanos, step: Step) {
        match step {
            Step::Gap(gap) => {
                self.push(index, time, Nanos::ZERO, Body::Gap(gap), EventFlags::LAST);
            }
            Step::Snapshot(snapshot) => {
                let stamp = (time, snapshot.venue_time, snapshot.last);
                let first = EventFlags::SNAPSHOT.with(EventFlags::CLEAR);
                let rest = EventFlags::SNAPSHOT;
                self.levels(index, stamp, [&snapshot.bids, &snapshot.asks], first, rest);
            }
            Step::Depth(depth) => {
                let none = EventFlags::default();
                let stamp = (time, depth.venue_time, depth.last);
                self.levels(index, stamp, [&depth.bids, &depth.asks], none, none);
            }
        }
    }

    fn levels(
        &mut self,
        index: usize,
        (time, venue_time, update_id): (Nanos, Nanos, u64),
        sides: [&Vec<Level>; 2],
        first: EventFlags,
        rest: EventFlags,
    ) {
        let count = sides[0].len() + sides[1].len();
        if count == 0 && first.has(EventFlags::CLEAR) {
            // An empty snapshot still clears: a level of size 0 that says nothing else.
            let (price, qty, side) = (Price::from_raw(1), Qty::ZERO, Side::Buy);
            let body = Body::BookDelta(BookDelta { price, qty, side, update_id });
            self.push(index, time, venue_time, body, first.with(EventFlags::LAST));
            return;
        }
        let mut flags = first;
        let mut at = 0;
        for (side, levels) in [Side::Buy, Side::Sell].into_iter().zip(sides) {
            for &(price, qty) in levels {
                at += 1;
                if at == count {
                    flags = flags.with(EventFlags::LAST);
                }
                self.symbols[index].saw(price, qty);
                let body = Body::BookDelta(BookDelta { price, qty, side, update_id });
                self.push(index, time, venue_time, body, flags);
                flags = rest;
            }
        }
    }

    fn push(&mut self, index: usize, time: Nanos, venue_time: Nanos, body: Body, f: EventFlags) {
        // The place among the symbols; `finish` puts the final id.
        let instrument = InstrumentId(u32::try_from(index).unwrap_or(u32::MAX));
        self.events.push(Event::new(Stamp { seq: 0, time, venue_time, instrument }, body, f));
    }

    /// Sorts the instruments and closes the report.
    fn finish(mut self, origin: String) -> Result<Imported, String> {
        let mut order: Vec<usize> = (0..self.symbols.len()).collect();
        order.sort_by_key(|&at| (self.symbols[at].kind, self.symbols[at].name.clone()));
        let mut ids = vec![InstrumentId::NONE; order.len()];
        let mut table: Vec<Instrument> = Vec::with_capacity(order.len());
        for (id, at) in (0_u32..).zip(order) {
            let symbol = &mut self.symbols[at];
            ids[at] = InstrumentId(id);
            let made =
                instruments::instrument(InstrumentId(id), &symbol.name, symbol.kind, symbol.grid);
            let Some((instrument, note)) = made else {
                return Err(format!("{}: not a pair of known currencies", symbol.name));
            };
            self.report.notes.extend(note);
            symbol.book.finish();
            let mut counts = std::mem::take(&mut symbol.book.counts);
            if symbol.grid.0 % instrument.tick.raw() != 0 {
                counts.off_tick = off_tick(&self.events, at, instrument.tick);
            }
            counts.symbol = instrument.symbol.to_string();
            counts.venue = instrument.venue.name().to_owned();
            self.report.instruments.push(counts);
            table.push(instrument);
        }
        for event in &mut self.events {
            let stamp = Stamp {
                seq: event.seq(),
                time: event.time(),
                venue_time: event.venue_time(),
                instrument: ids[event.instrument().index()],
            };
            *event = Event::new(stamp, event.body(), event.flags());
        }
        self.report.format = "binance-ws".to_owned();
        self.report.finish(&self.events);
        Ok(Imported { events: self.events, instruments: table, origin, report: self.report })
    }
}

/// Book prices of the symbol at `index` that are not a multiple of its tick.
fn off_tick(events: &[Event], index: usize, tick: Price) -> u64 {
    let off = |event: &&Event| match event.body() {
        Body::BookDelta(delta) => event.instrument().index() == index && !delta.price.is_on(tick),
        _ => false,
    };
    events.iter().filter(off).count() as u64
}

impl Symbol {
    fn saw(&mut self, price: Price, qty: Qty) {
        self.grid = (gcd(self.grid.0, price.raw()), gcd(self.grid.1, qty.raw()));
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

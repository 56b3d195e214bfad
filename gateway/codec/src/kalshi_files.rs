//! The files of a recorded Kalshi session, read and decoded but not yet replayed.
//!
//! Owns which files belong to a session, the names of markets and connections, and the order of
//! replay of their lines. Must never interpret a book. Called by `kalshi_session`.

use crate::error::{ImportError, LineError};
use crate::import::Progress;
use crate::kalshi::{self, BookChange, BookSnapshot, Control, Envelope, SpotMatch, Ticker};
use crate::kalshi_book::Place;
use crate::kalshi_instruments::{Market, check_names, name_markets};
use crate::lines::{ByteCount, Limits, Line, Lines};
use crate::report::{FileReport, ImportReport};
use royale_model::Nanos;
use std::path::{Path, PathBuf};

/// Markets that one session may have.
const MARKETS_MAX: usize = 256;
/// Connections that one session may have.
const CONNECTIONS_MAX: usize = 4096;
/// Lines between two calls of the progress function.
const PROGRESS_LINES: u64 = 4096;

/// One decoded line, or a payout.
pub(crate) enum Fact {
    Control { market: usize, connection: u32, control: Control },
    Snapshot { market: usize, place: Place, book: Box<BookSnapshot> },
    Delta { market: usize, place: Place, change: BookChange },
    Ticker { market: usize, venue_time: Nanos, ticker: Box<Ticker> },
    Spot(SpotMatch),
    Settle { market: usize, yes: bool },
}

/// A fact with its place in the order of replay.
pub(crate) struct Record {
    pub time: Nanos,
    pub sequence: u64,
    pub place: u64,
    pub fact: Fact,
}

impl Record {
    /// Local time; then control, snapshot, delta, ticker, spot, payout; then sequence; then file.
    pub fn order(&self) -> (Nanos, u8, u64, u64) {
        let rank = match self.fact {
            Fact::Control { .. } => 0,
            Fact::Snapshot { .. } => 1,
            Fact::Delta { .. } => 2,
            Fact::Ticker { .. } => 3,
            Fact::Spot(_) => 4,
            Fact::Settle { .. } => 5,
        };
        (self.time, rank, self.sequence, self.place)
    }
}

/// Everything that the folder holds.
pub(crate) struct Files {
    pub records: Vec<Record>,
    pub markets: Vec<Market>,
    pub report: ImportReport,
    connections: Vec<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Control,
    Snapshot,
    Delta,
    Ticker,
    Spot,
}

/// Stems of the files that are read; control first, since it introduces the markets.
const STEMS: [(&str, Kind); 5] = [
    ("control", Kind::Control),
    ("orderbook_snapshot", Kind::Snapshot),
    ("orderbook_delta", Kind::Delta),
    ("ticker", Kind::Ticker),
    ("spot_coinbase_btcusd_matches", Kind::Spot),
];

/// The file of a stem: plain, `.zst` or `.gz`; two forms beside each other are refused.
pub(crate) fn find(folder: &Path, stem: &str) -> Result<Option<PathBuf>, ImportError> {
    let forms = ["ndjson", "ndjson.zst", "ndjson.gz"].map(|end| format!("{stem}.{end}"));
    let mut found = forms.iter().map(|name| folder.join(name)).filter(|path| path.is_file());
    let first = found.next();
    if first.is_some() && found.next().is_some() {
        return Err(ImportError::Unrecognised {
            path: folder.to_owned(),
            reason: format!("{stem} is there in two forms"),
            remedy: "keep one of them",
        });
    }
    Ok(first)
}

impl Files {
    pub fn read(
        folder: &Path,
        limits: Limits,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, ImportError> {
        let mut files = Self {
            records: Vec::new(),
            markets: Vec::new(),
            report: ImportReport::default(),
            connections: Vec::new(),
        };
        let mut present = Vec::new();
        for (stem, kind) in STEMS {
            match find(folder, stem)? {
                Some(path) => present.push((path, kind)),
                None => files.report.notes.push(format!("{stem}: not in the recording")),
            }
        }
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |data| data.len());
        let total = present.iter().map(|(path, _)| size(path)).sum();
        let count = ByteCount::default();
        for (path, kind) in &present {
            let mut lines = Lines::open_counted(path, limits, count.clone())?;
            files.read_lines(
                &mut lines,
                *kind,
                limits,
                &mut |done| {
                    progress(Progress { bytes_done: done, bytes_total: total });
                },
                &count,
            )?;
        }
        files.read_results(folder, limits)?;
        name_markets(&mut files.markets);
        check_names(&mut files);
        progress(Progress { bytes_done: total, bytes_total: total });
        Ok(files)
    }

    fn read_lines(
        &mut self,
        lines: &mut Lines,
        kind: Kind,
        limits: Limits,
        progress: &mut dyn FnMut(u64),
        count: &ByteCount,
    ) -> Result<(), ImportError> {
        let name = lines.path().file_name().map(|n| n.to_string_lossy().into_owned());
        let index = self.report.files.len();
        self.report.files.push(FileReport { name: name.unwrap_or_default(), ..Default::default() });
        let mut before = Nanos::MIN;
        while let Some(line) = lines.next_line()? {
            let decoded = match line {
                Line::Text(text) => self.decode(kind, text),
                Line::TooLong => Err(LineError::TooLong(limits.line_bytes)),
            };
            let number = lines.lines();
            match decoded {
                Ok((time, sequence, fact)) => {
                    self.report.files[index].time_backwards += u64::from(time < before);
                    before = time;
                    let place = self.records.len() as u64;
                    self.records.push(Record { time, sequence, place, fact });
                }
                Err(error) => self.report.broken(index, number, &error),
            }
            if self.records.len() as u64 > limits.events {
                return Err(ImportError::TooLarge {
                    path: lines.path().to_owned(),
                    line: number,
                    what: "lines",
                    limit: limits.events,
                });
            }
            if number.is_multiple_of(PROGRESS_LINES) {
                progress(count.get());
            }
        }
        self.report.files[index].lines = lines.lines();
        self.report.files[index].cut_short = lines.is_cut_short();
        Ok(())
    }

    fn decode(&mut self, kind: Kind, text: &[u8]) -> Result<(Nanos, u64, Fact), LineError> {
        match kind {
            Kind::Control => {
                let (envelope, control) = kalshi::control(text)?;
                let market = self.market(envelope.market)?;
                if let Control::Watch { close_time, strike } = control {
                    let market = &mut self.markets[market];
                    market.close_time = close_time.or(market.close_time);
                    market.strike = strike.or(market.strike);
                }
                let connection = self.connection(envelope.connection)?;
                Ok((envelope.local_time, 0, Fact::Control { market, connection, control }))
            }
            Kind::Snapshot => {
                let (envelope, book) = kalshi::snapshot(text)?;
                let (market, place) = self.place(&envelope)?;
                let fact = Fact::Snapshot { market, place, book: Box::new(book) };
                Ok((envelope.local_time, envelope.sequence, fact))
            }
            Kind::Delta => {
                let (envelope, change) = kalshi::delta(text)?;
                let (market, place) = self.place(&envelope)?;
                let fact = Fact::Delta { market, place, change };
                Ok((envelope.local_time, envelope.sequence, fact))
            }
            Kind::Ticker => {
                let (envelope, ticker) = kalshi::ticker(text)?;
                let market = self.market(envelope.market)?;
                let venue_time = envelope.venue_time;
                let fact = Fact::Ticker { market, venue_time, ticker: Box::new(ticker) };
                Ok((envelope.local_time, envelope.sequence, fact))
            }
            Kind::Spot => {
                let spot = kalshi::spot_match(text)?;
                Ok((spot.local_time, 0, Fact::Spot(spot)))
            }
        }
    }

    fn place(&mut self, envelope: &Envelope<'_>) -> Result<(usize, Place), LineError> {
        let market = self.market(envelope.market)?;
        let place = Place {
            connection: self.connection(envelope.connection)?,
            sequence: envelope.sequence,
            local_time: envelope.local_time,
            venue_time: envelope.venue_time,
        };
        Ok((market, place))
    }

    fn market(&mut self, ticker: &str) -> Result<usize, LineError> {
        if let Some(at) = self.markets.iter().position(|market| market.ticker == ticker) {
            return Ok(at);
        }
        if self.markets.len() == MARKETS_MAX {
            return Err(LineError::field("market_ticker", "more markets than a session can have"));
        }
        self.markets.push(Market::new(ticker)?);
        Ok(self.markets.len() - 1)
    }

    /// A short number for a connection; the most recent one is the likely one.
    fn connection(&mut self, name: &str) -> Result<u32, LineError> {
        let known = self.connections.iter().rposition(|known| known == name);
        if known.is_none() {
            if self.connections.len() == CONNECTIONS_MAX {
                return Err(LineError::field("connection_id", "more than a session can have"));
            }
            self.connections.push(name.to_owned());
        }
        let at = known.unwrap_or(self.connections.len() - 1);
        u32::try_from(at).map_err(|error| LineError::field("connection_id", error))
    }

    fn read_results(&mut self, folder: &Path, limits: Limits) -> Result<(), ImportError> {
        const NAME: &str = "market_results.json";
        let path = folder.join(NAME);
        if !path.is_file() {
            self.report.notes.push(format!("{NAME}: not in the recording"));
            return Ok(());
        }
        let mut text = Vec::new();
        let mut lines = Lines::open(&path, limits)?;
        while let Some(line) = lines.next_line()? {
            if let Line::Text(line) = line
                && text.len() + line.len() <= limits.line_bytes
            {
                text.extend_from_slice(line);
            }
        }
        let (name, lines) = (NAME.to_owned(), lines.lines());
        self.report.files.push(FileReport { name, lines, ..Default::default() });
        match kalshi::market_results(&text) {
            Ok(results) => crate::kalshi_instruments::merge_results(&mut self.markets, &results),
            Err(error) => self.report.broken(self.report.files.len() - 1, 1, &error),
        }
        Ok(())
    }
}

//! Where histograms come from: the engine behind the socket, or the `latency.json` of a run.

use crate::args::SourceArgs;
use crate::failure::{Code, Failure};
use crate::{out, run_folder, source, wire};
use hdrhistogram::Histogram;
use royale_codec::control::{Command, Reply};
use royale_codec::latency::{HistogramName, LatencyFile, LatencyRow, decode_histogram};
use std::path::PathBuf;

/// A place to ask.
pub enum Source {
    /// The engine behind this socket, or behind the default one.
    Live(Option<PathBuf>),
    /// What a finished run left, and where it lies.
    Finished(PathBuf, LatencyFile),
}

/// A row with its buckets.
pub type Whole = (LatencyRow, Histogram<u64>);

impl Source {
    /// The run that was named; else the running engine; else the newest finished run.
    ///
    /// # Errors
    /// None of them.
    pub fn find(args: &SourceArgs) -> Result<Self, Failure> {
        if args.journal.is_some() {
            return finished(args);
        }
        let live = Self::live(args);
        match live.rows() {
            Err(failure) if failure.is(Code::NotRunning) => finished(args).map_err(|_| failure),
            Err(failure) => Err(failure),
            Ok(_) => Ok(live),
        }
    }

    /// The running engine.
    pub fn live(args: &SourceArgs) -> Self {
        Self::Live(args.socket.socket.clone())
    }

    /// What the picture is called.
    pub fn title(&self) -> String {
        match self {
            Self::Live(_) => "Latency of the running engine".to_owned(),
            Self::Finished(path, _) => format!("Latency: {}", path.display()),
        }
    }

    /// Every histogram in figures.
    ///
    /// # Errors
    /// As the wire has them.
    pub fn rows(&self) -> Result<Vec<LatencyRow>, Failure> {
        match self {
            Self::Live(socket) => ask(socket, None),
            Self::Finished(_, file) => Ok(file.stages.clone()),
        }
    }

    /// These histograms, with their buckets.
    ///
    /// # Errors
    /// As the wire has them, or buckets that cannot be read.
    pub fn whole(&self, rows: &[LatencyRow]) -> Result<Vec<Whole>, Failure> {
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let row = match self {
                // Figures and buckets of one moment.
                Self::Live(socket) => ask(socket, Some(row.key()))?.pop(),
                Self::Finished(..) => Some(row.clone()),
            };
            let missing = || Failure::error("a histogram came without its buckets");
            let row = row.ok_or_else(missing)?;
            let text = row.histogram.as_deref().ok_or_else(missing)?;
            let histogram = decode_histogram(text).map_err(Failure::error)?;
            all.push((row, histogram));
        }
        Ok(all)
    }
}

fn ask(
    socket: &Option<PathBuf>,
    histogram: Option<HistogramName>,
) -> Result<Vec<LatencyRow>, Failure> {
    match wire::ask(socket.as_deref(), Command::Latency { histogram })? {
        Reply::Latency { stages } => Ok(stages),
        _ => Err(Failure::error("the engine answered another question")),
    }
}

fn finished(args: &SourceArgs) -> Result<Source, Failure> {
    let journal = source::journal(args.journal.as_deref(), &args.socket)?;
    let path = run_folder::run_of(&journal).join("latency.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::io(&path, "read", &error)
            .remedy("the engine writes it when a run ends; of a running one: ctl latency")
    })?;
    let file = LatencyFile::read(&text).map_err(|error| {
        Failure::error(format!("{}: {}", path.display(), out::clean(&error.to_string())))
            .remedy("use the ctl that came with the engine of this run")
    })?;
    Ok(Source::Finished(path, file))
}

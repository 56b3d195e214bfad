//! The import report as an aligned table for people.
//!
//! Owns its looks only. Must never compute: every number stands in `report`. Printed by
//! `ctl tape import` and the bundler.

use crate::report::{Agreement, ImportReport, InstrumentReport};
use std::fmt;

type Row = (&'static str, fn(&InstrumentReport) -> String);

/// Rows that are always shown.
const ROWS: [Row; 8] = [
    ("snapshots", |i| i.snapshots.to_string()),
    ("deltas", |i| i.deltas.to_string()),
    ("deltas applied", |i| i.deltas_applied.to_string()),
    ("level updates", |i| i.level_updates.to_string()),
    ("sequence gaps", |i| i.sequence_gaps.to_string()),
    ("crossed states", |i| i.crossed_states.to_string()),
    ("tickers", |i| i.tickers.to_string()),
    ("trades", |i| i.trades.to_string()),
];

/// Rows that are shown when they say something for any instrument.
const RARE: [Row; 20] = [
    ("snapshots empty", |i| count(i.snapshots_empty)),
    ("snapshots one-sided", |i| count(i.snapshots_one_sided)),
    ("snapshots ignored", |i| count(i.snapshots_ignored)),
    ("numbers missing", |i| count(i.sequence_missing)),
    ("reconnects", |i| count(i.reconnects)),
    ("duplicates", |i| count(i.duplicates)),
    ("before snapshot", |i| count(i.before_snapshot)),
    ("dropped while void", |i| count(i.dropped)),
    ("bridge failures", |i| count(i.bridge_failures)),
    ("negative levels", |i| count(i.negative_levels)),
    ("locked states", |i| count(i.locked_states)),
    ("crossed batch ends", |i| count(i.crossed_batch_ends)),
    ("crossed too long", |i| count(i.crossed_too_long)),
    ("off tick", |i| count(i.off_tick)),
    ("last matches", |i| count(i.last_matches)),
    ("trade gaps", |i| count(i.trade_gaps)),
    ("trades missing", |i| count(i.trades_missing)),
    ("trade repeats", |i| count(i.trade_repeats)),
    ("BBO by local time", |i| agreement(&i.bbo_by_local_time)),
    ("BBO same number", |i| agreement(&i.bbo_same_id)),
];

/// The end of the table.
const LAST: [Row; 5] = [
    ("BBO by venue", |i| agreement(&i.bbo_by_venue)),
    ("levels at end", |i| format!("{} + {}", i.levels[0], i.levels[1])),
    ("valid at end", |i| if i.valid_at_end { "yes" } else { "no" }.to_owned()),
    ("settlement", |i| i.settlement.clone().unwrap_or_default()),
    ("book sha256", |i| i.book_sha256.chars().take(16).collect()),
];

fn count(n: u64) -> String {
    if n == 0 { String::new() } else { n.to_string() }
}

/// exact / within 50 ms / different.
fn agreement(a: &Agreement) -> String {
    if *a == Agreement::default() {
        return String::new();
    }
    format!("{} / {} / {}", a.exact, a.within_50ms, a.differ)
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &self.events;
        writeln!(f, "{}: {} lines, {} broken", self.format, self.lines, self.broken_lines)?;
        for file in &self.files {
            let (name, lines, broken) = (&file.name, file.lines, file.broken);
            writeln!(f, "  {name:<44} {lines:>9} lines {broken:>5} broken")?;
        }
        for line in &self.first_broken {
            writeln!(f, "  broken {}:{}: {}", line.file, line.line, line.reason)?;
        }
        writeln!(
            f,
            "events: {} ({} book, {} quote, {} trade, {} odds, {} gap, {} settlement)",
            e.total, e.book_deltas, e.quotes, e.trades, e.odds, e.gaps, e.settlements
        )?;
        let seconds = (self.last_time_ns.saturating_sub(self.first_time_ns)) / 1_000_000_000;
        writeln!(f, "covers {seconds} s; BBO: exact / within 50 ms / different")?;
        self.table(f)?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

impl ImportReport {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = |row: &Row| -> Vec<String> { self.instruments.iter().map(row.1).collect() };
        let symbols: Vec<String> = self.instruments.iter().map(|i| i.symbol.clone()).collect();
        let mut lines = vec![("instrument", symbols)];
        lines.extend(ROWS.iter().map(|row| (row.0, column(row))));
        let rare = RARE.iter().chain(&LAST).map(|row| (row.0, column(row)));
        lines.extend(rare.filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())));
        let widths: Vec<usize> = (0..self.instruments.len())
            .map(|at| lines.iter().map(|(_, cells)| cells[at].len()).max().unwrap_or(0))
            .collect();
        for (name, cells) in lines {
            write!(f, "  {name:<20}")?;
            for (cell, width) in cells.iter().zip(&widths) {
                write!(f, "  {cell:>width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

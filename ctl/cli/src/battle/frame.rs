//! One picture of the battle as lines of text: a pure function of the board.

use crate::out::{Paint, clean};
use royale_codec::control::TapeProgress;
use royale_model::SlotId;
use royale_plane::{Board, Curve, human, percent, share, stamp};

/// What a picture shows.
pub struct Scene<'a> {
    /// The standings.
    pub board: &'a Board,
    /// Probability of each slot to be the best one; empty before the meta-agent has spoken.
    pub p_best: &'a [f64],
    /// How far the tape is, where known.
    pub progress: Option<TapeProgress>,
    /// Which season, from 1.
    pub season: u32,
    /// Of how many.
    pub epochs: u32,
    /// Its seed.
    pub seed: u64,
    /// Its pace.
    pub speed: &'a str,
}

struct Column {
    title: &'static str,
    width: usize,
    is_number: bool,
}

/// All but the last fit a terminal of 100 columns, and all of them one of 120.
const COLUMNS: [Column; 11] = [
    Column { title: "#", width: 2, is_number: true },
    Column { title: "competitor", width: 16, is_number: false },
    Column { title: "equity", width: 12, is_number: true },
    Column { title: "return", width: 9, is_number: true },
    Column { title: "deflated", width: 8, is_number: true },
    Column { title: "P(best)", width: 7, is_number: true },
    Column { title: "share", width: 7, is_number: true },
    Column { title: "max dd", width: 8, is_number: true },
    Column { title: "win rate", width: 8, is_number: true },
    Column { title: "trips", width: 5, is_number: true },
    Column { title: "equity so far", width: 16, is_number: false },
];
/// A reason in fewer columns says nothing.
const REASON_MIN: usize = 16;

/// The picture, no line longer than `width` columns.
pub fn frame(scene: &Scene<'_>, width: usize, colours: bool) -> Vec<String> {
    let board = scene.board;
    let mut lines = vec![head(scene, width, colours), bar(scene, width), String::new()];
    let (shown, used) = fitting(width);
    let room = width.saturating_sub(used + 2);
    let with_reason = room >= REASON_MIN && shown == COLUMNS.len();
    let mut title: String =
        COLUMNS.iter().take(shown).map(|column| pad(column.title, column)).collect();
    if with_reason {
        title.push_str("last reason");
    }
    lines.push(Paint::Bold.on(&clip(title.trim_end(), width), colours));
    for row in board.standings() {
        let m = &row.metrics;
        let slot = SlotId(row.slot_id);
        let p_best = scene.p_best.get(slot.index());
        let cells = [
            row.rank.to_string(),
            clean(&row.slot),
            human(board.slot_equity(slot)),
            percent(row.return_ratio),
            row.deflated_sharpe.map_or_else(|| "–".into(), |d| format!("{:.2}", d.excess)),
            p_best.map_or_else(|| "–".to_owned(), |p| format!("{p:.2}")),
            match row.tier {
                "shadow" => "shadow".to_owned(),
                _ => format!("{:.1} %", row.allocation_bp as f64 / 100.0),
            },
            m.max_drawdown.map_or_else(|| "–".into(), percent).trim_start_matches('+').to_owned(),
            m.win_rate.map_or_else(|| "–".to_owned(), share),
            m.trades.to_string(),
            board.curve(slot).map(sparkline).unwrap_or_default(),
        ];
        let mut line = String::new();
        for (at, (cell, column)) in cells.iter().zip(&COLUMNS).take(shown).enumerate() {
            let text = pad(cell, column);
            // A line that is too long by its last spaces is a line more on the screen.
            let is_last = at + 1 == shown && !with_reason;
            let text = if is_last { text.trim_end() } else { &text };
            let paint = if at == 3 { Paint::of(row.return_ratio) } else { Paint::Plain };
            line.push_str(&paint.on(text, colours));
        }
        if with_reason {
            line.push_str(&Paint::Dim.on(&clip(&clean(&row.last_reason), room), colours));
        }
        lines.push(line);
    }
    let house = board.house_row();
    let text = format!(
        "    house account {} ({})",
        human(board.house_equity()),
        percent(house.return_ratio)
    );
    let halted = if board.is_halted() { "   TRADING IS HALTED: ctl resume" } else { "" };
    lines.push(clip(&format!("{text}{halted}"), width));
    lines
}

/// The standings in one line, for logs.
pub fn plain_line(scene: &Scene<'_>) -> String {
    let time = scene.board.clock().map_or_else(String::new, |clock| stamp(clock.now));
    let done =
        ratio(scene.progress).map_or_else(String::new, |ratio| format!("  {}", share(ratio)));
    let leaders: Vec<String> = scene
        .board
        .standings()
        .iter()
        .take(3)
        .map(|row| format!("{}. {} {}", row.rank, clean(&row.slot), percent(row.return_ratio)))
        .collect();
    let time = time.get(..19).unwrap_or_default();
    format!("season {}/{}  {time}{done}  {}", scene.season, scene.epochs, leaders.join("  "))
}

fn head(scene: &Scene<'_>, width: usize, colours: bool) -> String {
    let season = match scene.epochs {
        1 => String::new(),
        all => format!(" · season {} of {all}", scene.season),
    };
    let clock = scene.board.clock().map_or_else(String::new, |clock| {
        format!(" · {} UTC", stamp(clock.now).get(..19).unwrap_or_default())
    });
    let text = format!("Battle Royale{season} · seed {} · {}{clock}", scene.seed, scene.speed);
    Paint::Bold.on(&clip(&text, width), colours)
}

fn bar(scene: &Scene<'_>, width: usize) -> String {
    let quality = scene.board.quality();
    let orders = scene.board.orders().lives().iter().filter(|life| life.order.is_some()).count();
    let counts = format!("{} events, {orders} orders", quality.events());
    let Some(ratio) = ratio(scene.progress) else { return clip(&counts, width) };
    let cells = width.saturating_sub(counts.chars().count() + 12).clamp(8, 48);
    let full = ((ratio * cells as f64) as usize).min(cells);
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(cells - full));
    clip(&format!("{bar} {:>7}  {counts}", share(ratio)), width)
}

fn ratio(progress: Option<TapeProgress>) -> Option<f64> {
    let progress = progress.filter(|progress| progress.total > 0)?;
    Some((progress.done as f64 / progress.total as f64).min(1.0))
}

/// How many columns fit, and their width.
fn fitting(width: usize) -> (usize, usize) {
    let mut used = 0;
    for (index, column) in COLUMNS.iter().enumerate() {
        if used + column.width > width {
            return (index, used);
        }
        used += column.width + 2;
    }
    (COLUMNS.len(), used)
}

fn pad(text: &str, column: &Column) -> String {
    let text = clip(text, column.width);
    let space = " ".repeat(column.width.saturating_sub(text.chars().count()));
    if column.is_number { format!("{space}{text}  ") } else { format!("{text}{space}  ") }
}

fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The curve in sixteen characters.
fn sparkline(curve: &Curve) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const CELLS: usize = 16;
    let points = curve.points();
    let chunk = points.len().div_ceil(CELLS).max(1);
    let values: Vec<f64> =
        points.chunks(chunk).filter_map(|part| part.last()).map(|p| p.equity.to_f64()).collect();
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    let level = |value: &f64| {
        let part = if high > low { (value - low) / (high - low) } else { 0.0 };
        LEVELS[((part * 7.99) as usize).min(7)]
    };
    values.iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use royale_journal::{Preamble, Purpose};
    use royale_model::{Notional, Text};
    use royale_plane::{Capital, Caps, Shares, Stakes};

    #[test]
    fn no_line_is_longer_than_the_screen_and_the_odds_are_on_one_of_100_columns() {
        let preamble = Preamble {
            purpose: Purpose::Run,
            config: String::new(),
            instruments: Vec::new(),
            slots: vec!["a".to_owned(), "a name that is much too long".to_owned()],
        };
        let capital = Capital {
            currency: Text::new("USD").unwrap(),
            per_slot: Notional::from_int(100_000),
            house: Notional::from_int(50_000),
            pegs: Vec::new(),
        };
        let stakes = Stakes {
            capital,
            shares: Shares::new([2_500, 0], 5_000),
            vacant: Vec::new(),
            caps: Caps::default(),
        };
        let board = Board::new(&preamble, &stakes);
        let p_best = &[0.75, 0.25][..];
        let (progress, speed) = (None, "max");
        let scene = Scene { board: &board, p_best, progress, season: 1, epochs: 1, seed: 7, speed };
        for width in 40..=200 {
            for line in frame(&scene, width, false) {
                assert!(line.chars().count() <= width, "{width}: `{line}`");
            }
        }
        let lines = frame(&scene, 100, false);
        assert!(lines[3].contains("P(best)") && lines[3].contains("trips"), "{}", lines[3]);
        assert!(lines[4].contains("0.75") && lines[5].contains("0.25"), "{lines:?}");
    }
}

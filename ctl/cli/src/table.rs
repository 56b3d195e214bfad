//! A table of text: columns as wide as their longest cell, numbers to the right.

use crate::out::{Paint, clean};

/// One cell.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// A plain cell; control characters of foreign text are taken out.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: clean(text.as_ref()), paint: Paint::Plain }
    }
    /// A cell with a colour.
    pub fn painted(text: impl AsRef<str>, paint: Paint) -> Self {
        Self { text: clean(text.as_ref()), paint }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// A table.
#[derive(Debug)]
pub struct Table {
    head: Vec<(String, bool)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Column names; those that begin with `#` hold numbers.
    pub fn new(names: &[&str]) -> Self {
        let column = |name: &&str| match name.strip_prefix('#') {
            Some(name) => (name.to_owned(), true),
            None => ((*name).to_owned(), false),
        };
        Self { head: names.iter().map(column).collect(), rows: Vec::new() }
    }
    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }
    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// The lines of the table, ending in a newline.
    pub fn render(&self, colours: bool) -> String {
        let width = |text: &str| text.chars().count();
        let mut widths: Vec<usize> = self.head.iter().map(|(name, _)| width(name)).collect();
        for row in &self.rows {
            for (at, cell) in row.iter().enumerate() {
                if let Some(known) = widths.get_mut(at) {
                    *known = (*known).max(width(&cell.text));
                }
            }
        }
        let head: Vec<Cell> =
            self.head.iter().map(|(name, _)| Cell::painted(name, Paint::Bold)).collect();
        let mut out = String::new();
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            let mut waiting = 0;
            for (at, cell) in row.iter().enumerate() {
                let space = widths.get(at).map_or(0, |w| w.saturating_sub(width(&cell.text)));
                let is_number = self.head.get(at).is_some_and(|(_, number)| *number);
                let (before, after) = if is_number { (space, 0) } else { (0, space) };
                line.push_str(&" ".repeat(waiting + before));
                line.push_str(&cell.paint.on(&cell.text, colours));
                waiting = after + 2;
            }
            out.push_str(&line);
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_lines_do_not_trail() {
        let mut table = Table::new(&["name", "#equity"]);
        table.row(vec!["a\u{1b}[31m".into(), "1.00".into()]);
        table.row(vec!["longer".into(), Cell::painted("100.00", Paint::Good)]);
        assert_eq!(table.render(false), "name    equity\na·[31m    1.00\nlonger  100.00\n");
    }
}

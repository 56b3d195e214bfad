//! A square matrix of doubles, row by row. Owns the layout and the few products that portfolios
//! need; it must never be given numbers that its callers have not checked.

use std::ops::{Index, IndexMut};

/// Square, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    order: usize,
    cells: Box<[f64]>,
}

impl Matrix {
    /// All zeros.
    pub(super) fn zeros(order: usize) -> Self {
        Self { order, cells: vec![0.0; order * order].into_boxed_slice() }
    }

    /// A symmetric matrix whose cells `(i, j)` with `i <= j` are given.
    pub(super) fn symmetric(order: usize, cell: impl Fn(usize, usize) -> f64) -> Self {
        let mut matrix = Self::zeros(order);
        for i in 0..order {
            for j in i..order {
                let x = cell(i, j);
                matrix[(i, j)] = x;
                matrix[(j, i)] = x;
            }
        }
        matrix
    }

    /// Rows, which are as many as columns.
    pub(super) fn order(&self) -> usize {
        self.order
    }

    /// A row.
    pub(super) fn row(&self, i: usize) -> &[f64] {
        &self.cells[i * self.order..(i + 1) * self.order]
    }

    /// Two different rows at once, the first of them above the other.
    pub(super) fn rows(&mut self, first: usize, second: usize) -> (&mut [f64], &mut [f64]) {
        let (above, below) = self.cells.split_at_mut(second * self.order);
        (&mut above[first * self.order..(first + 1) * self.order], &mut below[..self.order])
    }

    /// Sets all cells to zero.
    pub(super) fn clear(&mut self) {
        self.cells.fill(0.0);
    }

    /// Adds `x x'` to the cells `(i, j)` with `i <= j`.
    pub(super) fn add_outer(&mut self, x: &[f64]) {
        for (i, a) in x.iter().enumerate() {
            let row = &mut self.cells[i * self.order..(i + 1) * self.order];
            for (cell, b) in row[i..].iter_mut().zip(&x[i..]) {
                *cell += a * b;
            }
        }
    }

    /// The rows and columns named, in that order.
    pub(super) fn part(&self, indices: &[usize]) -> Self {
        let mut part = Self::zeros(indices.len());
        for (i, from_row) in indices.iter().enumerate() {
            for (j, from_column) in indices.iter().enumerate() {
                part[(i, j)] = self[(*from_row, *from_column)];
            }
        }
        part
    }

    /// The matrix times a vector.
    pub(super) fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.order).map(|i| dot(self.row(i), vector)).collect()
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.cells[row * self.order + column]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut f64 {
        &mut self.cells[row * self.order + column]
    }
}

/// Inner product, first to last.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

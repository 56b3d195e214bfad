//! A ring of the last `n` samples. Owns the memory of every rolling statistic; allocates in
//! `new` only. Its callers refuse unusable numbers before they push.

use crate::memory::{Memory, Passage, USABLE};
use crate::parameter::{ParameterError, check_window};

/// The last `capacity` samples, oldest overwritten first.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    samples: Box<[f64]>,
    next: usize,
    len: usize,
}

impl Window {
    /// An empty window; `name` is the constructor parameter to blame for a bad length.
    pub(crate) fn new(name: &'static str, capacity: usize) -> Result<Self, ParameterError> {
        check_window(name, capacity)?;
        Ok(Self { samples: vec![0.0; capacity].into_boxed_slice(), next: 0, len: 0 })
    }

    /// Adds a sample and gives back the one that fell out, if the window was full.
    pub(crate) fn push(&mut self, x: f64) -> Option<f64> {
        let evicted = std::mem::replace(&mut self.samples[self.next], x);
        self.next += 1;
        if self.next == self.samples.len() {
            self.next = 0;
        }
        if self.is_full() {
            return Some(evicted);
        }
        self.len += 1;
        None
    }

    /// True once `capacity` samples have been pushed.
    pub(crate) fn is_full(&self) -> bool {
        self.len == self.samples.len()
    }

    /// True right after a push that ended a full turn of the ring.
    pub(crate) fn is_at_turn(&self) -> bool {
        self.next == 0
    }

    /// How many samples are held.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The samples held, oldest first.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = f64> {
        let (newer, older) = self.samples[..self.len].split_at(self.next);
        let from = if self.is_full() { (older, newer) } else { (newer, older) };
        from.0.iter().chain(from.1).copied()
    }

    /// The samples held, in storage order (not in time order once the ring has turned).
    pub(crate) fn samples(&self) -> &[f64] {
        &self.samples[..self.len]
    }
}

impl Memory for Window {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        let filled = through.ring(&mut self.next, &mut self.len, self.samples.len())?;
        for sample in &mut self.samples[..filled] {
            through.number(sample, USABLE)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_sample_falls_out() {
        let mut window = Window::new("window", 2).unwrap();
        assert_eq!(window.push(1.0), None);
        assert!(!window.is_full());
        assert!(window.in_order().eq([1.0]));
        assert_eq!(window.push(2.0), None);
        assert!(window.is_full() && window.is_at_turn());
        assert_eq!(window.push(3.0), Some(1.0));
        assert!(window.in_order().eq([2.0, 3.0]));
        assert_eq!(window.len(), 2);
        assert_eq!(window.push(4.0), Some(2.0));
        assert_eq!(window.samples(), [3.0, 4.0]);
    }
}

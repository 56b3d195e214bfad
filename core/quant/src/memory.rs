//! What an estimator remembers, on its way to a successor: one description of its fields for both directions.
//!
//! Owns the order of the bytes and the judgement of each: bytes from outside may be anything. A memory holds
//! no parameters: whoever hands one over sees to it that both sides were built with the same.

use crate::checked::{MAGNITUDE_MAX, MAGNITUDE_MIN};
use std::ops::{RangeBounds, RangeInclusive};

/// What an estimator accepts, and so what an average of that can be.
pub const USABLE: RangeInclusive<f64> = -MAGNITUDE_MAX..=MAGNITUDE_MAX;
/// A price: usable and above zero.
pub const POSITIVE: RangeInclusive<f64> = MAGNITUDE_MIN..=MAGNITUDE_MAX;
/// A logarithm of a price.
pub const LOGARITHM: RangeInclusive<f64> = -139.0..=139.0;
/// A sum of weights, of quantities or of squares; their number is never so large that it passes this.
pub const AMOUNT: RangeInclusive<f64> = 0.0..=1e150;
/// A sum of products, of either sign.
pub const SUM: RangeInclusive<f64> = -1e150..=1e150;

/// What remembers.
pub trait Memory {
    /// Names every field that a successor needs, in one fixed order, each with what it can be; `None`
    /// when one is not that.
    ///
    /// Fields that bear on each other are judged by what the passage returns, never by the fields:
    /// while a memory is only looked at, those are still the ones from before.
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()>;
}

/// Writes a memory to the front of `into`; its length, or `None` when it does not fit.
pub fn export(of: &mut impl Memory, into: &mut [u8]) -> Option<usize> {
    let mut through = Passage { way: Way::Write(into), at: 0 };
    of.pass(&mut through)?;
    Some(through.at)
}

/// Takes a memory over. False: these bytes are none, and `to` is as before.
///
/// ```
/// use royale_quant::ewma::TimeEwma;
/// use royale_quant::memory::{export, import};
/// # fn main() -> Result<(), royale_quant::ParameterError> {
/// let (mut old, mut new) = (TimeEwma::new(60.0)?, TimeEwma::new(60.0)?);
/// old.update(5_000_000_000, 80_000.0);
/// let mut bytes = [0; 64];
/// let length = export(&mut old, &mut bytes).unwrap_or(0);
/// assert!(!import(&mut new, &bytes), "longer than a memory");
/// assert!(import(&mut new, &bytes[..length]));
/// assert_eq!(new.mean(), Some(80_000.0));
/// # Ok(())
/// # }
/// ```
pub fn import(to: &mut impl Memory, from: &[u8]) -> bool {
    let mut looked = Passage { way: Way::Look(from), at: 0 };
    if to.pass(&mut looked).is_none() || looked.at != from.len() {
        return false;
    }
    to.pass(&mut Passage { way: Way::Take(from), at: 0 }).is_some()
}

/// The bytes of a memory on their way out, or in.
#[derive(Debug)]
pub struct Passage<'a> {
    way: Way<'a>,
    at: usize,
}

#[derive(Debug)]
enum Way<'a> {
    Write(&'a mut [u8]),
    /// Judges, and changes nothing.
    Look(&'a [u8]),
    /// Changes what was judged.
    Take(&'a [u8]),
}

impl Passage<'_> {
    /// A number; `None` outside of its range, which NaN always is.
    pub fn number(&mut self, field: &mut f64, range: RangeInclusive<f64>) -> Option<f64> {
        let number = f64::from_bits(self.word(field.to_bits())?);
        range.contains(&number).then(|| self.put(field, number))
    }

    /// A whole number.
    pub fn whole<T>(&mut self, field: &mut T, range: impl RangeBounds<T>) -> Option<T>
    where
        T: Copy + PartialOrd + TryInto<i64> + TryFrom<i64>,
    {
        let now: i64 = (*field).try_into().ok()?;
        let whole = T::try_from(self.word(now.cast_unsigned())?.cast_signed()).ok()?;
        range.contains(&whole).then(|| self.put(field, whole))
    }

    /// Yes or no.
    pub fn flag(&mut self, field: &mut bool) -> Option<bool> {
        let mut bit = u8::from(*field);
        let flag = self.whole(&mut bit, 0..=1)? == 1;
        Some(self.put(field, flag))
    }

    /// What may not be there yet; `pass` passes it, and what that returns comes back.
    pub fn maybe<T: Copy + Default, R>(
        &mut self,
        field: &mut Option<T>,
        pass: impl FnOnce(&mut Self, &mut T) -> Option<R>,
    ) -> Option<Option<R>> {
        if !self.flag(&mut field.is_some())? {
            self.put(field, None);
            return Some(None);
        }
        let mut there = field.unwrap_or_default();
        let passed = pass(self, &mut there)?;
        self.put(field, Some(there));
        Some(Some(passed))
    }

    /// A ring of `capacity` of which `len` are filled, the next one at `next`; how many are filled.
    pub fn ring(&mut self, next: &mut usize, len: &mut usize, capacity: usize) -> Option<usize> {
        let filled = self.whole(len, ..=capacity)?;
        let at = self.whole(next, ..capacity)?;
        (filled == capacity || at == filled).then_some(filled)
    }

    fn word(&mut self, now: u64) -> Option<u64> {
        let end = self.at.checked_add(size_of::<u64>())?;
        let word = match &mut self.way {
            Way::Write(into) => {
                into.get_mut(self.at..end)?.copy_from_slice(&now.to_le_bytes());
                now
            }
            Way::Look(from) | Way::Take(from) => {
                u64::from_le_bytes(from.get(self.at..end)?.try_into().ok()?)
            }
        };
        self.at = end;
        Some(word)
    }

    fn put<T: Copy>(&self, field: &mut T, value: T) -> T {
        if matches!(self.way, Way::Take(_)) {
            *field = value;
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of everything.
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Diary {
        price: f64,
        count: u32,
        last: Option<(i64, f64)>,
        open: bool,
    }

    impl Memory for Diary {
        fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
            through.number(&mut self.price, POSITIVE)?;
            let count = through.whole(&mut self.count, ..)?;
            let last = through.maybe(&mut self.last, |through, (time, sum)| {
                through.number(sum, SUM)?;
                through.whole(time, ..)
            })?;
            through.flag(&mut self.open)?;
            // What was counted is there.
            ((count == 0) == last.is_none()).then_some(())
        }
    }

    const OLD: Diary = Diary { price: 80_000.0, count: 2, last: Some((-7, 1.5)), open: true };
    const NEW: Diary = Diary { price: 1.0, count: 0, last: None, open: false };

    fn bytes(mut of: Diary) -> Vec<u8> {
        let mut into = [0; 64];
        let length = export(&mut of, &mut into).unwrap();
        into[..length].to_vec()
    }

    #[test]
    fn what_is_handed_over_is_all_of_it() {
        for (mut to, from) in [(NEW, OLD), (OLD, NEW)] {
            assert!(import(&mut to, &bytes(from)));
            assert_eq!(to, from);
        }
        assert_eq!(export(&mut { OLD }, &mut [0; 47]), None, "no room");
    }

    #[test]
    fn what_is_no_memory_changes_nothing() {
        let good = bytes(OLD);
        let with = |at: usize, word: u64| {
            let mut bad = good.clone();
            bad[8 * at..8 * at + 8].copy_from_slice(&word.to_le_bytes());
            bad
        };
        let number = |number: f64| number.to_bits();
        let mut bad = vec![
            with(0, number(f64::NAN)),
            with(0, number(f64::INFINITY)),
            with(0, number(0.0)),
            with(1, u64::from(u32::MAX) + 1),
            with(1, u64::MAX),
            with(1, 0),
            with(2, 2),
            with(3, number(-1e151)),
            with(5, 256),
            [good.as_slice(), &[0]].concat(),
        ];
        bad.extend((0..good.len()).map(|length| good[..length].to_vec()));
        for bad in bad {
            let mut to = NEW;
            assert!(!import(&mut to, &bad), "{bad:?}");
            assert_eq!(to, NEW, "{bad:?}");
        }
    }
}

//! Where a guest's memory wants a record before each event: checked once, when the guest has said where.
//!
//! Owns the one pointer into a guest's memory that the host keeps for a record. Must never be asked to
//! write while the guest runs, nor outlive the guest.

use crate::desk::Desk;
use std::marker::PhantomData;
use std::ptr::NonNull;
use zerocopy::{Immutable, IntoBytes};

/// The place of one record.
pub(crate) struct Place<T> {
    at: NonNull<u8>,
    record: PhantomData<T>,
}

// SAFETY: it points into the memory of the guest that has it, and goes where that goes; it holds no
// record, only the place of one.
unsafe impl<T> Send for Place<T> {}

impl<T: IntoBytes + Immutable> Place<T> {
    /// None unless the whole of it lies in the memory and is 8-aligned.
    pub(crate) fn new(desk: &Desk, at: u32) -> Option<Self> {
        let spot = desk.spot(at, size_of::<T>()).filter(|_| at.is_multiple_of(8))?;
        Some(Self { at: spot, record: PhantomData })
    }

    /// True when a byte belongs to both.
    pub(crate) fn overlaps<U>(&self, other: &Place<U>) -> bool {
        let (one, two) = (self.at.addr().get(), other.at.addr().get());
        one < two + size_of::<U>() && two < one + size_of::<T>()
    }

    /// Lays a record there.
    #[inline]
    pub(crate) fn put(&mut self, record: &T) {
        let bytes = record.as_bytes();
        // SAFETY: so many bytes lie in the guest's memory there, which is there as long as the guest that
        // has both, and never moves (`Desk::both` says why). The guest does not run, and nobody else has
        // a reference into its memory meanwhile; the record is the host's own.
        unsafe { self.at.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len()) }
    }
}

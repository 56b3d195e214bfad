//! The hot link: a ring of cache lines between one producer and one consumer.
//!
//! Owns the protocol by which a 64-byte line crosses from one thread to another with a single cache
//! line moving: the stamp that says "this one is new" is the line's own first word, so there is no
//! index to look at between two messages. Must never allocate after construction, lock, wait or
//! call the kernel: what to do while the ring is full or empty is the caller's. `docs/ring.md` has
//! the protocol, the argument for its orderings, and what was measured.
//!
//! ```
//! let (mut producer, mut consumer) = royale_ring::ring(8);
//! producer.push(42, &[1, 2, 3, 4, 5, 6, 7])?;
//! let line = consumer.pop().expect("one line is in the ring");
//! assert_eq!((line.head, line.body[6]), (42, 7));
//! assert!(consumer.pop().is_none());
//! # Ok::<(), royale_ring::Full>(())
//! ```

mod consumer;
mod line;
mod pillar;
mod producer;
mod shared;
mod slot;
mod sync;

pub use consumer::Consumer;
pub use line::{BODY_WORDS, Full, HEAD_MAX, Line};
#[cfg(loom)]
pub use pillar::{Pillar, without};
pub use producer::Producer;
pub use shared::{CAPACITY_MAX, ring};

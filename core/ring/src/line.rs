//! What crosses the ring: one cache line, of which 63 bits and 56 bytes are the user's.

/// Words of a line's body.
pub const BODY_WORDS: usize = 7;

/// The largest head: 63 bits, because the lap's parity travels in the same word.
pub const HEAD_MAX: u64 = u64::MAX >> 1;

/// One message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// At most [`HEAD_MAX`]: whatever the two ends agree on, such as a number and a kind.
    pub head: u64,
    /// The rest of the cache line.
    pub body: [u64; BODY_WORDS],
}

/// No room: every slot holds a line that the consumer has not given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

impl std::fmt::Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the ring is full")
    }
}

impl std::error::Error for Full {}

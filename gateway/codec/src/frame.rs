//! Frames on a stream: a 32-bit little-endian length, then that many bytes.
//!
//! Owns the cutting of a byte stream into bodies, and its bound. Must never hold more than one
//! frame beyond the bytes that it was given. Called by both ends of the control socket.

/// Longest body.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
const LENGTH: usize = 4;

/// Why a stream cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FrameError {
    /// A body longer than [`FRAME_BYTES_MAX`].
    #[error("a frame of {0} bytes is longer than 1 MiB; the peer does not speak this protocol")]
    TooLong(usize),
}

/// Puts the length before a body.
///
/// # Errors
/// The body is too long.
pub fn frame(body: &[u8]) -> Result<Vec<u8>, FrameError> {
    let too_long = FrameError::TooLong(body.len());
    if body.len() > FRAME_BYTES_MAX {
        return Err(too_long);
    }
    let length = u32::try_from(body.len()).map_err(|_| too_long)?;
    let mut out = Vec::with_capacity(LENGTH + body.len());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(body);
    Ok(out)
}

/// Cuts a stream of bytes, fed as they come, into bodies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
}

impl FrameDecoder {
    /// Takes bytes from the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole body, if it is there.
    ///
    /// # Errors
    /// The stream announces a body that is too long: close it.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some((length, rest)) = self.buffer.split_first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > FRAME_BYTES_MAX {
            return Err(FrameError::TooLong(length));
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let body = body.to_vec();
        self.buffer.drain(..LENGTH + length);
        Ok(Some(body))
    }

    /// Bytes of an unfinished frame: not 0 at the end of a stream means that it was cut.
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_length_beyond_the_bound_is_refused_before_its_bytes_come() {
        let mut decoder = FrameDecoder::default();
        decoder.feed(&u32::MAX.to_le_bytes());
        assert_eq!(decoder.next_frame(), Err(FrameError::TooLong(u32::MAX as usize)));
        assert!(frame(&vec![0; FRAME_BYTES_MAX + 1]).is_err());
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..6),
            piece in 1_usize..20,
        ) {
            let stream: Vec<u8> = bodies.iter().flat_map(|body| frame(body).unwrap()).collect();
            let mut decoder = FrameDecoder::default();
            let mut seen = Vec::new();
            for part in stream.chunks(piece) {
                decoder.feed(part);
                while let Some(body) = decoder.next_frame().unwrap() {
                    seen.push(body);
                }
            }
            prop_assert_eq!(seen, bodies);
            prop_assert_eq!(decoder.pending(), 0);
        }

        #[test]
        fn any_bytes_are_frames_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut decoder = FrameDecoder::default();
            decoder.feed(&bytes);
            while let Ok(Some(body)) = decoder.next_frame() {
                prop_assert!(body.len() <= bytes.len());
            }
        }
    }
}

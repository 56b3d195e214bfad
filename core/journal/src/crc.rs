//! CRC32C of a record, made for the thread that appends.
//!
//! The `crc32c` crate is made for long buffers: for a record of 80 bytes its set-up costs as much
//! as the sum. Here the instruction is used on whole words, unrolled for each payload size; the
//! crate serves other processors, and the test that both agree.

use crate::format::RECORD_HEADER;
use royale_model::Seq;

/// CRC32C over sequence number, tag (widened to eight bytes: whole words are faster) and payload.
#[inline]
pub(crate) fn of_record<const N: usize>(tag: u32, seq: Seq, payload: &[u8; N]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor was just asked whether it has the instruction.
        return unsafe { with_sse42(tag, seq, payload) };
    }
    of_bytes(tag, seq, payload)
}

/// The same sum for a payload of any length: the plain definition.
pub(crate) fn of_bytes(tag: u32, seq: Seq, payload: &[u8]) -> u32 {
    let mut head = [0_u8; RECORD_HEADER];
    head[..8].copy_from_slice(&seq.to_le_bytes());
    head[8..12].copy_from_slice(&tag.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c(&head), payload)
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse4.2")]
fn with_sse42<const N: usize>(tag: u32, seq: Seq, payload: &[u8; N]) -> u32 {
    use std::arch::x86_64::_mm_crc32_u64;
    const { assert!(N.is_multiple_of(8)) };
    let mut sum = _mm_crc32_u64(u64::from(!0_u32), seq);
    sum = _mm_crc32_u64(sum, u64::from(tag));
    for word in payload.as_chunks::<8>().0 {
        sum = _mm_crc32_u64(sum, u64::from_le_bytes(*word));
    }
    !(sum as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_sum_is_the_plain_one() {
        let mut payload = [0_u8; 192];
        for (at, byte) in payload.iter_mut().enumerate() {
            *byte = (at * 37 + 11) as u8;
        }
        let (short, _) = payload.split_first_chunk::<64>().unwrap();
        for seq in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef] {
            for tag in [0, 0x0001_0050, u32::MAX] {
                assert_eq!(of_record(tag, seq, &payload), of_bytes(tag, seq, &payload));
                assert_eq!(of_record(tag, seq, short), of_bytes(tag, seq, short));
            }
        }
        // The check value of CRC32C ("123456789"), so that a wrong polynomial cannot hide.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
    }
}

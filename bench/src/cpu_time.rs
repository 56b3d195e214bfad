//! The cpu time of the calling thread.
//!
//! On a machine that others use, it says what work costs when the clock says who else worked.

use std::time::Duration;

/// How long the calling thread has been on a cpu; zero where the kernel does not tell.
pub fn of_thread() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is room for exactly the structure that is filled.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    match (code, u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec)) {
        (0, Ok(seconds), Ok(nanos)) => Duration::new(seconds, nanos),
        _ => Duration::ZERO,
    }
}

//! Room for a file before it is needed, and what to say where there is none.
//!
//! Owns `fallocate` and its substitute. Must never leave a request half-met without an error.

use crate::JournalError;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Reserves room on the disk, so that no append can meet a full one.
pub(crate) fn reserve(file: &File, path: &Path, bytes: u64) -> Result<(), JournalError> {
    // Asking first keeps a request that cannot be met from filling the disk on its way.
    if let Some(free) = free_bytes(file)
        && free < bytes
    {
        return Err(no_space(path, bytes, &format!("the file system has {free} free")));
    }
    let len =
        libc::off_t::try_from(bytes).map_err(|_| no_space(path, bytes, "no file is so big"))?;
    loop {
        // SAFETY: a plain system call on a descriptor that `file` keeps open; no memory is passed.
        if unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, len) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return write_zeros(file, path, bytes),
            _ => return Err(full_or_io(path, bytes, error)),
        }
    }
}

/// What `fallocate` does, for file systems that cannot.
fn write_zeros(file: &File, path: &Path, bytes: u64) -> Result<(), JournalError> {
    let zeros = vec![0_u8; 256 << 10];
    let mut at = 0;
    while at < bytes {
        let len = (bytes - at).min(zeros.len() as u64);
        file.write_all_at(&zeros[..len as usize], at)
            .map_err(|error| full_or_io(path, bytes, error))?;
        at += len;
    }
    Ok(())
}

fn full_or_io(path: &Path, bytes: u64, error: io::Error) -> JournalError {
    match error.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG) => {
            no_space(path, bytes, &error.to_string())
        }
        _ => JournalError::Io {
            path: path.to_path_buf(),
            action: "reserve space for",
            source: error,
        },
    }
}

pub(crate) fn no_space(path: &Path, bytes: u64, why: &str) -> JournalError {
    JournalError::refused(
        path,
        format!(
            "no space for a journal segment of {bytes} bytes: {why}. Free space there, put the \
             journal on another disk, or set smaller segments"
        ),
    )
}

/// Bytes that this process may still use on the file's disk.
pub(crate) fn free_bytes(file: &File) -> Option<u64> {
    let mut stat = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the descriptor is open, and `stat` is room for exactly the structure that is filled.
    if unsafe { libc::fstatvfs(file.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it has filled the structure.
    let stat = unsafe { stat.assume_init() };
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

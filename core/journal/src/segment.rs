//! One segment on its way: prepared ahead of the writer, sealed behind it.
//!
//! Owns the file calls of the writing side. Runs on the helper thread (and in `create`); must
//! never run on the thread that appends.

use crate::JournalError;
use crate::file::segment_path;
use crate::format::{RECORD_HEADER, SEAL_LEN, Seal, Then};
use memmap2::{Advice, MmapOptions, MmapRaw};
use royale_model::Seq;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Pages kept writable ahead of the writer.
const AHEAD: usize = 16 << 20;
pub(crate) const PAGE: u64 = 4096;

/// A preallocated, mapped file whose pages are all present and writable.
pub(crate) struct Segment {
    pub number: u32,
    pub path: PathBuf,
    pub map: MmapRaw,
    /// How far the writer has come, in steps: where the helper keeps pages writable.
    pub cursor: AtomicUsize,
    file: File,
}

/// What the writer leaves behind in a segment.
#[derive(Clone, Copy)]
pub(crate) struct Used {
    /// Offset after the last record.
    pub end: usize,
    pub records: u64,
    pub last_seq: Seq,
}

impl Segment {
    /// Creates segment `number` under a passing name, makes it ready, and gives it its own name:
    /// whoever sees `NNNNNN.journal` sees a whole header.
    pub(crate) fn prepare(
        folder: &Path,
        number: u32,
        header: &[u8],
        bytes: u64,
    ) -> Result<Self, JournalError> {
        let path = segment_path(folder, number);
        let passing = path.with_extension("prepare");
        let made = Self::make(&passing, header, bytes).and_then(|(file, map)| {
            std::fs::rename(&passing, &path)
                .map_err(JournalError::io(&path, "name the segment"))?;
            Ok((file, map))
        });
        match made {
            Ok((file, map)) => Ok(Self { number, path, map, cursor: AtomicUsize::new(0), file }),
            Err(error) => {
                // The error that we return matters more than a file that we cannot remove.
                let _ = std::fs::remove_file(&passing);
                Err(error)
            }
        }
    }
    fn make(path: &Path, header: &[u8], bytes: u64) -> Result<(File, MmapRaw), JournalError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(JournalError::io(path, "create"))?;
        reserve(&file, path, bytes)?;
        file.write_all_at(header, 0).map_err(JournalError::io(path, "write the header of"))?;
        let map =
            MmapOptions::new().map_raw(&file).map_err(JournalError::io(path, "map into memory"))?;
        if map.advise(Advice::PopulateWrite).is_err() {
            touch(&map);
        }
        Ok((file, map))
    }
    /// Makes the pages ahead of the writer writable again, where write-back protected them.
    pub(crate) fn keep_writable(&self) {
        let from = self.cursor.load(Ordering::Relaxed) & !(PAGE as usize - 1);
        let len = AHEAD.min(self.map.len().saturating_sub(from));
        if len > 0 {
            // Advice only: a refusal costs a page fault, nothing else.
            let _ = self.map.advise_range(Advice::PopulateWrite, from, len);
        }
    }
    /// Writes the seal; returns its chain value.
    pub(crate) fn seal(
        &self,
        used: Used,
        previous: [u8; 32],
        then: Then,
    ) -> Result<[u8; 32], JournalError> {
        let mut hash = Sha256::new();
        hash.update(previous);
        let mut buffer = vec![0_u8; 256 << 10];
        let mut at = 0;
        while at < used.end {
            let len = buffer.len().min(used.end - at);
            self.file
                .read_exact_at(&mut buffer[..len], at as u64)
                .map_err(JournalError::io(&self.path, "read back"))?;
            hash.update(&buffer[..len]);
            at += len;
        }
        let chain = hash.finalize().into();
        let seal = Seal { chain, records: used.records, then };
        write_seal(&self.file, &self.path, used, seal)?;
        Ok(chain)
    }
    /// Gives the unused rest of the journal's last segment back.
    pub(crate) fn truncate(&self, used: Used) -> Result<(), JournalError> {
        let io = JournalError::io(&self.path, "truncate");
        self.file.set_len((used.end + SEAL_LEN) as u64).map_err(io)
    }
    /// Removes a segment that was prepared and never used.
    pub(crate) fn discard(&self) -> Result<(), JournalError> {
        std::fs::remove_file(&self.path).map_err(JournalError::io(&self.path, "remove"))
    }
}

/// Writes a seal as a writer publishes a record: everything, and then the tag.
pub(crate) fn write_seal(
    file: &File,
    path: &Path,
    used: Used,
    seal: Seal,
) -> Result<(), JournalError> {
    let bytes = seal.encode(used.last_seq);
    let (tag, rest) = bytes.split_at(4);
    debug_assert!(rest.len() + tag.len() == SEAL_LEN && SEAL_LEN > RECORD_HEADER);
    let at = used.end as u64;
    let io = JournalError::io(path, "write the seal of");
    file.write_all_at(rest, at + 4).map_err(&io)?;
    file.write_all_at(tag, at).map_err(&io)
}

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

fn no_space(path: &Path, bytes: u64, why: &str) -> JournalError {
    JournalError::refused(
        path,
        format!(
            "no space for a journal segment of {bytes} bytes: {why}. Free space there, put the \
             journal on another disk, or set smaller segments"
        ),
    )
}

/// Bytes that this process may still use on the file's disk.
fn free_bytes(file: &File) -> Option<u64> {
    let mut stat = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the descriptor is open, and `stat` is room for exactly the structure that is filled.
    if unsafe { libc::fstatvfs(file.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it has filled the structure.
    let stat = unsafe { stat.assume_init() };
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Write-touches every page, for kernels older than 5.14.
fn touch(map: &MmapRaw) {
    for at in (0..map.len()).step_by(PAGE as usize) {
        // SAFETY: `at` lies inside the map, and nobody else knows of this file yet.
        unsafe {
            let byte = map.as_mut_ptr().add(at);
            byte.write_volatile(byte.read_volatile());
        }
    }
}

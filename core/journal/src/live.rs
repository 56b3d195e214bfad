//! Where the live copies of a journal lie: a folder of a memory file system, and the way to it.
//!
//! `live` in the journal's folder is a link to it. Owns the link, the folder, and what recovery does
//! with both. Must never remove a folder that holds a record which the disk does not.

use crate::JournalError;
use crate::file::{segment_numbers, segment_path};
use crate::reserve::{free_bytes, no_space};
use crate::writer::lock;
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};

const LINK: &str = "live";
/// The segment that is written and the one that is ready.
const SEGMENTS_MIN: u64 = 2;

/// The memory folder of a journal that is being written. It goes with the writer, unless
/// something in it has not reached the disk: then recovery finds it.
pub(crate) struct Live {
    link: PathBuf,
    pub folder: PathBuf,
    /// Of the memory folder; the journal's own has another.
    _lock: File,
}

impl Live {
    /// Makes the folder for the journal in `journal` (which the caller has locked) under `memory`.
    pub(crate) fn create(
        journal: &Path,
        memory: &Path,
        segment_bytes: u64,
    ) -> Result<Self, JournalError> {
        check(memory, journal, segment_bytes)?;
        // The link must not depend on the working directory.
        let memory = memory.canonicalize().map_err(JournalError::io(memory, "find"))?;
        let folder = memory.join(name(journal)?);
        let link = journal.join(LINK);
        if folder.exists() {
            // It belonged to a folder that was deleted and whose inode is ours now.
            let _lock = lock(&folder)?;
            std::fs::remove_dir_all(&folder).map_err(JournalError::io(&folder, "remove"))?;
        }
        std::fs::create_dir(&folder).map_err(JournalError::io(&folder, "create"))?;
        let lock = lock(&folder)?;
        if link.is_symlink() {
            std::fs::remove_file(&link).map_err(JournalError::io(&link, "remove"))?;
        }
        let live = Self { link, folder, _lock: lock };
        symlink(&live.folder, &live.link).map_err(JournalError::io(&live.link, "create"))?;
        Ok(live)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // A folder that is not empty stays, and the way to it too.
        if std::fs::remove_dir(&self.folder).is_ok() {
            let _ = std::fs::remove_file(&self.link);
        }
    }
}

/// The live copy of a segment's file, if there is one. To be asked *after* the file was opened:
/// a copy that is gone by then has left everything in the file.
pub(crate) fn copy_of(segment: &Path) -> Result<Option<File>, JournalError> {
    let (Some(journal), Some(file)) = (segment.parent(), segment.file_name()) else {
        return Ok(None);
    };
    let Some(copy) = memory_of(journal).map(|folder| folder.join(file)) else { return Ok(None) };
    match File::open(&copy) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::io(&copy, "open")(error)),
    }
}

/// The memory folder that a journal's link names. `None` where there is no link, or another
/// folder's: a copied journal must not take its original's memory for its own.
fn memory_of(journal: &Path) -> Option<PathBuf> {
    let journal = if journal.as_os_str().is_empty() { Path::new(".") } else { journal };
    let folder = std::fs::read_link(journal.join(LINK)).ok()?;
    (folder.file_name()?.to_str()? == name(journal).ok()?).then_some(folder)
}

/// The name of the memory folder: which folder it serves, so that no two share one.
fn name(journal: &Path) -> Result<String, JournalError> {
    let meta =
        std::fs::metadata(journal).map_err(JournalError::io(journal, "read the properties of"))?;
    Ok(format!("royale-{:x}-{:x}", meta.dev(), meta.ino()))
}

/// Brings what a killed writer left in memory into the files on the disk, and forgets the memory.
/// The caller has locked the journal.
pub(crate) fn reclaim(journal: &Path) -> Result<(), JournalError> {
    if let Some(folder) = memory_of(journal)
        && folder.is_dir()
    {
        let _lock = lock(&folder)?;
        for number in segment_numbers(&folder)? {
            let path = segment_path(journal, number);
            // A live copy without a file was never used: the writer had not named it yet.
            if path.exists() {
                copy_over(&segment_path(&folder, number), &path)?;
            }
        }
        std::fs::remove_dir_all(&folder).map_err(JournalError::io(&folder, "remove"))?;
    }
    let link = journal.join(LINK);
    if link.is_symlink() {
        std::fs::remove_file(&link).map_err(JournalError::io(&link, "remove"))?;
    }
    Ok(())
}

/// Makes a file hold what its live copy holds, and forces it to the disk.
fn copy_over(live: &Path, disk: &Path) -> Result<(), JournalError> {
    const CHUNK: usize = 1 << 20;
    let from = File::open(live).map_err(JournalError::io(live, "open"))?;
    let to = OpenOptions::new()
        .read(true)
        .write(true)
        .open(disk)
        .map_err(JournalError::io(disk, "open for writing"))?;
    let (mut wanted, mut found) = (vec![0_u8; CHUNK], vec![0_u8; CHUNK]);
    let mut at = 0;
    loop {
        let len = read_up_to(&from, &mut wanted, at).map_err(JournalError::io(live, "read"))?;
        if len == 0 {
            break;
        }
        // What a file that was cut behind its seal does not hold are zeros.
        let have =
            read_up_to(&to, &mut found[..len], at).map_err(JournalError::io(disk, "read"))?;
        found[have..len].fill(0);
        if wanted[..len] != found[..len] {
            to.write_all_at(&wanted[..len], at).map_err(JournalError::io(disk, "write"))?;
        }
        at += len as u64;
    }
    to.sync_all().map_err(JournalError::io(disk, "synchronise"))
}

fn read_up_to(file: &File, into: &mut [u8], at: u64) -> std::io::Result<usize> {
    let mut have = 0;
    while have < into.len() {
        match file.read_at(&mut into[have..], at + have as u64) {
            Ok(0) => break,
            Ok(count) => have += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}

/// Refuses a folder that is not in memory, or without room for the first segments.
fn check(memory: &Path, journal: &Path, segment_bytes: u64) -> Result<(), JournalError> {
    let folder = File::open(memory).map_err(JournalError::io(memory, "open"))?;
    let mut stat = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open, and `stat` is room for exactly the structure that is filled.
    let known = unsafe { libc::fstatfs(folder.as_raw_fd(), stat.as_mut_ptr()) } == 0;
    // SAFETY: read only where the call succeeded, so it has filled the structure.
    if !known || unsafe { stat.assume_init() }.f_type != libc::TMPFS_MAGIC {
        let reason = "is no memory file system (tmpfs); on a disk the kernel's write-back would stall \
                      the thread that appends. Name one, such as /dev/shm";
        return Err(JournalError::refused(memory, reason));
    }
    match free_bytes(&folder) {
        Some(free) if free < segment_bytes.saturating_mul(SEGMENTS_MIN) => {
            let why = format!("{} has {free} free, and {SEGMENTS_MIN} must fit", memory.display());
            Err(no_space(&segment_path(journal, 1), segment_bytes, &why))
        }
        _ => Ok(()),
    }
}

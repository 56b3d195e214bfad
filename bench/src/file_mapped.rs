//! The writer that was not taken, as small as it can be measured: appends go into a mapped file on
//! the disk. A helper touches the pages ahead of the cursor again and again, and forces to the disk
//! only pages that lie wholly behind it. It has no checksum, no seal and no second segment.

use memmap2::{Advice, MmapOptions, MmapRaw};
use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const PAGE: usize = 4096;
/// Bytes that are kept writable ahead of the cursor.
const AHEAD: usize = 4 << 20;

struct Shared {
    map: MmapRaw,
    cursor: AtomicUsize,
    over: AtomicBool,
}

/// A mapped file and its helper.
pub struct FileMapped {
    shared: Arc<Shared>,
    at: usize,
    helper: Option<JoinHandle<()>>,
}

impl FileMapped {
    /// Reserves, maps and touches a file. `flush`: whether the helper forces it to the disk.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn create(path: &Path, bytes: usize, flush: bool) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        let bytes = bytes.next_multiple_of(PAGE);
        // SAFETY: a plain system call on an open descriptor; no memory is passed.
        if unsafe { libc::fallocate(file.as_raw_fd(), 0, 0, bytes as libc::off_t) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let map = MmapOptions::new().map_raw(&file)?;
        map.advise(Advice::PopulateWrite)?;
        let shared =
            Arc::new(Shared { map, cursor: AtomicUsize::new(0), over: AtomicBool::new(false) });
        let seen = Arc::clone(&shared);
        let helper = std::thread::spawn(move || seen.help(flush));
        Ok(Self { shared, at: 0, helper: Some(helper) })
    }
    /// Appends a record.
    ///
    /// # Panics
    /// The file is full.
    #[inline]
    pub fn append<const N: usize>(&mut self, record: &[u8; N]) {
        assert!(self.at + N <= self.shared.map.len());
        // SAFETY: the place lies inside the map, and only this writer stores there.
        unsafe {
            self.shared.map.as_mut_ptr().add(self.at).copy_from_nonoverlapping(record.as_ptr(), N);
        }
        self.at += N;
        self.shared.cursor.store(self.at, Ordering::Release);
    }
}

impl Shared {
    fn help(&self, flush: bool) {
        let mut forced = 0;
        while !self.over.load(Ordering::Relaxed) {
            let page = self.cursor.load(Ordering::Acquire) & !(PAGE - 1);
            if flush && page > forced {
                // `msync` of a range: the file's other pages are not asked for.
                let _ = self.map.flush_range(forced, page - forced);
                forced = page;
            }
            let len = AHEAD.min(self.map.len() - page);
            let _ = self.map.advise_range(Advice::PopulateWrite, page, len);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for FileMapped {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(helper) = self.helper.take() {
            let _ = helper.join();
        }
    }
}

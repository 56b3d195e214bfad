//! The content-addressed store: manifests and modules under the SHA-256 of their bytes.
//!
//! Owns a run's folder `versions/`. Must never hand out bytes that are not those of their name.

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest file that is read.
const BYTES_MAX: u64 = 4 << 20;

/// A folder of files that are named after their content.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store of a run in this folder. It is made when something is put into it.
    pub fn of_run(run: &Path) -> Self {
        Self { folder: run.join("versions") }
    }
    /// Keeps bytes; they are on the disk when this returns.
    pub fn put(&self, bytes: &[u8], kind: &str) -> Result<[u8; 32], String> {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let path = self.path(&digest, kind);
        let failed =
            |what: &str, error: std::io::Error| format!("{}: {what}: {error}", path.display());
        if self.get(&digest, kind).is_ok() {
            return Ok(digest);
        }
        fs::create_dir_all(&self.folder).map_err(|error| failed("its folder", error))?;
        // Two clients may bring the same bytes at once.
        static PASSING: AtomicU64 = AtomicU64::new(0);
        let nth = PASSING.fetch_add(1, Ordering::Relaxed);
        let passing = self.folder.join(format!(".{}.{}.{nth}", hex(&digest), std::process::id()));
        let written = File::create(&passing)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&passing, &path))
            .and_then(|()| File::open(&self.folder)?.sync_all());
        if let Err(error) = written {
            // The name was ours alone.
            let _ = fs::remove_file(&passing);
            return Err(failed("cannot be kept", error));
        }
        Ok(digest)
    }

    /// The bytes of this name.
    pub fn get(&self, digest: &[u8; 32], kind: &str) -> Result<Vec<u8>, String> {
        let path = self.path(digest, kind);
        let mut bytes = Vec::new();
        let read =
            File::open(&path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(format!(
                "{} is missing; the run that this journal is of kept it in its folder versions/",
                path.display()
            )),
            Err(error) => Err(format!("{}: {error}", path.display())),
            Ok(_) if Sha256::digest(&bytes)[..] != digest[..] => {
                Err(format!("{}: its bytes are not those of its name", path.display()))
            }
            Ok(_) => Ok(bytes),
        }
    }

    fn path(&self, digest: &[u8; 32], kind: &str) -> PathBuf {
        self.folder.join(format!("{}.{kind}", hex(digest)))
    }
}

/// Bytes in hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A SHA-256 from hex.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panic")]
    use super::*;

    #[test]
    fn what_was_changed_is_not_handed_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of_run(folder.path());
        let missing = store.get(&[7; 32], "toml").unwrap_err();
        assert!(missing.contains("is missing"), "{missing}");
        let digest = store.put(b"one", "toml").unwrap();
        assert_eq!(store.put(b"one", "toml").unwrap(), digest, "twice is once");
        assert_eq!(store.get(&digest, "toml").unwrap(), b"one");
        let path = store.folder.join(format!("{}.toml", hex(&digest)));
        fs::write(&path, b"two").unwrap();
        let changed = store.get(&digest, "toml").unwrap_err();
        assert!(changed.contains("not those of its name"), "{changed}");
        assert_eq!(store.put(b"one", "toml").unwrap(), digest);
        assert_eq!(store.get(&digest, "toml").unwrap(), b"one", "mended");
        assert_eq!(fs::read_dir(&store.folder).unwrap().count(), 1);
    }
}

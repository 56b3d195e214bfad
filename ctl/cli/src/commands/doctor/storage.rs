//! Where the journal goes: which file system, how much room, and how much memory can be a file.

use super::finding::{Finding, warn_unless};
use super::host::Host;
use std::path::{Path, PathBuf};

const GIB: u64 = 1 << 30;
/// Room below which a day of journal may not fit.
const FREE_MIN: u64 = 5 * GIB;
/// Size of `/dev/shm` below which containers and small guests run out.
const SHM_MIN: u64 = GIB;

/// All checks of this file, for runs that are written under `out_dir`.
pub fn checks(host: &Host, out_dir: &Path) -> Vec<Finding> {
    let absolute = std::path::absolute(out_dir).unwrap_or_else(|_| out_dir.to_path_buf());
    let exists = absolute.ancestors().find(|path| path.exists());
    let folder = exists.and_then(|path| path.canonicalize().ok()).unwrap_or(absolute);
    vec![file_system(host, &folder), free(&folder), shm()]
}

fn file_system(host: &Host, folder: &Path) -> Finding {
    let mounts = host.text("/proc/self/mounts");
    let kind = mounts.as_deref().and_then(|mounts| kind_of(mounts, folder));
    let found = kind.map(|kind| {
        let holds = matches!(kind.as_str(), "ext4" | "xfs" | "btrfs" | "zfs" | "f2fs");
        let why = match kind.as_str() {
            "tmpfs" | "ramfs" => ": fast, and gone with the power",
            _ if holds => "",
            _ => ": its pages may come over a network or through another file system",
        };
        (warn_unless(holds), format!("{kind} at {}{why}", folder.display()))
    });
    Finding::of(
        "journal-fs",
        found,
        "a journal that is lost with the host, or appends that wait for a network",
        "set run.out_dir to a folder on ext4 or xfs, on a local NVMe disk",
    )
}

fn free(folder: &Path) -> Finding {
    let found = rustix::fs::statvfs(folder).ok().map(|stat| {
        let bytes = stat.f_bavail.saturating_mul(stat.f_frsize);
        (warn_unless(bytes >= FREE_MIN), format!("{:.1} GiB", bytes as f64 / GIB as f64))
    });
    Finding::of(
        "journal-space",
        found,
        "a run whose journal finds no room stops: orders are never sent unrecorded",
        "make room, or set run.out_dir to another disk",
    )
}

fn shm() -> Finding {
    let found = rustix::fs::statvfs("/dev/shm").ok().map(|stat| {
        let bytes = stat.f_blocks.saturating_mul(stat.f_frsize);
        (warn_unless(bytes >= SHM_MIN), format!("{:.1} GiB", bytes as f64 / GIB as f64))
    });
    Finding::of(
        "/dev/shm",
        found,
        "a journal in memory, for a measurement or a backtest, does not fit",
        "mount -o remount,size=8G /dev/shm; docker run --shm-size=8g",
    )
}

/// The file system that a folder lies on: the mount with the longest path above it, the last one of
/// several.
fn kind_of(mounts: &str, folder: &Path) -> Option<String> {
    let mount = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (at, kind) = (words.next()?, words.next()?);
        // The kernel writes a space as an octal number.
        let at = PathBuf::from(at.replace("\\040", " "));
        folder.starts_with(&at).then(|| (at.components().count(), kind.to_owned()))
    };
    let all = mounts.lines().filter_map(mount);
    all.max_by_key(|(depth, _)| *depth).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn the_innermost_mount_counts_and_the_last_of_two() {
        let mounts = "/dev/a / ext4 rw 0 0\nx /data xfs rw 0 0\nnas:/x /data/my\\040runs nfs4 rw 0 0\n\
                      t /tmp ext4 rw 0 0\nt /tmp tmpfs rw 0 0\nhalf\n";
        let kind = |folder: &str| kind_of(mounts, Path::new(folder));
        assert_eq!(kind("/home/runs").as_deref(), Some("ext4"));
        assert_eq!(kind("/data/other").as_deref(), Some("xfs"));
        assert_eq!(kind("/database").as_deref(), Some("ext4"));
        assert_eq!(kind("/data/my runs/a").as_deref(), Some("nfs4"));
        assert_eq!(kind("/tmp").as_deref(), Some("tmpfs"));
        assert_eq!(kind_of("", Path::new("/tmp")), None);
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_judged_by_the_one_above() {
        let found = checks(&Host::here(), Path::new("/tmp/nobody/made/this"));
        assert!(found[0].found.ends_with("at /tmp") || found[0].found.contains("at /tmp:"));
        assert_ne!(found[1].state, State::Unknown);
    }
}

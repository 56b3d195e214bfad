//! The host as its files tell it: `/sys`, `/proc` and `/dev`, under a root that tests can move.
//!
//! Must never fail: what is missing, unreadable, endless or nonsense is `None`.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Longest file that is read; `/proc/cpuinfo` of a large host is longer, and its head is enough.
const BYTES_MAX: u64 = 1 << 16;
/// Most entries of a folder that are looked at.
const ENTRIES_MAX: usize = 4096;
/// Highest cpu number that is believed.
const CPU_MAX: usize = 8192;

/// Where its files lie.
pub struct Host {
    root: PathBuf,
}

impl Host {
    /// The host that we run on.
    pub fn here() -> Self {
        Self { root: PathBuf::from("/") }
    }
    /// A host whose files lie under `root`.
    #[cfg(test)]
    pub fn under(root: &std::path::Path) -> Self {
        Self { root: root.to_path_buf() }
    }
    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
    /// The first bytes of a file.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.path(path)).ok()?.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
    /// A file's text, without the space around it.
    pub fn text(&self, path: &str) -> Option<String> {
        Some(String::from_utf8_lossy(&self.bytes(path)?).trim().to_owned())
    }
    /// A file that holds one number.
    pub fn number(&self, path: &str) -> Option<i64> {
        self.text(path)?.parse().ok()
    }
    /// A file that holds a list of cpus; an empty one is an empty list.
    pub fn cpus(&self, path: &str) -> Option<Vec<usize>> {
        cpu_list(&self.text(path)?)
    }
    /// The names in a folder, sorted.
    pub fn entries(&self, path: &str) -> Option<Vec<String>> {
        let entries = std::fs::read_dir(self.path(path)).ok()?.take(ENTRIES_MAX);
        let name =
            |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
        let mut names: Vec<String> = entries.filter_map(name).collect();
        names.sort();
        Some(names)
    }
    /// The value of a parameter of the kernel's command line.
    pub fn boot(&self, name: &str) -> Option<String> {
        let line = self.text("/proc/cmdline")?;
        let value = |word: &str| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        line.split_whitespace().find_map(value)
    }
    /// The value of a line `Name: value`, as in `/proc/meminfo` and `/proc/cpuinfo`.
    pub fn field(&self, path: &str, name: &str) -> Option<String> {
        let text = self.text(path)?;
        let value = |line: &str| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        };
        text.lines().find_map(value)
    }
    /// The soft limit of a row of `/proc/self/limits`.
    pub fn limit(&self, name: &str) -> Option<String> {
        let text = self.text("/proc/self/limits")?;
        let row = text.lines().find_map(|line| line.strip_prefix(name))?;
        row.split_whitespace().next().map(str::to_owned)
    }
}

/// A list such as `2-5,8`; `None` for anything else. `(null)` is the kernel's word for an empty one.
pub fn cpu_list(text: &str) -> Option<Vec<usize>> {
    let mut cpus = Vec::new();
    if text.is_empty() || text == "(null)" {
        return Some(cpus);
    }
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if first > last || last > CPU_MAX {
            return None;
        }
        cpus.extend(first..=last);
    }
    cpus.sort_unstable();
    cpus.dedup();
    Some(cpus)
}

/// The list as the kernel writes it.
pub fn cpu_text(cpus: &[usize]) -> String {
    let runs = cpus.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
        [only] => only.to_string(),
        _ => format!("{}-{}", run[0], run[run.len() - 1]),
    });
    if cpus.is_empty() { "none".to_owned() } else { runs.collect::<Vec<_>>().join(",") }
}

/// The chosen word of a list such as `always [madvise] never`.
pub fn chosen_word(text: &str) -> Option<&str> {
    text.split_once('[')?.1.split_once(']').map(|(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_the_kernel_writes_them_and_nothing_else_is() {
        assert_eq!(cpu_list("2-4,8,0"), Some(vec![0, 2, 3, 4, 8]));
        assert_eq!(cpu_list("(null)"), Some(vec![]));
        for nonsense in ["5-2", "a", "1,,2", "0-99999999999", "-1", "1-", "\u{0}"] {
            assert_eq!(cpu_list(nonsense), None, "{nonsense:?}");
        }
        assert_eq!(cpu_text(&[0, 2, 3, 4, 8]), "0,2-4,8");
        assert_eq!(cpu_text(&[]), "none");
        assert_eq!(chosen_word("always [madvise] never"), Some("madvise"));
        assert_eq!(chosen_word("always"), None);
    }

    #[test]
    fn what_is_missing_or_endless_is_unknown_and_no_error() {
        let host = Host::here();
        assert_eq!(host.text("/proc/nothing/here"), None);
        assert_eq!(host.number("/proc/cmdline"), None);
        assert_eq!(host.bytes("/dev/zero").map(|bytes| bytes.len()), Some(1 << 16));
        assert_eq!(host.entries("/proc/cmdline"), None);
    }
}

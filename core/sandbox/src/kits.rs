//! The authors' kits as data: what a new strategy in another language begins with.
//!
//! Owns the list of files and the one word in them that stands for the strategy's name. Must not know
//! what is in them: a kit is built and tested where it lies, in `kits/`. Only [`write()`] touches the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The name of the strategy in all kits. Where it stands as a word, the author's name will.
const NAME: &str = "dip";

/// Characters of a name.
const NAME_MAX: usize = 32;

/// A language that there is a kit for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// C, compiled by clang.
    C,
    /// AssemblyScript, compiled by asc.
    AssemblyScript,
    /// Rust without `std`.
    Rust,
    /// WebAssembly's own text format.
    Wat,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::C, Self::AssemblyScript, Self::Rust, Self::Wat];

    /// The word for it on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::AssemblyScript => "assemblyscript",
            Self::Rust => "rust",
            Self::Wat => "wat",
        }
    }

    /// The language of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.name() == name)
    }
}

/// Why there is no new strategy. Nothing was left behind.
#[derive(Debug, Error)]
pub enum KitError {
    /// The name is none.
    #[error(
        "`{0}` is no name for a strategy: lower-case letters, digits and hyphens, the first a letter, \
         at most {NAME_MAX}"
    )]
    Name(String),
    /// Something of that name is there.
    #[error("{} is there already: nothing was written", .0.display())]
    Exists(PathBuf),
    /// The disk said no.
    #[error("{}: {why}", path.display())]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
}

macro_rules! files {
    ($folder:literal: $($path:literal),+) => {
        &[$(($path, include_str!(concat!("../kits/", $folder, "/", $path)))),+]
    };
}

/// The files of a kit: path and text, for a strategy of the name `dip`.
pub const fn files(lang: Lang) -> &'static [(&'static str, &'static str)] {
    match lang {
        Lang::C => files!("c": "dip.c", "royale.h", "build.sh", "README.md"),
        Lang::AssemblyScript => files!(
            "assemblyscript":
            "dip.ts", "royale.ts", "build.sh", "package.json", "package-lock.json", "tsconfig.json",
            "README.md"
        ),
        Lang::Rust => files!("rust": "dip.rs", "royale.rs", "build.sh", "README.md"),
        Lang::Wat => files!("wat": "dip.wat", "build.sh", "README.md"),
    }
}

/// A path or a text of a kit, for a strategy of another name.
pub fn named(text: &str, name: &str) -> String {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut renamed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(NAME) {
        let (before, after) = (&rest[..at], &rest[at + NAME.len()..]);
        let alone = !before.ends_with(part_of_a_word) && !after.starts_with(part_of_a_word);
        renamed.push_str(before);
        renamed.push_str(if alone { name } else { NAME });
        rest = after;
    }
    renamed + rest
}

/// Writes a new strategy into the new folder `dir/name`, and says where. The folder is there as a
/// whole or not at all.
///
/// # Errors
/// When the name is none, something of that name is there, or the disk says no.
pub fn write(dir: &Path, name: &str, lang: Lang) -> Result<PathBuf, KitError> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || name.len() > NAME_MAX || !name.bytes().all(plain) {
        return Err(KitError::Name(name.to_owned()));
    }
    let folder = dir.join(name);
    // A link that points nowhere is something, too.
    if folder.symlink_metadata().is_ok() {
        return Err(KitError::Exists(folder));
    }
    let half = dir.join(format!(".{name}.{}.tmp", std::process::id()));
    let fails = |why| KitError::Io { path: half.clone(), why };
    // Not `create_dir_all`: a folder that somebody else made is not ours to fill and to remove.
    fs::create_dir(&half).map_err(fails)?;
    let whole = fill(&half, name, lang).and_then(|()| {
        // Takes the place of nothing but an empty folder.
        fs::rename(&half, &folder)
    });
    whole.map_err(|why| {
        // The first failure is the one to tell.
        let _ = fs::remove_dir_all(&half);
        KitError::Io { path: folder.clone(), why }
    })?;
    Ok(folder)
}

fn fill(folder: &Path, name: &str, lang: Lang) -> io::Result<()> {
    for (path, text) in files(lang) {
        let mut file = create(&folder.join(named(path, name)), path.ends_with(".sh"))?;
        file.write_all(named(text, name).as_bytes())?;
    }
    Ok(())
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "files are programs by their name there"))]
fn create(path: &Path, is_program: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_program {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    }
    options.open(path)
}

//! A new strategy begins with the whole kit under its own name, and never at the cost of what is there.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

use royale_sandbox::kits::{KitError, Lang, files, named, write};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn no_file_of_a_kit_is_forgotten() {
    for lang in Lang::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kits").join(lang.name());
        let mut there = names(&folder);
        // What is built, installed, or one example more.
        there.retain(|name| {
            !name.ends_with(".wasm") && name != "node_modules" && !name.contains("-cross")
        });
        let listed: BTreeSet<_> = files(lang).iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(listed, there, "{}", lang.name());
    }
}

#[test]
fn a_new_strategy_is_the_kit_under_its_own_name() {
    let dir = tempfile::tempdir().unwrap();
    for lang in Lang::ALL {
        assert_eq!(Lang::parse(lang.name()), Some(lang));
        let name = format!("my-{}-1", lang.name());
        let folder = write(dir.path(), &name, lang).unwrap();
        assert_eq!(folder, dir.path().join(&name));
        assert_eq!(names(&folder).len(), files(lang).len());
        for (path, text) in files(lang) {
            let path = folder.join(named(path, &name));
            let written = fs::read_to_string(&path).unwrap();
            let words = |text: &str| -> Vec<String> {
                let part = |c: char| !c.is_alphanumeric() && c != '_' && c != '-';
                text.split(part).map(str::to_owned).collect()
            };
            assert!(!words(&written).contains(&"dip".to_owned()), "{}", path.display());
            assert_eq!(written.replace(&name, "dip"), *text, "{}", path.display());
        }
        let source = files(lang)[0].0.replace("dip", &name);
        assert!(fs::read_to_string(folder.join(source)).unwrap().contains(&name));
        #[cfg(unix)]
        {
            let build = fs::metadata(folder.join("build.sh")).unwrap();
            assert_eq!(
                std::os::unix::fs::PermissionsExt::mode(&build.permissions()) & 0o100,
                0o100
            );
        }
    }
    assert_eq!(names(dir.path()).len(), Lang::ALL.len(), "nothing else was left");
    assert_eq!(Lang::parse("cobol"), None);
}

#[test]
fn only_whole_words_are_the_name() {
    assert_eq!(
        named("dip, dip.c: dipped _dip dip_ Dip a-dip", "x"),
        "x, x.c: dipped _dip dip_ Dip a-x"
    );
}

#[test]
fn what_is_there_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("full")).unwrap();
    fs::write(dir.path().join("full/notes"), "mine").unwrap();
    fs::create_dir(dir.path().join("empty")).unwrap();
    fs::write(dir.path().join("file"), "mine").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", dir.path().join("link")).unwrap();
    let before = names(dir.path());
    for name in &before {
        let refused = write(dir.path(), name, Lang::Wat).unwrap_err();
        assert!(matches!(refused, KitError::Exists(_)), "{name}: {refused}");
    }
    assert_eq!(names(dir.path()), before);
    assert_eq!(names(&dir.path().join("full")), BTreeSet::from(["notes".to_owned()]));
    assert_eq!(names(&dir.path().join("empty")), BTreeSet::new());
}

#[test]
fn a_name_that_could_lead_elsewhere_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let long = "a".repeat(33);
    for name in
        ["", ".", "..", "../up", "a/b", "/a", "-a", "1a", "A", "a b", "a_b", "ä", "a\n", &long]
    {
        let refused = write(dir.path(), name, Lang::C).unwrap_err();
        assert!(matches!(refused, KitError::Name(_)), "{name:?}: {refused}");
    }
    assert_eq!(names(dir.path()), BTreeSet::new());
    assert!(write(dir.path(), &"a".repeat(32), Lang::C).is_ok());
}

#[test]
fn where_the_disk_says_no_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    assert!(matches!(write(&missing, "a", Lang::C), Err(KitError::Io { .. })));
    assert!(!missing.exists());
    // Somebody else's half is not ours to fill or to remove.
    let half = dir.path().join(format!(".a.{}.tmp", std::process::id()));
    fs::create_dir(&half).unwrap();
    fs::write(half.join("notes"), "theirs").unwrap();
    assert!(matches!(write(dir.path(), "a", Lang::C), Err(KitError::Io { .. })));
    assert_eq!(names(&half), BTreeSet::from(["notes".to_owned()]));
    assert!(!dir.path().join("a").exists());
}

//! A slot that begins with a module: what may be written, what is read, what a journal holds of it.
#![expect(clippy::unwrap_used, reason = "tests")]

use royale_config::{Loader, MODULE, Settings};
use std::path::{Path, PathBuf};

/// SHA-256 of `one` and of `two`, as FIPS 180-4 gives them.
const ONE: &str = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
const TWO: &str = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

/// A folder with a tape and two files that stand for modules; nobody looks into them here.
fn desk() -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    std::fs::create_dir(desk.path().join("modules")).unwrap();
    for (name, bytes) in [("tape", "x"), ("modules/one.wasm", "one"), ("modules/two.wasm", "two")] {
        std::fs::write(desk.path().join(name), bytes).unwrap();
    }
    desk
}

/// A file with a slot for each pair of name and further keys.
fn file(slots: &[(&str, &str)]) -> String {
    let head = "schema_version = 1\nrun.name = \"t\"\nrun.tapes = [\"tape\"]\n".to_owned();
    let slot = |(name, keys): &(&str, &str)| {
        format!("[[slot]]\nname = \"{name}\"\nallocation_bp = 0\n{keys}\n")
    };
    head + &slots.iter().map(slot).collect::<String>()
}

fn loader(desk: &Path, slots: &[(&str, &str)]) -> Loader {
    Loader::text("x.toml", file(slots), desk)
}

/// What is wrong, line by line.
fn faults(loader: Loader) -> Vec<String> {
    let read = |mut settings: Settings| settings.read_files().map(drop);
    let faults = loader.load().and_then(read).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

const FIRST: &str = "strategy = \"module\"\nmodule = \"modules/one.wasm\"";

#[test]
fn a_journal_says_which_module_a_slot_began_with_and_not_where_it_lay() {
    let desk = desk();
    let slots = [("a", FIRST), ("b", "strategy = \"trend\""), ("c", FIRST)];
    let mut settings = loader(desk.path(), &slots).load().unwrap();
    let modules = settings.read_files().unwrap();
    let kept: Vec<_> =
        modules.iter().map(|(sum, bytes)| (sum.as_str(), bytes.as_slice())).collect();
    assert_eq!(kept, [(ONE, &b"one"[..])], "once, for two slots");
    let text = settings.canonical();
    assert!(text.ends_with(&format!(
        "\n[[slot]]\nname = \"c\"\nallocation_bp = 0\nsha256 = \"{ONE}\"\nstrategy = \"module\"\n"
    )));
    assert!(!text.contains("one.wasm"), "{text}");

    let read = Settings::from_canonical(&text).unwrap();
    assert_eq!(read.canonical(), text);
    let module = read.slots[2].module.as_ref().unwrap();
    assert_eq!((read.slots[2].strategy.as_str(), module.sha256.as_str()), (MODULE, ONE));
    assert_eq!((module.path.as_path(), &read.slots[1].module), (Path::new(""), &None));
    let without = text.replace(&format!("sha256 = \"{ONE}\"\n"), "");
    let missing = Settings::from_canonical(&without).unwrap_err().to_string();
    assert!(missing.contains("`slot.a.sha256` is missing; write a SHA-256"), "{missing}");

    // Other bytes at the same place are another configuration.
    std::fs::write(desk.path().join("modules/one.wasm"), "two").unwrap();
    let mut other = loader(desk.path(), &slots).load().unwrap();
    other.read_files().unwrap();
    assert_eq!(other.canonical(), text.replace(ONE, TWO));
}

#[test]
fn a_module_lies_beside_the_file_that_names_it_and_an_override_where_one_stands() {
    let path = |loader: Loader| {
        let settings = loader.load().unwrap();
        settings.slots[0].module.clone().unwrap().path
    };
    let slots = [("a-b", FIRST)];
    let here = Path::new("/desk");
    assert_eq!(path(loader(here, &slots)), PathBuf::from("/desk/modules/one.wasm"));
    let variable = [("BR_SLOT__A_B__MODULE".into(), "w.wasm".into())];
    assert_eq!(path(loader(here, &slots).environment(variable)), PathBuf::from("w.wasm"));
    let set = |value| loader(here, &slots).set("slot.a-b.module", value);
    assert_eq!(path(set("x/y.wasm")), PathBuf::from("x/y.wasm"));
    let settings = set("/z.wasm").load().unwrap();
    let rows = settings.origin_table();
    let row = rows.iter().find(|row| row.key == "slot.a-b.module").unwrap();
    assert_eq!(
        (row.value.as_str(), row.origin.to_string().as_str()),
        ("\"/z.wasm\"", "command line")
    );
}

#[test]
fn a_module_that_is_not_there_or_not_the_one_that_was_written_is_named() {
    let desk = desk();
    let at = |name: &str| desk.path().join(name).display().to_string();
    let right = format!("{FIRST}\nsha256 = \"{ONE}\"");
    assert!(loader(desk.path(), &[("a", &right)]).load().unwrap().read_files().is_ok());

    std::fs::write(desk.path().join("long.wasm"), vec![0; (4 << 20) + 1]).unwrap();
    let wrong = format!("{FIRST}\nsha256 = \"{TWO}\"");
    let missing = FIRST.replace("one", "three");
    let folder = FIRST.replace("/one.wasm", "");
    let long = FIRST.replace("modules/one", "long");
    let slots = [("a", &*wrong), ("b", &*missing), ("c", &*folder), ("d", &*long), ("e", FIRST)];
    let found = faults(loader(desk.path(), &slots));
    let remedy = "; correct the path; in a file it is relative to that file";
    let wanted = [
        format!(
            "x.toml:9:1: `slot.a.sha256` is {TWO}, and the bytes of {} have {ONE}; take the module \
             that was meant, or write its SHA-256",
            at("modules/one.wasm")
        ),
        format!(
            "x.toml:14:1: `slot.b.module` names {}, which cannot be read: No such file or directory \
             (os error 2){remedy}",
            at("modules/three.wasm")
        ),
        format!(
            "x.toml:19:1: `slot.c.module` names {}, which cannot be read: not a file{remedy}",
            at("modules")
        ),
        format!(
            "x.toml:24:1: `slot.d.module` names {}, which has more than 4194304 bytes, the most that a \
             module may have{remedy}",
            at("long.wasm")
        ),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn keys_of_a_module_and_a_strategy_that_is_none_do_not_go_together() {
    let fault = |keys: &str| {
        let mut all = faults(loader(Path::new(""), &[("a", keys)]));
        assert_eq!(all.len(), 1, "{keys}: {all:#?}");
        all.remove(0)
    };
    for (keys, wanted) in [
        ("strategy = \"module\"", "`slot.a.module` is missing; write a path"),
        (
            "strategy = \"module\"\nmodule = \"\"",
            "x.toml:8:1: `slot.a.module` is no path of a file",
        ),
        ("strategy = \"module\"\nmodule = 7", "x.toml:8:1: `slot.a.module` is"),
        (
            "strategy = \"trend\"\nmodule = \"a.wasm\"",
            "x.toml:8:1: `slot.a.module` says nothing of",
        ),
        ("strategy = \"vacant\"\nsha256 = \"00\"", "x.toml:8:1: `slot.a.sha256` says nothing of"),
        (
            "strategy = \"module\"\nmodule = \"a\"\nsha256 = \"0\"",
            "x.toml:9:1: `slot.a.sha256` is no SHA-256",
        ),
        ("strategy = \"trend\"\nmodul = \"a.wasm\"", "did you mean `slot.a.module`?"),
    ] {
        assert!(fault(keys).contains(wanted), "{}", fault(keys));
    }
    let capitals = format!("{FIRST}\nsha256 = \"{}\"", ONE.to_uppercase());
    assert!(fault(&capitals).contains("64 digits of 0-9 and a-f"), "{}", fault(&capitals));
}

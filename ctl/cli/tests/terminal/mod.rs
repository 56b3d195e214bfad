//! What the tests of the commands share: `ctl` in a folder of its own, and a script for an engine.
#![allow(dead_code, reason = "each test binary uses its own part")]

use crate::support::write_sample;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The built-in battle's configuration, as a journal's header holds it.
pub fn canonical() -> String {
    royale_config::Loader::battle("").load().unwrap().canonical()
}

/// Runs `ctl` in `folder`, with nothing of this machine's environment that it would heed.
pub fn ctl(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ctl"));
    command.args(args).current_dir(folder).env_clear();
    command.env("XDG_RUNTIME_DIR", folder).env("PATH", "/usr/bin:/bin");
    // Never the engine that a build may have left beside ctl: these tests are about ctl.
    command.env("ROYALE_BIN", folder.join("fake-royale"));
    command.output().unwrap()
}

pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Holds that a command fails with this code, these words and no data.
#[track_caller]
pub fn fails(folder: &Path, args: &[&str], code: i32, says: &[&str]) {
    let output = ctl(folder, args);
    let text = err(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
    assert_eq!(out(&output), "", "{args:?}: an error is no data");
    for word in says {
        assert!(text.contains(word), "{args:?}: no `{word}` in: {text}");
    }
}

/// A folder with the sample run in it, and the run's folder.
pub fn run_folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("runs/sample");
    std::fs::create_dir_all(&run).unwrap();
    write_sample(&run.join("journal"), &canonical());
    (folder, run)
}

/// An engine that copies a prepared journal, or fails with a code.
pub fn fake_engine(folder: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("fake-royale");
    let script = format!(
        "#!/bin/sh\nUNTIL=; while [ $# -gt 0 ]; do case \"$1\" in --out) OUT=\"$2\";; --until) UNTIL=\"$2\";; esac; shift; done\n{body}\n"
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

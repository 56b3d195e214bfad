//! Lists the bundled tapes, so that the binary carries whatever `deploy/tapes` holds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let folder = here.join("../../deploy/tapes");
    println!("cargo:rerun-if-changed={}", folder.display());
    // A folder that does not exist yet is noticed when its parent changes.
    println!("cargo:rerun-if-changed={}", here.join("../../deploy").display());
    let mut tapes = list(&folder);
    tapes.sort();
    let mut code = String::from("&[\n");
    for tape in &tapes {
        let name = tape.file_name().and_then(|name| name.to_str()).expect("tapes have plain names");
        println!("cargo:rerun-if-changed={}", tape.display());
        writeln!(
            code,
            "    ({name:?}, include_bytes!({:?}).as_slice()),",
            tape.display().to_string()
        )
        .expect("a string takes it");
    }
    code.push_str("]\n");
    std::fs::write(out.join("tapes.rs"), code).expect("OUT_DIR is writable");
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "tapez")).collect()
}

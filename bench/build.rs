//! Says which compiler builds the benches, and for which target: counts of instructions are theirs.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let rustc = std::env::var_os("RUSTC").expect("cargo sets it");
    let output = Command::new(rustc).arg("--version").output().expect("the compiler runs");
    let version = String::from_utf8(output.stdout).expect("a version is text");
    println!("cargo:rustc-env=ROYALE_RUSTC={}", version.trim());
    println!("cargo:rustc-env=ROYALE_TARGET={}", std::env::var("TARGET").expect("cargo sets it"));
}

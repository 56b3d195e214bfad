//! The hexdump in docs/journal-format.md is a real file's: this test writes that file.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod common;

use common::{event, preamble};
use royale_journal::{Purpose, verify, write_tape};
use std::fmt::Write;
use std::path::Path;

/// As `hexdump -C` prints it.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut starred = false;
    for (line, chunk) in bytes.chunks(16).enumerate() {
        let repeated = line > 0 && chunk.len() == 16 && bytes[line * 16 - 16..line * 16] == *chunk;
        if repeated {
            if !starred {
                text.push_str("*\n");
            }
            starred = true;
            continue;
        }
        starred = false;
        write!(text, "{:08x} ", line * 16).unwrap();
        for (at, byte) in chunk.iter().enumerate() {
            write!(text, "{}{byte:02x}", if at % 8 == 0 { "  " } else { " " }).unwrap();
        }
        writeln!(text).unwrap();
    }
    writeln!(text, "{:08x}", bytes.len()).unwrap();
    text
}

#[test]
fn the_documents_hexdump_is_a_real_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.tape");
    write_tape(&path, &preamble(Purpose::Tape), &[event(1)]).unwrap();
    verify(&path).unwrap();
    let dump = dump(&std::fs::read(&path).unwrap());
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/journal-format.md");
    let text = std::fs::read_to_string(document).unwrap();
    let shown: String = text
        .split("```hexdump\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap()
        .lines()
        // What stands behind the bytes explains them.
        .map(|line| line.split("   #").next().unwrap().trim_end().to_owned() + "\n")
        .collect();
    assert!(shown == dump, "the document's dump is not that of the file:\n{dump}");
}

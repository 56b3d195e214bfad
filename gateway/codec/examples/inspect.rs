//! Imports recordings and prints their reports: `inspect [--json] [--pack] PATH...` (each by itself).

use royale_codec::{ImportOptions, import, pack, unpack};
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let has = |flag: &str| std::env::args().any(|arg| arg == flag);
    for path in std::env::args().skip(1).filter(|arg| !arg.starts_with("--")) {
        let begin = Instant::now();
        let imported = import(&[PathBuf::from(&path)], &ImportOptions::default(), &mut |_| {})?;
        if has("--json") {
            println!("{}", serde_json::to_string(&imported.report)?);
        } else {
            println!("{path} in {} ms\n{}", begin.elapsed().as_millis(), imported.report);
        }
        if has("--pack") {
            let begin = Instant::now();
            let packed = pack(&imported.preamble(), &imported.events)?;
            let packing = begin.elapsed();
            let begin = Instant::now();
            let (preamble, events) = unpack(&packed)?;
            let same = preamble == imported.preamble() && events == imported.events;
            let (n, ms) = (packed.len(), begin.elapsed().as_millis());
            eprintln!("packed {n} bytes in {packing:?}, unpacked in {ms} ms, same: {same}");
        }
    }
    Ok(())
}

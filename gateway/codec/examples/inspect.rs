//! Imports recordings and prints their reports: `inspect [--json] PATH...` (each path by itself).

use royale_codec::{ImportOptions, import};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let json = std::env::args().any(|arg| arg == "--json");
    for path in std::env::args().skip(1).filter(|arg| arg != "--json") {
        let begin = std::time::Instant::now();
        let imported = import(&[PathBuf::from(&path)], &ImportOptions::default(), &mut |_| {})?;
        if json {
            println!("{}", serde_json::to_string(&imported.report)?);
        } else {
            println!("{path} in {} ms\n{}", begin.elapsed().as_millis(), imported.report);
        }
    }
    Ok(())
}

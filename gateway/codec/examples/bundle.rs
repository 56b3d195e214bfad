//! Makes `deploy/tapes` anew: `bundle DATA [OUT]` (OUT defaults to `deploy/tapes`).
//!
//! DATA holds `kalshi_btc15m/<day>/<session>/` and `binance_ws/{spot,usdm,cm}/*.gz`. Every tape is
//! imported, packed, unpacked again, compared, and written out as a tape for its checksum. The
//! README beside the tapes is written here too, so that its numbers are those of the files.

use royale_codec::{ImportOptions, Imported, import, pack, unpack};
use royale_journal::write_tape;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

const KALSHI_ORIGIN: &str = "\
source: github.com/organics-jpg/kalshi-probability-model-bot-gpt55-export
commit: fcffbdbb413f1f017fdfa844a84754d24f04b628
licence: none stated; recorded facts (times, prices, sizes, results) re-encoded in our own format
";
const BINANCE_ORIGIN: &str = "\
source: github.com/nkaz001/hftbacktest examples/{spot,usdm,cm}
commit: 5f3ec40b2afb764e0fea112f941ed85523ef4e88
licence: MIT; recorded facts (times, prices, sizes) re-encoded in our own format
";
const README_HEAD: &str = include_str!("bundle_readme.md");

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let data = arguments.next().ok_or("usage: bundle DATA [OUT]")?;
    let out = arguments.next().unwrap_or_else(|| PathBuf::from("deploy/tapes"));
    std::fs::create_dir_all(&out)?;
    let mut rows = String::new();
    let mut total = 0;
    for day in folders(&data.join("kalshi_btc15m"))? {
        for session in folders(&day)? {
            let mut tape = import(&[session], &ImportOptions::default(), &mut |_| {})?;
            let name = tape.origin.split(' ').next_back().unwrap_or_default().to_owned();
            tape.origin = format!("{}\n{KALSHI_ORIGIN}", tape.origin);
            total += bundle(&tape, &out.join(format!("kalshi-btc15m-{name}.tapez")), &mut rows)?;
        }
    }
    let files = ["spot", "usdm", "cm"].map(|kind| data.join("binance_ws").join(kind));
    let mut tape = import(&files, &ImportOptions::default(), &mut |_| {})?;
    tape.origin = format!("{}\n{BINANCE_ORIGIN}", tape.origin);
    total += bundle(&tape, &out.join("binance-6x-20240808.tapez"), &mut rows)?;
    println!("{total} bytes in all");
    let mib = total as f64 / f64::from(1 << 20);
    std::fs::write(
        out.join("README.md"),
        format!("{README_HEAD}{rows}\nTogether {total} bytes ({mib:.1} MiB).\n"),
    )?;
    Ok(())
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Writes one packed tape and its row of the README.
fn bundle(tape: &Imported, path: &Path, rows: &mut String) -> Result<usize, Box<dyn Error>> {
    let preamble = tape.preamble();
    let packed = pack(&preamble, &tape.events)?;
    let begin = Instant::now();
    let (preamble_back, events_back) = unpack(&packed)?;
    let unpacking = begin.elapsed();
    if preamble_back != preamble || events_back != tape.events {
        return Err(format!("{}: does not unpack to what was packed", path.display()).into());
    }
    let folder = tempfile::tempdir()?;
    let plain = folder.path().join("tape");
    write_tape(&plain, &preamble_back, &events_back)?;
    let plain = std::fs::read(&plain)?;
    std::fs::write(path, &packed)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    println!("{name}: {} bytes, unpacked in {} ms", packed.len(), unpacking.as_millis());
    println!("{}", tape.report);
    let e = &tape.report.events;
    writeln!(
        rows,
        "| `{name}` | {} | {} | {} | {} | {} | {} | {} | `{}` | {} | `{}` |",
        packed.len(),
        e.total,
        e.book_deltas,
        e.quotes,
        e.trades,
        e.odds,
        e.settlements,
        hex(&Sha256::digest(&packed)),
        plain.len(),
        hex(&Sha256::digest(&plain)),
    )?;
    Ok(packed.len())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

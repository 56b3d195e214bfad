//! The engine's binary: where it is, and how it is started.

use crate::failure::{Code, Failure};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

/// The `royale` binary: `ROYALE_BIN`, else beside this executable.
///
/// # Errors
/// It is not there.
pub fn binary() -> Result<PathBuf, Failure> {
    if let Some(path) = std::env::var_os("ROYALE_BIN").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(path)
        } else {
            let message = format!("ROYALE_BIN names {}, which is not a file", path.display());
            Err(Failure::not_found(message).remedy("correct it, or unset it"))
        };
    }
    let here = std::env::current_exe()
        .map_err(|error| Failure::error(format!("cannot find my own executable: {error}")))?;
    let beside = here.with_file_name("royale");
    if beside.is_file() {
        return Ok(beside);
    }
    Err(Failure::not_found(format!("the engine is missing: {} is not there", beside.display()))
        .remedy("cargo build --release (it builds ctl and royale), or set ROYALE_BIN"))
}

/// A command that runs the engine.
///
/// # Errors
/// It is not there.
pub fn command() -> Result<Command, Failure> {
    Ok(Command::new(binary()?))
}

/// The exit code of an engine that has told the person everything itself.
///
/// # Errors
/// It was killed.
pub fn exit_code(status: ExitStatus) -> Result<ExitCode, Failure> {
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => Ok(ExitCode::from(code)),
        None => Err(Failure::error(format!("the engine ended with {status}"))),
    }
}

/// The failure that an engine's exit means; `None` for success.
pub fn failure_of(status: ExitStatus, log: &Path) -> Option<Failure> {
    if status.success() {
        return None;
    }
    let code = match status.code() {
        Some(5) => Code::Configuration,
        Some(6) => Code::Refused,
        Some(8) => Code::Mismatch,
        _ => Code::Error,
    };
    let tail = tail(log);
    let message = if tail.is_empty() {
        format!("the engine ended with {status}")
    } else {
        format!("the engine ended with {status}:\n{tail}")
    };
    Some(Failure::new(code, message).remedy(format!("its log is {}", log.display())))
}

/// The last lines of the log.
fn tail(log: &Path) -> String {
    const LINES: usize = 20;
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    lines
        .get(from..)
        .unwrap_or_default()
        .iter()
        .map(|line| format!("  | {}", crate::out::clean(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

//! The socket to the engine: one request, one answer, with a deadline.

use crate::failure::{Code, Failure};
use royale_codec::FrameDecoder;
use royale_codec::control::{Command, Reply, Request, Response, Status, decode, encode};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long we wait for an answer.
const DEADLINE: Duration = Duration::from_secs(6);

/// The default of `--socket`, as the configuration has it.
///
/// # Errors
/// The built-in configuration or a `BR_` variable is wrong.
pub fn default_socket() -> Result<PathBuf, Failure> {
    // Only the keys that matter here: a wrong key elsewhere must not hide a running engine.
    let variables = std::env::vars_os()
        .filter(|(name, _)| name == "XDG_RUNTIME_DIR" || name == "BR_CONTROL__SOCKET");
    let settings = royale_config::Loader::battle("").environment(variables).load()?;
    Ok(settings.control.socket)
}

/// Asks the engine behind a socket.
///
/// # Errors
/// Nobody there (4), no answer in time (7), a refusal (6), or words that we do not understand (1).
pub fn ask(socket: Option<&Path>, command: Command) -> Result<Reply, Failure> {
    let socket = match socket {
        Some(path) => path.to_path_buf(),
        None => default_socket()?,
    };
    let io = |error: std::io::Error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => timeout(&socket),
        _ => not_running(&socket, &error),
    };
    let mut stream = UnixStream::connect(&socket).map_err(io)?;
    stream.set_read_timeout(Some(Duration::from_millis(200))).map_err(io)?;
    stream.set_write_timeout(Some(DEADLINE)).map_err(io)?;
    let request = Request::new(1, command);
    let bytes = encode(&request).map_err(Failure::error)?;
    stream.write_all(&bytes).map_err(io)?;
    let body = read_frame(&mut stream, &socket)?;
    let response: Response = decode(&body).map_err(Failure::error)?;
    if response.id != request.id && response.result.is_ok() {
        return Err(Failure::error(format!(
            "{}: the engine answered another question",
            socket.display()
        )));
    }
    response.result.map_err(|refusal| {
        let message = format!("the engine refused ({}): {}", refusal.code, refusal.message);
        Failure::new(Code::Refused, message).remedy(refusal.remedy)
    })
}

/// The engine's status.
///
/// # Errors
/// As [`ask`].
pub fn status(socket: Option<&Path>) -> Result<Status, Failure> {
    match ask(socket, Command::Status {})? {
        Reply::Status(status) => Ok(*status),
        _ => Err(Failure::error("the engine answered another question")),
    }
}

fn read_frame(stream: &mut UnixStream, socket: &Path) -> Result<Vec<u8>, Failure> {
    let mut decoder = FrameDecoder::default();
    let mut buffer = [0_u8; 4096];
    let deadline = Instant::now() + DEADLINE;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => {
                let gone = "the engine closed the connection without an answer";
                return Err(Failure::new(
                    Code::NotRunning,
                    format!("{}: {gone}", socket.display()),
                ));
            }
            Ok(count) => decoder.feed(buffer.get(..count).unwrap_or_default()),
            Err(error) if is_pause(error.kind()) => {}
            Err(error) => return Err(not_running(socket, &error)),
        }
        if let Some(body) = decoder.next_frame().map_err(Failure::error)? {
            return Ok(body);
        }
        if Instant::now() >= deadline {
            return Err(timeout(socket));
        }
    }
}

fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn timeout(socket: &Path) -> Failure {
    let seconds = DEADLINE.as_secs();
    Failure::new(Code::Timeout, format!("{}: no answer within {seconds} s", socket.display()))
        .remedy("ask again; if it stays silent, look at the engine's log (season-NN/royale.log)")
}

fn not_running(socket: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::NotRunning, format!("no engine answers at {}: {error}", socket.display()))
        .remedy("ctl battle starts one; --socket PATH or ROYALE_SOCKET names another")
}

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

/// A connection that stays open for more than one question. The engine hangs up on whoever is silent
/// for two seconds: the next question then opens another.
#[derive(Debug)]
pub struct Line {
    socket: PathBuf,
    stream: Option<UnixStream>,
    asked: u64,
}

impl Line {
    /// A line to the engine at this socket; opened with the first question.
    pub fn new(socket: PathBuf) -> Self {
        Self { socket, stream: None, asked: 0 }
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// As [`ask`].
    pub fn ask(&mut self, command: Command) -> Result<Reply, Failure> {
        self.asked += 1;
        let request = Request::new(self.asked, command);
        let bytes = encode(&request).map_err(Failure::error)?;
        // A line that was open may have been closed meanwhile: then nothing was read of the request.
        let had = self.stream.is_some();
        let body = match self.exchange(&bytes) {
            Err(failure) if had && failure.is(Code::NotRunning) => self.exchange(&bytes)?,
            other => other?,
        };
        let response: Response = decode(&body).map_err(Failure::error)?;
        if response.id != request.id && response.result.is_ok() {
            return Err(Failure::error(format!(
                "{}: the engine answered another question",
                self.socket.display()
            )));
        }
        response.result.map_err(|refusal| {
            let message = format!("the engine refused ({}): {}", refusal.code, refusal.message);
            Failure::new(Code::Refused, message).remedy(refusal.remedy)
        })
    }

    fn exchange(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open()?,
        };
        stream.write_all(bytes).map_err(|error| self.trouble(&error))?;
        let body = read_frame(&mut stream, &self.socket)?;
        self.stream = Some(stream);
        Ok(body)
    }

    fn open(&self) -> Result<UnixStream, Failure> {
        let stream = UnixStream::connect(&self.socket).map_err(|error| self.trouble(&error))?;
        stream
            .set_read_timeout(Some(Duration::from_millis(200)))
            .and_then(|()| stream.set_write_timeout(Some(DEADLINE)))
            .map_err(|error| self.trouble(&error))?;
        Ok(stream)
    }

    fn trouble(&self, error: &std::io::Error) -> Failure {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => timeout(&self.socket),
            _ => not_running(&self.socket, error),
        }
    }
}

/// Asks the engine behind a socket.
///
/// # Errors
/// Nobody there (4), no answer in time (7), a refusal (6), or words that we do not understand (1).
pub fn ask(socket: Option<&Path>, command: Command) -> Result<Reply, Failure> {
    Line::new(socket_of(socket)?).ask(command)
}

/// The socket that was named, or the default.
///
/// # Errors
/// As [`default_socket`].
pub fn socket_of(named: Option<&Path>) -> Result<PathBuf, Failure> {
    named.map_or_else(default_socket, |path| Ok(path.to_path_buf()))
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

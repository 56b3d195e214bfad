//! A client of the engine, or of its stand-in: it knows no difference.

use clap::ValueEnum;
use royale_codec::FrameDecoder;
use royale_codec::control::{Command, Refusal, Reply, Request, Response, decode, encode};
use royale_model::{Note, NotePurpose};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(10);
/// Why the clients command; it becomes a note on the journal.
const REASON: &str = "a flood";

/// What the clients ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Mix {
    /// Questions and commands in turn.
    Half,
    /// Commands only, all of which are refused.
    Commands,
    /// Questions only.
    Questions,
}

impl Mix {
    /// The request with this number.
    fn ask(self, id: u64) -> Command {
        match self {
            Self::Half if id.is_multiple_of(2) => question(),
            Self::Half | Self::Commands => command(),
            Self::Questions => question(),
        }
    }
}

/// A question.
#[must_use]
pub fn question() -> Command {
    Command::Status {}
}

/// A command that the engine hears, writes down and refuses.
#[must_use]
pub fn command() -> Command {
    Command::Quarantine { slot: "nobody".to_owned(), reason: REASON.to_owned() }
}

/// What clients have counted so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests that were answered.
    pub answered: AtomicU64,
    /// Inputs that their commands became: each with its notes.
    pub inputs: AtomicU64,
}

/// One connection: a request at a time.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    decoder: FrameDecoder,
    id: u64,
}

impl Client {
    /// On a stream that is connected.
    ///
    /// # Errors
    /// The stream takes no deadline.
    pub fn new(stream: UnixStream) -> Result<Self, String> {
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        Ok(Self { stream, decoder: FrameDecoder::default(), id: 0 })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The other end is gone, or speaks another protocol.
    pub fn ask(&mut self, command: Command) -> Result<Result<Reply, Refusal>, String> {
        self.id += 1;
        let frame = encode(&Request::new(self.id, command)).map_err(|error| error.to_string())?;
        self.stream.write_all(&frame).map_err(|error| format!("the engine: {error}"))?;
        let mut chunk = [0_u8; 16 << 10];
        loop {
            let body = self.decoder.next_frame().map_err(|error| error.to_string())?;
            if let Some(body) = body {
                let response: Response = decode(&body).map_err(|error| error.to_string())?;
                return Ok(response.result);
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err("the engine hung up".to_owned()),
                Ok(count) => self.decoder.feed(&chunk[..count]),
                Err(error) => return Err(format!("the engine: {error}")),
            }
        }
    }

    /// Asks again and again, each time so much after the last was due, until it is over.
    ///
    /// # Errors
    /// As for [`Self::ask`], or an answer that is not the one to these requests.
    pub fn flood(
        mut self,
        mix: Mix,
        every: Duration,
        over: &AtomicBool,
        counts: &Counts,
    ) -> Result<(), String> {
        let mut due = Instant::now();
        while !over.load(Ordering::Acquire) {
            let inputs = match self.ask(mix.ask(self.id))? {
                Ok(Reply::Status(_)) => 0,
                Err(refusal) if refusal.code == "unknown" => inputs_of(&refusal),
                odd => return Err(format!("an answer that was not expected: {odd:?}")),
            };
            counts.inputs.fetch_add(inputs, Ordering::Relaxed);
            counts.answered.fetch_add(1, Ordering::Relaxed);
            due += every;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }
}

/// The inputs that a refused command becomes: itself, its reason, and why it was refused.
fn inputs_of(refusal: &Refusal) -> u64 {
    let reason = Note::split(NotePurpose::Reason, REASON).count();
    let refused = Note::split(NotePurpose::Refusal, &refusal.message).count();
    (1 + reason + refused) as u64
}

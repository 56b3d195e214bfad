//! A server that answers as the engine does, and that no engine stands behind.
//!
//! It does what the engine's client thread does with a request: it reads the frame, takes it apart,
//! for a command waits its turn and a look's time for a place in the line, and writes an answer. Only
//! nothing reaches a feed stage. Must cost what the engine's thread costs: `cpu` tells.

use royale_codec::FrameDecoder;
use royale_codec::control::{Command, Refusal, Reply, Request, Response, decode, encode};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, Scope};
use std::time::Duration;

/// The name of its threads.
pub const THREAD: &str = "stand-in";
/// How long the engine's thread sleeps before it looks whether a command has its place.
const LOOK: Duration = Duration::from_micros(100);

/// The answers that the engine gave to the clients' two requests.
#[derive(Debug)]
pub struct StandIn {
    /// To a question.
    pub told: Result<Reply, Refusal>,
    /// To a command.
    pub refused: Result<Reply, Refusal>,
    /// One command at a time has the engine's line.
    pub line: Mutex<()>,
}

impl StandIn {
    /// A stream to a thread of its own, which lasts as long as the stream.
    ///
    /// # Errors
    /// No stream, or no thread, is to be had.
    pub fn connect<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
    ) -> Result<UnixStream, String> {
        let (ours, theirs) = UnixStream::pair().map_err(|error| error.to_string())?;
        let thread = Builder::new().name(THREAD.to_owned());
        let spawned = thread.spawn_scoped(scope, move || self.serve(theirs));
        spawned.map(|_| ours).map_err(|error| error.to_string())
    }

    /// Answers a client until it leaves.
    fn serve(&self, mut stream: UnixStream) {
        let mut decoder = FrameDecoder::default();
        let mut chunk = [0_u8; 4096];
        loop {
            while let Ok(Some(body)) = decoder.next_frame() {
                let Some(answer) = self.answer(&body) else { return };
                if stream.write_all(&answer).is_err() {
                    return;
                }
            }
            match stream.read(&mut chunk) {
                Ok(count @ 1..) => decoder.feed(&chunk[..count]),
                _ => return,
            }
        }
    }

    fn answer(&self, body: &[u8]) -> Option<Vec<u8>> {
        let request: Request = decode(body).ok()?;
        let result = match request.command {
            Command::Status {} => self.told.clone(),
            _ => {
                let _turn = self.line.lock().unwrap_or_else(PoisonError::into_inner);
                std::thread::sleep(LOOK);
                self.refused.clone()
            }
        };
        encode(&Response::new(request.id, result)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flood::client::{Client, Counts, Mix, command, question};
    use royale_codec::control::{EngineState, Status};
    use std::sync::atomic::{AtomicBool, Ordering};

    fn stand_in() -> StandIn {
        let status = Status {
            pid: 1,
            uptime_ms: 2,
            run_dir: "/run".to_owned(),
            journal_dir: "/run/journal".to_owned(),
            state: EngineState::Running,
            seq: 3,
            sim_time_ns: 4,
            tape_progress: None,
            topology: "fused".to_owned(),
            speed: "1x".to_owned(),
            slots: Vec::new(),
            sessions: Vec::new(),
        };
        let refusal = Refusal {
            code: "unknown".to_owned(),
            message: "there is no slot `nobody`".to_owned(),
            remedy: "name another".to_owned(),
        };
        StandIn {
            told: Ok(Reply::Status(Box::new(status))),
            refused: Err(refusal),
            line: Mutex::new(()),
        }
    }

    #[test]
    fn clients_cannot_tell_it_from_the_engine() {
        let stand_in = stand_in();
        std::thread::scope(|scope| {
            let mut client = Client::new(stand_in.connect(scope).unwrap()).unwrap();
            assert_eq!(client.ask(question()), Ok(stand_in.told.clone()));
            assert_eq!(client.ask(command()), Ok(stand_in.refused.clone()));
        });
    }

    #[test]
    fn half_of_a_flood_are_commands_and_each_is_three_inputs() {
        let stand_in = stand_in();
        let (over, counts) = (AtomicBool::new(false), Counts::default());
        std::thread::scope(|scope| {
            let client = Client::new(stand_in.connect(scope).unwrap()).unwrap();
            let flood = scope.spawn(|| client.flood(Mix::Half, Duration::ZERO, &over, &counts));
            while counts.answered.load(Ordering::Relaxed) < 20 {
                std::thread::yield_now();
            }
            over.store(true, Ordering::Release);
            flood.join().unwrap().unwrap();
        });
        // A reason, a refusal, and the command itself. It begins with a question.
        let commands = counts.answered.into_inner() / 2;
        assert_eq!(counts.inputs.into_inner(), 3 * commands);
    }
}

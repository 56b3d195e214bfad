//! The control sockets: one plain thread that listens, and a short-lived one for each client.
//!
//! Owns the threads and the signals that ask for a stop. Must never make a pinned thread wait:
//! commands go through a ring, and a full ring is the client's problem. `socket` owns the files and
//! who may come in, `answers` what is said, `line` the way to the engine.

mod answers;
mod line;
mod slots;
mod socket;

pub use answers::{Desk, RunFacts};
pub use line::WAITING_MAX;
pub use slots::{SlotDesk, SlotFacts, VERSIONS_MAX};
pub use socket::Access;

use crate::exit::Failure;
use answers::malformed;
use royale_codec::FrameDecoder;
use royale_codec::control::{self, Request, Response};
use signal_hook::consts::{SIGINT, SIGTERM};
use socket::{Door, Peer, Socket};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Clients served at once at each socket; one more finds its stream closed.
const CLIENTS_MAX: usize = 16;
/// A client has this long to send a whole request, and then the next.
const REQUEST_DEADLINE: Duration = Duration::from_secs(2);
/// How often the threads look for signals, and for the end of the run.
const TICK: Duration = Duration::from_millis(10);

/// The listening thread. Dropping it answers what was asked, closes and removes the sockets.
pub struct ControlServer {
    office: Arc<Office>,
    thread: Option<JoinHandle<()>>,
    _doors: Arc<[Socket; 2]>,
}

/// What the threads share.
struct Office {
    desk: Desk,
    access: Access,
    /// Clients at each door: those who read cannot keep those out who command.
    clients: [AtomicUsize; 2],
    quit: AtomicBool,
    interrupted: Arc<AtomicBool>,
}

const DOORS: [Door; 2] = [Door::Control, Door::Read];

impl ControlServer {
    /// Catches SIGINT and SIGTERM, binds the socket at `path` and the one for reading beside it, and
    /// starts to listen.
    pub fn start(path: &Path, access: Access, desk: Desk) -> Result<Self, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        // Before the files are there: a signal must not leave them behind.
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))
                .map_err(|error| Failure::Error(format!("signals cannot be caught: {error}")))?;
        }
        let doors = Arc::new([
            Socket::bind(path, Door::Control, &access)?,
            Socket::bind(&socket::read_path(path), Door::Read, &access)?,
        ]);
        let office = Arc::new(Office {
            desk,
            access,
            clients: [const { AtomicUsize::new(0) }; 2],
            quit: AtomicBool::new(false),
            interrupted,
        });
        let (for_thread, listened) = (Arc::clone(&office), Arc::clone(&doors));
        let thread = std::thread::Builder::new()
            .name("royale-control".into())
            .spawn(move || listen(&listened, &for_thread))
            .map_err(|error| socket::failure(path, "its thread cannot be started", &error))?;
        Ok(Self { office, thread: Some(thread), _doors: doors })
    }

    /// The run is over.
    pub fn finished(&self) {
        self.office.desk.finish();
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.office.quit.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic of the control thread has been printed; the run goes on without it.
            let _ = thread.join();
        }
        // Whoever asked gets an answer before the process ends.
        let deadline = Instant::now() + REQUEST_DEADLINE;
        let is_served = |clients: &AtomicUsize| clients.load(Ordering::Acquire) > 0;
        while self.office.clients.iter().any(is_served) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn listen(sockets: &[Socket; 2], office: &Arc<Office>) {
    while !office.quit.load(Ordering::Acquire) {
        office.desk.tidy();
        if office.interrupted.swap(false, Ordering::AcqRel)
            && office.desk.stop("a signal").is_err_and(|refusal| refusal.code == "busy")
        {
            // Commands wait already: the next look tries again.
            office.interrupted.store(true, Ordering::Release);
        }
        let mut came = false;
        for (socket, door) in sockets.iter().zip(DOORS) {
            // No one there, or the process out of descriptors: neither stops a run.
            if let Ok((stream, _)) = socket.listener.accept() {
                came = true;
                receive(stream, door, office);
            }
        }
        if !came {
            std::thread::sleep(TICK);
        }
    }
}

/// Gives a client its thread.
fn receive(stream: UnixStream, door: Door, office: &Arc<Office>) {
    let clients = &office.clients[door as usize];
    if clients.fetch_add(1, Ordering::AcqRel) >= CLIENTS_MAX {
        clients.fetch_sub(1, Ordering::AcqRel);
        return; // Closing the stream is the answer: try again later.
    }
    let for_thread = Arc::clone(office);
    let spawned = std::thread::Builder::new().name("royale-client".into()).spawn(move || {
        serve(stream, door, &for_thread);
        for_thread.clients[door as usize].fetch_sub(1, Ordering::AcqRel);
    });
    if spawned.is_err() {
        clients.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Answers a client's requests until it leaves, falls silent or talks nonsense.
fn serve(mut stream: UnixStream, door: Door, office: &Office) {
    let peer = Peer::of(&stream).filter(|&peer| office.access.admits(door, peer));
    let Some(peer) = peer else { return };
    if stream.set_nonblocking(false).is_err()
        || stream.set_read_timeout(Some(TICK)).is_err()
        || stream.set_write_timeout(Some(REQUEST_DEADLINE)).is_err()
    {
        return;
    }
    let mut decoder = FrameDecoder::default();
    let mut chunk = [0_u8; 4096];
    let mut deadline = Instant::now() + REQUEST_DEADLINE;
    loop {
        match decoder.next_frame() {
            Ok(Some(body)) => {
                let response = match control::decode::<Request>(&body) {
                    Ok(request) => {
                        Response::new(request.id, office.desk.answer(&request, peer, door))
                    }
                    Err(error) => Response::new(0, Err(malformed(&error.to_string()))),
                };
                if reply(&mut stream, &response).is_err() {
                    return;
                }
                deadline = Instant::now() + REQUEST_DEADLINE;
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                // A stream that lost its frames cannot be trusted any more: say why, then close.
                let _ = reply(&mut stream, &Response::new(0, Err(malformed(&error.to_string()))));
                return;
            }
        }
        if Instant::now() > deadline {
            return;
        }
        match stream.read(&mut chunk) {
            Ok(0) => return,
            Ok(n) => decoder.feed(&chunk[..n]),
            // Nothing came within a tick.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if office.quit.load(Ordering::Acquire) {
                    return;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn reply(stream: &mut UnixStream, response: &Response) -> std::io::Result<()> {
    let bytes = control::encode(response).map_err(std::io::Error::other)?;
    stream.write_all(&bytes)
}

//! The control socket: one plain thread that listens, and a short-lived one for each client.
//!
//! Owns the socket file. Must never make a pinned thread wait: commands go through a ring, and a
//! full ring is the client's problem.

use crate::exit::Failure;
use crate::run_files::stage_rows;
use royale_codec::control::{
    self, EngineState, Refusal, Reply, Request, Response, SessionStatus, SlotStatus, StageLatency,
    Status, TapeProgress,
};
use royale_codec::{FrameDecoder, FrameError};
use royale_engine::feed::CommandOutlet;
use royale_engine::latency::LatencyBoard;
use royale_engine::progress::Progress;
use royale_model::{Command, CommandCode, SlotId};
use std::fs::{self, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Clients served at once.
const CLIENTS_MAX: usize = 16;
/// A client has this long to send a whole request.
const FRAME_DEADLINE: Duration = Duration::from_secs(2);
/// The feed stage has this long to take a command.
const ACCEPT_DEADLINE: Duration = Duration::from_secs(5);
/// How often the listener looks for signals.
const TICK: Duration = Duration::from_millis(10);

/// What the control thread may tell of a run.
pub struct RunFacts {
    pub run_dir: PathBuf,
    pub journal_dir: PathBuf,
    pub topology: &'static str,
    pub speed: String,
    pub slots: Vec<(String, u16)>,
    pub tapes: Vec<PathBuf>,
    pub events_total: u64,
    pub played: Arc<AtomicU64>,
    pub progress: Arc<Progress>,
}

struct Shared {
    facts: RunFacts,
    outlet: Mutex<CommandOutlet>,
    started: Instant,
    stopping: AtomicBool,
    finished: AtomicBool,
    latency: Mutex<Vec<StageLatency>>,
    clients: AtomicUsize,
}

/// The listening thread. Dropping it closes and removes the socket.
pub struct ControlServer {
    shared: Arc<Shared>,
    quit: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl ControlServer {
    /// Binds the socket (mode 0600 in a folder of mode 0700) and starts to listen.
    pub fn start(path: &Path, outlet: CommandOutlet, facts: RunFacts) -> Result<Self, Failure> {
        let listener = bind(path)?;
        let refuse = |error| socket_failure(path, "cannot be used", &error);
        listener.set_nonblocking(true).map_err(refuse)?;
        let shared = Arc::new(Shared {
            facts,
            outlet: Mutex::new(outlet),
            started: Instant::now(),
            stopping: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            latency: Mutex::new(Vec::new()),
            clients: AtomicUsize::new(0),
        });
        let quit = Arc::new(AtomicBool::new(false));
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&interrupted))
                .map_err(|error| socket_failure(path, "signals cannot be caught", &error))?;
        }
        let (for_thread, quit_flag) = (Arc::clone(&shared), Arc::clone(&quit));
        let thread = std::thread::Builder::new()
            .name("royale-control".into())
            .spawn(move || listen(&listener, &for_thread, &quit_flag, &interrupted))
            .map_err(refuse)?;
        Ok(Self { shared, quit, thread: Some(thread), path: path.to_path_buf() })
    }

    /// The run is over; its histograms can be told.
    pub fn finished(&self, latency: &LatencyBoard) {
        *self.shared.latency.lock().unwrap_or_else(PoisonError::into_inner) = stage_rows(latency);
        self.shared.finished.store(true, Ordering::Release);
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.quit.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic of the control thread has been printed; the run goes on without it.
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.path);
    }
}

fn socket_failure(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::Error(format!("control socket {}: {what}: {error}", path.display()))
}

fn bind(path: &Path) -> Result<UnixListener, Failure> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| socket_failure(path, "its folder cannot be made", &error))?;
    }
    if let Ok(found) = fs::symlink_metadata(path) {
        if !found.file_type().is_socket() {
            return Err(Failure::Error(format!(
                "control socket {}: there is something else at this path, and it stays; choose \
                 another with --socket",
                path.display()
            )));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(Failure::Error(format!(
                "control socket {}: another engine listens there; stop it (ctl stop) or choose \
                 another socket with --socket",
                path.display()
            )));
        }
        if found.uid() != current_uid() {
            return Err(Failure::Error(format!(
                "control socket {}: left behind by uid {}; remove it or choose another",
                path.display(),
                found.uid()
            )));
        }
        // Left behind by an engine that was killed.
        fs::remove_file(path)
            .map_err(|error| socket_failure(path, "stale, and cannot be removed", &error))?;
    }
    let listener = UnixListener::bind(path)
        .map_err(|error| socket_failure(path, "cannot be bound", &error))?;
    fs::set_permissions(path, Permissions::from_mode(0o600))
        .map_err(|error| socket_failure(path, "its mode cannot be set", &error))?;
    Ok(listener)
}

fn current_uid() -> u32 {
    // SAFETY: geteuid takes nothing, cannot fail and touches no memory.
    unsafe { libc::geteuid() }
}

fn listen(
    listener: &UnixListener,
    shared: &Arc<Shared>,
    quit: &AtomicBool,
    interrupted: &AtomicBool,
) {
    while !quit.load(Ordering::Acquire) {
        if interrupted.swap(false, Ordering::AcqRel) {
            shared.stopping.store(true, Ordering::Release);
            let own = Peer { uid: current_uid(), pid: std::process::id() };
            // Refused only when commands already wait: then the next look tries again.
            if shared.send(CommandCode::Stop, own).is_err() {
                interrupted.store(true, Ordering::Release);
            }
        }
        match listener.accept() {
            Ok((stream, _)) => serve_client(stream, shared),
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(TICK),
            Err(_) => std::thread::sleep(TICK),
        }
    }
}

fn serve_client(stream: UnixStream, shared: &Arc<Shared>) {
    if shared.clients.load(Ordering::Acquire) >= CLIENTS_MAX {
        return; // Closing the stream is the answer: try again later.
    }
    shared.clients.fetch_add(1, Ordering::AcqRel);
    let for_thread = Arc::clone(shared);
    let spawned = std::thread::Builder::new().name("royale-client".into()).spawn(move || {
        serve(stream, &for_thread);
        for_thread.clients.fetch_sub(1, Ordering::AcqRel);
    });
    if spawned.is_err() {
        shared.clients.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Answers a client's requests until it leaves or talks nonsense.
fn serve(mut stream: UnixStream, shared: &Shared) {
    let Some(peer) = Peer::of(&stream) else { return };
    if peer.uid != current_uid() && peer.uid != 0 {
        return;
    }
    if stream.set_nonblocking(false).is_err()
        || stream.set_read_timeout(Some(FRAME_DEADLINE)).is_err()
        || stream.set_write_timeout(Some(FRAME_DEADLINE)).is_err()
    {
        return;
    }
    let mut decoder = FrameDecoder::default();
    let mut chunk = [0_u8; 4096];
    let mut begun: Option<Instant> = None;
    loop {
        match decoder.next_frame() {
            Ok(Some(body)) => {
                begun = None;
                let response = match control::decode::<Request>(&body) {
                    Ok(request) => Response::new(request.id, shared.answer(&request, peer)),
                    Err(error) => Response::new(0, Err(malformed(&error.to_string()))),
                };
                if reply(&mut stream, &response).is_err() {
                    return;
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                hang_up(&mut stream, &error);
                return;
            }
        }
        if begun.is_some_and(|begun| begun.elapsed() > FRAME_DEADLINE) {
            return;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(n) => {
                begun.get_or_insert_with(Instant::now);
                decoder.feed(&chunk[..n]);
            }
        }
    }
}

fn hang_up(stream: &mut UnixStream, error: &FrameError) {
    // A stream that lost its frames cannot be trusted any more: say why, then close.
    let _ = reply(stream, &Response::new(0, Err(malformed(&error.to_string()))));
}

fn reply(stream: &mut UnixStream, response: &Response) -> std::io::Result<()> {
    let bytes = control::encode(response).map_err(std::io::Error::other)?;
    stream.write_all(&bytes)
}

fn malformed(what: &str) -> Refusal {
    refusal("malformed", what, "use the ctl that came with this engine")
}

fn refusal(code: &str, message: &str, remedy: &str) -> Refusal {
    Refusal { code: code.into(), message: message.into(), remedy: remedy.into() }
}

#[derive(Clone, Copy)]
struct Peer {
    uid: u32,
    pid: u32,
}

impl Peer {
    /// Who is at the other end, as the kernel says.
    fn of(stream: &UnixStream) -> Option<Self> {
        use std::os::fd::AsRawFd;
        let mut credentials = libc::ucred { pid: 0, uid: 0, gid: 0 };
        let mut length = libc::socklen_t::try_from(size_of::<libc::ucred>()).ok()?;
        // SAFETY: the pointers are to a live ucred and its length, as SO_PEERCRED wants; the
        // descriptor belongs to `stream`, which outlives the call.
        let result = unsafe {
            libc::getsockopt(
                stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERCRED,
                (&raw mut credentials).cast(),
                &raw mut length,
            )
        };
        (result == 0).then(|| Self { uid: credentials.uid, pid: credentials.pid.unsigned_abs() })
    }
}

impl Shared {
    fn answer(&self, request: &Request, peer: Peer) -> Result<Reply, Refusal> {
        match &request.command {
            control::Command::Status {} => Ok(Reply::Status(Box::new(self.status()))),
            control::Command::Latency {} => {
                let rows = self.latency.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if rows.is_empty() {
                    return Err(refusal(
                        "not_yet",
                        "latency is told when the run has ended",
                        "ask again then, or read latency.json in the run's folder",
                    ));
                }
                Ok(Reply::Latency { stages: rows })
            }
            control::Command::Halt { .. } => self.command(CommandCode::Halt, peer),
            control::Command::Resume { .. } => self.command(CommandCode::Resume, peer),
            control::Command::Stop { .. } => {
                let reply = self.command(CommandCode::Stop, peer)?;
                self.stopping.store(true, Ordering::Release);
                Ok(reply)
            }
        }
    }

    fn command(&self, code: CommandCode, peer: Peer) -> Result<Reply, Refusal> {
        self.send(code, peer).map(|seq| Reply::Accepted { seq })
    }

    /// Sends a command to the feed stage and waits for its number.
    fn send(&self, code: CommandCode, peer: Peer) -> Result<u64, Refusal> {
        let mut outlet = self.outlet.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = || refusal("finished", "the run has ended", "start another: ctl battle");
        if self.finished.load(Ordering::Acquire) || outlet.requests.is_abandoned() {
            return Err(gone());
        }
        // An answer that came after its deadline must not be taken for this one's.
        while outlet.accepted.pop().is_ok() {}
        let command = Command { code, uid: peer.uid, pid: peer.pid, slot: 0, value: 0 };
        outlet.requests.push(command).map_err(|_| {
            refusal("busy", "commands are waiting already", "try again in a moment")
        })?;
        let deadline = Instant::now() + ACCEPT_DEADLINE;
        loop {
            if let Ok(seq) = outlet.accepted.pop() {
                return Ok(seq);
            }
            if outlet.requests.is_abandoned() {
                return Err(gone());
            }
            if Instant::now() > deadline {
                return Err(refusal(
                    "timeout",
                    "the engine did not take the command in time; it may still do so",
                    "look at ctl status",
                ));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn status(&self) -> Status {
        let facts = &self.facts;
        let progress = &facts.progress;
        let done = facts.played.load(Ordering::Relaxed);
        let slots = facts.slots.iter().zip(0_u16..);
        Status {
            pid: std::process::id(),
            uptime_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            run_dir: facts.run_dir.display().to_string(),
            journal_dir: facts.journal_dir.display().to_string(),
            state: if self.finished.load(Ordering::Acquire) {
                EngineState::Finished
            } else if self.stopping.load(Ordering::Acquire) {
                EngineState::Stopping
            } else if progress.is_halted() {
                EngineState::Halted
            } else {
                EngineState::Running
            },
            seq: progress.done(),
            sim_time_ns: progress.time().raw(),
            tape_progress: Some(TapeProgress { done, total: facts.events_total }),
            topology: facts.topology.to_owned(),
            speed: facts.speed.clone(),
            slots: slots
                .map(|((name, allocation_bp), slot)| SlotStatus {
                    slot,
                    name: name.clone(),
                    armed: progress.is_armed(SlotId(slot)),
                    allocation_bp: u32::from(*allocation_bp),
                })
                .collect(),
            sessions: facts
                .tapes
                .iter()
                .map(|tape| SessionStatus {
                    name: tape.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    state: "replaying".to_owned(),
                    events: done,
                })
                .collect(),
        }
    }
}

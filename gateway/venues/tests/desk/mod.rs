//! What the tests of the engine process share: short tapes, configurations, runs, clients.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use royale_codec::FrameDecoder;
use royale_codec::control::{Command as Ask, Request, Response, decode, encode};
use royale_journal::{Preamble, Reader, Record};
use royale_model::Event;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing in these tests takes longer.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// The repository's tapes.
pub fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tapes")
}

/// A built module of the authors' kits.
pub fn kit(path: &str) -> Vec<u8> {
    let kits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/sandbox/kits");
    std::fs::read(kits.join(path)).unwrap()
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One Kalshi session.
pub const KALSHI: &str = "kalshi-btc15m-20260514T002426Z.tapez";
/// The session after it.
pub const NEXT: &str = "kalshi-btc15m-20260514T010859Z.tapez";

/// The whole of a bundled tape.
pub fn unpacked(name: &str) -> (Preamble, Vec<Event>) {
    let bytes = std::fs::read(bundled().join(name)).unwrap();
    royale_codec::unpack(&bytes).unwrap()
}

/// The first events of a bundled tape.
pub fn cut(name: &str, events: usize) -> (Preamble, Vec<Event>) {
    let (preamble, mut all) = unpacked(name);
    all.truncate(events);
    (preamble, all)
}

/// A desk: a folder of its own, with a tape and a configuration.
pub struct Desk {
    folder: TempDir,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Holds the code, that the message names everything that it must, and that nothing panicked.
    #[track_caller]
    pub fn with(self, code: i32, named: &[&str]) -> Self {
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        assert_eq!(self.code, Some(code), "{self:?}");
        for name in named {
            assert!(self.stderr.contains(name), "`{name}` is not in the message: {self:?}");
        }
        self
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // What killed engines left in memory does not go with the folder.
        for entry in std::fs::read_dir(self.folder.path()).into_iter().flatten().flatten() {
            let journal = entry.path().join("journal");
            if journal.join("live").is_symlink() {
                let _ = royale_journal::recover(&journal);
            }
        }
    }
}

impl Desk {
    /// 15,000 events of a Kalshi session, at full speed.
    pub fn new() -> Self {
        Self::of(15_000)
    }
    pub fn of(events: usize) -> Self {
        let (preamble, events) = cut(KALSHI, events);
        Self::playing(&preamble, &events)
    }
    pub fn playing(preamble: &Preamble, events: &[Event]) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        royale_journal::write_tape(&desk.path("short.tape"), preamble, events).unwrap();
        desk.write("battle.toml", &config(&["short.tape"]));
        desk
    }
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }
    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
    /// Everything in the folder, sorted.
    pub fn listing(&self) -> Vec<String> {
        fn list(folder: &Path, base: &Path, into: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                into.push(path.strip_prefix(base).unwrap().display().to_string());
                if path.is_dir() && !path.is_symlink() {
                    list(&path, base, into);
                }
            }
        }
        let mut found = Vec::new();
        list(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// `royale` with these arguments, in the desk's folder and with a clean environment.
    pub fn royale(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_royale"));
        command.args(args).current_dir(self.folder.path()).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
    /// `royale run` into `out`, with settings.
    pub fn run_command(&self, out: &str, set: &[&str]) -> Command {
        let socket = format!("{out}.sock");
        let mut args = vec!["run", "--config", "battle.toml", "--out", out, "--socket", &socket];
        for pair in set {
            args.extend(["--set", pair]);
        }
        self.royale(&args)
    }
    pub fn run(&self, out: &str, set: &[&str]) -> Ended {
        finish(self.run_command(out, set).spawn().unwrap())
    }
    pub fn replay(&self, out: &str) -> Ended {
        finish(self.royale(&["replay", "--journal", out]).spawn().unwrap())
    }
    /// A run that is under way and listens.
    pub fn start(&self, out: &str, set: &[&str]) -> Running {
        self.start_command(out, self.run_command(out, set))
    }
    pub fn start_command(&self, out: &str, mut command: Command) -> Running {
        let child = command.spawn().unwrap();
        let mut running = Running { child: Some(child), socket: self.path(&format!("{out}.sock")) };
        let deadline = Instant::now() + PATIENCE;
        while UnixStream::connect(&running.socket).is_err() {
            if running.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_some()) {
                panic!("it ended: {:?}", running.end());
            }
            assert!(Instant::now() < deadline, "nobody listens at {}", running.socket.display());
            std::thread::sleep(Duration::from_millis(2));
        }
        running
    }
    /// The files of a run's journal, by name.
    pub fn journal(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(self.path(out).join("journal")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.insert(name, std::fs::read(&path).unwrap());
        }
        assert!(!files.is_empty());
        files
    }
    pub fn records(&self, out: &str) -> Vec<Record> {
        let mut reader = Reader::open(&self.path(out).join("journal")).unwrap();
        std::iter::from_fn(|| reader.next_record().unwrap()).collect()
    }
    pub fn run_json(&self, out: &str) -> serde_json::Value {
        let text = std::fs::read_to_string(self.path(out).join("run.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// Runs, and holds that a refusal leaves the folder as it was.
#[track_caller]
pub fn refused(desk: &Desk, set: &[&str], code: i32, named: &[&str]) -> Ended {
    let before = desk.listing();
    let ended = desk.run("out", set).with(code, named);
    assert_eq!(desk.listing(), before, "a refused run left something");
    // What check says before is what run says.
    let mut args = vec!["check", "--config", "battle.toml"];
    for pair in set {
        args.extend(["--set", pair]);
    }
    let checked = finish(desk.royale(&args).spawn().unwrap());
    assert_eq!((checked.code, &checked.stderr), (ended.code, &ended.stderr));
    ended
}

/// A configuration with the house's six competitors.
pub fn config(tapes: &[&str]) -> String {
    let mut text = format!(
        "schema_version = 1\n[run]\nname = \"test\"\nspeed = \"max\"\ntopology = \"fused\"\n\
         tapes = {tapes:?}\n[journal]\nsegment_mib = 1\n"
    );
    let names =
        ["fair-value", "event-momentum", "market-maker", "trend", "mean-reversion", "imbalance"];
    for name in names {
        text += &slot(name, name, 1600, "");
    }
    text
}

pub fn slot(name: &str, strategy: &str, allocation_bp: u32, params: &str) -> String {
    format!(
        "[[slot]]\nname = \"{name}\"\nstrategy = \"{strategy}\"\nallocation_bp = {allocation_bp}\n\
         params = {{ {params} }}\n"
    )
}

/// A process that is killed when the test goes.
pub struct Running {
    child: Option<Child>,
    pub socket: PathBuf,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }
    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
    pub fn end(mut self) -> Ended {
        finish(self.child.take().unwrap())
    }
    pub fn client(&self) -> Client {
        Client::new(UnixStream::connect(&self.socket).unwrap())
    }
    /// Waits until that many inputs are sequenced.
    pub fn reach(&self, seq: u64) {
        let deadline = Instant::now() + PATIENCE;
        let mut client = self.client();
        while client.status().seq < seq {
            assert!(Instant::now() < deadline, "the run does not come to input {seq}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits for a process, but not for ever.
pub fn finish(mut child: Child) -> Ended {
    fn drain(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut pipe) = pipe {
                pipe.read_to_end(&mut text).unwrap();
            }
            String::from_utf8_lossy(&text).into_owned()
        })
    }
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still alive: {}", stderr.join().unwrap());
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    Ended { code: status.code(), signal: status.signal(), stdout, stderr }
}

/// A well-behaved client.
pub struct Client {
    pub stream: UnixStream,
    decoder: FrameDecoder,
    next_id: u64,
}

impl Client {
    pub fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self { stream, decoder: FrameDecoder::default(), next_id: 0 }
    }
    /// The next answer; `None` when the engine hung up.
    pub fn hear(&mut self) -> Option<Response> {
        let mut chunk = [0; 4096];
        loop {
            if let Some(body) = self.decoder.next_frame().unwrap() {
                return Some(decode(&body).unwrap());
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(n) => self.decoder.feed(&chunk[..n]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("no answer: {error}"),
            }
        }
    }
    pub fn ask(&mut self, command: Ask) -> Response {
        self.ask_or_leave(command).expect("the engine hung up")
    }
    /// The answer; none when the engine does not talk to us.
    pub fn ask_or_leave(&mut self, command: Ask) -> Option<Response> {
        self.next_id += 1;
        let request = encode(&Request::new(self.next_id, command)).unwrap();
        self.stream.write_all(&request).ok()?;
        let response = self.hear()?;
        assert_eq!(response.id, self.next_id, "an answer to another question");
        Some(response)
    }
    pub fn status(&mut self) -> royale_codec::control::Status {
        match self.ask(Ask::Status {}).result {
            Ok(royale_codec::control::Reply::Status(status)) => *status,
            other => panic!("no status: {other:?}"),
        }
    }
    /// The place that a command got.
    pub fn command(&mut self, command: Ask) -> u64 {
        match self.ask(command).result {
            Ok(royale_codec::control::Reply::Accepted { seq }) => seq,
            other => panic!("not accepted: {other:?}"),
        }
    }
}

pub fn halt() -> Ask {
    Ask::Halt { reason: "drill".to_owned() }
}
pub fn resume() -> Ask {
    Ask::Resume { reason: "drill".to_owned() }
}
pub fn stop() -> Ask {
    Ask::Stop { reason: "drill".to_owned() }
}

/// A core that this process may use.
pub fn first_core() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    list.trim().split([',', '-']).next().unwrap().to_owned()
}

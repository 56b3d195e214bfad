//! The engine that is measured: a process of its own, paced, with the first cpu for its hot thread.

use super::client::Client;
use royale_codec::control::{Command as Ask, EngineState, Reply, TapeProgress};
use royale_codec::latency::HistogramName;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The engine has this long to open its socket, and to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(5);
/// The name of the engine's threads that answer.
pub const CLIENT_THREAD: &str = "royale-client";
/// Latency of every event from the moment at which it was due to the end of all it caused.
const MEASURE: &str = "tick-to-end";

/// A run of the engine. Dropping it ends the run.
#[derive(Debug)]
pub struct Engine {
    child: Child,
    socket: PathBuf,
}

impl Engine {
    /// Starts a run that writes under `folder`, its hot thread on the first of these cpus if there are
    /// more of them, and waits until it listens.
    ///
    /// # Errors
    /// It cannot be started, or does not listen.
    pub fn start(
        program: &Path,
        config: &Path,
        speed: &str,
        folder: &Path,
        cpus: &[usize],
    ) -> Result<Self, String> {
        let (out, socket) = (folder.join("run"), folder.join("engine.sock"));
        let mut command = Command::new(program);
        command.arg("run").arg("--config").arg(config).arg("--out").arg(&out);
        command.arg("--socket").arg(&socket).args(["--speed", speed]);
        for pair in ["run.topology=fused", "latency.record=ends", "meta.policy=off"] {
            command.args(["--set", pair]);
        }
        if let [first, _, ..] = cpus {
            command.args(["--set", "run.wait=spin", "--set", &format!("run.cpus=[{first}]")]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
        let mut engine = Self { child, socket };
        let deadline = Instant::now() + PATIENCE;
        while UnixStream::connect(&engine.socket).is_err() {
            if engine.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Err("the engine ended before it listened".to_owned());
            }
            if Instant::now() > deadline {
                return Err("the engine does not listen".to_owned());
            }
            std::thread::sleep(LOOK);
        }
        Ok(engine)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A stream to it.
    ///
    /// # Errors
    /// It does not listen any more.
    pub fn connect(&self) -> Result<UnixStream, String> {
        UnixStream::connect(&self.socket).map_err(|error| format!("the engine: {error}"))
    }

    /// True if it ends by itself, and in good order: waits for that.
    pub fn has_ended_well(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) => std::thread::sleep(LOOK),
                Err(_) => return false,
            }
        }
        false
    }

    /// Waits for its end in good order.
    ///
    /// # Errors
    /// It failed.
    pub fn wait(mut self) -> Result<(), String> {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the engine ended with {status}")) }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // After `wait` there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The engine's histogram so far, as it was sent: taken apart later, when nothing is measured.
///
/// # Errors
/// The engine is gone, or records no latency.
pub fn histogram(client: &mut Client) -> Result<String, String> {
    let wanted = HistogramName { name: MEASURE.to_owned(), slot: None };
    match client.ask(Ask::Latency { histogram: Some(wanted) })? {
        Ok(Reply::Latency { stages }) => {
            let row = stages.into_iter().next();
            row.and_then(|row| row.histogram).ok_or_else(|| format!("no histogram of {MEASURE}"))
        }
        other => Err(format!("no histogram of {MEASURE}: {other:?}")),
    }
}

/// How much of its tapes the engine has played.
///
/// # Errors
/// It is gone, or on its way out.
pub fn played(client: &mut Client) -> Result<TapeProgress, String> {
    match client.ask(Ask::Status {})? {
        Ok(Reply::Status(status)) if status.state == EngineState::Running => {
            status.tape_progress.ok_or_else(|| "the engine plays no tape".to_owned())
        }
        other => Err(format!("the engine does not run: {other:?}")),
    }
}

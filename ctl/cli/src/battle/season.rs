//! One season: the engine as a child process, its journal followed while it writes.

use super::live::{Now, Screen};
use super::plan::{CONFIG, Plan};
use crate::failure::{Code, Failure};
use crate::{agent, engine, out, source, wire};
use royale_codec::control::TapeProgress;
use royale_config::Policy;
use royale_journal::Reader;
use royale_meta::Step;
use royale_model::Tier;
use royale_plane::Board;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Time between two looks at the journal.
const TICK: Duration = Duration::from_millis(100);
/// Longest fold between two frames.
const FOLD: Duration = Duration::from_millis(80);
/// Time between two questions after the tape's progress.
const ASK: Duration = Duration::from_millis(400);
/// A child that was interrupted may take this long to seal its journal.
const FAREWELL: Duration = Duration::from_secs(10);

/// A season under way.
pub struct Season {
    child: Child,
    log: PathBuf,
    journal: PathBuf,
    socket: Option<PathBuf>,
    seed: u64,
    reader: Option<(Reader, Board)>,
    progress: Option<TapeProgress>,
    asked: Instant,
    agent: Option<BesideIt>,
}

/// The meta-agent of a season, on a thread of its own.
struct BesideIt {
    quit: Arc<AtomicBool>,
    /// What it believed last, for the screen alone.
    p_best: Arc<Mutex<Vec<f64>>>,
    thread: std::thread::JoinHandle<Result<(), Failure>>,
}

/// Becomes true at Ctrl-C.
///
/// # Errors
/// The signal cannot be caught.
pub fn catch_interrupts() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&flag)).map_err(Failure::error)?;
    }
    Ok(flag)
}

impl Season {
    /// Starts the engine, with slots on these tiers.
    ///
    /// # Errors
    /// It is missing, or cannot be started.
    pub fn start(
        plan: &Plan,
        dir: &Path,
        season: &Path,
        seed: u64,
        tiers: &[(String, Tier)],
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(season).map_err(|error| Failure::io(season, "create", &error))?;
        let log = season.join("royale.log");
        let file = File::create(&log).map_err(|error| Failure::io(&log, "create", &error))?;
        let second = file.try_clone().map_err(|error| Failure::io(&log, "open", &error))?;
        let mut command = engine::command()?;
        command.arg("run").arg("--config").arg(dir.join(CONFIG));
        command.arg("--set").arg(format!("run.seed={seed}"));
        command.arg("--set").arg(format!("run.speed={}", plan.speed));
        for (slot, tier) in plan.moved(tiers) {
            command.arg("--set").arg(format!("slot.{slot}.tier={}", tier.name()));
        }
        command.arg("--out").arg(season);
        if let Some(socket) = &plan.socket {
            command.arg("--socket").arg(socket);
        }
        let has_agent = plan.settings.meta.policy != Policy::Off;
        if has_agent {
            command.arg("--with-agent");
        }
        let child =
            command.stdin(Stdio::null()).stdout(file).stderr(second).spawn().map_err(|error| {
                Failure::error(format!("the engine could not be started: {error}"))
            })?;
        let journal = season.join("journal");
        let agent = has_agent.then(|| beside(&journal, plan.socket.as_deref())).transpose()?;
        Ok(Self {
            child,
            log,
            journal,
            agent,
            socket: plan.socket.clone(),
            seed,
            reader: None,
            progress: None,
            asked: Instant::now(),
        })
    }

    /// Follows the journal to its end.
    ///
    /// # Errors
    /// The engine failed, the journal is damaged, or somebody pressed Ctrl-C.
    pub fn watch(
        &mut self,
        screen: &mut Screen,
        number: u32,
        interrupted: &AtomicBool,
    ) -> Result<Board, Failure> {
        let status = loop {
            // Asked before folding: what was written before the exit is then surely read.
            let ended = self.child.try_wait().map_err(Failure::error)?;
            let folded_all = self.fold(ended.is_none())?;
            if interrupted.load(Ordering::Relaxed) {
                return Err(self.interrupt());
            }
            self.ask();
            if let Some((_, board)) = &self.reader {
                let p_best = self.p_best();
                let (progress, seed) = (self.progress, self.seed);
                screen.show(&Now { board, p_best: &p_best, progress, season: number, seed });
            }
            match ended {
                Some(status) => break status,
                None if folded_all => std::thread::sleep(TICK),
                None => {}
            }
        };
        self.end(status, screen, number)
    }

    /// The agent has read the whole journal too: what it believed last. What stopped it before is
    /// told, and no more: the last allocation stayed.
    fn dismiss_agent(&mut self) -> Vec<f64> {
        let Some(BesideIt { quit, thread, p_best }) = self.agent.take() else { return Vec::new() };
        quit.store(true, Ordering::Release);
        match thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                out::remark(&format!("the meta-agent stopped: {}", failure.message()));
            }
            Err(_) => out::remark("the meta-agent stopped: it panicked"),
        }
        copy(&p_best)
    }

    fn p_best(&self) -> Vec<f64> {
        self.agent.as_ref().map(|agent| copy(&agent.p_best)).unwrap_or_default()
    }

    fn end(
        &mut self,
        status: ExitStatus,
        screen: &mut Screen,
        number: u32,
    ) -> Result<Board, Failure> {
        if let Some(failure) = engine::failure_of(status, &self.log) {
            return Err(failure);
        }
        let p_best = self.dismiss_agent();
        let Some((reader, mut board)) = self.reader.take() else {
            let place = self.journal.display();
            return Err(Failure::error(format!("{place}: the engine ended without a journal")));
        };
        if !reader.is_finished() {
            let place = self.journal.display();
            let message = format!("{place}: the journal was not closed in good order");
            return Err(Failure::new(Code::Mismatch, message).remedy("ctl journal verify DIR"));
        }
        board.finish();
        let done = self.progress.map(|p| TapeProgress { done: p.total, ..p });
        let seed = self.seed;
        screen.last(&Now { board: &board, p_best: &p_best, progress: done, season: number, seed });
        Ok(board)
    }

    /// Folds what is written; true when nothing is left. Bounded in time while `is_running`.
    ///
    /// While the engine runs, what cannot be read is read again from the beginning: a reader's
    /// trouble must not end the run that it watches. After the end it is an error.
    fn fold(&mut self, is_running: bool) -> Result<bool, Failure> {
        match self.fold_once(is_running) {
            Err(_) if is_running => {
                self.reader = None;
                Ok(true)
            }
            other => other,
        }
    }

    fn fold_once(&mut self, is_running: bool) -> Result<bool, Failure> {
        if self.reader.is_none() {
            match Reader::open(&self.journal) {
                Ok(reader) => {
                    let stakes = source::stakes(&self.journal, reader.preamble())?;
                    let board = Board::new(reader.preamble(), &stakes);
                    self.reader = Some((reader, board));
                }
                // Not there yet: the engine is still reading its tapes, or ended without one, and
                // then its own words say why.
                Err(_) => return Ok(true),
            }
        }
        let Some((reader, board)) = &mut self.reader else { return Ok(true) };
        let begun = Instant::now();
        let mut count = 0_u32;
        while let Some(record) = reader.next_record()? {
            board.apply(&record);
            count = count.wrapping_add(1);
            if is_running && count.is_multiple_of(1_024) && begun.elapsed() > FOLD {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ask(&mut self) {
        if self.asked.elapsed() < ASK {
            return;
        }
        self.asked = Instant::now();
        // No answer is no harm: the bar waits.
        if let Ok(status) = wire::status(self.socket.as_deref())
            && status.pid == self.child.id()
        {
            self.progress = status.tape_progress;
        }
    }

    /// The terminal has sent Ctrl-C to the engine too, and it seals its journal; a deaf one is
    /// ended.
    fn interrupt(&mut self) -> Failure {
        let command =
            royale_codec::control::Command::Stop { reason: "ctl battle ended".to_owned() };
        let _ = wire::ask(self.socket.as_deref(), command);
        let deadline = Instant::now() + FAREWELL;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let place = self.journal.display();
        Failure::new(Code::Interrupted, format!("interrupted; the journal so far is {place}"))
    }
}

/// Starts the agent beside the engine.
fn beside(journal: &Path, socket: Option<&Path>) -> Result<BesideIt, Failure> {
    let desk = agent::Desk { journal: journal.to_path_buf(), socket: wire::socket_of(socket)? };
    let quit = Arc::new(AtomicBool::new(false));
    let asked_to = Arc::clone(&quit);
    let p_best = Arc::new(Mutex::new(Vec::new()));
    let shown = Arc::clone(&p_best);
    let tell = move |step: &Step, _: &[String]| {
        if let Ok(mut shown) = shown.lock() {
            shown.clone_from(&step.p_best);
        }
    };
    let thread = std::thread::Builder::new()
        .name("meta-agent".into())
        .spawn(move || agent::serve(&desk, &asked_to, tell))
        .map_err(Failure::error)?;
    Ok(BesideIt { quit, p_best, thread })
}

/// A panic of the agent leaves nothing to show.
fn copy(p_best: &Mutex<Vec<f64>>) -> Vec<f64> {
    p_best.lock().map(|all| all.clone()).unwrap_or_default()
}

impl Drop for Season {
    fn drop(&mut self) {
        if let Some(agent) = &self.agent {
            agent.quit.store(true, Ordering::Release);
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            // Left through an error: nobody would stop it any more.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

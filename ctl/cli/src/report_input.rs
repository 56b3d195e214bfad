//! From season folders to a report: boards, seals, hashes, and the parameters of the simulation.

use crate::battle::Manifest;
use crate::commands::journal::hex;
use crate::failure::Failure;
use crate::ladder::{self, Chapter};
use royale_config::Settings;
use royale_journal::{Preamble, Reader, VerifyReport};
use royale_meta::Step;
use royale_plane::{Board, human, stamp};
use royale_research::{Fact, Report, Season, render};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// One season, folded and verified.
#[derive(Debug)]
pub struct SeasonInput {
    /// Its folder.
    pub dir: PathBuf,
    /// Its number, from 1.
    pub number: u32,
    /// Its seed.
    pub seed: u64,
    /// The folded journal.
    pub board: Board,
    /// What the meta-agent makes of each epoch; empty for a run without one.
    pub steps: Vec<Step>,
    /// The end of the journal's chain of seals.
    pub seal: String,
    /// The engine's `latency.json`.
    pub latency: Option<Value>,
    verified: VerifyReport,
    session: String,
    preamble: Preamble,
}

impl SeasonInput {
    /// Verifies the journal in a season's folder, whose board is folded already.
    ///
    /// # Errors
    /// The journal is damaged.
    pub fn new(dir: &Path, number: u32, seed: u64, board: Board) -> Result<Self, Failure> {
        let journal = crate::run_folder::journal_in(dir)?;
        let verified = royale_journal::verify(&journal)?;
        let reader = Reader::open(&journal)?;
        let preamble = reader.preamble().clone();
        let latency = std::fs::read_to_string(dir.join("latency.json")).ok();
        Ok(Self {
            dir: dir.to_path_buf(),
            number,
            seed,
            board,
            steps: crate::agent::history(&journal)?,
            seal: hex(&verified.seal),
            latency: latency.and_then(|text| serde_json::from_str(&text).ok()),
            verified,
            session: hex(&reader.session()),
            preamble,
        })
    }

    /// As the ladder looks at it.
    pub fn chapter(&self) -> Chapter<'_> {
        Chapter { number: self.number, seed: self.seed, seal: Some(&self.seal), board: &self.board }
    }

    fn facts(&self, with_seed: bool) -> Vec<Fact> {
        let mut facts = Vec::new();
        if with_seed {
            facts.push(Fact::new("Seed", self.seed.to_string()));
        }
        if let Some(clock) = self.board.clock() {
            let time = |at| stamp(at).get(..19).unwrap_or_default().to_owned();
            let span = format!("{} to {} UTC", time(clock.first), time(clock.now));
            facts.push(Fact::new("Recorded time", span));
        }
        let v = &self.verified;
        let counts = format!(
            "{} events, {} decisions, {} verdicts, {} orders",
            v.events, v.decisions, v.verdicts, v.orders
        );
        facts.push(Fact::new("Journal", counts));
        let state =
            if v.sealed { "every checksum and seal verified" } else { "sound, but not sealed" };
        facts.push(Fact::new("Verification", state));
        facts.push(Fact::new("Journal seal (SHA-256 chain)", &self.seal));
        facts.push(Fact::new("Session (SHA-256 of the header)", &self.session));
        facts
    }
}

/// The report of a battle.
pub fn html(seasons: &[SeasonInput], manifest: &Manifest) -> String {
    let first = seasons.first();
    let settings = first.and_then(|season| Settings::from_canonical(&season.preamble.config).ok());
    let mut facts = vec![
        Fact::new("Seed", manifest.seed.to_string()),
        Fact::new("Seasons", seasons.len().to_string()),
    ];
    if let Some(season) = first {
        let capital = &season.board.stakes().capital;
        let each = format!("{} {}", human(capital.per_slot), capital.currency);
        facts.push(Fact::new("Capital of each competitor", each));
        let house = format!("{} {}", human(capital.house), capital.currency);
        facts.push(Fact::new("Capital of the house", house));
        let digest = Sha256::digest(season.preamble.config.as_bytes());
        facts.push(Fact::new("Configuration (SHA-256)", hex(&digest)));
    }
    if let Some(settings) = &settings {
        let stem = |tape: &PathBuf| tape.with_extension("").display().to_string();
        let names: Vec<String> = settings.run.tapes.iter().map(stem).collect();
        facts.push(Fact::new("Recordings", names.join(", ")));
    }
    facts.push(Fact::new("Made with", concat!("ctl ", env!("CARGO_PKG_VERSION"))));
    let several = seasons.len() > 1;
    render(&Report {
        title: title(seasons, settings.as_ref()),
        reproduce: manifest.reproduce.clone(),
        facts,
        assumptions: settings.as_ref().map(assumptions).unwrap_or_default(),
        seasons: (1..)
            .zip(seasons)
            .map(|(upto, season)| Season {
                name: format!("Season {}", season.number),
                board: &season.board,
                steps: &season.steps,
                facts: season.facts(several).into_iter().chain(moves(&seasons[..upto])).collect(),
                latency: season.latency.clone(),
            })
            .collect(),
    })
}

/// What the ladder makes of the last of these, with the letters of the marks: V down, A up.
fn moves(seasons: &[SeasonInput]) -> Option<Fact> {
    let chapters: Vec<Chapter<'_>> = seasons.iter().map(SeasonInput::chapter).collect();
    let lines = ladder::sentences(&chapters);
    (!lines.is_empty()).then(|| Fact::new("Ladder afterwards", lines.join("; ")))
}

fn title(seasons: &[SeasonInput], settings: Option<&Settings>) -> String {
    let count = seasons.first().map_or(0, |season| season.board.slots().len());
    let tapes = settings.map_or(0, |settings| settings.run.tapes.len());
    let fought = if count == 1 { "1 strategy".to_owned() } else { format!("{count} strategies") };
    let over = if tapes == 1 { "1 recording".to_owned() } else { format!("{tapes} recordings") };
    format!("{fought}, {over}")
}

/// What the simulation and the risk gate assume, as configured.
fn assumptions(settings: &Settings) -> Vec<Fact> {
    let wanted = ["simulation.", "risk.", "fees.", "capital."];
    let rows = settings.origin_table().into_iter();
    rows.filter(|row| wanted.iter().any(|start| row.key.starts_with(start)))
        .map(|row| Fact::new(row.key, row.value))
        .collect()
}

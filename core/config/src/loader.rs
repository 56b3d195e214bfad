//! The loader stacks the layers: defaults, a file, the environment, the command line.
//!
//! It alone touches the system: it reads the file, and the variables that it was given.

use crate::overrides::{self, PREFIX};
use crate::parse::{Role, parse};
use crate::place::Origin;
use crate::problem::Problems;
use crate::resolve::{Surroundings, resolve};
use crate::settings::Settings;
use crate::written::Written;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Layers of configuration, from the defaults up; [`Loader::load`] resolves them.
#[derive(Clone, Debug)]
pub struct Loader {
    source: Source,
    environment: Vec<(OsString, OsString)>,
    command_line: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
enum Source {
    /// The built-in battle; its tapes lie relative to this folder.
    Battle(PathBuf),
    /// A file to read.
    File(PathBuf),
    /// A file's text, its name, and its folder.
    Text { name: String, text: String, base_dir: PathBuf },
    /// The canonical text of a journal.
    Canonical(String),
}

impl Loader {
    /// The built-in battle ([`crate::DEFAULT`]), whose tapes lie relative to `base_dir`.
    pub fn battle(base_dir: impl Into<PathBuf>) -> Self {
        Self::new(Source::Battle(base_dir.into()))
    }
    /// A configuration file; [`Loader::load`] reads it.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::File(path.into()))
    }
    /// A file's text under a name for errors; its tapes lie relative to `base_dir`.
    pub fn text(
        name: impl Into<String>,
        text: impl Into<String>,
        base_dir: impl Into<PathBuf>,
    ) -> Self {
        let (name, text, base_dir) = (name.into(), text.into(), base_dir.into());
        Self::new(Source::Text { name, text, base_dir })
    }
    pub(crate) fn canonical(text: impl Into<String>) -> Self {
        Self::new(Source::Canonical(text.into()))
    }
    fn new(source: Source) -> Self {
        Self { source, environment: Vec::new(), command_line: Vec::new() }
    }

    /// Adds environment variables, such as `std::env::vars_os()`: `BR_…` override keys, and
    /// `XDG_RUNTIME_DIR` says where the control socket lies by default.
    #[must_use]
    pub fn environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        self.environment.extend(variables);
        self
    }
    /// Sets a key from the command line: `set("run.speed", "max")`; the last word counts.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.command_line.push((key.into(), value.into()));
        self
    }

    /// Reads, stacks, checks and resolves.
    ///
    /// # Errors
    /// Every fault of every layer, each with its place and its remedy.
    pub fn load(self) -> Result<Settings, Problems> {
        let mut problems = Problems::default();
        let mut written = Written::default();
        let default = parse(crate::DEFAULT, &Role::Default, &mut problems);
        written.stack_text(default, &mut problems);
        let is_canonical = matches!(self.source, Source::Canonical(_));
        let (role, text, base_dir) = match self.source {
            Source::Battle(base_dir) => (Role::Default, None, base_dir),
            Source::File(path) => {
                let text = read(&path)?;
                let base_dir = path.parent().map(Path::to_path_buf).unwrap_or_default();
                (Role::File(path.to_string_lossy().into()), Some(text), base_dir)
            }
            Source::Text { name, text, base_dir } => {
                (Role::File(name.into()), Some(text), base_dir)
            }
            Source::Canonical(text) => {
                written.forget_results();
                (Role::Journal, Some(text), PathBuf::new())
            }
        };
        let home = whole(&role);
        let mut surroundings = Surroundings { home: home.clone(), base_dir, runtime_dir: None };
        if let Some(text) = text {
            written.forget_the_battle();
            let faults = problems.len();
            let parsed = parse(&text, &role, &mut problems);
            if problems.len() > faults && parsed.entries.is_empty() {
                // Not TOML: nothing more can be said of it.
                return Err(problems.sorted());
            }
            if parsed.entries.iter().all(|entry| entry.path != "schema_version") {
                let remedy = "write `schema_version = 1` at the top";
                problems.push(home, "schema_version", "is missing", remedy);
            }
            written.stack_text(parsed, &mut problems);
        }
        if !is_canonical {
            let variables = our_variables(&self.environment, &mut surroundings, &mut problems);
            let entries = overrides::from_environment(&variables, &written, &mut problems);
            written.stack(entries, &mut problems);
            let entries = overrides::from_command_line(&self.command_line, &written, &mut problems);
            written.stack(entries, &mut problems);
        }
        resolve(&written, &surroundings, problems)
    }
}

/// A file as a whole, where no line is meant.
fn whole(role: &Role) -> Origin {
    match role {
        Role::Default => Origin::Default,
        Role::File(file) => Origin::File { file: std::sync::Arc::clone(file), line: 0, column: 0 },
        Role::Journal => Origin::Journal { line: 1 },
    }
}

fn read(path: &Path) -> Result<String, Problems> {
    std::fs::read_to_string(path).map_err(|error| {
        let mut problems = Problems::default();
        let origin = whole(&Role::File(path.to_string_lossy().into()));
        let what = format!("the file cannot be read: {error}");
        problems.push(origin, "", what, "check its path and its permissions");
        problems
    })
}

/// The `BR_` variables, sorted, so that errors come in one order; notes the runtime folder.
fn our_variables(
    environment: &[(OsString, OsString)],
    surroundings: &mut Surroundings,
    problems: &mut Problems,
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for (name, value) in environment {
        let Some(name) = name.to_str() else { continue };
        if name == "XDG_RUNTIME_DIR" {
            // The XDG specification says to ignore a relative path.
            let dir = Path::new(value);
            surroundings.runtime_dir = dir.is_absolute().then(|| dir.to_path_buf());
        } else if name.starts_with(PREFIX) {
            match value.to_str() {
                Some(value) => variables.push((name.to_owned(), value.to_owned())),
                None => {
                    let origin = Origin::Environment(name.to_owned());
                    problems.push(origin, name, "is not UTF-8", "write it in UTF-8");
                }
            }
        }
    }
    variables.sort();
    variables
}

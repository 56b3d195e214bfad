//! The files that the settings name: apart from resolving, which is pure.

use crate::module::Modules;
use crate::place::Origin;
use crate::problem::Problems;
use crate::settings::Settings;

impl Settings {
    /// Checks that each tape is a readable file and that runs can be written under `out_dir`; reads
    /// the slots' modules, whose SHA-256 the settings hold from then on.
    ///
    /// # Errors
    /// Every file that is not as it must be.
    pub fn read_files(&mut self) -> Result<Modules, Problems> {
        const TAPES: &str = "run.tapes";
        let mut problems = Problems::default();
        let origin = |key: &str| self.origins.get(key).cloned().unwrap_or(Origin::Default);
        if self.run.tapes.is_empty() {
            let remedy = "name at least one recording";
            problems.push(origin(TAPES), TAPES, "is empty: there is nothing to play", remedy);
        }
        for tape in &self.run.tapes {
            let fault = match std::fs::File::open(tape).and_then(|file| file.metadata()) {
                Ok(metadata) if metadata.is_file() => continue,
                Ok(_) => "not a file".to_owned(),
                Err(error) => error.to_string(),
            };
            let what = format!("names {}, which cannot be read: {fault}", tape.display());
            let remedy = "correct the path; in a file it is relative to that file";
            problems.push(origin(TAPES), TAPES, what, remedy);
        }
        let out_dir = &self.run.out_dir;
        if out_dir.exists() && !out_dir.is_dir() {
            let what = format!("is {}, which is not a folder", out_dir.display());
            let key = "run.out_dir";
            problems.push(origin(key), key, what, "name a folder, or one that can be created");
        }
        let modules = self.read_modules(&mut problems);
        problems.into_result()?;
        Ok(modules)
    }
}

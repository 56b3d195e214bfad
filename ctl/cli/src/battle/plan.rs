//! What will be fought: the configuration of the battle, complete, as a file that runs by itself.

use super::folder::Manifest;
use crate::failure::{Code, Failure};
use crate::names;
use royale_config::{Loader, MODULE, Settings, Slot};
use royale_model::Tier;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Another configuration than the built-in one.
    pub config: Option<PathBuf>,
    /// Pace.
    pub speed: Option<String>,
    /// Seed of the first season.
    pub seed: Option<u64>,
    /// Seasons.
    pub epochs: u32,
    /// The slots that take part; all of them when empty.
    pub only: Vec<String>,
    /// Threads.
    pub topology: Option<String>,
    /// Control socket.
    pub socket: Option<PathBuf>,
}

/// A battle, ready to be written.
#[derive(Debug)]
pub struct Plan {
    /// The resolved configuration.
    pub settings: Settings,
    /// Seed of the first season.
    pub seed: u64,
    /// Seasons.
    pub epochs: u32,
    /// Pace, as the engine takes it.
    pub speed: String,
    /// Control socket, when it was named.
    pub socket: Option<PathBuf>,
    /// True when the tapes are those of this binary.
    pub is_bundled: bool,
    document: Table,
    reproduce: String,
}

/// Name of the configuration in the battle's folder.
pub const CONFIG: &str = "battle.toml";

/// Reads and checks; touches nothing.
///
/// # Errors
/// The configuration's faults, or a slot that does not exist.
pub fn make(wish: &Wish) -> Result<Plan, Failure> {
    let mut loader = match &wish.config {
        Some(file) => Loader::file(file),
        None => Loader::battle(""),
    };
    loader = loader.environment(std::env::vars_os());
    for (key, value) in overrides(wish) {
        loader = loader.set(key, value);
    }
    let mut settings = loader.load()?;
    if wish.config.is_some() {
        settings.read_files()?;
    }
    let mut document = read(wish.config.as_deref())?;
    let known: Vec<String> = settings.slots.iter().map(|slot| slot.name.clone()).collect();
    for name in &wish.only {
        if !known.contains(name) {
            return Err(names::no_slot(name, &known));
        }
    }
    keep_slots(&mut document, &wish.only);
    let seed = settings.run.seed;
    let speed = settings.run.speed.to_string();
    let run = document.entry("run").or_insert_with(|| Value::Table(Table::new()));
    if let Some(run) = run.as_table_mut() {
        run.insert("seed".into(), Value::Integer(i64::try_from(seed).unwrap_or(i64::MAX)));
        run.insert("speed".into(), Value::String(speed.clone()));
        if let Some(topology) = &wish.topology {
            run.insert("topology".into(), Value::String(topology.clone()));
        }
        if wish.config.is_some() {
            let tapes = settings.run.tapes.iter().map(|tape| absolute(tape));
            run.insert("tapes".into(), Value::Array(tapes.collect()));
        }
    }
    pin_modules(&mut document, &settings.slots);
    let reproduce = reproduce(wish, seed);
    Ok(Plan {
        settings,
        seed,
        epochs: wish.epochs,
        speed,
        socket: wish.socket.clone(),
        is_bundled: wish.config.is_none(),
        document,
        reproduce,
    })
}

impl Plan {
    /// Writes the configuration into the battle's folder.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), Failure> {
        let path = dir.join(CONFIG);
        let body = toml::to_string(&self.document).map_err(Failure::error)?;
        let text =
            format!("# Written by ctl battle. To fight it again: {}\n\n{body}", self.reproduce);
        std::fs::write(&path, text).map_err(|error| Failure::io(&path, "write", &error))
    }
    /// Those of these tiers that the configuration does not give a slot already.
    pub fn moved<'a>(
        &'a self,
        tiers: &'a [(String, Tier)],
    ) -> impl Iterator<Item = &'a (String, Tier)> {
        let as_configured = |name: &str, tier: Tier| {
            self.settings.slots.iter().any(|slot| slot.name == name && slot.tier == tier)
        };
        tiers.iter().filter(move |(name, tier)| !as_configured(name, *tier))
    }
    /// What the folder says of itself.
    pub fn manifest(&self) -> Manifest {
        Manifest {
            kind: Manifest::KIND.to_owned(),
            version: Manifest::VERSION,
            seed: self.seed,
            epochs: self.epochs,
            reproduce: self.reproduce.clone(),
        }
    }
}

fn overrides(wish: &Wish) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    all.extend(wish.speed.clone().map(|speed| ("run.speed", speed)));
    all.extend(wish.seed.map(|seed| ("run.seed", seed.to_string())));
    all.extend(wish.topology.clone().map(|topology| ("run.topology", topology)));
    all
}

fn read(config: Option<&Path>) -> Result<Table, Failure> {
    let text = match config {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|error| Failure::io(path, "read", &error))?
        }
        None => royale_config::DEFAULT.to_owned(),
    };
    toml::from_str(&text).map_err(|error| Failure::new(Code::Configuration, error))
}

fn keep_slots(document: &mut Table, only: &[String]) {
    let slots = document.get_mut("slot").and_then(Value::as_array_mut);
    if let Some(slots) = slots.filter(|_| !only.is_empty()) {
        slots.retain(|slot| {
            let name = slot.get("name").and_then(Value::as_str);
            name.is_some_and(|name| only.iter().any(|wanted| wanted == name))
        });
    }
}

/// Modules are found from the battle's folder, too, and are the same in each of its seasons.
fn pin_modules(document: &mut Table, slots: &[Slot]) {
    let tables = document.get_mut("slot").and_then(Value::as_array_mut).into_iter().flatten();
    for table in tables.filter_map(Value::as_table_mut) {
        let name = table.get("name").and_then(Value::as_str);
        let slot = slots.iter().find(|slot| name == Some(slot.name.as_str()));
        let module = slot.and_then(|slot| slot.module.as_ref());
        // Nobody reads files for the built-in battle: its engine hears of an override itself.
        let Some(module) = module.filter(|one| !one.sha256.is_empty()) else { continue };
        // An override may have made it a module's slot.
        table.insert("strategy".into(), Value::String(MODULE.to_owned()));
        table.insert("module".into(), absolute(&module.path));
        table.insert("sha256".into(), Value::String(module.sha256.clone()));
    }
}

fn absolute(path: &Path) -> Value {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    Value::String(absolute.to_string_lossy().into_owned())
}

/// The command that gives the same results: pace and threads do not change them.
fn reproduce(wish: &Wish, seed: u64) -> String {
    let mut command = format!("ctl battle --seed {seed} --speed max");
    if wish.epochs != 1 {
        command.push_str(&format!(" --epochs {}", wish.epochs));
    }
    for name in &wish.only {
        command.push_str(&format!(" --only {name}"));
    }
    if let Some(config) = &wish.config {
        command.push_str(&format!(" --config {}", config.display()));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_file_is_the_battle_that_was_asked_for() {
        let wish = Wish {
            speed: Some("max".into()),
            seed: Some(11),
            epochs: 2,
            only: vec!["trend".into(), "imbalance".into()],
            ..Wish::default()
        };
        let plan = make(&wish).unwrap();
        let dir = tempfile::tempdir().unwrap();
        plan.write(dir.path()).unwrap();
        let settings = Loader::file(dir.path().join(CONFIG)).load().unwrap();
        let names: Vec<_> = settings.slots.iter().map(|slot| slot.name.as_str()).collect();
        assert_eq!(names, ["trend", "imbalance"]);
        assert_eq!((settings.run.seed, settings.run.speed.to_string().as_str()), (11, "max"));
        assert_eq!(settings.run.tapes.len(), 9);
        assert!(settings.run.tapes[0].starts_with(dir.path()), "tapes lie beside the file");
        assert_eq!(
            plan.manifest().reproduce,
            "ctl battle --seed 11 --speed max --epochs 2 --only trend --only imbalance"
        );
    }

    #[test]
    fn the_written_file_finds_the_modules_of_the_one_that_was_asked_for() {
        let desk = tempfile::tempdir().unwrap();
        std::fs::create_dir(desk.path().join("modules")).unwrap();
        std::fs::write(desk.path().join("modules/one.wasm"), "one").unwrap();
        std::fs::write(desk.path().join("tape"), "").unwrap();
        let config = desk.path().join("desk.toml");
        let text = "schema_version = 1\nrun = { name = \"d\", tapes = [\"tape\"] }\n\
                    [[slot]]\nname = \"native\"\nstrategy = \"trend\"\nallocation_bp = 1\n\
                    [[slot]]\nname = \"guest\"\nstrategy = \"module\"\nallocation_bp = 1\n\
                    module = \"modules/one.wasm\"\n";
        std::fs::write(&config, text).unwrap();
        let wish = Wish { config: Some(config), epochs: 2, ..Wish::default() };
        let plan = make(&wish).unwrap();
        let battle = tempfile::tempdir().unwrap();
        plan.write(battle.path()).unwrap();
        let load = || Loader::file(battle.path().join(CONFIG)).load().unwrap();
        let mut settings = load();
        settings.read_files().unwrap();
        assert_eq!(settings.canonical(), plan.settings.canonical());
        assert_eq!(settings.slots[0].module, None);

        // A second season that would play another module does not begin.
        std::fs::write(desk.path().join("modules/one.wasm"), "two").unwrap();
        let refused = load().read_files().unwrap_err().to_string();
        assert!(refused.contains("`slot.guest.sha256` is 7692c3ad"), "{refused}");
    }
}

//! `ctl config check` and `ctl config show`: what is configured, and where it was written.

use crate::failure::Failure;
use crate::out;
use crate::table::{Cell, Table};
use clap::{Args, Subcommand};
use royale_config::{Loader, Settings};
use serde_json::{Value, json};
use std::path::PathBuf;

/// `ctl config`.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Check every key; exit code 5 and all faults with their places when something is wrong
    #[command(
        after_help = "Examples:\n  ctl config check my-battle.toml\n  ctl config check my-battle.toml --set run.seed=9"
    )]
    Check(ConfigArgs),
    /// Print the resolved configuration
    #[command(
        after_help = "Examples:\n  ctl config show\n  ctl config show my-battle.toml --origin"
    )]
    Show(ShowArgs),
}

/// Which configuration.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// Configuration file (TOML) [default: the built-in battle]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Set one key, overriding file and environment; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `ctl config show`.
#[derive(Args, Debug)]
pub struct ShowArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Say where each value was written
    #[arg(long)]
    origin: bool,
}

/// Reads `KEY=VALUE`.
///
/// # Errors
/// Without an equals sign.
pub fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, such as run.speed=max")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Runs one of them.
///
/// # Errors
/// The configuration's faults.
pub fn run(command: &ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check(args) => check(args),
        ConfigCommand::Show(args) => show(args),
    }
}

fn load(args: &ConfigArgs) -> Result<Settings, Failure> {
    let mut loader = match &args.file {
        Some(file) => Loader::file(file),
        None => Loader::battle("deploy"),
    };
    loader = loader.environment(std::env::vars_os());
    for (key, value) in &args.set {
        loader = loader.set(key, value);
    }
    Ok(loader.load()?)
}

fn check(args: &ConfigArgs) -> Result<(), Failure> {
    let mut settings = load(args)?;
    // The built-in battle carries its tapes in this binary; a file must find its own, and its modules.
    // Whether a module can run only the engine knows: it has the sandbox.
    if args.file.is_some() {
        settings.read_files()?;
    }
    let guests = settings.slots.iter().filter(|slot| slot.module.is_some());
    let guests: Vec<&str> = guests.map(|slot| slot.name.as_str()).collect();
    if args.json {
        return out::json(&json!({
            "ok": true,
            "modules_not_compiled": guests,
            "slots": settings.slots.iter().map(|slot| &slot.name).collect::<Vec<_>>(),
            "tapes": settings.run.tapes.len(),
        }));
    }
    let name = args.file.as_ref().map_or("built-in".to_owned(), |file| file.display().to_string());
    let (slots, tapes) = (settings.slots.len(), settings.run.tapes.len());
    out::data(&format!(
        "{name}: right; {slots} slots, {tapes} tapes, seed {}\n",
        settings.run.seed
    ))?;
    if guests.is_empty() {
        return Ok(());
    }
    let guests = guests.join(", ");
    out::data(&format!(
        "not checked: whether the modules of {guests} can run; `royale check` compiles them\n"
    ))
}

fn show(args: &ShowArgs) -> Result<(), Failure> {
    let rows = load(&args.config)?.origin_table();
    if args.config.json {
        let all: Vec<Value> = rows
            .iter()
            .map(
                |row| json!({"key": row.key, "value": row.value, "origin": row.origin.to_string()}),
            )
            .collect();
        return out::json(&all);
    }
    if !args.origin {
        let lines: String =
            rows.iter().map(|row| format!("{} = {}\n", row.key, row.value)).collect();
        return out::data(&lines);
    }
    let mut table = Table::new(&["key", "origin", "value"]);
    for row in &rows {
        let origin = row.origin.to_string();
        table.row(vec![Cell::new(&row.key), Cell::new(&origin), Cell::new(&row.value)]);
    }
    out::data(&table.render(out::colours()))
}

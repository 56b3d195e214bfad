//! `royale strategy`: for people who write strategies for the sandbox.

use crate::args::StrategyCommand;
use crate::exit::{Failure, say};
use crate::qualify;
use crate::versions::hex;
use royale_sandbox::kits::{self, Lang};
use royale_sandbox::{Card, Host, Limits};
use std::io::Read;
use std::path::Path;

/// Runs one of its commands.
pub fn run(command: &StrategyCommand) -> Result<(), Failure> {
    match command {
        StrategyCommand::Check(args) => qualify::check(args),
        StrategyCommand::Inspect { file, json } => inspect(file, *json),
        StrategyCommand::New { name, lang, dir } => {
            let lang = Lang::parse(lang).ok_or_else(|| {
                let known: Vec<&str> = Lang::ALL.iter().map(|lang| lang.name()).collect();
                Failure::Error(format!("there is no kit for `{lang}`: {}", known.join(", ")))
            })?;
            let folder =
                kits::write(dir, name, lang).map_err(|error| Failure::Error(error.to_string()))?;
            say(&format!(
                "{}: written; its README.md says how it is built and tried",
                folder.display()
            ))
        }
    }
}

/// Says what a module is, or why it cannot run; it is compiled, and none of its code runs.
fn inspect(file: &Path, json: bool) -> Result<(), Failure> {
    let limits = Limits::default();
    let failed = |why: String| Failure::Error(format!("{}: {why}", file.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        // One byte more than it may have, so that the inspection says what is wrong.
        .and_then(|file| file.take(limits.module_bytes_max as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| failed(error.to_string()))?;
    let host = Host::new(&limits).map_err(|error| failed(error.to_string()))?;
    let module = host.module(&bytes).map_err(|error| failed(error.to_string()))?;
    let Card {
        sha256,
        bytes,
        abi,
        memory_bytes,
        functions,
        compile_weight,
        imports,
        hands_over_state,
        filters_events,
    } = module.card();
    if json {
        let card = serde_json::json!({
            "sha256": hex(sha256), "bytes": bytes, "abi": abi, "memory_bytes": memory_bytes,
            "functions": functions, "compile_weight": compile_weight, "imports": imports, "hands_over_state": hands_over_state,
            "filters_events": filters_events,
        });
        return say(&format!("{card:#}"));
    }
    say(&format!(
        "{}: a strategy of ABI {abi}\n  sha-256   {}\n  size      {bytes} bytes, {functions} functions\n  \
         compiler  {compile_weight} of {} units\n  \
         memory    {memory_bytes} bytes\n  asks for  {}\n  is shown  {}\n  state     {}",
        file.display(),
        hex(sha256),
        limits.compile_weight_max,
        if imports.is_empty() { "nothing".to_owned() } else { imports.join(", ") },
        if *filters_events { "the events that it says it wants" } else { "every event" },
        if *hands_over_state { "can be handed over" } else { "is not handed over" },
    ))
}

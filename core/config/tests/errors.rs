//! Each fault is named with its place, its key and its remedy, and none hides another.
#![expect(clippy::unwrap_used, reason = "tests")]

use royale_config::Loader;

/// A file that is right, with `extra` behind it.
fn file(extra: &str) -> String {
    format!(
        "schema_version = 1\nrun.name = \"t\"\nrun.tapes = []\n{extra}\n\
         [[slot]]\nname = \"one\"\nstrategy = \"trend\"\nallocation_bp = 1\n"
    )
}

/// The faults of a text, as they are printed.
fn faults(text: &str) -> Vec<String> {
    let result = Loader::text("x.toml", text, "").load();
    result.err().map_or(Vec::new(), |all| all.iter().map(ToString::to_string).collect())
}

/// The only fault of a right file with `extra` on line 4.
fn fault(extra: &str) -> String {
    let all = faults(&file(extra));
    assert_eq!(all.len(), 1, "{extra}: {all:#?}");
    all.into_iter().next().unwrap()
}

#[test]
fn the_right_file_is_right() {
    assert_eq!(faults(&file("")), Vec::<String>::new());
}

#[test]
fn unknown_keys_get_their_nearest_match() {
    for (written, wanted) in [
        ("run.sped = \"1x\"", "x.toml:4:5: unknown key `run.sped`; did you mean `run.speed`?"),
        ("risk.price_colar_bps = 5", "did you mean `risk.price_collar_bps`?"),
        ("simulaton.queue_model = \"prob-log\"", "did you mean `simulation.queue_model`?"),
        ("run.before_send = \"written\"", "did you mean `journal.before_send`?"),
        ("fees.kalshi.takr = \"0\"", "did you mean `fees.kalshi.taker`?"),
        (
            "fees.kalshii.taker = \"0\"",
            "`fees.kalshii.taker` names no venue; did you mean `kalshi`?",
        ),
        ("weather = 1", "unknown key `weather`; remove it"),
        ("weather = {}", "unknown key `weather`; remove it"),
        ("\"run.seed\" = 1", "unknown key `\"run.seed\"`"),
    ] {
        assert!(fault(written).contains(wanted), "{}", fault(written));
    }
}

#[test]
fn wrong_types_and_ranges_say_what_would_be_right() {
    for (written, wanted) in [
        ("run.seed = \"7\"", "`run.seed` is text; write an integer from 0"),
        ("run.seed = -1", "`run.seed` is out of range; write an integer from 0"),
        ("run.seed = 1.5", "`run.seed` is a float"),
        ("run.seed = { a = 1 }", "is a table where a value belongs"),
        ("run.seed = {}", "`run.seed` is a table;"),
        ("run.seed = 99999999999999999999999999999999999999999", "out of range"),
        ("risk = 5", "`risk` is a section, not a value; write `[risk]`"),
        ("run.cpus = [0, 0]", "names a CPU twice"),
        ("run.cpus = [4096]", "element 1 that is no CPU number below 1024"),
        ("run.cpus = 1", "`run.cpus` is an integer; write a list of CPU numbers"),
        ("run.speed = \"fast\"", "is \"fast\", which is no pace; write \"max\" or a whole factor"),
        ("run.speed = \"0x\"", "no pace"),
        ("run.speed = \"+5x\"", "no pace"),
        ("run.speed = \"1.5x\"", "no pace"),
        ("run.topology = \"fusd\"", "no choice; did you mean `fused`?"),
        ("run.wait = \"meditate\"", "write one of `spin`, `yield`, `park`"),
        ("run.out_dir = \"\"", "is no path"),
        ("risk.price_collar_bps = 0", "write an integer from 1 to 10000"),
        ("simulation.consume_liquidity = 1", "is an integer; write true or false"),
        ("simulation.queue_power = inf", "out of range"),
        ("simulation.queue_power = nan", "out of range"),
        ("capital.currency = \"usd\"", "is no currency"),
        ("capital.pegs.usdt = \"1\"", "names no currency"),
        ("capital.pegs.USD = \"1\"", "pegs the capital currency to itself"),
        ("run.on_fault = \"flat\"", "write one of `cancel`, `flatten`"),
        ("journal.before_send = \"sync\"", "write one of `written`, `synced`"),
        ("journal.flush = \"lazy\"\njournal.before_send = \"synced\"", "nothing is forced"),
        ("journal.flush_ms = 0", "write an integer from 1 to 60000"),
        ("journal.memory_dir = \"shm\"", "is no absolute path"),
        ("control.socket = \"engine.sock\"", "no absolute path"),
        ("run.max_idle_gap_ms = 2026-05-14", "is a date"),
    ] {
        assert!(fault(written).contains(wanted), "{written}: {}", fault(written));
    }
}

#[test]
fn money_is_never_a_float() {
    let all = fault("capital.house = 100000.10");
    let wanted = "x.toml:4:9: `capital.house` is a float, which cannot hold it exactly; \
                  write it as text: \"100000.10\"";
    assert_eq!(all, wanted);
    assert!(fault("capital.house = \"1e5\"").contains("not an exact decimal"));
    assert!(fault("capital.house = \"0.0000000001\"").contains("more than nine decimal places"));
    assert!(fault("capital.house = \"0\"").contains("write an exact decimal above 0"));
    assert!(fault("capital.house = -5").contains("out of range"));
    let settings = Loader::text("x", file("capital.house = 250000"), "").load().unwrap();
    assert_eq!(settings.capital.house.to_string(), "250000");
}

#[test]
fn latencies_have_the_keys_of_their_kind_only() {
    let table = "simulation.order_latency = ";
    for (written, wanted) in [
        ("{ kind = \"constant\" }", "`simulation.order_latency.us` is missing"),
        ("{ us = 5 }", "is no key of a lognormal latency"),
        ("{ kind = \"constant\", us = 1, max_us = 2 }", "is no key of a constant latency"),
        ("{ kind = \"uniform\", min_us = 3, max_us = 2 }", "is below `min_us`"),
        ("{ kind = \"lognormal\", median_us = 3, sigma = 1, max_us = 2 }", "is below `median_us`"),
        ("{ kind = \"lognormal\", median_us = 3, sigma = -1, max_us = 9 }", "from 0 to 5"),
        ("{ kind = \"gamma\", us = 1 }", "is \"gamma\", which is no choice"),
    ] {
        assert!(fault(&format!("{table}{written}")).contains(wanted), "{written}");
    }
    assert_eq!(faults(&file("simulation.feed_latency.us = 5")), Vec::<String>::new());
}

#[test]
fn slots_are_unique_named_and_share_what_there_is() {
    let slot = |name: &str, share: u32| {
        format!("[[slot]]\nname = {name}\nstrategy = \"s\"\nallocation_bp = {share}\n")
    };
    let twice = fault(&slot("\"one\"", 1));
    assert!(twice.starts_with("x.toml:10:1: `slot.#2` is a second slot named \"one\""), "{twice}");
    assert!(fault(&slot("\"Ünï\"", 1)).contains("write a name of a-z"));
    assert!(fault(&slot("\"\"", 1)).contains("write a name of a-z"));
    assert!(fault(&slot("5", 1)).contains("is an integer"));
    let sum = fault(&[slot("\"two\"", 5_000), slot("\"three\"", 5_000)].concat());
    assert!(sum.contains("sum of all slots' shares to 10001 basis points"), "{sum}");
    assert!(sum.starts_with("x.toml:16:1: `slot.one.allocation_bp`"), "{sum}");
    let cap = fault(&slot("\"two\"", 5_001));
    assert!(cap.contains("`slot.two.allocation_bp` is above the largest share of one slot, 5000"));
    assert!(fault("[[slot]]\nstrategy = \"s\"\nallocation_bp = 1").contains("name` is missing"));
    let foreign = fault(&format!("{}params = {{ a = [1] }}", slot("\"two\"", 1)));
    assert!(foreign.contains("`slot.two.params.a` is a list"), "{foreign}");
    let none = faults("schema_version = 1\nrun.name = \"t\"\nrun.tapes = []\n");
    assert_eq!(none, ["x.toml: `slot` is missing; write a `[[slot]]` table for each competitor"]);
    let table = faults("schema_version=1\nrun.name=\"t\"\nrun.tapes=[]\n[slot]\nname=\"a\"\n");
    assert!(table[1].contains("write each slot as a `[[slot]]` table"), "{table:?}");
    let many: String = (0..65).map(|n| slot(&format!("\"s{n}\""), 1)).collect();
    assert!(fault(&many).contains("has 66 tables; write at most 64"));
}

#[test]
fn what_the_gate_would_cut_off_is_no_cap() {
    assert!(fault("meta.cap_bp = 5001").contains("above risk.allocation_bp_max, which is 5000"));
    assert!(fault("meta.floor_bp = 4501").contains("above meta.cap_bp, which is 4500"));
    assert!(fault("meta.class_caps.\"A b\" = 1").contains("names no class"));
    assert!(fault("meta.policy = \"clever\"").contains("`thompson`"));
}

#[test]
fn a_socket_path_that_the_system_cannot_hold_is_refused() {
    let path = |length: usize| format!("control.socket = \"/{}\"", "s".repeat(length - 1));
    assert_eq!(faults(&file(&path(102))), Vec::<String>::new());
    assert!(fault(&path(103)).contains("103 bytes, and a socket's holds at most 102"));
    let long = format!("/{}", "r".repeat(120));
    let runtime = [("XDG_RUNTIME_DIR".into(), long.into())];
    assert!(Loader::battle("").environment(runtime).load().is_err());
}

#[test]
fn fees_need_all_three_keys() {
    let all = faults(&file("fees.coinbase.maker = \"-0.0001\""));
    assert!(all.iter().any(|fault| fault.contains("`fees.coinbase.kind` is missing")), "{all:?}");
    assert!(all.iter().any(|fault| fault.contains("`fees.coinbase.taker` is missing")), "{all:?}");
}

#[test]
fn another_version_is_refused_as_such() {
    let later = file("").replace("schema_version = 1", "schema_version = 2");
    assert!(faults(&later)[0].contains("`schema_version` is 2, and this build reads 1"));
    let none = file("").replace("schema_version = 1", "");
    assert_eq!(
        faults(&none),
        ["x.toml: `schema_version` is missing; write `schema_version = 1` at the top"]
    );
}

#[test]
fn all_faults_come_at_once_in_the_order_of_the_text() {
    let all = faults(&file(
        "run.sped = 1\nrun.seed = \"x\"\ncapital.house = 1.5\nrisk.price_collar_bps = 0",
    ));
    let lines: Vec<_> = all.iter().map(|fault| fault.split(':').nth(1).unwrap()).collect();
    assert_eq!(lines, ["4", "5", "6", "7"], "{all:#?}");
}

#[test]
fn all_faults_of_syntax_come_at_once() {
    let all = faults("a = \nb = [1\n\nc = @\n");
    assert!(all.len() >= 2, "{all:#?}");
    assert!(all[0].starts_with("x.toml:1:"), "{all:#?}");
}

#[test]
fn missing_tapes_are_found_by_their_own_check() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("here.tapez"), b"x").unwrap();
    let text = file("").replace("[]", "[\"here.tapez\", \"gone.tapez\", \".\"]");
    assert!(fault_of(&text, dir.path()).contains("is no path of a file"));
    let text = file("").replace("[]", "[\"here.tapez\", \"gone.tapez\"]");
    let mut settings = Loader::text("x.toml", text, dir.path()).load().unwrap();
    let missing = settings.read_files().unwrap_err();
    assert_eq!(missing.len(), 1);
    assert!(missing.to_string().starts_with("x.toml:3:5: `run.tapes` names "), "{missing}");
    assert!(missing.to_string().contains("gone.tapez"), "{missing}");
    let mut settings = Loader::text("x.toml", file(""), "").load().unwrap();
    assert!(settings.read_files().unwrap_err().to_string().contains("nothing to play"));
    assert!(Loader::file(dir.path().join("none.toml")).load().is_err());
}

fn fault_of(text: &str, base: &std::path::Path) -> String {
    Loader::text("x.toml", text, base).load().unwrap_err().to_string()
}

#[test]
fn tapes_of_one_name_are_refused() {
    let text = file("").replace("[]", "[\"a/t.tapez\", \"b/t.tape\"]");
    assert!(faults(&text)[0].contains("has two tapes of one name"));
}

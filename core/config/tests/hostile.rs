//! Any text gives settings or faults: never a panic, never an empty list of faults.

use proptest::prelude::*;
use royale_config::{DEFAULT, Loader, Settings, keys};

fn check(result: Result<Settings, royale_config::Problems>) {
    match result {
        Ok(settings) => {
            assert!(!settings.canonical().is_empty());
            assert!(!settings.origin_table().is_empty());
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems.iter() {
                assert!(!problem.what.is_empty() && !problem.remedy.is_empty());
            }
        }
    }
}

fn any_key() -> impl Strategy<Value = String> {
    (0..keys().len(), "[a-z#\\.\"_-]{0,3}").prop_map(|(at, noise)| {
        let path = keys()[at].path;
        let own =
            [("<name>", "trend"), ("<venue>", "kalshi"), ("<currency>", "USDT"), ("<key>", "k")];
        own.iter().fold(path.to_owned(), |path, (from, to)| path.replace(from, to)) + &noise
    })
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        Just("{}".to_owned()),
        Just("[[]]".to_owned()),
        Just("[1, \"a\", {}]".to_owned()),
        Just("nan".to_owned()),
        Just("-inf".to_owned()),
        Just("true".to_owned()),
        Just("0xffffffffffffffffffffffff".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        Just("\"\\u0000\"".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}")),
        "[0-9\\.+-]{0,12}".prop_map(|text| format!("\"{text}\"")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_text(text in "\\PC*") {
        check(Loader::text("x", text.clone(), "").load());
        check(Settings::from_canonical(&text));
    }

    #[test]
    fn random_lines_of_real_keys(
        lines in prop::collection::vec((any_key(), any_value()), 0..8),
        header in prop_oneof![Just(""), Just("[run]"), Just("[[slot]]"), Just("[slot.trend]"), Just("[[run]]")],
    ) {
        let mut text = String::from("schema_version = 1\n");
        for (key, value) in &lines {
            text.push_str(&format!("{key} = {value}\n"));
        }
        text.push_str(header);
        text.push_str("\nname = \"trend\"\n");
        check(Loader::text("x", text.clone(), "").load());
        check(Settings::from_canonical(&text));
    }

    #[test]
    fn a_damaged_default(at in 0..DEFAULT.len(), cut in 0..40_usize, insert in "\\PC{0,4}") {
        let bytes = DEFAULT.as_bytes();
        let end = (at + cut).min(bytes.len());
        let damaged = [&bytes[..at], insert.as_bytes(), &bytes[end..]].concat();
        let text = String::from_utf8_lossy(&damaged).into_owned();
        check(Loader::text("x", text.clone(), "").load());
        check(Settings::from_canonical(&text));
    }

    #[test]
    fn random_overrides(pairs in prop::collection::vec((any_key(), any_value()), 0..6)) {
        let mut loader = Loader::battle("");
        for (key, value) in &pairs {
            let name = format!("BR_{}", key.to_uppercase().replace('.', "__").replace('-', "_"));
            loader = loader.environment([(name.into(), value.into())]).set(key.clone(), value.clone());
        }
        check(loader.load());
    }
}

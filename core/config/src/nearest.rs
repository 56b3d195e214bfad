//! The nearest match for a name that does not exist: "did you mean `run.speed`?".

/// The candidate that `name` was most likely meant to be, if any is near enough.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Hostile names may be long; nothing beyond this length is a slip of the finger.
    const LENGTH_MAX: usize = 80;
    if name.len() > LENGTH_MAX {
        return None;
    }
    let allowed = (name.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        // Of two equally near, the one that looks more alike: `sped` is `speed` before `seed`.
        .min_by(|(a, a_name), (b, b_name)| {
            let alike = |candidate| strsim::jaro_winkler(name, candidate);
            a.cmp(b).then_with(|| alike(b_name).total_cmp(&alike(a_name)))
        })
        .map(|(_, candidate)| candidate)
}

/// The remedy for a wrong word out of a closed list.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    match nearest(name, candidates.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let all: Vec<_> = candidates.into_iter().map(|word| format!("`{word}`")).collect();
            format!("write one of {}", all.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["run.speed", "run.seed", "risk.price_collar_bps"];
        assert_eq!(nearest("run.sped", known), Some("run.speed"));
        assert_eq!(nearest("run.seeed", known), Some("run.seed"));
        assert_eq!(nearest("risk.price_colar_bps", known), Some("risk.price_collar_bps"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }
}

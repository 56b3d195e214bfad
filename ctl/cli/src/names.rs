//! Names that people type: slots, orders, inputs and others, with the nearest match for what does not exist.

use crate::failure::Failure;
use royale_model::{OrderId, Seq, SlotId};
use royale_plane::Board;

/// Finds a slot by its name or its number.
///
/// # Errors
/// No such slot; says which one was probably meant.
pub fn slot(board: &Board, name: &str) -> Result<SlotId, Failure> {
    if let Some(slot) = board.slot_named(name) {
        return Ok(slot);
    }
    let by_number = name.parse::<u16>().ok().filter(|&n| usize::from(n) < board.slots().len());
    by_number.map(SlotId).ok_or_else(|| no_slot(name, board.slots()))
}

/// The failure for a slot that does not exist.
pub fn no_slot(name: &str, known: &[String]) -> Failure {
    unknown("slot", name, known)
}

/// The failure for a name that nothing of this kind has.
pub fn unknown(kind: &str, name: &str, known: &[String]) -> Failure {
    let failure = Failure::not_found(format!("no {kind} is called `{name}`"));
    match nearest(name, known) {
        Some(near) => failure.remedy(format!("did you mean `{near}`?")),
        None => failure.remedy(format!("one of {}", known.join(", "))),
    }
}

/// What somebody wants explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// An order.
    Order(OrderId),
    /// An input, by its sequence number.
    Input(Seq),
    /// The newest order that was filled.
    Last,
}

/// Reads what somebody wants explained: `S03-17`, `265827`, `#265827`, `last`.
///
/// # Errors
/// None of these.
pub fn subject(text: &str) -> Result<Subject, Failure> {
    if text == "last" {
        return Ok(Subject::Last);
    }
    let number = text.strip_prefix('#').unwrap_or(text).parse().ok().filter(|&seq| seq > 0);
    let order = || OrderId::parse(text).map(Subject::Order);
    number.map(Subject::Input).or_else(order).ok_or_else(|| {
        Failure::not_found(format!("`{text}` is no order and no input")).remedy(
            "orders look like S03-17 (shadow) or H03-17 (house), inputs like 265827 or '#265827'; \
             ctl orders and ctl decisions list them",
        )
    })
}

fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let allowed = (name.chars().count() / 3).clamp(1, 4);
    let near =
        |candidate: &'a String| (strsim::damerau_levenshtein(name, candidate), candidate.as_str());
    // A long foreign word is nobody's slip of the finger.
    let candidates = known.iter().filter(|_| name.len() <= 80).map(near);
    candidates.filter(|(d, _)| *d <= allowed).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["fair-value", "trend", "market-maker"].map(str::to_owned);
        assert_eq!(nearest("fair-valeu", &known), Some("fair-value"));
        assert_eq!(nearest("trand", &known), Some("trend"));
        assert_eq!(nearest("weather", &known), None);
    }
}

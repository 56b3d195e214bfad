//! Who may move on the ladder: small fields, ties, vacancies, strangers in a slot.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod support;

use royale_journal::JournalError;
use royale_model::{ExecType, Fault, Side, SlotEvent, SlotId, Tier};
use royale_plane::{Board, Judgement, Shares, Verdict, judge, trials};
use support::{BTC, Script, preamble, stakes};

/// A season of so many slots, on these tiers; `loses` says what each sells its coin for, after it
/// bought it at 101.
fn season(sells: &[Option<&str>], tiers: &[Tier], also: impl FnOnce(&mut Script)) -> Board {
    season_with(Vec::new(), sells, tiers, also)
}

/// The same with slots that began without a strategy.
fn season_with(
    vacant: Vec<SlotId>,
    sells: &[Option<&str>],
    tiers: &[Tier],
    also: impl FnOnce(&mut Script),
) -> Board {
    let folder = tempfile::tempdir().unwrap();
    let mut head = preamble("");
    head.slots = (0..sells.len()).map(|slot| format!("slot-{slot}")).collect();
    let mut s = Script::create_with(folder.path(), &head);
    s.wait(1_000).quote(BTC, "99", "101");
    for (slot, at) in (0_u16..).zip(sells) {
        let Some(at) = at else { continue };
        for (index, side, price) in [(1, Side::Buy, "101"), (2, Side::Sell, *at)] {
            let id = s.decide(slot, index, BTC, side, "1", price);
            s.send(id, BTC, side, "1", price);
            s.wait(1).report(id, BTC, side, ExecType::Trade, ("1", price, "0"));
        }
    }
    also(&mut s);
    s.finish();
    let mut stakes = stakes();
    stakes.vacant = vacant;
    let shares = sells.iter().map(|_| 100);
    stakes.shares = Shares::new(shares, 5_000).with_tiers(tiers.iter().copied());
    royale_plane::load::<JournalError>(folder.path(), |_| Ok(stakes)).unwrap().board
}

fn falling(verdicts: &[Judgement]) -> Vec<&str> {
    let falls = verdicts.iter().filter(|one| one.verdict == Verdict::Relegated);
    falls.map(|one| one.slot.as_str()).collect()
}

#[test]
fn a_quarter_falls_and_never_the_last_with_capital() {
    let sells = ["100", "99", "98", "97", "96", "95", "94", "93", "92"].map(Some);
    for (slots, fall) in [(1, 0), (2, 0), (3, 0), (4, 1), (7, 1), (8, 2), (9, 2)] {
        let board = season(&sells[..slots], &[], |_| {});
        let verdicts = judge(&[&board]);
        let last: Vec<String> = (slots - fall..slots).map(|slot| format!("slot-{slot}")).collect();
        assert_eq!(falling(&verdicts), last, "of {slots}");
    }
    // Those on the shadow tier are not among the four, and cannot fall.
    let board = season(&sells[..6], &[Tier::Paper, Tier::Live, Tier::Paper, Tier::Shadow], |_| {});
    let verdicts = judge(&[&board]);
    assert_eq!(falling(&verdicts), ["slot-5"]);
    let board = season(&sells[..6], &[Tier::Shadow; 3], |_| {});
    assert_eq!(falling(&judge(&[&board])), [""; 0]);
}

#[test]
fn the_order_of_slots_relegates_nobody() {
    let idle = season(&[None; 8], &[], |_| {});
    assert_eq!(falling(&judge(&[&idle])), [""; 0], "nobody did worse than another");
    let sells = [Some("98"), Some("97"), Some("98"), Some("97")];
    let tied = season(&sells, &[], |_| {});
    assert_eq!(falling(&judge(&[&tied])), [""; 0], "the last two are level");
    let sells = [Some("98"), Some("96"), Some("98"), Some("97")];
    assert_eq!(falling(&judge(&[&season(&sells, &[], |_| {})])), ["slot-1"]);
}

#[test]
fn a_vacant_slot_is_no_competitor_and_every_version_is_a_try() {
    let sells = [Some("98"), None, Some("97")];
    let swap = |s: &mut Script| s.install(0, 1);
    let board = season_with(vec![SlotId(1)], &sells, &[], swap);
    assert_eq!(trials(&[&board]), 3, "two slots and a version");
    assert_eq!(trials(&[&season(&sells, &[], swap)]), 4);
    // The same slots again are the same tries.
    assert_eq!(trials(&[&board, &board]), 3);
    let verdicts = judge(&[&board]);
    assert_eq!(verdicts.len(), 2);
    let swapped = verdicts.iter().find(|one| one.slot == "slot-0").unwrap();
    assert!(swapped.barred.contains("more than one strategy"), "{swapped:?}");
    assert!(swapped.missed().contains(&swapped.barred));
}

#[test]
fn a_slot_that_is_stopped_is_not_promoted() {
    let stop = |s: &mut Script| {
        s.slot(0, SlotEvent::Disarmed, Fault::Panic);
    };
    let board = season(&[Some("98"), Some("97")], &[], stop);
    let verdicts = judge(&[&board]);
    let stopped = verdicts.iter().find(|one| one.slot == "slot-0").unwrap();
    assert_eq!(stopped.barred, "it is stopped");
}

//! What a story says, and what the count of stories finds.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use royale_journal::JournalError;
use royale_model::{Account, Body, Command, CommandCode, InstrumentId, OrderId, Side, SlotId};
use royale_plane::{Coverage, Covered, InputRecords, InputStory, Read, read};
use std::path::Path;
use support::{EVENT, Script, stakes};

fn written(script: impl Fn(&mut Script)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut s = Script::create(&folder.path().join("journal"), "");
    s.quote(EVENT, "0.30", "0.31");
    script(&mut s);
    s.finish();
    folder
}

fn load(folder: &Path, see: impl FnMut(&royale_plane::Board, &royale_journal::Record)) -> Read {
    read::<JournalError>(&folder.join("journal"), |_| Ok(stakes()), see).unwrap()
}

fn input(folder: &Path, seq: u64) -> InputStory {
    let mut records = InputRecords::of(seq);
    let read = load(folder, |board, record| records.see(board, record));
    read.loaded.board.explain_input(&records).unwrap()
}

fn cover(folder: &Path) -> Covered {
    let mut coverage = Coverage::default();
    let read = load(folder, |board, record| coverage.see(board, record));
    coverage.tell(&read.loaded.board, None, |_| Ok::<(), JournalError>(())).unwrap()
}

fn house(order: OrderId) -> OrderId {
    order.on(Account::house(SlotId(0)))
}

/// 40 asked × 25 % × 50,000 ÷ 100,000 = 5.
#[test]
fn a_house_order_of_another_size_than_the_gates_is_found() {
    let of = |sent: &'static str| {
        written(move |s| {
            let order = s.decide(0, 1, EVENT, Side::Buy, "40", "0.31");
            s.send(order, EVENT, Side::Buy, "40", "0.31");
            s.send(house(order), EVENT, Side::Buy, sent, "0.31");
        })
    };
    let right = of("5");
    assert_eq!(cover(right.path()).problems, Vec::<String>::new());
    let story =
        load(right.path(), |_, _| {}).loaded.board.explain(OrderId::parse("H00-1").unwrap());
    let story = story.unwrap();
    assert_eq!(
        story.size.unwrap().sentences,
        ["40 asked × 25.00 % of the house × 0.5 (house capital ÷ slot capital) = 5 in lots of 1."]
    );
    assert!(story.headline.starts_with("BUY 5 KXBTC15M-<b>30 YES @ 0.31: "), "{}", story.headline);
    let covered = cover(of("6").path());
    let [problem] = &covered.problems[..] else { panic!("one problem: {covered:?}") };
    assert!(
        problem.starts_with("H00-1: ") && problem.contains("But 6 was sent, not 5."),
        "{problem}"
    );
    assert_eq!((covered.tallies[2].orders, covered.tallies[2].explained), (2, 1));
}

#[test]
fn a_version_answers_for_what_it_decided_and_for_nothing_before() {
    let folder = written(|s| {
        for index in 1..=2 {
            let order = s.decide(0, index, EVENT, Side::Buy, "1", "0.31");
            s.send(order, EVENT, Side::Buy, "1", "0.31");
            if index == 1 {
                s.install(0, 3);
            }
            s.wait(5).quote(EVENT, "0.30", "0.31");
        }
    });
    let board = load(folder.path(), |_, _| {}).loaded.board;
    let runs = |id: &str| board.explain(OrderId::parse(id).unwrap()).unwrap().runs;
    assert_eq!((runs("S00-1").version, runs("S00-2").version), (0, 3));
    assert_eq!((runs("S00-2").since, runs("S00-2").manifest), (1, "ab".repeat(32)));
    assert_eq!(board.running(SlotId(1), 9).version, 0, "the other slot's is its own");
    assert_eq!(input(folder.path(), 1).slot_changes, ["alpha: installed version 3"]);
}

#[test]
fn an_allocation_says_who_and_why_and_what_was_left_of_it() {
    let folder = written(|s| {
        let note = royale_model::Note::split(royale_model::NotePurpose::Reason, "it wins");
        for note in note {
            s.event(InstrumentId::NONE, Body::Note(note));
        }
        let code = CommandCode::Allocate;
        let command = Command { code, uid: 1_000, pid: 77, slot: 0, value: 9_000 };
        s.event(InstrumentId::NONE, Body::Command(command));
    });
    let story = input(folder.path(), 3);
    let (command, share) = (story.command.unwrap(), story.allocation.unwrap());
    assert_eq!((story.is, command.uid, command.reason.as_str()), ("allocation", 1_000, "it wins"));
    // No slot may have more than half.
    assert_eq!((share.slot.as_str(), share.before_bp, share.after_bp), ("alpha", 2_500, 5_000));
    assert_eq!(input(folder.path(), 2).text, "note: why the next command was given: “it wins”");
}

#[test]
fn an_abstention_is_explained_at_its_input() {
    let folder = written(|s| s.abstain(0, EVENT, true));
    let story = input(folder.path(), 1);
    let [told] = &story.explanations[..] else { panic!("one abstention: {story:?}") };
    assert_eq!((told.status, told.order.as_str(), told.size.is_none()), ("abstained", "", true));
    assert!(told.headline.starts_with("NO TRADE, would buy 100 KX"), "{}", told.headline);
    let failed: Vec<_> = told.gates.iter().filter(|gate| !gate.passed).collect();
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[0].limit.as_deref(), Some("0.3"), "of the first that failed");
    assert_eq!(failed[1].limit, None);
    let covered = cover(folder.path());
    assert_eq!((covered.tallies[2].abstentions, covered.tallies[2].abstentions_explained), (1, 1));
}

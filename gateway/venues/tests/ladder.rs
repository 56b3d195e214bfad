//! Slots move between tiers while the run goes on: by command, on the journal, and again in a replay.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Client, Desk, stop};
use royale_codec::control::{Command as Ask, Share};
use royale_journal::Record;
use royale_model::{Account, Body, Command, CommandCode, RefusalCode, Remark, SlotId, Tier};

const TALK: [&str; 3] = ["run.speed=20x", "run.max_idle_gap_ms=200", "slot.trend.tier=shadow"];

fn put(slot: &str, tier: &str, missed: &str, reason: &str) -> Ask {
    let [slot, tier, missed, reason] = [slot, tier, missed, reason].map(str::to_owned);
    Ask::Tier { slot, tier, missed, reason }
}

fn give(slot: &str, bp: u16) -> Ask {
    let shares = vec![Share { slot: slot.to_owned(), bp }];
    Ask::Allocate { shares, regime: None, reason: "more".to_owned() }
}

fn refused(client: &mut Client, ask: Ask) -> (String, String) {
    let refusal = client.ask(ask).result.expect_err("not refused");
    (refusal.code, refusal.message)
}

/// Tier and share of a slot, as the engine tells them.
fn stands(client: &mut Client, slot: &str) -> (String, u32) {
    let slots = client.status().slots;
    let one = slots.into_iter().find(|one| one.name == slot).unwrap();
    (one.tier, one.allocation_bp)
}

#[test]
fn a_move_on_the_ladder_is_an_input_with_its_sender_his_reason_and_its_refusal() {
    let desk = Desk::new();
    let run = desk.start("out", &TALK);
    let mut client = run.client();
    run.reach(100);
    assert_eq!(stands(&mut client, "trend"), ("shadow".to_owned(), 0));
    let (code, why) = refused(&mut client, give("trend", 500));
    assert!(code == "tier" && why.contains("shadow tier"), "{code} {why}");
    client.ask(give("trend", 0)).result.unwrap();
    let missed = "trades 2, at least 100 wanted; Sharpe 0.10, at least 1.00 wanted";
    let (code, why) = refused(&mut client, put("trend", "paper", missed, "looks good"));
    assert_eq!((code.as_str(), why), ("gate", format!("trend from shadow to paper: {missed}")));
    assert_eq!(refused(&mut client, put("trend", "live", "", "a season")).0, "ladder");
    assert_eq!(refused(&mut client, put("trend", "paper", "", "")).0, "ladder", "no evidence");
    assert_eq!(refused(&mut client, put("nobody", "paper", "", "x")).0, "unknown");
    client.command(put("trend", "paper", "", "a season (evidence: trades 120)"));
    assert_eq!(stands(&mut client, "trend"), ("paper".to_owned(), 0));
    client.command(put("fair-value", "shadow", "", "odd quotes"));
    assert_eq!(stands(&mut client, "fair-value"), ("shadow".to_owned(), 0));
    client.command(give("trend", 500));
    client.command(stop());
    run.end().with(0, &[]);

    let mut remark = Remark::default();
    let mut seen: Vec<(Command, String, String)> = Vec::new();
    for record in desk.records("out") {
        let Record::Event(event) = record else { continue };
        match event.body() {
            Body::Note(note) => remark.take(&note),
            Body::Command(command) => {
                let remark = std::mem::take(&mut remark);
                seen.push((command, remark.reason(), remark.refusal()));
            }
            _ => {}
        }
    }
    let moves: Vec<_> = seen.iter().filter(|(one, ..)| one.code == CommandCode::Tier).collect();
    let told = |at: usize| (moves[at].0.slot, moves[at].0.value, moves[at].1.as_str());
    assert_eq!(told(0), (3, Tier::Paper.number(), "a season (evidence: trades 120)"));
    assert_eq!(told(1), (0, Tier::Shadow.number(), "odd quotes"));
    assert!(moves.len() == 2 && moves.iter().all(|one| one.0.pid == std::process::id()));
    let asked = |code: CommandCode| {
        let is_one = move |one: &&(Command, String, String)| {
            one.0.code == CommandCode::Refused && one.0.value == code as i64
        };
        seen.iter().filter(is_one).count()
    };
    assert_eq!((asked(CommandCode::Tier), asked(CommandCode::Allocate)), (4, 1));
    let gate = seen.iter().find(|one| one.2.contains(missed)).unwrap();
    assert_eq!((gate.0.slot, gate.1.as_str()), (3, "looks good"));
    desk.replay("out").with(0, &[]);
}

/// The whole tape with a slot that is relegated on the way, and one that is not followed at all.
#[test]
fn a_relegated_slot_trades_on_and_moves_no_money_of_the_house() {
    let desk = Desk::new();
    let run = desk.start("out", &["run.speed=400x", "slot.imbalance.tier=shadow"]);
    let mut client = run.client();
    run.reach(5_000);
    client.command(put("market-maker", "shadow", "", "a drill"));
    drop(client);
    run.end().with(0, &[]);
    let (mut at, mut own, mut never) = (None, 0, 0);
    for record in desk.records("out") {
        match record {
            Record::Event(event) => {
                if let Body::Command(command) = event.body()
                    && command.code == CommandCode::Tier
                {
                    at = Some(event.seq());
                }
            }
            Record::Order(order) if order.id.account() == Account::house(SlotId(5)) => never += 1,
            Record::Order(order) if order.id.account() == Account::shadow(SlotId(2)) => {
                own += u32::from(at.is_some());
            }
            Record::Verdict(verdict)
                if at.is_some_and(|at| verdict.seq > at)
                    && verdict.order.account() == Account::house(SlotId(2)) =>
            {
                // Cancels and what closes pass; what opens has no share or turns the position.
                let known =
                    [RefusalCode::Approved, RefusalCode::NoAllocation, RefusalCode::Position];
                assert!(known.contains(&verdict.code), "{verdict:?}");
            }
            _ => {}
        }
    }
    assert!(at.is_some() && own > 20 && never == 0, "{own} {never}");
    desk.replay("out").with(0, &[]);
}

//! The board against journals that are worked out by hand.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use royale_journal::JournalError;
use royale_model::{Account, Fault, Feature, Notional, OrderId, RefusalCode, SlotEvent, SlotId};
use royale_plane::{Board, Closing, Stakes, final_standings, load, sentence};
use support::{BTC, EVENT, HOSTILE, Script, stakes, write_long, write_sample};

fn sample() -> (tempfile::TempDir, Board) {
    let folder = tempfile::tempdir().unwrap();
    write_sample(&folder.path().join("journal"), "");
    let loaded = load::<JournalError>(&folder.path().join("journal"), |_| Ok(stakes())).unwrap();
    assert!(loaded.is_finished);
    (folder, loaded.board)
}

#[test]
fn equity_is_the_hand_computed_cent() {
    let (_folder, board) = sample();
    let rows = board.standings();
    let facts: Vec<_> = rows
        .iter()
        .map(|row| (row.rank, row.slot.as_str(), row.equity.as_str(), row.profit.as_str()))
        .collect();
    assert_eq!(facts, [(1, "alpha", "100014", "14"), (2, HOSTILE, "100002.7", "2.7")]);
    assert_eq!((rows[0].fees.as_str(), rows[0].turnover.as_str()), ("2", "424"));
    assert_eq!((rows[0].metrics.trades, rows[0].metrics.wins), (1, 1));
    assert_eq!((rows[0].allocation_bp, rows[0].fills, rows[0].open_orders), (2_500, 2, 0));
    assert_eq!(rows[1].last_reason, "edge after fees 0.04 (+0.04)");
    assert_eq!((rows[1].decisions, rows[1].refused), (2, 1));
    assert_eq!(board.house_row().equity, "50000");
    assert!(board.is_halted());
    assert_eq!(board.check(), Ok(()));
    assert!(board.positions().is_empty());
}

#[test]
fn the_sum_of_trips_is_the_ledgers_profit() {
    let (_folder, board) = sample();
    for (slot, expected) in [(SlotId(0), "14"), (SlotId(1), "2.7")] {
        let trips = board.trips().iter().filter(|trip| trip.account == Account::shadow(slot));
        let sum = trips.fold(Notional::ZERO, |sum, trip| sum.checked_add(trip.pnl).unwrap());
        assert_eq!(sum.to_string(), expected);
        let equity = board.slot_equity(slot);
        assert_eq!(equity.checked_sub(Notional::from_int(100_000)), Some(sum));
    }
    assert_eq!(board.trips()[1].closing, Closing::Settlement);
    let rows = board.trade_rows(|_| true);
    assert_eq!((rows[0].entry_price.as_str(), rows[0].exit_price.as_str()), ("102", "110"));
    assert_eq!(
        (rows[1].instrument.as_str(), rows[1].closed_by.as_str()),
        ("KXBTC15M-<b>30", "settlement")
    );
}

#[test]
fn an_open_position_is_valued_at_the_middle_of_the_market() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let mut script = Script::create(&journal, "");
    script.quote(BTC, "100", "102");
    let buy = script.decide(0, 1, BTC, royale_model::Side::Buy, "2", "102");
    script.send(buy, BTC, royale_model::Side::Buy, "2", "102");
    let fill = ("2", "102", "1");
    script.wait(5).report(buy, BTC, royale_model::Side::Buy, royale_model::ExecType::Trade, fill);
    script.wait(5).quote(BTC, "104", "106");
    script.finish();
    let board = load::<JournalError>(&journal, |_| Ok(stakes())).unwrap().board;
    // 100,000 − 204 − 1 + 2 · 105
    assert_eq!(board.slot_equity(SlotId(0)), Notional::from_int(100_005));
    let [position] = &board.positions()[..] else { panic!("one position") };
    assert_eq!((position.qty.as_str(), position.entry_price.as_str()), ("2", "102"));
    assert_eq!((position.mark.as_str(), position.unrealised.as_str()), ("105", "6"));
    assert_eq!(board.standings()[0].exposure, "210");
}

#[test]
fn a_pause_is_a_session_boundary_and_no_sample_is_invented_in_it() {
    let (_folder, board) = sample();
    assert_eq!(board.quality().sessions().len(), 2);
    let points = board.curve(SlotId(0)).unwrap().points();
    let sessions: Vec<u32> = points.iter().map(|point| point.session).collect();
    assert_eq!(sessions.iter().filter(|&&session| session == 1).count(), 3);
    assert!(sessions.is_sorted());
    assert!(board.metrics(SlotId(0)).samples < 20, "two minutes of silence are not sampled");
    assert_eq!(points.last().unwrap().equity, Notional::from_int(100_014));
}

#[test]
fn the_story_of_an_order_is_complete() {
    let (_folder, board) = sample();
    let story = board.explain(OrderId::parse("S00-1").unwrap()).unwrap();
    let whats: Vec<_> = story.steps.iter().map(|step| step.what).collect();
    assert_eq!(whats, ["event", "decision", "verdict", "order", "report", "report"]);
    assert_eq!(story.steps[0].seq, 2);
    assert_eq!(
        story.steps[1].text,
        "alpha decided to buy 2 BTC-USD at 102 or better (limit, post only), because of edge \
         after fees 0.04 (+0.04), against cost to trade 0.01 (-0.01). Score +0.03, confidence \
         62.5 %, regime bull."
    );
    assert_eq!(
        story.steps[5].text,
        "Filled 2 at 102 as taker, fee 1. Nothing is left of the order."
    );
    assert_eq!(story.status, "filled");
    let refused = board.explain(OrderId::parse("S01-1").unwrap()).unwrap();
    assert_eq!(refused.status, "rejected");
    assert!(refused.steps.last().unwrap().text.contains("rule R7"));
    assert_eq!(board.explain(OrderId::parse("S01-77").unwrap()), None);
}

#[test]
fn refusals_are_counted_by_rule_and_account() {
    let (_folder, board) = sample();
    let alpha = board.funnel(SlotId(0)).unwrap();
    assert_eq!((alpha.submits, alpha.approved, alpha.refused), (2, [2, 0], [0, 1]));
    let hostile = board.funnel(SlotId(1)).unwrap();
    let [refusal] = hostile.refusals()[..] else { panic!("one rule") };
    assert_eq!((refusal.code, refusal.count, refusal.is_house), (RefusalCode::Position, 1, false));
    assert_eq!(refusal.first.actual, 120_000_000_000);
    let lines = board.order_rows(|life| life.instrument == EVENT);
    assert_eq!(lines.iter().map(|row| row.refused_by).collect::<Vec<_>>(), ["position", ""]);
}

#[test]
fn seasons_add_up() {
    let (_one, first) = sample();
    let (_two, second) = sample();
    let finals = final_standings([&first, &second]);
    assert_eq!((finals[0].slot.as_str(), finals[0].profit.as_str()), ("alpha", "28"));
    assert_eq!((finals[0].seasons, finals[0].won), (2, 2));
    assert_eq!(finals[1].profit, "5.4");
}

#[test]
fn every_sharpe_ratio_has_its_deflated_one_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    write_long(&journal, "", 1);
    let board = load::<JournalError>(&journal, |_| Ok(stakes())).unwrap().board;
    let rows = board.standings();
    let by_luck = rows[0].deflated_sharpe.unwrap().by_luck;
    for row in &rows {
        let (sharpe, deflated) = (row.metrics.sharpe.unwrap(), row.deflated_sharpe.unwrap());
        assert_eq!(deflated.trials, 6, "each is one of six");
        assert!(by_luck > 0.0 && (sharpe - deflated.by_luck - deflated.excess).abs() < 1e-9);
        let probability = deflated.probability.unwrap();
        assert_eq!(probability > 0.5, deflated.excess > 0.0, "{deflated:?}");
    }
    let house = board.house_row();
    let deflated = house.deflated_sharpe.unwrap();
    assert_eq!((deflated.trials, deflated.by_luck), (1, 0.0), "the house was not chosen");
    assert!((house.metrics.sharpe.unwrap() - deflated.excess).abs() < 1e-9);
    let finals = final_standings([&board, &board]);
    for row in &rows {
        let summed = finals.iter().find(|summed| summed.slot == row.slot).unwrap();
        let mean = summed.deflated_sharpe.unwrap();
        assert!((mean - row.deflated_sharpe.unwrap().excess).abs() < 1e-9);
    }
    let (_short, short) = sample();
    assert_eq!(short.standings()[0].deflated_sharpe, None, "no ratio, no excess");
}

#[test]
fn what_happened_to_a_slot_is_kept_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let mut script = Script::create(&journal, "");
    script.quote(BTC, "100", "102").slot(1, SlotEvent::Disarmed, Fault::Panic);
    script.wait(9_000).quote(BTC, "100", "102").slot(1, SlotEvent::Installed, Fault::None);
    script.finish();
    let board = load::<JournalError>(&journal, |_| Ok(stakes())).unwrap().board;
    let changes: Vec<_> = board
        .slot_changes()
        .iter()
        .map(|change| (change.seq, change.slot, change.event, change.fault))
        .collect();
    assert_eq!(
        changes,
        [
            (1, SlotId(1), SlotEvent::Disarmed, Fault::Panic),
            (2, SlotId(1), SlotEvent::Installed, Fault::None)
        ]
    );
}

#[test]
fn abstentions_are_counted_by_the_first_gate_that_failed_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let mut s = Script::create(&journal, "");
    s.quote(EVENT, "0.30", "0.31");
    for edge_fails in [false, true, false] {
        s.abstain(0, EVENT, edge_fails);
        s.wait(1_000).quote(EVENT, "0.30", "0.31");
    }
    s.finish();
    let board = load::<JournalError>(&journal, |_| Ok(stakes())).unwrap().board;
    let funnel = board.funnel(SlotId(0)).unwrap();
    assert_eq!((funnel.abstentions, funnel.submits, funnel.cancels), (3, 0, 0));
    let cases = funnel.abstained();
    let counts: Vec<_> = cases.iter().map(|case| (case.gate, case.count)).collect();
    assert_eq!(counts, [(Some(Feature::GATE_PRICE_CAP), 2), (Some(Feature::GATE_EDGE), 1)]);
    assert_eq!((cases[0].first.seq, cases[0].last.seq), (1, 3));
    assert!(
        sentence(&cases[0].last, None, "alpha").contains("the price 0.31 is above its cap 0.3"),
        "{}",
        sentence(&cases[0].last, None, "alpha")
    );
    assert!(board.order_rows(|_| true).is_empty(), "it is no order");
    assert_eq!(board.funnel(SlotId(1)).unwrap().abstentions, 0);
}

#[test]
fn nobody_trades_in_a_vacant_slot_until_somebody_is_installed() {
    let may_trade = |write: fn(&mut Script)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut script = Script::create(&path, "");
        script.quote(BTC, "100", "102");
        write(&mut script);
        script.epoch();
        script.finish();
        let stakes = || Stakes { vacant: vec![SlotId(1)], ..stakes() };
        let board = load::<JournalError>(&path, |_| Ok(stakes())).unwrap().board;
        board.epoch("").unwrap().may_trade
    };
    assert_eq!(may_trade(|_| {}), [true, false]);
    let shadowing: fn(&mut Script) = |s| {
        s.slot(1, SlotEvent::Shadowing, Fault::None);
    };
    assert_eq!(may_trade(shadowing), [true, false]);
    let installed: fn(&mut Script) = |s| {
        s.slot(1, SlotEvent::Installed, Fault::None);
    };
    assert_eq!(may_trade(installed), [true, true]);
    let trapped: fn(&mut Script) = |s| {
        s.slot(0, SlotEvent::Disarmed, Fault::Trap);
    };
    assert_eq!(may_trade(trapped), [false, false]);
    // Released, it is as vacant as it was.
    let released: fn(&mut Script) = |s| {
        s.slot(1, SlotEvent::Disarmed, Fault::Quarantine).slot(1, SlotEvent::Released, Fault::None);
    };
    assert_eq!(may_trade(released), [true, false]);
}

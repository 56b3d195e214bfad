//! Where the money came from: by hand in small markets, and to the last unit in random ones.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use royale_journal::{JournalError, Reader};
use royale_model::{
    Account, Body, Command, CommandCode, ExecType, InstrumentId, InstrumentKind, Liquidity,
    Notional, OrderId, Price, Qty, Settlement, Side, SlotId, Text, Venue,
};
use royale_plane::{AllocationRow, Attribution, AttributionRow, Board, FactorRow, load};
use std::path::Path;
use support::{BTC, EVENT, Script, preamble, price, stakes, write_long, write_sample};

fn journal(write: impl FnOnce(&mut Script)) -> Board {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut script = Script::create(&path, "");
    write(&mut script);
    script.finish();
    load::<JournalError>(&path, |_| Ok(stakes())).unwrap().board
}

fn filled(s: &mut Script, order: OrderId, side: Side, liquidity: Liquidity, what: [&str; 3]) {
    let instrument = BTC;
    s.fill(order, instrument, side, liquidity, (what[0], what[1], what[2]));
}

/// Signal, settlement, latency, queue, slippage, fees, profit.
fn parts(row: &AttributionRow) -> [String; 7] {
    [row.signal, row.settlement, row.latency, row.queue, row.slippage, row.fees, row.profit]
        .map(|amount| amount.to_string())
}

fn alpha(board: &Board) -> AttributionRow {
    exact(board).strategies[0].clone()
}

fn add(sum: Notional, amount: Notional) -> Notional {
    sum.checked_add(amount).unwrap()
}

fn sum(amounts: impl IntoIterator<Item = Notional>) -> Notional {
    amounts.into_iter().fold(Notional::ZERO, add)
}

/// Every sum that a reader could form, to the last unit.
fn exact(board: &Board) -> Attribution {
    assert_eq!(board.check_attribution(), Ok(()));
    let all = board.attribution().unwrap();
    let rows = all.strategies.iter().chain([&all.total, &all.house]).chain(&all.house_shares);
    for row in rows {
        let parts = [row.signal, row.settlement, row.latency, row.queue, row.slippage, row.fees];
        assert_eq!(sum(parts), row.profit.checked_sub(row.rounding).unwrap(), "{row:?}");
        assert_eq!(sum([row.realised, row.unrealised, row.fees]), row.profit, "{row:?}");
    }
    let capital = &board.stakes().capital;
    for (slot, row) in (0..).map(SlotId).zip(&all.strategies) {
        let change = board.slot_equity(slot).checked_sub(capital.per_slot).unwrap();
        assert_eq!(row.profit, change);
        let reasons = all.factors.iter().filter(|factor| factor.slot == row.slot);
        assert_eq!(sum(reasons.map(|factor: &FactorRow| factor.profit)), change);
    }
    assert_eq!(sum(all.strategies.iter().map(|row| row.profit)), all.total.profit);
    assert_eq!(sum(all.factors_total.iter().map(|row| row.profit)), all.total.profit);
    let house = board.house_equity().checked_sub(capital.house).unwrap();
    assert_eq!((all.house.profit, all.allocation_total.profit), (house, house));
    // Only a coin's last digits can differ between a netted position and its shares.
    let shares = sum(all.house_shares.iter().map(|row| row.profit));
    let netting = all
        .house_shares
        .iter()
        .fold(all.house.rounding, |left, row| left.checked_sub(row.rounding).unwrap());
    assert_eq!(add(shares, netting), house);
    assert!(netting.to_f64().abs() < 1e-9, "{netting}");
    for row in all.allocation.iter().chain([&all.allocation_total]) {
        let AllocationRow { equal, allocation, sizing, execution, fees, rounding, .. } = *row;
        assert_eq!(sum([equal, allocation, sizing, execution, fees, rounding]), row.profit);
    }
    assert_eq!(sum(all.allocation.iter().map(|row| row.equal)), all.allocation_total.equal);
    all
}

#[test]
fn a_taker_pays_for_the_way_and_for_the_spread() {
    let board = journal(|s| {
        s.quote(BTC, "100", "102");
        let buy = s.decide(0, 1, BTC, Side::Buy, "2", "110");
        s.send(buy, BTC, Side::Buy, "2", "110");
        // While the order travels the market rises by 3, and it eats to 106.5.
        s.wait(10).quote(BTC, "103", "105");
        s.wait(5);
        filled(s, buy, Side::Buy, Liquidity::Taker, ["2", "106.5", "1"]);
        s.wait(10).quote(BTC, "109", "111");
    });
    // Decided at 101, arrived at 104, filled at 106.5, now 110: 2·(110 − 101), 2·(101 − 104),
    // 2·(104 − 106.5).
    assert_eq!(parts(&alpha(&board)), ["18", "0", "-6", "0", "-5", "-1", "6"]);
}

#[test]
fn a_resting_order_gains_what_it_waited_for() {
    let board = journal(|s| {
        s.quote(BTC, "100", "102");
        let buy = s.decide(0, 1, BTC, Side::Buy, "2", "99");
        s.send(buy, BTC, Side::Buy, "2", "99");
        s.wait(5).report(buy, BTC, Side::Buy, ExecType::New, ("0", "0", "0"));
        s.wait(10).quote(BTC, "99", "101");
        // It fills in two parts; the event that fills the second moves the market as well.
        s.wait(5);
        filled(s, buy, Side::Buy, Liquidity::Maker, ["0.5", "99", "0"]);
        s.wait(5).quote(BTC, "97", "99");
        filled(s, buy, Side::Buy, Liquidity::Maker, ["1.5", "99", "-0.25"]);
        s.wait(5).quote(BTC, "98", "100");
    });
    // Decided and arrived at 101, both parts filled at 99 before a mark of 100, now 99.
    assert_eq!(parts(&alpha(&board)), ["-4", "0", "0", "2", "2", "0.25", "0.25"]);
    assert_eq!(alpha(&board).fills, 2);
}

#[test]
fn an_exit_gives_the_gain_to_the_reasons_of_its_entry() {
    let (_folder, board) = sample();
    // alpha: decided to buy at 101, to sell at 111; 2·10 less 2·1 on each side, 1 of fee each.
    let all = exact(&board);
    assert_eq!(parts(&all.strategies[0]), ["20", "0", "0", "0", "-4", "-2", "14"]);
    let mine = all.factors.iter().filter(|row| row.slot == "alpha");
    let reasons: Vec<_> = mine.map(|r| (r.factor.as_str(), r.profit.to_string())).collect();
    // Contributions +0.04 and −0.01 to a score of 0.03: 4/3 and −1/3 of the 20.
    let expected = [
        ("edge after fees", "26.666666666666666666"),
        ("cost to trade", "-6.666666666666666666"),
        ("execution", "-4"),
        ("fees", "-2"),
        ("rounding", "0"),
    ];
    let found: Vec<_> =
        reasons.iter().filter(|row| row.0 != "unexplained").map(|r| (r.0, r.1.as_str())).collect();
    assert_eq!(found, expected);
    // The bet: 5 at a mark of 0.435, paid 1 when the last mark was 0.98; bought at 0.44.
    assert_eq!(parts(&all.strategies[1]), ["2.725", "0.1", "0", "0", "-0.025", "-0.1", "2.7"]);
}

fn sample() -> (tempfile::TempDir, Board) {
    let folder = tempfile::tempdir().unwrap();
    write_sample(&folder.path().join("journal"), "");
    let loaded = load::<JournalError>(&folder.path().join("journal"), |_| Ok(stakes())).unwrap();
    (folder, loaded.board)
}

#[test]
fn the_first_lot_is_closed_first_also_when_the_position_turns_round() {
    let run = |trades: usize| {
        let board = journal(|s| {
            let day = [
                (Side::Buy, "2", "99", "101"),
                (Side::Buy, "2", "109", "111"),
                (Side::Sell, "3", "119", "121"),
                (Side::Sell, "2", "129", "131"),
            ];
            for (index, (side, size, bid, ask)) in (1..).zip(day.into_iter().take(trades)) {
                s.wait(1_000).quote(BTC, bid, ask);
                let id = s.decide(0, index, BTC, side, size, "200");
                s.send(id, BTC, side, size, "200");
                filled(s, id, side, Liquidity::Taker, [size, bid, "0"]);
            }
            s.wait(1_000).quote(BTC, "127", "129");
        });
        let rows = exact(&board).factors_total;
        let reasons = rows.iter().filter_map(|row| Some((row.closed?, row.open?)));
        let (closed, open): (Vec<_>, Vec<_>) = reasons.unzip();
        (sum(closed).to_string(), sum(open).to_string())
    };
    // 2·(120 − 100) + 1·(120 − 110); open: 1·(128 − 110).
    assert_eq!(run(3), ("50".to_owned(), "18".to_owned()));
    // And 1·(130 − 110); open: short 1 at 130, now 128.
    assert_eq!(run(4), ("70".to_owned(), "2".to_owned()));
}

#[test]
fn a_fill_that_is_heard_of_after_the_settlement_is_paid_out_in_its_parts() {
    let board = journal(|s| {
        s.quote(EVENT, "0.40", "0.44");
        let bet = s.decide(0, 1, EVENT, Side::Buy, "10", "0.44");
        s.send(bet, EVENT, Side::Buy, "10", "0.44");
        s.wait(5).event(EVENT, Body::Settlement(Settlement { value: Price::ONE }));
        s.fill(bet, EVENT, Side::Buy, Liquidity::Taker, ("10", "0.44", "0.2"));
    });
    // 10·(1 − 0.42) − 10·(0.44 − 0.42) − 0.2
    assert_eq!(parts(&alpha(&board)), ["5.8", "0", "0", "0", "-0.2", "-0.2", "5.4"]);
}

#[test]
fn a_share_counts_while_it_is_in_force() {
    let board = journal(|s| {
        let shadow = Account::shadow(SlotId(0));
        s.quote(BTC, "99", "101");
        let buy = s.decide(0, 1, BTC, Side::Buy, "40", "101");
        s.send(buy, BTC, Side::Buy, "40", "101");
        let house = buy.on(Account::house(SlotId(0)));
        s.send(house, BTC, Side::Buy, "4", "101");
        filled(s, OrderId::new(shadow, 1), Side::Buy, Liquidity::Taker, ["40", "101", "8"]);
        filled(s, house, Side::Buy, Liquidity::Taker, ["4", "101.5", "1"]);
        s.wait(10).quote(BTC, "109", "111");
        // Up to here: 40·(110 − 101) − 8 = 352, at a share of 25 % of half the capital: 44.
        let code = CommandCode::Allocate;
        let half = Command { code, uid: 0, pid: 1, slot: 0, value: 5_000 };
        s.event(InstrumentId::NONE, Body::Command(half));
        s.wait(10).quote(BTC, "119", "121");
    });
    // From here: 400 more, at 50 % of half the capital: 100.
    let all = exact(&board);
    let row = &all.allocation[0];
    // 752 · ½ capital · ½ of two slots = 188; 144 at the shares in force: 44 less.
    assert_eq!((row.share_bp, row.equal.to_string()), (5_000, "188".to_owned()));
    assert_eq!(row.allocation.to_string(), "-44");
    // House: 4·(120 − 100) against 40·10·⅛ + 40·10·¼ = 150.
    assert_eq!(row.sizing.to_string(), "-70");
    // −4·1.5 against −40·1·⅛ = −5; −1 against −8·⅛.
    assert_eq!((row.execution.to_string(), row.fees.to_string()), ("-1".into(), "0".into()));
    assert_eq!(row.profit.to_string(), "73");
}

/// Spot in a pegged currency, an inverse perpetual in coin, a bet in dollars.
fn foreign() -> royale_journal::Preamble {
    let mut table = preamble("");
    fn text<const N: usize>(text: &str) -> Text<N> {
        Text::new(text).unwrap()
    }
    let mut tether = table.instruments[0];
    (tether.id, tether.symbol, tether.quote) = (InstrumentId(2), text("BTC-USDT"), text("USDT"));
    let mut perp = tether;
    (perp.id, perp.kind, perp.symbol) =
        (InstrumentId(3), InstrumentKind::PerpInverse, text("BTCUSD_PERP"));
    (perp.quote, perp.multiplier, perp.venue) =
        (text("USD"), Qty::from_int(100), Venue::BinanceCoinm);
    table.instruments.extend([tether, perp]);
    table
}

fn foreign_stakes() -> royale_plane::Stakes {
    let mut stakes = stakes();
    stakes.capital.pegs = vec![(Text::new("USDT").unwrap(), price("0.999"))];
    stakes
}

#[test]
fn a_pegged_currency_counts_at_its_peg_part_by_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut s = Script::create_with(&path, &foreign());
    let tether = InstrumentId(2);
    s.quote(tether, "100", "102");
    let buy = s.decide(0, 1, tether, Side::Buy, "2", "103");
    s.send(buy, tether, Side::Buy, "2", "103");
    s.fill(buy, tether, Side::Buy, Liquidity::Taker, ("2", "102", "1"));
    s.wait(5).quote(tether, "110", "112");
    s.finish();
    let board = load::<JournalError>(&path, |_| Ok(foreign_stakes())).unwrap().board;
    // 20, −2 and −1 USDT at 0.999.
    assert_eq!(parts(&alpha(&board)), ["19.98", "0", "0", "0", "-1.998", "-0.999", "16.983"]);
    assert_eq!(alpha(&board).unrealised.to_string(), "17.982");
}

/// Random orders, fills, cancels by silence, shares and settlements on four instruments.
fn random_session(path: &Path, seed: u64) {
    let mut s = Script::create_with(path, &foreign());
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut dice = move |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % sides) as i64
    };
    let decimals = |raw: i64| Price::from_raw(raw).to_string();
    let mut live: Vec<(OrderId, InstrumentId, Side)> = Vec::new();
    for index in 1..400_u64 {
        s.wait(dice(40));
        let id = InstrumentId(dice(4) as u32);
        let mid = if id == EVENT {
            100_000_000 + dice(800_000_000)
        } else {
            60_000_000_000_007 + dice(999_999_999_999)
        };
        let size = decimals(1 + dice(5_000_000_001));
        match dice(6) {
            0..=2 => {
                s.quote(id, &decimals(mid), &decimals(mid + 1 + dice(90_000_000)));
            }
            3 => {
                let side = if dice(2) == 0 { Side::Buy } else { Side::Sell };
                let slot = dice(2) as u16;
                let order = s.decide(slot, index, id, side, &size, &decimals(mid));
                s.send(order, id, side, &size, &decimals(mid));
                live.push((order, id, side));
                let house = order.on(Account::house(SlotId(slot)));
                s.send(house, id, side, &size, &decimals(mid));
                live.push((house, id, side));
            }
            4 if !live.is_empty() => {
                let (order, id, side) = live[dice(live.len() as u64) as usize];
                let mid =
                    if id == EVENT { mid % 1_000_000_000 } else { mid.max(60_000_000_000_000) };
                let liquidity = if dice(2) == 0 { Liquidity::Maker } else { Liquidity::Taker };
                let fee = decimals(dice(2_000_000_000) - 300_000_000);
                s.fill(order, id, side, liquidity, (&size, &decimals(mid.max(1)), &fee));
            }
            5 if dice(3) == 0 => {
                let (slot, value) = (dice(2) as u16, dice(7_000));
                let command = Command { code: CommandCode::Allocate, uid: 0, pid: 1, slot, value };
                s.event(InstrumentId::NONE, Body::Command(command));
            }
            _ if index == 300 => {
                s.event(EVENT, Body::Settlement(Settlement { value: Price::ONE }));
            }
            _ => {}
        }
    }
    s.finish();
}

#[test]
fn parts_add_up_after_every_record_of_random_sessions() {
    let (mut moments, mut traded) = (0, 0);
    for seed in 1..=12 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        random_session(&path, seed);
        let mut reader = Reader::open(&path).unwrap();
        let preamble = reader.preamble().clone();
        let mut board = Board::new(&preamble, &foreign_stakes());
        while let Some(record) = reader.next_record().unwrap() {
            board.apply(&record);
            assert_eq!(board.check(), Ok(()), "seed {seed}");
            // Before the coin has a price an equity in coin is not known; the books are.
            if board.attribution().is_ok() {
                exact(&board);
                moments += 1;
            }
        }
        traded += exact(&board).total.fills;
    }
    assert!(moments > 3_000 && traded > 300, "{moments} moments, {traded} fills");
}

#[test]
fn the_order_of_slots_changes_nobodys_parts() {
    let run = |slots: [u16; 2]| {
        let board = journal(|s| {
            s.quote(BTC, "100", "102");
            for (slot, side) in slots.into_iter().zip([Side::Buy, Side::Sell]) {
                let id = s.decide(slot, 1, BTC, side, "3", "101");
                s.send(id, BTC, side, "3", "101");
            }
            s.wait(5).quote(BTC, "105", "106");
            for (slot, side) in slots.into_iter().zip([Side::Buy, Side::Sell]).rev() {
                let id = OrderId::new(Account::shadow(SlotId(slot)), 1);
                filled(s, id, side, Liquidity::Taker, ["3", "104", "0.1"]);
            }
        });
        let all = exact(&board);
        [
            parts(&all.strategies[usize::from(slots[0])]),
            parts(&all.strategies[usize::from(slots[1])]),
        ]
    };
    assert_eq!(run([0, 1]), run([1, 0]));
}

#[test]
fn a_battle_of_coin_tossers_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    write_long(&path, "", 7);
    let board = load::<JournalError>(&path, |_| Ok(stakes())).unwrap().board;
    let all = exact(&board);
    assert!(all.total.fills > 1_000 && all.house.fills > 500);
    assert_eq!(all.total.unreferenced, 0);
    assert_eq!(all.total.rounding, Notional::ZERO);
}

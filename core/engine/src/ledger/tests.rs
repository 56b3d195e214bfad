use super::*;
use royale_model::{
    EventFlags, ExecutionReport, Liquidity, Nanos, OrderId, RejectReason, Settlement, Side, Stamp,
    Venue,
};

fn text<const N: usize>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

fn table() -> Vec<Instrument> {
    let mut spot = Instrument::new(
        InstrumentId(0),
        text("BTC-USD"),
        InstrumentKind::CryptoSpot,
        Venue::Coinbase,
    );
    spot.base = text("BTC");
    spot.quote = text("USD");
    let mut event =
        Instrument::new(InstrumentId(1), text("KX"), InstrumentKind::BinaryEvent, Venue::Kalshi);
    event.quote = text("USD");
    let mut perp = Instrument::new(
        InstrumentId(2),
        text("BTCUSD_PERP"),
        InstrumentKind::PerpInverse,
        Venue::BinanceCoinm,
    );
    perp.base = text("BTC");
    perp.quote = text("USD");
    perp.multiplier = Qty::from_int(100);
    vec![spot, event, perp]
}

fn books() -> Ledger {
    let capital = Capital {
        currency: text("USD"),
        per_slot: Notional::from_int(1_000),
        house: Notional::from_int(5_000),
        pegs: vec![],
    };
    Ledger::new(&table(), 2, &capital)
}

fn stamp(id: u32) -> Stamp {
    Stamp { seq: 1, time: Nanos::ZERO, venue_time: Nanos::ZERO, instrument: InstrumentId(id) }
}

fn report(account: Account, id: u32, side: Side, price: &str, qty: &str, fee: i64) -> Event {
    let body = Body::ExecutionReport(ExecutionReport {
        order: OrderId::new(account, 1),
        exec: ExecType::Trade,
        side,
        is_final: true,
        liquidity: Liquidity::Taker,
        last_price: price.parse().unwrap(),
        last_qty: qty.parse().unwrap(),
        fee,
        reject: RejectReason::None,
    });
    Event::new(stamp(id), body, EventFlags::default())
}

#[test]
fn an_event_contract_from_fill_to_settlement() {
    let mut ledger = books();
    let slot = SlotId(0);
    let account = Account::shadow(slot);
    // Buy 100 at 0.40 with a fee of 1.68, sell 40 at 0.55 with 0.70, the rest pays 1.
    ledger.apply(&report(account, 1, Side::Buy, "0.4", "100", 1_680_000_000)).unwrap();
    ledger.mark(InstrumentId(1), "0.45".parse().unwrap());
    assert_eq!(ledger.slot_equity(slot).unwrap().to_string(), "1003.32");
    let booked = ledger.apply(&report(account, 1, Side::Sell, "0.55", "40", 700_000_000)).unwrap();
    let Booked::Fill { realised, .. } = booked else { panic!("{booked:?}") };
    assert_eq!(realised.to_string(), "6");
    let settlement = Body::Settlement(Settlement { value: Price::ONE });
    ledger.apply(&Event::new(stamp(1), settlement, EventFlags::default())).unwrap();
    // 1000 − 40 − 1.68 + 22 − 0.70 + 60
    assert_eq!(ledger.slot_equity(slot).unwrap().to_string(), "1039.62");
    assert_eq!(ledger.slot_equity(SlotId(1)), Some(Notional::from_int(1_000)));
    assert_eq!(ledger.check(), Ok(()));
}

#[test]
fn house_fills_are_in_the_share_and_in_the_whole() {
    let mut ledger = books();
    for (slot, side) in [(0, Side::Buy), (1, Side::Sell)] {
        let account = Account::house(SlotId(slot));
        ledger.apply(&report(account, 0, side, "100", "3", 1)).unwrap();
    }
    ledger.mark(InstrumentId(0), Price::from_int(110));
    assert_eq!(ledger.house_position(InstrumentId(0)).qty, Qty::ZERO);
    assert_eq!(ledger.house_share_profit(SlotId(0)).unwrap().to_string(), "29.999999999");
    assert_eq!(ledger.house_share_profit(SlotId(1)).unwrap().to_string(), "-30.000000001");
    assert_eq!(ledger.house_equity().unwrap().to_string(), "4999.999999998");
    assert_eq!(ledger.check(), Ok(()));
}

#[test]
fn coin_profit_is_counted_at_the_spot_mark() {
    let mut ledger = books();
    let account = Account::shadow(SlotId(1));
    ledger.apply(&report(account, 2, Side::Buy, "50000", "10", 0)).unwrap();
    ledger.mark(InstrumentId(2), Price::from_int(62_500));
    assert_eq!(ledger.slot_equity(SlotId(1)), None, "no price of BTC yet");
    ledger.mark(InstrumentId(0), Price::from_int(62_500));
    // 0.004 BTC at 62,500.
    assert_eq!(ledger.slot_equity(SlotId(1)), Some(Notional::from_int(1_250)));
    assert_eq!(ledger.check(), Ok(()));
}

#[test]
fn unknown_accounts_and_overflow_are_errors_that_change_nothing() {
    let mut ledger = books();
    let stranger = report(Account::shadow(SlotId(9)), 0, Side::Buy, "1", "1", 0);
    assert_eq!(ledger.apply(&stranger), Err(LedgerError::Unknown));
    let nowhere = report(Account::shadow(SlotId(0)), 77, Side::Buy, "1", "1", 0);
    assert_eq!(ledger.apply(&nowhere), Err(LedgerError::Unknown));
    let account = Account::shadow(SlotId(0));
    let most = report(account, 0, Side::Buy, "1", "9223372036", 0);
    ledger.apply(&most).unwrap();
    let equity = ledger.slot_equity(SlotId(0));
    assert_eq!(ledger.apply(&most), Err(LedgerError::OutOfRange));
    assert_eq!(ledger.slot_equity(SlotId(0)), equity);
    assert_eq!(ledger.check(), Ok(()));
}

/// One instrument of each class, all in dollars but the inverse perpetual.
fn mixed_desk() -> Vec<Instrument> {
    use InstrumentKind::*;
    let classes = [
        (Equity, "SPY", "1", Venue::Synthetic),
        (Option, "SPY 251121P00550000", "100", Venue::Synthetic),
        (Future, "ESZ6", "50", Venue::Synthetic),
        (FxSpot, "EURUSD", "1", Venue::Synthetic),
        (CryptoSpot, "BTC-USD", "1", Venue::Coinbase),
        (PerpLinear, "BTCUSDT.USDM", "1", Venue::BinanceUsdm),
        (PerpInverse, "BTCUSD_PERP", "100", Venue::BinanceCoinm),
        (BinaryEvent, "KX", "1", Venue::Kalshi),
    ];
    let build = |(at, (kind, symbol, multiplier, venue)): (usize, (_, &str, &str, _))| {
        let mut instrument = Instrument::new(InstrumentId(at as u32), text(symbol), kind, venue);
        instrument.base = text(if kind == FxSpot { "EUR" } else { "BTC" });
        instrument.quote = text("USD");
        instrument.multiplier = multiplier.parse().unwrap();
        instrument.tick = "0.01".parse().unwrap();
        instrument.lot = "0.001".parse().unwrap();
        instrument.fees = royale_model::Fees::new(royale_model::FeeKind::Proportional, 100, 5_000);
        if kind == Option {
            instrument.right = royale_model::OptionRight::Put;
        }
        instrument.check().unwrap();
        instrument
    };
    classes.into_iter().enumerate().map(build).collect()
}

#[test]
fn a_desk_of_all_classes_closes_its_day_with_the_books_balanced() {
    let table = mixed_desk();
    let mut ledger = Ledger::new(&table, 2, &books().capital);
    let account = Account::shadow(SlotId(0));
    let day = [
        (0, "550.25", "560.10", "-12"),
        (1, "3.35", "2.10", "4"),
        (2, "6100.25", "6088.5", "0.5"),
        (3, "1.08", "1.09", "1000"),
        (4, "79461.29", "79500.01", "0.012"),
        (5, "61800.2", "61700.1", "-0.75"),
        (6, "61800.5", "61900", "33"),
        (7, "0.41", "0.47", "-55"),
    ];
    let side = |qty: &str| if qty.starts_with('-') { Side::Sell } else { Side::Buy };
    for (id, open, _, qty) in day {
        let event = report(account, id, side(qty), open, qty.trim_start_matches('-'), 1_234_567);
        ledger.apply(&event).unwrap();
        ledger.check().unwrap();
    }
    for (id, _, close, _) in day {
        ledger.mark(InstrumentId(id), close.parse().unwrap());
    }
    // Equity is capital + what was realised + what is open − fees, to the last unit.
    let sub_ledger = ledger.account(account).unwrap();
    let dollars = sub_ledger.balances()[0];
    let open: i128 = (0..8)
        .filter(|&id| id != 6)
        .map(|id| {
            let mark = ledger.mark_of(InstrumentId(id)).unwrap();
            let position = sub_ledger.position(InstrumentId(id));
            position.unrealised(&table[id as usize], mark).unwrap().raw()
        })
        .sum();
    let coin = sub_ledger.balances()[1];
    let mark = ledger.mark_of(InstrumentId(6)).unwrap();
    let perp = sub_ledger.position(InstrumentId(6));
    let coin_equity = coin.cash.checked_add(table[6].value(mark, perp.qty).unwrap()).unwrap();
    let btc = ledger.mark_of(InstrumentId(4)).unwrap();
    let in_dollars = coin_equity.mul_div(btc.raw(), Price::ONE.raw()).unwrap();
    let expected = dollars.capital.raw() + dollars.realised.raw() + open - dollars.fees.raw()
        + in_dollars.raw();
    assert_eq!(ledger.slot_equity(SlotId(0)).unwrap().raw(), expected);
    // Everything is closed: what is left is cash, and it is capital + profit − fees.
    for (id, _, close, qty) in day {
        let qty_abs = qty.trim_start_matches('-');
        let event = report(account, id, side(qty).opposite(), close, qty_abs, 1_234_567);
        ledger.apply(&event).unwrap();
        ledger.check().unwrap();
    }
    let sub_ledger = ledger.account(account).unwrap();
    assert!(sub_ledger.positions().iter().all(|p| p.qty.is_zero() && p.cost == Notional::ZERO));
    let dollars = sub_ledger.balances()[0];
    let cash = dollars.capital.raw() + dollars.realised.raw() - dollars.fees.raw();
    assert_eq!(dollars.cash.raw(), cash);
}

#[test]
fn a_fill_that_is_heard_of_after_the_settlement_is_paid_out_too() {
    let mut ledger = books();
    let account = Account::house(SlotId(0));
    let settlement = Body::Settlement(Settlement { value: Price::ONE });
    ledger.apply(&Event::new(stamp(1), settlement, EventFlags::default())).unwrap();
    let late = report(account, 1, Side::Buy, "0.4", "10", 0);
    let Booked::Fill { realised, .. } = ledger.apply(&late).unwrap() else { panic!() };
    assert_eq!(realised.to_string(), "6");
    assert!(ledger.position(account, InstrumentId(1)).qty.is_zero());
    assert!(ledger.house_position(InstrumentId(1)).qty.is_zero());
    // What is settled is not marked any more: nobody trades it.
    ledger.mark(InstrumentId(1), "0.2".parse().unwrap());
    assert_eq!(ledger.mark_of(InstrumentId(1)), Some(Price::ONE));
    assert_eq!(ledger.house_equity().unwrap().to_string(), "5006");
    assert_eq!(ledger.check(), Ok(()));
}

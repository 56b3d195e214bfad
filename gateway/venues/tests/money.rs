//! Money is conserved: on every bundled tape in full, after every event, to the last unit, held
//! against a book-keeper that shares nothing with the ledger.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, bundled, config, slot};
use royale_engine::ledger::{Booked, Capital, Ledger};
use royale_journal::{Reader, Record};
use royale_model::*;
use std::collections::BTreeMap;

/// Starting capital of the house and of each shadow account, in the defaults.
const PAID_IN: Notional = Notional::from_int(100_000);

/// An account: the slot, and whether it is its share of the house.
type Owner = (u16, bool);

/// The other book-keeper: plain sums over fills; no positions, no averages, no marks.
#[derive(Default)]
struct PlainSums {
    held: BTreeMap<(Owner, InstrumentId), i128>,
    /// What came in less what went out, in 10⁻¹⁸ of each currency.
    flows: BTreeMap<(Owner, String), i128>,
    fills: u64,
}

impl PlainSums {
    /// True when money moved.
    fn apply(&mut self, event: &Event, table: &[Instrument]) -> bool {
        let id = event.instrument();
        match event.body() {
            Body::ExecutionReport(report) if report.exec == ExecType::Trade => {
                let account = report.order.account();
                let owner = (account.slot().0, account.is_house());
                let qty = i128::from(report.last_qty.raw()) * i128::from(report.side.sign());
                self.trade(owner, &table[id.index()], report.last_price, qty);
                *self.flow(owner, &table[id.index()]) -= i128::from(report.fee) * 1_000_000_000;
                self.fills += 1;
                true
            }
            Body::Settlement(settlement) => {
                for ((owner, held), qty) in self.held.clone() {
                    if held == id {
                        self.trade(owner, &table[id.index()], settlement.value, -qty);
                    }
                }
                true
            }
            _ => false,
        }
    }
    fn flow(&mut self, owner: Owner, instrument: &Instrument) -> &mut i128 {
        // An inverse perpetual pays in its coin, everything else in what it is quoted in.
        let currency = match instrument.kind {
            InstrumentKind::PerpInverse => instrument.base.as_str(),
            _ => instrument.quote.as_str(),
        };
        self.flows.entry((owner, currency.to_owned())).or_default()
    }
    /// `qty` is signed, in 10⁻⁹.
    fn trade(&mut self, owner: Owner, instrument: &Instrument, price: Price, qty: i128) {
        let (price, face) =
            (i128::from(price.raw()), qty * i128::from(instrument.multiplier.raw()));
        let paid = match instrument.kind {
            InstrumentKind::PerpInverse => -(face * 1_000_000_000 / price),
            _ => {
                assert_eq!(price * face % 1_000_000_000, 0, "no exact amount");
                price * face / 1_000_000_000
            }
        };
        *self.flow(owner, instrument) -= paid;
        *self.held.entry((owner, instrument.id)).or_default() += qty;
    }
}

/// Runs every event of a journal through both book-keepers.
fn audit(desk: &Desk, out: &str, slots: u16, fills_min: u64) {
    let mut reader = Reader::open(&desk.path(out).join("journal")).unwrap();
    let table = reader.preamble().instruments.clone();
    let capital = Capital {
        currency: Text::new("USD").unwrap(),
        per_slot: PAID_IN,
        house: PAID_IN,
        pegs: vec![(Text::new("USDT").unwrap(), Price::ONE)],
    };
    let mut ledger = Ledger::new(&table, usize::from(slots), &capital);
    let mut sums = PlainSums::default();
    while let Some(record) = reader.next_record().unwrap() {
        let Record::Event(event) = record else { continue };
        let booked = ledger.apply(&event).unwrap();
        let moved = sums.apply(&event, &table);
        assert_eq!(moved, booked != Booked::Nothing, "{event:?}");
        if moved {
            ledger.check().unwrap_or_else(|off| panic!("input {}: {off}", event.seq()));
            compare(&ledger, &sums, slots, event.seq());
        }
    }
    assert!(sums.fills >= fills_min, "too few fills to mean anything: {}", sums.fills);
}

#[track_caller]
fn compare(ledger: &Ledger, sums: &PlainSums, slots: u16, seq: Seq) {
    let owners = (0..slots).flat_map(|slot| [(slot, false), (slot, true)]);
    let mut house = vec![PAID_IN.raw(); 1];
    house.resize(ledger.currencies().len(), 0);
    for owner in owners {
        let slot = SlotId(owner.0);
        let account = if owner.1 { Account::house(slot) } else { Account::shadow(slot) };
        let books = ledger.account(account).unwrap();
        for (at, currency) in ledger.currencies().iter().enumerate() {
            let key = (owner, currency.as_str().to_owned());
            let flow = sums.flows.get(&key).copied().unwrap_or(0);
            let paid_in = if at == 0 && !owner.1 { PAID_IN.raw() } else { 0 };
            let cash = books.balances()[at].cash.raw();
            assert_eq!(cash, paid_in + flow, "input {seq}: {owner:?} in {currency}");
            house[at] += if owner.1 { flow } else { 0 };
        }
        for (position, id) in books.positions().iter().zip(0..) {
            let held = sums.held.get(&(owner, InstrumentId(id))).copied().unwrap_or(0);
            assert_eq!(i128::from(position.qty.raw()), held, "input {seq}: {owner:?}, {id}");
        }
    }
    for (balance, expected) in ledger.house().balances().iter().zip(house) {
        assert_eq!(balance.cash.raw(), expected, "input {seq}: the house");
    }
}

/// Each session by itself, so that a fault has a name.
#[test]
fn money_is_conserved_in_every_kalshi_session() {
    let desk = Desk::of(10);
    let mut sessions: Vec<String> = std::fs::read_dir(bundled())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("kalshi-"))
        .collect();
    sessions.sort();
    assert_eq!(sessions.len(), 9);
    for session in sessions {
        let tape = bundled().join(&session);
        desk.write("battle.toml", &config(&[tape.to_str().unwrap()]));
        desk.run(&session, &["journal.segment_mib=16"]).with(0, &[]);
        audit(&desk, &session, 6, 100);
        std::fs::remove_dir_all(desk.path(&session)).unwrap();
    }
}

/// Six instruments of three kinds, two of which pay in their coin.
#[test]
fn money_is_conserved_on_spot_linear_and_inverse_markets() {
    let desk = Desk::of(10);
    let tape = bundled().join("binance-6x-20240808.tapez");
    let (preamble, _) = desk::unpacked("binance-6x-20240808.tapez");
    assert_eq!(preamble.instruments.len(), 6);
    let mut text = config(&[tape.to_str().unwrap()]);
    text.truncate(text.find("[[slot]]").unwrap());
    let mut slots = 0;
    for (instrument, number) in preamble.instruments.iter().zip(0..) {
        let symbol = format!("symbol = \"{}\"", instrument.symbol);
        for strategy in ["trend", "mean-reversion", "imbalance"] {
            text += &slot(&format!("{strategy}-{number}"), strategy, 500, &symbol);
            slots += 1;
        }
    }
    desk.write("battle.toml", &text);
    desk.run("out", &["journal.segment_mib=64"]).with(0, &[]);
    audit(&desk, "out", slots, 100);
}

//! What the host writes and reads, through the eyes of an author who has nothing but a header: each field
//! lies where `royale.h` says, and means that.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod header;

use header::samples::{price, qty, report, stamp};
use header::{Header, c};
use royale_engine::strategy::{Outbox, Portfolio};
use royale_engine::{Context, Market, Strategy};
use royale_model::*;
use royale_sandbox::{Guest, Host, Limits};
use std::collections::BTreeMap;
use zerocopy::IntoBytes;

/// The probe, and a window for it.
struct Eyes {
    header: Header,
    probe: Guest,
    market: Market,
    portfolio: Portfolio,
    outbox: Outbox,
    memory: Vec<u8>,
    seq: u64,
}

const EVENT: usize = 64;
const COUNTS: usize = 256;
const MARKET: usize = 512;
const POSITION: usize = 1024;
const INSTRUMENT: usize = 1536;
const BESIDE: usize = 2048;
const LEVELS: usize = 8192;
const ORDERS: usize = 16384;

impl Eyes {
    fn new(instrument: Instrument) -> Self {
        let host = Host::new(&Limits { guests_max: 1, ..Limits::default() }).unwrap();
        let probe = wat::parse_str(include_str!("header/probe.wat")).unwrap();
        let probe =
            host.module(&probe).unwrap().instantiate(&BTreeMap::new(), &[instrument]).unwrap();
        Self {
            header: c(),
            probe,
            market: Market::new(&[instrument], 128),
            portfolio: Portfolio::new(1),
            outbox: Outbox::default(),
            memory: vec![0; 65_536],
            seq: 0,
        }
    }

    /// Gives the probe something to do on the next event.
    fn letter(&mut self, letter: &[u8]) {
        assert!(self.probe.import_state(letter));
    }

    fn play(&mut self, body: Body, flags: EventFlags) -> Event {
        self.seq += 1;
        let event = Event::new(stamp(self.seq as i64 * 1_000_000_000), body, flags);
        self.market.apply(&event);
        self.portfolio.apply(&event);
        self.outbox.clear();
        let (market, portfolio, outbox) = (&self.market, &mut self.portfolio, &mut self.outbox);
        let mut context =
            Context::new(SlotId(1), self.seq, event.time(), market, portfolio, outbox);
        self.probe.on_event(&event, &mut context);
        assert_eq!(self.outbox.fault(), None);
        assert_eq!(self.probe.export_state(&mut self.memory), Some(65_536));
        event
    }

    fn number(&self, name: &str) -> i64 {
        self.header.numbers[name]
    }

    /// A field of a record that lies at an address.
    fn field(&self, record: &str, at: usize, field: &str) -> i64 {
        let (offset, size) = self.header.records[record].fields[field];
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&self.memory[at + offset..][..size]);
        i64::from_le_bytes(bytes)
    }

    fn same(&self, record: &str, at: usize, wanted: &[(&str, i64)]) {
        let found: Vec<_> =
            wanted.iter().map(|(name, _)| (*name, self.field(record, at, name))).collect();
        assert_eq!(found, wanted, "{record}");
        let named = |field: &&String| {
            !field.starts_with("zero") && !wanted.iter().any(|(name, _)| name == field)
        };
        let forgotten: Vec<_> = self.header.records[record].fields.keys().filter(named).collect();
        assert_eq!(forgotten, Vec::<&String>::new(), "{record}: fields that nothing is said of");
    }

    fn market_is(&self) {
        let view = self.market.view(InstrumentId(0)).unwrap();
        let flags = [
            ("MARKET_BEST", view.best().is_some()),
            ("MARKET_TRADE", view.trade.is_some()),
            ("MARKET_ODDS", view.odds.is_some()),
            ("MARKET_MID", view.two_sided_mid().is_some()),
            ("MARKET_GAPPED", view.gapped),
            ("MARKET_IN_BATCH", view.in_batch),
            ("MARKET_SETTLED", view.settled.is_some()),
            ("MARKET_BOOK", view.has_book()),
        ];
        let flags = flags.iter().filter(|(_, set)| *set).map(|(name, _)| self.number(name)).sum();
        let best = view.best();
        let (trade, odds) = (view.trade, view.odds);
        self.same(
            "market",
            MARKET,
            &[
                ("bid", best.map_or(0, |best| best.bid.raw())),
                ("bid_qty", best.map_or(0, |best| best.bid_qty.raw())),
                ("ask", best.map_or(0, |best| best.ask.raw())),
                ("ask_qty", best.map_or(0, |best| best.ask_qty.raw())),
                ("trade", trade.map_or(0, |trade| trade.price.raw())),
                ("trade_qty", trade.map_or(0, |trade| trade.qty.raw())),
                ("trade_time", trade.map_or(0, |_| view.trade_time.raw())),
                ("odds_bid", odds.map_or(0, |odds| odds.bid.raw())),
                ("odds_ask", odds.map_or(0, |odds| odds.ask.raw())),
                ("odds_last", odds.map_or(0, |odds| odds.last.raw())),
                ("odds_volume", odds.map_or(0, |odds| odds.volume.raw())),
                ("odds_time", odds.map_or(0, |_| view.odds_time.raw())),
                ("updated", if view.updated == Nanos::MIN { 0 } else { view.updated.raw() }),
                ("settled", view.settled.map_or(0, Price::raw)),
                ("mid", view.two_sided_mid().map_or(0, Price::raw)),
                ("flags", flags),
            ],
        );
    }
}

impl Eyes {
    /// Beside the event lies what was answered, and so many orders are open.
    fn beside_is(&self, orders: i64) {
        let market = ["bid", "bid_qty", "ask", "ask_qty", "mid", "flags"];
        let mut wanted = market.map(|field| (field, self.field("market", MARKET, field))).to_vec();
        wanted.push(("held", self.field("position", POSITION, "held")));
        wanted.extend([("orders", orders), ("orders_in_all", orders)]);
        self.same("beside", BESIDE, &wanted);
    }
}

fn word(text: &str, n: usize) -> i64 {
    let mut bytes = [0; 48];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    i64::from_le_bytes(bytes[8 * n..][..8].try_into().unwrap())
}

/// An instrument no two fields of which are the same.
fn instrument() -> Instrument {
    let symbol = "KXBTC15M-26MAY132030-30-AND-SOME-MORE-XY";
    let kind = InstrumentKind::BinaryEvent;
    let text = Text::new(symbol).unwrap();
    let mut it = Instrument::new(InstrumentId(0), text, kind, Venue::BinanceCoinm);
    it.base = Text::new("BTC-15M-AND-MORE").unwrap();
    it.quote = Text::new("USDTUSDT").unwrap();
    (it.underlying, it.tick, it.lot) = (InstrumentId(9), price(1_000_000), qty(12));
    (it.multiplier, it.expiry, it.strike) = (Qty::ONE, Nanos::from_raw(14), price(15));
    it.fees = Fees::new(FeeKind::PerContract, 16, 17);
    (it.settlement, it.right) = (SettlementMethod::Physical, OptionRight::Call);
    it
}

fn level(bid: bool, at: i64, rests: i64) -> Body {
    let side = if bid { Side::Buy } else { Side::Sell };
    Body::BookDelta(BookDelta { price: price(at * 1_000_000), qty: qty(rests), side, update_id: 5 })
}

#[test]
fn an_author_reads_what_the_engine_knows() {
    let it = instrument();
    let mut eyes = Eyes::new(it);
    let last = EventFlags::LAST;
    // Each step shows the market in a state that differs by a flag or more.
    let trade = Trade { price: price(21), qty: qty(22), trade_id: 23, aggressor: Some(Side::Buy) };
    let odds = Odds { bid: price(51), ask: price(52), last: price(53), volume: qty(54) };
    let gap = Gap { expected: 61, received: 62, reason: GapReason::Corrupt };
    let mut seen = 0;
    for (body, flags) in [
        (Body::Timer(Timer { id: 1, due: Nanos::ZERO }), last),
        (Body::Odds(odds), last),
        (Body::Trade(trade), last),
        (level(true, 500, 31), EventFlags::default()),
        (level(true, 499, 32), last),
        (level(false, 503, 33), last),
        (Body::Gap(gap), EventFlags::default()),
        (Body::Settlement(Settlement { value: price(71) }), last),
    ] {
        let event = eyes.play(body, flags);
        eyes.market_is();
        eyes.beside_is(0);
        seen |= eyes.field("market", MARKET, "flags");
        let bytes = event.as_bytes();
        let word = |n: usize| i64::from_le_bytes(bytes[32 + 8 * n..][..8].try_into().unwrap());
        eyes.same(
            "event",
            EVENT,
            &[
                ("seq", 77),
                ("time", event.time().raw()),
                ("venue_time", event.venue_time().raw()),
                ("instrument", 0),
                ("kind", event.kind() as i64),
                ("flags", event.flags().0.into()),
                ("code", if matches!(body, Body::Gap(_)) { 3 } else { 0 }),
                ("reject", 0),
                ("word0", word(0)),
                ("word1", word(1)),
                ("word2", word(2)),
                ("word3", word(3)),
            ],
        );
    }
    let names = ["BEST", "TRADE", "ODDS", "MID", "GAPPED", "IN_BATCH", "SETTLED", "BOOK"];
    let all = names.iter().map(|name| eyes.number(&format!("MARKET_{name}"))).sum::<i64>();
    assert_eq!(seen, all, "each flag was seen once at least");

    let (symbol, base) = (it.symbol.as_str(), it.base.as_str());
    let symbol: Vec<_> = (0..5).map(|n| (format!("symbol{n}"), word(symbol, n))).collect();
    let mut wanted: Vec<(&str, i64)> =
        symbol.iter().map(|(name, word)| (name.as_str(), *word)).collect();
    wanted.extend([
        ("base0", word(base, 0)),
        ("base1", word(base, 1)),
        ("quote", word(it.quote.as_str(), 0)),
        ("id", 0),
        ("underlying", 9),
        ("tick", 1_000_000),
        ("lot", 12),
        ("multiplier", it.multiplier.raw()),
        ("expiry", 14),
        ("strike", 15),
        ("maker_fee", 16),
        ("taker_fee", 17),
        ("fee_kind", it.fees.kind as i64),
        ("kind", it.kind as i64),
        ("venue", it.venue as i64),
        ("settlement", it.settlement as i64),
        ("right", it.right as i64),
    ]);
    eyes.same("instrument", INSTRUMENT, &wanted);
    assert_eq!(eyes.header.records["instrument"].size, size_of::<Instrument>());
}

#[test]
fn an_author_sees_at_most_so_many_levels() {
    let mut eyes = Eyes::new(instrument());
    for n in 0..100 {
        eyes.play(level(true, 400 + n, 1 + n), EventFlags::LAST);
    }
    let count = i64::from(eyes.memory[COUNTS]);
    assert_eq!(count, eyes.number("LEVELS_MAX"));
    let size = eyes.header.records["level"].size;
    for n in [0, 1, 63] {
        let wanted = [("price", (499 - n) * 1_000_000), ("qty", 100 - n)];
        eyes.same("level", LEVELS + n as usize * size, &wanted);
    }
}

/// A letter to the probe: how many submits, abstentions and cancels, of which order, with the two
/// records that an author writes.
fn letter(header: &Header, counts: [u8; 3], order: u64) -> Vec<u8> {
    let mut letter = vec![0; 512];
    letter[..3].copy_from_slice(&counts);
    letter[8..16].copy_from_slice(&order.to_le_bytes());
    let mut put = |record: &str, at: usize, field: &str, value: &[u8]| {
        let (offset, size) = header.records[record].fields[field];
        assert_eq!(size, value.len(), "{field}");
        letter[at + offset..][..size].copy_from_slice(value);
    };
    let feature = (header.numbers["FEATURE_RSI"] as u16).to_le_bytes();
    for (record, at, list) in [("intent", 256, "reasons."), ("reasons", 64, "")] {
        put(record, at, &format!("{list}count"), &1_u32.to_le_bytes());
        put(record, at, &format!("{list}list.feature"), &feature);
        put(record, at, &format!("{list}list.value"), &70.5_f32.to_le_bytes());
        put(record, at, &format!("{list}list.contribution"), &(-0.25_f64).to_le_bytes());
    }
    for (field, name) in [
        ("side", "SELL"),
        ("ord_type", "LIMIT_ORDER"),
        ("time_in_force", "POST_ONLY"),
        ("regime", "REGIME_SIDEWAYS"),
    ] {
        put("intent", 256, field, &[header.numbers[name] as u8]);
    }
    put("intent", 256, "instrument", &0_u32.to_le_bytes());
    put("intent", 256, "price", &5_000_000_i64.to_le_bytes());
    put("intent", 256, "qty", &36_i64.to_le_bytes());
    put("intent", 256, "confidence", &0.75_f64.to_le_bytes());
    letter
}

/// What all letters say of themselves.
fn said(decision: &Decision, action: Action) {
    assert_eq!(decision.action, action);
    assert_eq!(decision.score, -250_000_000);
    let [reason] = decision.attributions() else { panic!("{decision:?}") };
    assert_eq!((reason.feature, reason.value), (Feature::RSI, 70.5));
    assert_eq!(reason.contribution, -250_000_000);
    if action != Action::Cancel {
        assert_eq!((decision.side, decision.ord_type), (Side::Sell, OrdType::Limit));
        let (force, regime) = (decision.time_in_force, decision.regime);
        assert_eq!((force, regime), (TimeInForce::PostOnly, Regime::Sideways));
        assert_eq!((decision.price, decision.qty), (price(5_000_000), qty(36)));
        assert_eq!((decision.instrument, decision.confidence_bp), (InstrumentId(0), 7_500));
    }
}

#[test]
fn the_engine_reads_what_an_author_writes() {
    let mut eyes = Eyes::new(instrument());
    let nothing = Body::Timer(Timer { id: 1, due: Nanos::ZERO });
    eyes.letter(&letter(&eyes.header, [1, 1, 0], 0));
    eyes.play(nothing, EventFlags::LAST);
    let [order, abstention] = eyes.outbox.decisions() else { panic!("{:?}", eyes.outbox) };
    said(order, Action::Submit);
    said(abstention, Action::Abstain);
    let (id, sent_at) = (order.order, order.time.raw());
    let open = |flags, left| {
        let id = id.raw() as i64;
        [
            ("id", id),
            ("instrument", 0),
            ("side", 2),
            ("flags", flags),
            ("price", 5_000_000),
            ("left", left),
            ("sent_at", sent_at),
        ]
    };
    eyes.same("order", ORDERS, &open(0, 36));

    let fill = |exec, last| {
        let report = report(id, exec, false);
        let last_qty = qty(last);
        Body::ExecutionReport(ExecutionReport { side: Side::Sell, last_qty, ..report })
    };
    eyes.play(fill(ExecType::New, 36), EventFlags::default());
    let acknowledged = eyes.number("ORDER_ACKNOWLEDGED");
    eyes.same("order", ORDERS, &open(acknowledged, 36));
    eyes.play(fill(ExecType::Trade, 12), EventFlags::default());
    let position = [("held", -12), ("entry", 401), ("if_bought", -12), ("if_sold", -36)];
    eyes.same("position", POSITION, &position);
    eyes.beside_is(1);

    eyes.letter(&letter(&eyes.header, [0, 0, 1], id.raw()));
    eyes.play(nothing, EventFlags::LAST);
    let [cancel] = eyes.outbox.decisions() else { panic!("{:?}", eyes.outbox) };
    said(cancel, Action::Cancel);
    assert_eq!(cancel.order, id);
    let cancelled = eyes.number("ORDER_CANCEL_SENT");
    eyes.same("order", ORDERS, &open(acknowledged + cancelled, 24));

    eyes.letter(&letter(&eyes.header, [20, 0, 0], 0));
    eyes.play(nothing, EventFlags::LAST);
    assert_eq!(eyes.outbox.decisions().len() as i64, eyes.number("DECISIONS_MAX"));
}

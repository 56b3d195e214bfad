//! The control protocol against everything that could be on the socket.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use hdrhistogram::Histogram;
use proptest::prelude::*;
use royale_codec::FrameDecoder;
use royale_codec::control::{
    Command, ControlError, EngineState, MarketRegime, MarketState, REASON_BYTES_MAX, Refusal,
    Reply, Request, Response, SHARES_MAX, SessionStatus, Share, SlotStatus, Status, TapeProgress,
    decode, encode,
};
use royale_codec::latency::{
    HISTOGRAM_BYTES_MAX, HistogramName, LatencyError, LatencyFile, LatencyRow, ROWS_MAX, TimeBase,
    decode_histogram, encode_histogram,
};

use royale_codec::swap::{
    LISTEN_MS_MAX, ModulePart, NAME_BYTES_MAX, OrdersChoice, PART_BYTES_MAX, StrategyChoice, Swap,
    Swapped,
};
use std::collections::BTreeMap;

fn histogram(values: &[u64]) -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, (1 << 38) - 1, 3).unwrap();
    values.iter().for_each(|&value| histogram.record(value).unwrap());
    histogram
}

fn round_trip<M: royale_codec::control::Message + PartialEq + std::fmt::Debug>(message: &M) {
    let mut stream = FrameDecoder::default();
    stream.feed(&encode(message).unwrap());
    let body = stream.next_frame().unwrap().unwrap();
    assert_eq!(&decode::<M>(&body).unwrap(), message);
}

fn swap() -> Swap {
    Swap {
        slot: "edge".to_owned(),
        strategy: StrategyChoice::Module { sha256: "0f".repeat(32) },
        params: BTreeMap::from([("drop".to_owned(), "4.5".to_owned())]),
        carry: true,
        shadow_ms: 1,
        probation_ms: 2,
        orders: OrdersChoice::Cancel,
        dry_run: true,
        reason: "drill".to_owned(),
    }
}

fn part() -> ModulePart {
    ModulePart { sha256: "0f".repeat(32), total: 3, offset: 0, data: "AAEC".to_owned() }
}

#[test]
fn a_command_about_a_strategy_that_is_out_of_bounds_is_not_sent_and_not_read() {
    let long = "x".repeat(NAME_BYTES_MAX + 1);
    let swaps = [
        Swap { slot: long.clone(), ..swap() },
        Swap { strategy: StrategyChoice::Native { name: long.clone() }, ..swap() },
        Swap { strategy: StrategyChoice::Module { sha256: "0F".repeat(32) }, ..swap() },
        Swap { params: BTreeMap::from([(String::new(), long.clone())]), ..swap() },
        Swap { params: (0..65).map(|n| (n.to_string(), String::new())).collect(), ..swap() },
        Swap { shadow_ms: LISTEN_MS_MAX + 1, ..swap() },
        Swap { probation_ms: u64::MAX, ..swap() },
        Swap { reason: "x".repeat(REASON_BYTES_MAX + 1), ..swap() },
    ];
    let parts = [
        ModulePart { sha256: "00".to_owned(), ..part() },
        ModulePart { data: "A".repeat(PART_BYTES_MAX * 2), ..part() },
    ];
    let commands = swaps.into_iter().map(|swap| Command::Swap(Box::new(swap)));
    let commands = commands.chain(parts.into_iter().map(|part| Command::Module(Box::new(part))));
    let tiers = [
        tier("gold", ""),
        tier("Paper", ""),
        tier("", ""),
        tier("paper", "two\nlines"),
        tier("paper", &"x".repeat(REASON_BYTES_MAX + 1)),
    ];
    let rest = tiers.into_iter().chain([Command::Release { slot: long, reason: String::new() }]);
    for command in commands.chain(rest) {
        let request = Request::new(1, command);
        assert!(encode(&request).is_err(), "{request:?}");
        assert!(decode::<Request>(&serde_json::to_vec(&request).unwrap()).is_err());
    }
}

fn tier(tier: &str, missed: &str) -> Command {
    let (tier, missed) = (tier.to_owned(), missed.to_owned());
    Command::Tier { slot: "edge".to_owned(), tier, missed, reason: "the season".to_owned() }
}

#[test]
fn every_message_survives_the_wire() {
    let name = HistogramName { name: "risk".to_owned(), slot: Some("edge".to_owned()) };
    let reason = "drill \u{2603}".to_owned();
    for command in [
        Command::Status {},
        Command::Halt { reason: reason.clone() },
        Command::Resume { reason: reason.clone() },
        Command::Stop { reason },
        Command::Quarantine { slot: "edge".to_owned(), reason: "x".to_owned() },
        Command::Release { slot: "3".to_owned(), reason: String::new() },
        Command::Rollback { slot: "3".to_owned(), reason: String::new() },
        tier("live", ""),
        tier("shadow", "trades: too few"),
        Command::Freeze { reason: String::new() },
        Command::Unfreeze { reason: String::new() },
        Command::Swap(Box::new(swap())),
        Command::Allocate {
            shares: vec![Share { slot: "edge".to_owned(), bp: 10_000 }],
            regime: Some(MarketRegime { state: MarketState::Sideways, bp: 10_000 }),
            reason: "meta".to_owned(),
        },
        Command::Module(Box::new(part())),
        Command::Latency { histogram: None },
        Command::Latency { histogram: Some(name.clone()) },
    ] {
        round_trip(&Request::new(u64::MAX, command));
    }
    let status = Status {
        pid: 1,
        uptime_ms: 2,
        run_dir: "runs/a".to_owned(),
        journal_dir: "runs/a/journal".to_owned(),
        state: EngineState::Halted,
        seq: u64::MAX,
        sim_time_ns: i64::MIN,
        tape_progress: Some(TapeProgress { done: 1, total: 2 }),
        topology: "fused".to_owned(),
        speed: "max".to_owned(),
        slots: vec![SlotStatus {
            slot: 3,
            name: "edge".to_owned(),
            strategy: "trend".to_owned(),
            version: 7,
            fault: "fuel".to_owned(),
            listener: "newcomer".to_owned(),
            allocation_bp: 10_000,
            tier: "paper".to_owned(),
            schedule: "every 15m America/New_York".to_owned(),
        }],
        sessions: vec![SessionStatus {
            name: "kalshi".to_owned(),
            state: "replaying".to_owned(),
            events: 5,
        }],
    };
    let row = LatencyRow::new(name, TimeBase::Wall, &histogram(&[2, 3, 4_000, 5, 6]), 1);
    let row = row.with_histogram(&histogram(&[2, 3, 4_000, 5, 6])).unwrap();
    let refusal = Refusal {
        code: "halted".to_owned(),
        message: "already halted".to_owned(),
        remedy: "resume first".to_owned(),
    };
    for result in [
        Ok(Reply::Status(Box::new(status))),
        Ok(Reply::Accepted { seq: 7 }),
        Ok(Reply::Module { received: 9 }),
        Ok(Reply::Swapped(Box::new(Swapped {
            seq: 1,
            slot: 2,
            name: "edge".to_owned(),
            version: 4,
            manifest: "ab".repeat(32),
            outcome: "installed".to_owned(),
            fault: "none".to_owned(),
        }))),
        Ok(Reply::Latency { stages: vec![row] }),
        Err(refusal),
    ] {
        round_trip(&Response::new(1, result));
    }
}

#[test]
fn the_words_on_the_wire_do_not_change_unnoticed() {
    let halt = Request::new(1, Command::Halt { reason: "x".to_owned() });
    let bytes = encode(&halt).unwrap();
    let text = r#"{"version":4,"id":1,"command":{"type":"halt","reason":"x"}}"#;
    assert_eq!(&bytes[4..], text.as_bytes());
    assert_eq!(bytes[..4], u32::try_from(text.len()).unwrap().to_le_bytes());
}

/// What a program that draws it would stumble over, and what would eat its memory.
#[test]
fn a_latency_that_cannot_be_is_refused_on_both_sides() {
    let name = HistogramName { name: "risk".to_owned(), slot: None };
    let good = LatencyRow::new(name.clone(), TimeBase::Wall, &histogram(&[5, 6, 7]), 0);
    let answer = |stages| encode(&Response::new(1, Ok(Reply::Latency { stages })));
    assert!(answer(vec![good.clone(); ROWS_MAX]).is_ok());
    let falling = LatencyRow { p99_ns: 1, ..good.clone() };
    let lost = LatencyRow { above_range: 4, ..good.clone() };
    let wide = LatencyRow { name: "x".repeat(300), ..good.clone() };
    let whole = Some("x".repeat(HISTOGRAM_BYTES_MAX + 1));
    let long = LatencyRow { histogram: whole, ..good.clone() };
    for (rows, error) in [
        (vec![falling], LatencyError::Figures),
        (vec![lost], LatencyError::Figures),
        (vec![wide], LatencyError::TooLong),
        (vec![long], LatencyError::TooLong),
        (vec![good.clone(); ROWS_MAX + 1], LatencyError::TooLong),
    ] {
        let file = serde_json::to_string(&LatencyFile::new(rows.clone())).unwrap();
        assert_eq!(LatencyFile::read(&file), Err(error.clone()));
        assert_eq!(answer(rows), Err(ControlError::Latency(error)));
    }
    let long = HistogramName { slot: Some("x".repeat(300)), ..name };
    assert!(encode(&Request::new(1, Command::Latency { histogram: Some(long) })).is_err());
}

/// The largest that the engine can hold: every bucket of three digits full of large counts.
#[test]
fn the_largest_histogram_fits_into_a_frame_and_comes_back() {
    let mut full = histogram(&[]);
    let mut value = 0;
    let mut count = u64::MAX >> 16;
    while value < 1 << 38 {
        full.record_n(value, count).unwrap();
        // Counts without a pattern that a compressor could use.
        count = count.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1) >> 16;
        value += full.equivalent_range(value);
    }
    let name = HistogramName { name: "tick-to-end".to_owned(), slot: None };
    let row = LatencyRow::new(name, TimeBase::Wall, &full, 0).with_histogram(&full).unwrap();
    assert!(row.histogram.as_ref().unwrap().len() > 200_000, "not the largest");
    round_trip(&Response::new(1, Ok(Reply::Latency { stages: vec![row.clone()] })));
    assert_eq!(decode_histogram(&row.histogram.unwrap()), Ok(full));
}

/// A head that announces four gibibytes, a stream that swells, a text that is cut or is none.
#[test]
fn a_text_that_is_no_histogram_costs_nothing() {
    let whole = encode_histogram(&histogram(&[1, 20, 300, 300, 40_000])).unwrap();
    assert_eq!(decode_histogram(&whole), Ok(histogram(&[1, 20, 300, 300, 40_000])));
    for cut in 0..whole.len() {
        assert!(decode_histogram(&whole[..cut]).is_err(), "cut at {cut}");
    }
    assert!(decode_histogram("AAAA").is_err());
    assert_eq!(decode_histogram(&"A".repeat(1 << 20)), Err(LatencyError::TooLong));
    let wrap = |plain: &[u8]| {
        use base64::Engine;
        use std::io::Write;
        let mut zlib = flate2::write::ZlibEncoder::new(vec![0; 8], flate2::Compression::best());
        zlib.write_all(plain).unwrap();
        base64::engine::general_purpose::STANDARD.encode(zlib.finish().unwrap())
    };
    let head = |length: u32, digits: u32, high: u64| {
        let mut head = 0x1c84_9313_u32.to_be_bytes().to_vec();
        for word in [length, 0, digits] {
            head.extend(word.to_be_bytes());
        }
        head.extend([1_u64.to_be_bytes(), high.to_be_bytes(), 1_f64.to_be_bytes()].concat());
        head
    };
    assert!(decode_histogram(&wrap(&head(0, 3, 1 << 38))).unwrap().is_empty());
    assert!(decode_histogram(&wrap(&head(u32::MAX, 3, 1 << 38))).is_err());
    assert!(decode_histogram(&wrap(&head(0, 5, u64::MAX))).is_err());
    let mut swollen = head(0, 3, 1 << 38);
    swollen.resize(1 << 24, 0);
    assert!(wrap(&swollen).len() < HISTOGRAM_BYTES_MAX);
    assert!(decode_histogram(&wrap(&swollen)).is_err());
}

#[test]
fn unknown_fields_versions_and_commands_are_refused() {
    let read = |text: &str| decode::<Request>(text.as_bytes());
    assert!(read(r#"{"version":4,"id":1,"command":{"type":"status"}}"#).is_ok());
    assert_eq!(
        read(r#"{"version":3,"id":1,"command":{"type":"dance"}}"#),
        Err(ControlError::Version(3))
    );
    for text in [
        r#"{"version":4,"id":1,"command":{"type":"dance"}}"#,
        r#"{"version":4,"id":1,"command":{"type":"status","now":true}}"#,
        r#"{"version":4,"id":1,"extra":0,"command":{"type":"status"}}"#,
        r#"{"version":4,"id":1,"command":{"type":"halt"}}"#,
        r#"{"version":4,"id":-1,"command":{"type":"status"}}"#,
        "",
    ] {
        assert!(matches!(read(text), Err(ControlError::Json(_))), "{text}");
    }
    let long = Request::new(1, Command::Stop { reason: "x".repeat(2000) });
    assert_eq!(encode(&long), Err(ControlError::Reason));
    let steering = Request::new(1, Command::Stop { reason: "a\u{1b}[2J".to_owned() });
    assert_eq!(encode(&steering), Err(ControlError::Reason));
    let shares = vec![Share { slot: "x".to_owned(), bp: 1 }; SHARES_MAX + 1];
    let many = Request::new(1, Command::Allocate { shares, regime: None, reason: String::new() });
    assert!(matches!(encode(&many), Err(ControlError::Swap(_))));
    let regime = Some(MarketRegime { state: MarketState::Bull, bp: 10_001 });
    let sure = Command::Allocate { shares: Vec::new(), regime, reason: String::new() };
    assert!(matches!(encode(&Request::new(1, sure)), Err(ControlError::Swap(_))));
}

proptest! {
    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode::<Request>(&bytes);
        let _ = decode::<Response>(&bytes);
        let _ = decode_histogram(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_histogram_survives_its_text(values in prop::collection::vec(0_u64..1 << 38, 0..200)) {
        let whole = histogram(&values);
        prop_assert_eq!(decode_histogram(&encode_histogram(&whole).unwrap()), Ok(whole));
    }

    #[test]
    fn a_damaged_message_is_a_message_or_an_error(at in 0_usize..60, byte: u8) {
        let request = Request::new(1, Command::Halt { reason: "x".to_owned() });
        let mut bytes = encode(&request).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        let mut stream = FrameDecoder::default();
        stream.feed(&bytes);
        if let Ok(Some(body)) = stream.next_frame() {
            let _ = decode::<Request>(&body);
        }
    }
}

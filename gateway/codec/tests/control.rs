//! The control protocol against everything that could be on the socket.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use royale_codec::FrameDecoder;
use royale_codec::control::{
    Command, ControlError, EngineState, Refusal, Reply, Request, Response, SessionStatus,
    SlotStatus, StageLatency, Status, TapeProgress, decode, encode,
};

fn round_trip<M: royale_codec::control::Message + PartialEq + std::fmt::Debug>(message: &M) {
    let mut stream = FrameDecoder::default();
    stream.feed(&encode(message).unwrap());
    let body = stream.next_frame().unwrap().unwrap();
    assert_eq!(&decode::<M>(&body).unwrap(), message);
}

#[test]
fn every_message_survives_the_wire() {
    let reason = "drill \u{2603}".to_owned();
    for command in [
        Command::Status {},
        Command::Halt { reason: reason.clone() },
        Command::Resume { reason: reason.clone() },
        Command::Stop { reason },
        Command::Latency {},
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
            armed: true,
            allocation_bp: 10_000,
        }],
        sessions: vec![SessionStatus {
            name: "kalshi".to_owned(),
            state: "replaying".to_owned(),
            events: 5,
        }],
    };
    let row = StageLatency {
        name: "risk".to_owned(),
        count: 1,
        p50_ns: 2,
        p90_ns: 3,
        p99_ns: 4,
        p99_9_ns: 5,
        max_ns: 6,
    };
    let refusal = Refusal {
        code: "halted".to_owned(),
        message: "already halted".to_owned(),
        remedy: "resume first".to_owned(),
    };
    for result in [
        Ok(Reply::Status(Box::new(status))),
        Ok(Reply::Accepted { seq: 7 }),
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
    let text = r#"{"version":1,"id":1,"command":{"type":"halt","reason":"x"}}"#;
    assert_eq!(&bytes[4..], text.as_bytes());
    assert_eq!(bytes[..4], u32::try_from(text.len()).unwrap().to_le_bytes());
}

#[test]
fn unknown_fields_versions_and_commands_are_refused() {
    let read = |text: &str| decode::<Request>(text.as_bytes());
    assert!(read(r#"{"version":1,"id":1,"command":{"type":"status"}}"#).is_ok());
    assert_eq!(
        read(r#"{"version":2,"id":1,"command":{"type":"dance"}}"#),
        Err(ControlError::Version(2))
    );
    for text in [
        r#"{"version":1,"id":1,"command":{"type":"dance"}}"#,
        r#"{"version":1,"id":1,"command":{"type":"status","now":true}}"#,
        r#"{"version":1,"id":1,"extra":0,"command":{"type":"status"}}"#,
        r#"{"version":1,"id":1,"command":{"type":"halt"}}"#,
        r#"{"version":1,"id":-1,"command":{"type":"status"}}"#,
        "",
    ] {
        assert!(matches!(read(text), Err(ControlError::Json(_))), "{text}");
    }
    let long = Request::new(1, Command::Stop { reason: "x".repeat(2000) });
    assert_eq!(encode(&long), Err(ControlError::Reason));
}

proptest! {
    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode::<Request>(&bytes);
        let _ = decode::<Response>(&bytes);
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

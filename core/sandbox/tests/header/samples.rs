//! Small things that both tests of the headers are made of.

use royale_model::*;

pub fn stamp(time: i64) -> Stamp {
    let (time, venue_time) = (Nanos::from_raw(time), Nanos::from_raw(time - 7));
    Stamp { seq: 77, time, venue_time, instrument: InstrumentId(0) }
}

pub fn price(raw: i64) -> Price {
    Price::from_raw(raw)
}

pub fn qty(raw: i64) -> Qty {
    Qty::from_raw(raw)
}

pub fn report(order: OrderId, exec: ExecType, is_final: bool) -> ExecutionReport {
    ExecutionReport {
        order,
        exec,
        side: Side::Buy,
        is_final,
        liquidity: Liquidity::Taker,
        last_price: price(401),
        last_qty: qty(402),
        fee: 403,
        reject: RejectReason::None,
    }
}

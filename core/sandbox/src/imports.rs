//! The host's side of every call that a guest may make.
//!
//! Must trust nothing that it is given: every address is checked, every enum read through its type,
//! and every call costs fuel in proportion to what it does, before it does it. The costs are part
//! of the ABI: a replay counts on them.

use crate::abi::IMPORT_MODULE;
use crate::desk::{Business, Desk, Malformed};
use crate::records::{
    IntentHead, LEVELS_MAX, LevelRecord, MarketRecord, OrderRecord, PositionRecord, ReasonRecord,
    ReasonsHead,
};
use royale_engine::Intent;
use royale_engine::strategy::OPEN_ORDERS_MAX;
use royale_model::{Feature, InstrumentId, OrderId, Reasons, Side};
use wasmtime::{Caller, Linker, Result};
use zerocopy::{FromBytes, Immutable, IntoBytes, TryFromBytes};

/// Parameters that a guest may ask for.
const PARAMS_MAX: usize = 64;

const OUTSIDE: Malformed = Malformed("an address that is not within the memory");
const NO_SIDE: Malformed = Malformed("a side that is neither 1 (buy) nor 2 (sell)");
const NO_INTENT: Malformed =
    Malformed("an intent with an unknown side, type, time in force or regime");
const NO_CONFIDENCE: Malformed = Malformed("a confidence that is not finite");
const TOO_MANY_REASONS: Malformed = Malformed("more than eight reasons");
const NO_NAME: Malformed = Malformed("a parameter's name is 1 to 64 bytes of UTF-8");
const NOT_STARTING: Malformed = Malformed("param is for init");
const TOO_MANY_PARAMS: Malformed = Malformed("more than 64 parameters");

/// Gives a linker everything that a guest may import.
pub(crate) fn define(linker: &mut Linker<Desk>) -> Result<()> {
    linker.func_wrap(IMPORT_MODULE, "param", param)?;
    linker.func_wrap(IMPORT_MODULE, "instrument", instrument)?;
    linker.func_wrap(IMPORT_MODULE, "now", now)?;
    linker.func_wrap(IMPORT_MODULE, "market", market)?;
    linker.func_wrap(IMPORT_MODULE, "depth", depth)?;
    linker.func_wrap(IMPORT_MODULE, "position", position)?;
    linker.func_wrap(IMPORT_MODULE, "orders", orders)?;
    linker.func_wrap(IMPORT_MODULE, "submit", submit)?;
    linker.func_wrap(IMPORT_MODULE, "cancel", cancel)?;
    linker.func_wrap(IMPORT_MODULE, "abstain", abstain)?;
    linker.func_wrap(IMPORT_MODULE, "take_state", take_state)?;
    Ok(())
}

/// Takes what a call costs, before it does anything; then there is the guest's memory, and the rest.
#[inline]
fn at_cost<'a>(
    caller: &'a mut Caller<'_, Desk>,
    fuel: u64,
) -> Result<(&'a mut [u8], &'a mut Business)> {
    let desk = caller.data_mut();
    desk.charge(fuel)?;
    Ok(desk.both())
}

fn param(mut caller: Caller<'_, Desk>, name: u32, length: u32, default: f64) -> Result<f64> {
    let (memory, business) = at_cost(&mut caller, 64 + u64::from(length))?;
    if !business.is_starting() {
        return Err(NOT_STARTING.into());
    }
    if !(1..=64).contains(&length) {
        return Err(NO_NAME.into());
    }
    let name = read(memory, name, length as usize)?;
    let name = std::str::from_utf8(name).map_err(|_| NO_NAME)?;
    if !business.asked.iter().any(|asked| asked == name) {
        if business.asked.len() == PARAMS_MAX {
            return Err(TOO_MANY_PARAMS.into());
        }
        business.asked.push(name.to_owned());
    }
    Ok(business.parameters.get(name).copied().unwrap_or(default))
}

fn instrument(mut caller: Caller<'_, Desk>, id: u32, into: u32) -> Result<i32> {
    let (memory, business) = at_cost(&mut caller, 64)?;
    let Some(found) = business.instruments.get(id as usize) else { return Ok(0) };
    write(memory, into, found)?;
    Ok(1)
}

fn now(mut caller: Caller<'_, Desk>) -> Result<i64> {
    let (_, business) = at_cost(&mut caller, 16)?;
    Ok(business.context()?.now().raw())
}

fn market(mut caller: Caller<'_, Desk>, id: u32, into: u32) -> Result<i32> {
    let (memory, business) = at_cost(&mut caller, 64)?;
    let Some(view) = business.context()?.market(InstrumentId(id)) else { return Ok(0) };
    write(memory, into, &MarketRecord::of(view))?;
    Ok(1)
}

fn depth(mut caller: Caller<'_, Desk>, id: u32, side: u32, into: u32, max: u32) -> Result<i32> {
    let most = (max as usize).min(LEVELS_MAX);
    let (memory, business) = at_cost(&mut caller, 32 + 8 * most as u64)?;
    let side = match side {
        1 => Side::Buy,
        2 => Side::Sell,
        _ => return Err(NO_SIDE.into()),
    };
    let Some(view) = business.context()?.market(InstrumentId(id)) else { return Ok(0) };
    let records = view.book.levels(side).take(most).map(LevelRecord::of);
    list(memory, into, records)
}

fn position(mut caller: Caller<'_, Desk>, id: u32, into: u32) -> Result<i32> {
    let open = caller.data_mut().business.context()?.open_orders().len();
    let (memory, business) = at_cost(&mut caller, 32 + 2 * open as u64)?;
    let id = InstrumentId(id);
    if business.instruments.get(id.index()).is_none() {
        return Ok(0);
    }
    write(memory, into, &PositionRecord::of(id, business.context()?))?;
    Ok(1)
}

fn orders(mut caller: Caller<'_, Desk>, into: u32, max: u32) -> Result<i32> {
    let most = (max as usize).min(OPEN_ORDERS_MAX);
    let (memory, business) = at_cost(&mut caller, 32 + 8 * most as u64)?;
    let open = business.context()?.open_orders();
    list(memory, into, open.iter().take(most).map(OrderRecord::of))?;
    Ok(i32::try_from(open.len()).unwrap_or(i32::MAX))
}

fn submit(mut caller: Caller<'_, Desk>, from: u32) -> Result<i64> {
    let (memory, business) = at_cost(&mut caller, 256)?;
    let intent = intent(memory, from)?;
    let id = business.context()?.submit(&intent);
    Ok(id.map_or(0, |id| id.raw().cast_signed()))
}

fn cancel(mut caller: Caller<'_, Desk>, order: i64, from: u32) -> Result<i32> {
    let (memory, business) = at_cost(&mut caller, 256)?;
    let reasons = reasons(memory, from)?;
    let order = OrderId::from_raw(order.cast_unsigned());
    Ok(business.context()?.cancel(order, &reasons).into())
}

fn abstain(mut caller: Caller<'_, Desk>, from: u32) -> Result<i32> {
    let (memory, business) = at_cost(&mut caller, 256)?;
    let intent = intent(memory, from)?;
    Ok(business.context()?.abstain(&intent).into())
}

fn take_state(mut caller: Caller<'_, Desk>, into: u32) -> Result<i32> {
    let length = caller.data().business.state()?.len();
    let (memory, business) = at_cost(&mut caller, 64 + length as u64 / 8)?;
    let state = business.state()?;
    place(memory, into, state.len())?.copy_from_slice(state);
    Ok(i32::try_from(length).unwrap_or(i32::MAX))
}

/// The bytes of the guest's memory there, if it has them.
#[inline]
pub(crate) fn place(memory: &mut [u8], at: u32, length: usize) -> Result<&mut [u8], Malformed> {
    // An address is below 2³² and a length that we ask for far below 2³²: no overflow.
    let at = at as usize;
    memory.get_mut(at..at + length).ok_or(OUTSIDE)
}

/// The same, to read.
#[inline]
pub(crate) fn read(memory: &[u8], at: u32, length: usize) -> Result<&[u8], Malformed> {
    let at = at as usize;
    memory.get(at..at + length).ok_or(OUTSIDE)
}

#[inline]
fn write<T: IntoBytes + Immutable>(
    memory: &mut [u8],
    at: u32,
    record: &T,
) -> Result<(), Malformed> {
    place(memory, at, size_of::<T>())?.copy_from_slice(record.as_bytes());
    Ok(())
}

/// Writes records one after the other; how many there were.
fn list<T: IntoBytes + Immutable>(
    memory: &mut [u8],
    into: u32,
    records: impl Iterator<Item = T>,
) -> Result<i32> {
    let (mut at, mut count) = (into, 0);
    for record in records {
        write(memory, at, &record)?;
        at = at.checked_add(size_of::<T>() as u32).ok_or(OUTSIDE)?;
        count += 1;
    }
    Ok(count)
}

fn intent(memory: &[u8], from: u32) -> Result<Intent, Malformed> {
    let head = read(memory, from, size_of::<IntentHead>())?;
    let head = IntentHead::try_read_from_bytes(head).map_err(|_| NO_INTENT)?;
    if !head.confidence.is_finite() {
        return Err(NO_CONFIDENCE);
    }
    let after = from.checked_add(size_of::<IntentHead>() as u32).ok_or(OUTSIDE)?;
    Ok(Intent {
        instrument: head.instrument,
        side: head.side,
        ord_type: head.ord_type,
        time_in_force: head.time_in_force,
        price: head.price,
        qty: head.qty,
        confidence: head.confidence,
        regime: head.regime,
        reasons: reasons(memory, after)?,
    })
}

fn reasons(memory: &[u8], from: u32) -> Result<Reasons, Malformed> {
    let head = read(memory, from, size_of::<ReasonsHead>())?;
    let head = ReasonsHead::read_from_bytes(head).map_err(|_| OUTSIDE)?;
    let count = head.len().ok_or(TOO_MANY_REASONS)?;
    let first = from.checked_add(size_of::<ReasonsHead>() as u32).ok_or(OUTSIDE)?;
    let list = read(memory, first, count * size_of::<ReasonRecord>())?;
    let mut reasons = Reasons::new();
    for record in list.chunks_exact(size_of::<ReasonRecord>()) {
        let record = ReasonRecord::read_from_bytes(record).map_err(|_| OUTSIDE)?;
        let (value, contribution) = (f64::from(record.value), record.contribution);
        reasons = reasons.because(Feature(record.feature), value, contribution);
    }
    Ok(reasons)
}

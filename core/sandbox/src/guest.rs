//! A running guest: a stranger's strategy as a [`Strategy`].
//!
//! Owns the guest's store and the calls into it. A guest that trapped, ran out of fuel or lied is
//! never called again: what its memory holds then is half of something.

use crate::abi::{BESIDE, WANTS, WANTS_INSTRUMENT};
use crate::desk::{Desk, Loan, Malformed, fault};
use crate::error::StartError;
use crate::imports;
use crate::interests::Interests;
use crate::limits::Limits;
use crate::place::Place;
use crate::records::BesideRecord;
use royale_engine::{Context, Strategy};
use royale_model::{Event, Fault, Instrument, InstrumentId};
use std::collections::BTreeMap;
use std::fmt;
use wasmtime::{Error, Instance, InstancePre, Store, TypedFunc, WasmParams, WasmResults};

/// A sandboxed strategy. Dropping it gives its memory back to the system: do that where nobody waits.
pub struct Guest {
    store: Store<Desk>,
    on_event: TypedFunc<(), ()>,
    /// Where its memory wants each event.
    event: Place<Event>,
    /// Where it wants what lies beside one, if it does.
    beside: Option<Place<BesideRecord>>,
    /// Which events it is asked about.
    interests: Interests,
    fuel_per_event: u64,
    /// Why it is not called any more.
    fault: Option<Fault>,
    handover: Option<Handover>,
}

/// The calls that hand state over.
struct Handover {
    layout: u64,
    export: TypedFunc<(), i64>,
    import: TypedFunc<u32, i32>,
    fuel: u64,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").field("fault", &self.fault).finish_non_exhaustive()
    }
}

impl Guest {
    pub(crate) fn start(
        ready: &InstancePre<Desk>,
        limits: &Limits,
        parameters: &BTreeMap<String, f64>,
        instruments: &[Instrument],
    ) -> Result<Self, StartError> {
        let mut store = Store::new(ready.module().engine(), Desk::new(instruments, parameters));
        // Filling in data and tables costs fuel like any copy.
        store.set_fuel(limits.fuel_at_start).map_err(|error| no_room(&error))?;
        let instance = ready.instantiate(&mut store).map_err(|error| no_room(&error))?;
        let Some(memory) = instance.get_memory(&mut store, crate::abi::MEMORY) else {
            return Err(failed("instantiation", "no memory"));
        };
        Desk::seat(&mut store, memory);
        let count = u32::try_from(instruments.len())
            .map_err(|_| failed("init", "more instruments than ids"))?;
        let starting = Starting { instance, limit: limits.fuel_at_start, instruments: count };
        let handover = starting.handover(&mut store)?;
        let on_event = starting.function(&mut store, "on_event")?;
        let event = starting.init(&mut store)?;
        let interests = starting.wants(&mut store)?;
        let beside = starting.beside(&mut store, &event)?;
        touch(store.data_mut().both().0);
        let fuel_per_event = limits.fuel_per_event;
        Ok(Self {
            store,
            on_event,
            event,
            beside,
            interests,
            fuel_per_event,
            fault: None,
            handover,
        })
    }

    /// True when it is asked about such an event. Any other passes it by, and costs it nothing.
    #[inline]
    pub fn wants(&self, event: &Event) -> bool {
        self.interests.include(event)
    }

    /// Fuel that the last event that it was asked about burnt, by instructions and by host calls:
    /// each should stay well below [`Limits::fuel_per_event`].
    pub fn fuel_used(&self) -> (u64, u64) {
        // Fuel is on: asking for it does not fail.
        let left = self.store.get_fuel().unwrap_or(0);
        let used = |left: u64| self.fuel_per_event.saturating_sub(left);
        (used(left), used(self.store.data().fuel()))
    }

    /// One call, in which the guest may use what is lent.
    #[inline]
    fn call(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), Error> {
        self.event.put(event);
        if let Some(beside) = &mut self.beside {
            lay_beside(beside, event.instrument(), context);
        }
        let mut loan = Loan::context(&mut self.store, self.fuel_per_event, context)?;
        self.on_event.call(&mut *loan, ())
    }

    fn state(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some(handover) = &self.handover else { return Ok(None) };
        let word =
            handover.export.call(&mut *Loan::nothing(&mut self.store, handover.fuel)?, ())?;
        if word == 0 {
            return Ok(None);
        }
        let (at, length) = ((word.cast_unsigned() >> 32) as u32, word as u32 as usize);
        let (memory, _) = self.store.data_mut().both();
        let state = imports::read(memory, at, length)?;
        let Some(place) = into.get_mut(..length) else { return Ok(None) };
        place.copy_from_slice(state);
        Ok(Some(length))
    }

    fn take(&mut self, from: &[u8]) -> Result<bool, Error> {
        let Some(handover) = &self.handover else { return Ok(false) };
        let Ok(length) = u32::try_from(from.len()) else { return Ok(false) };
        let mut loan = Loan::state(&mut self.store, handover.fuel, from)?;
        match handover.import.call(&mut *loan, length)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("import_state answers 0 or 1").into()),
        }
    }

    /// Remembers why it cannot go on, and says it. Far from the way of an event that goes well, with
    /// all that an error takes with it.
    #[cold]
    #[inline(never)]
    fn gives_up(&mut self, failed: Option<Error>, context: &mut Context<'_>) {
        if let Some(error) = failed {
            self.fails(&error);
        }
        if let Some(fault) = self.fault {
            context.give_up(fault);
        }
    }

    fn fails(&mut self, error: &Error) {
        self.fault = Some(fault(error));
    }
}

impl Strategy for Guest {
    #[inline]
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        if self.fault.is_some() {
            return self.gives_up(None, context);
        }
        if !self.wants(event) {
            return;
        }
        if let Err(error) = self.call(event, context) {
            self.gives_up(Some(error), context);
        }
    }

    fn state_layout(&self) -> Option<u64> {
        self.handover.as_ref().map(|handover| handover.layout)
    }

    fn export_state(&mut self, into: &mut [u8]) -> Option<usize> {
        if self.fault.is_some() {
            return None;
        }
        self.state(into).unwrap_or_else(|error| {
            self.fails(&error);
            None
        })
    }

    fn import_state(&mut self, from: &[u8]) -> bool {
        if self.fault.is_some() {
            return false;
        }
        self.take(from).unwrap_or_else(|error| {
            self.fails(&error);
            false
        })
    }
}

/// An instance whose `init` has not been called.
struct Starting {
    instance: Instance,
    limit: u64,
    instruments: u32,
}

impl Starting {
    fn function<P: WasmParams, R: WasmResults>(
        &self,
        store: &mut Store<Desk>,
        name: &'static str,
    ) -> Result<TypedFunc<P, R>, StartError> {
        // The inspection has seen it, with this type.
        self.instance.get_typed_func(store, name).map_err(|error| failed(name, &error))
    }

    /// What went wrong in a call.
    fn explain(&self, during: &'static str, error: &Error) -> StartError {
        match fault(error) {
            Fault::Fuel => StartError::Fuel { during, limit: self.limit },
            _ => failed(during, error.root_cause()),
        }
    }

    fn handover(&self, store: &mut Store<Desk>) -> Result<Option<Handover>, StartError> {
        const LAYOUT: &str = "state_layout";
        if self.instance.get_export(&mut *store, LAYOUT).is_none() {
            return Ok(None);
        }
        let layout: TypedFunc<(), u64> = self.function(store, LAYOUT)?;
        let export = self.function(store, "export_state")?;
        let import = self.function(store, "import_state")?;
        let fuel = self.limit;
        let layout = Loan::nothing(store, fuel)
            .and_then(|mut loan| layout.call(&mut *loan, ()))
            .map_err(|error| self.explain(LAYOUT, &error))?;
        Ok(Some(Handover { layout, export, import, fuel }))
    }

    /// Which events a strategy that has started wants to see.
    fn wants(&self, store: &mut Store<Desk>) -> Result<Interests, StartError> {
        if self.instance.get_export(&mut *store, WANTS.name).is_none() {
            return Ok(Interests::ALL);
        }
        let wants: TypedFunc<(), u64> = self.function(store, WANTS.name)?;
        let mask = Loan::nothing(store, self.limit)
            .and_then(|mut loan| wants.call(&mut *loan, ()))
            .map_err(|error| self.explain(WANTS.name, &error))?;
        let mut interests = Interests::of(mask).ok_or(StartError::Nothing)?;
        if self.instance.get_export(&mut *store, WANTS_INSTRUMENT.name).is_some() {
            self.wants_instruments(store, &mut interests)?;
        }
        Ok(interests)
    }

    /// Of which instruments it wants to see market data. One budget for all calls.
    fn wants_instruments(
        &self,
        store: &mut Store<Desk>,
        interests: &mut Interests,
    ) -> Result<(), StartError> {
        let wants: TypedFunc<u32, i32> = self.function(store, WANTS_INSTRUMENT.name)?;
        let explain = |error: Error| self.explain(WANTS_INSTRUMENT.name, &error);
        let mut loan = Loan::nothing(store, self.limit).map_err(explain)?;
        for instrument in 0..self.instruments {
            match wants.call(&mut *loan, instrument).map_err(explain)? {
                0 => interests.hide(InstrumentId(instrument)),
                1 => {}
                answer => return Err(StartError::Instrument { instrument, answer }),
            }
        }
        Ok(())
    }

    /// Where it wants what lies beside an event, if it does.
    fn beside(
        &self,
        store: &mut Store<Desk>,
        event: &Place<Event>,
    ) -> Result<Option<Place<BesideRecord>>, StartError> {
        if self.instance.get_export(&mut *store, BESIDE.name).is_none() {
            return Ok(None);
        }
        let beside: TypedFunc<(), i32> = self.function(store, BESIDE.name)?;
        let answer = Loan::nothing(store, self.limit)
            .and_then(|mut loan| beside.call(&mut *loan, ()))
            .map_err(|error| self.explain(BESIDE.name, &error))?;
        let desk = store.data();
        // As after `init`, an address of 0 is none.
        let at = u32::try_from(answer).ok().filter(|at| *at > 0);
        let place = at.and_then(|at| Place::new(desk, at)).filter(|it| !it.overlaps(event));
        place.map(Some).ok_or(StartError::Beside(answer))
    }

    /// Starts the strategy; where it wants its events.
    fn init(&self, store: &mut Store<Desk>) -> Result<Place<Event>, StartError> {
        const INIT: &str = "init";
        let init: TypedFunc<u32, i32> = self.function(store, INIT)?;
        let answer = Loan::parameters(store, self.limit)
            .and_then(|mut loan| init.call(&mut *loan, self.instruments))
            .map_err(|error| self.explain(INIT, &error))?;
        let at = match u32::try_from(answer) {
            Ok(at) if at > 0 => at,
            _ => return Err(StartError::Refused(answer)),
        };
        let desk = store.data();
        let event = Place::new(desk, at).ok_or(StartError::Buffer(answer))?;
        let asked = &desk.business.asked;
        if let Some(name) = desk.business.parameters.keys().find(|name| !asked.contains(name)) {
            return Err(StartError::Unknown { name: name.clone(), asked: asked.clone() });
        }
        Ok(event)
    }
}

fn failed(during: &'static str, why: &(impl ToString + ?Sized)) -> StartError {
    StartError::Trap { during, why: why.to_string() }
}

fn no_room(error: &Error) -> StartError {
    // A data or element segment beyond its memory or table is the module's own fault.
    match error.downcast_ref::<wasmtime::Trap>() {
        Some(trap) => failed("instantiation", trap),
        None => StartError::Room(format!("{error:#}")),
    }
}

/// Answers the usual questions about an instrument. Apart, so that a guest without such a place does not
/// pay for the room that this needs.
#[inline(never)]
fn lay_beside(place: &mut Place<BesideRecord>, id: InstrumentId, context: &Context<'_>) {
    place.put(&BesideRecord::of(id, context));
}

/// Writes to every page, so that none of them is missing when it is needed.
fn touch(memory: &mut [u8]) {
    for page in memory.chunks_mut(4096) {
        if let Some(first) = page.first_mut() {
            // The compiler must not find out that this changes nothing.
            *first = std::hint::black_box(*first);
        }
    }
}

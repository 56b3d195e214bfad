//! What a guest's store holds: the one desk at which host and guest do business during a call.
//!
//! Owns what is lent to the guest and for how long: the strategy's context lives on the caller's
//! stack, so the desk has it while `on_event` runs and at no other time. Also owns the fuel that
//! host calls cost, and the reason why a guest is stopped.

use royale_engine::Context;
use royale_model::{Fault, Instrument};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use wasmtime::{Caller, Error, Memory, ResourceLimiter, Store, Trap};

/// Calls of `param` that `init` may make.
pub(crate) const PARAMS_MAX: usize = 64;

/// The data of a guest's store.
pub(crate) struct Desk {
    memory: Option<Memory>,
    lent: Lent,
    pub(crate) instruments: Box<[Instrument]>,
    pub(crate) parameters: BTreeMap<String, f64>,
    /// Names that `init` asked for, in its order.
    pub(crate) asked: Vec<String>,
}

/// What a call may use besides its own memory.
enum Lent {
    Nothing,
    /// `init`: the parameters, which the desk owns.
    Parameters,
    /// `on_event`.
    Context(NonNull<Context<'static>>),
    /// `import_state`.
    State(NonNull<[u8]>),
}

// SAFETY: both pointers are there only while `Loan` is, which mutably borrows the store for one
// call on one thread; a desk that is sent to another thread has lent nothing.
unsafe impl Send for Lent {}

/// Why the host stops a guest in the middle of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// What a failed call means for its slot.
pub(crate) fn fault(error: &Error) -> Fault {
    if error.is::<Malformed>() {
        Fault::Malformed
    } else if error.downcast_ref::<Trap>() == Some(&Trap::OutOfFuel) {
        Fault::Fuel
    } else {
        Fault::Trap
    }
}

impl Desk {
    pub(crate) fn new(instruments: &[Instrument], parameters: &BTreeMap<String, f64>) -> Self {
        Self {
            memory: None,
            lent: Lent::Nothing,
            instruments: instruments.into(),
            parameters: parameters.clone(),
            asked: Vec::new(),
        }
    }

    /// The guest's memory, once it is instantiated.
    pub(crate) fn seat(&mut self, memory: Memory) {
        self.memory = Some(memory);
    }

    /// The strategy's context; only `on_event` has one.
    #[inline]
    pub(crate) fn context<'a>(&'a mut self) -> Result<&'a mut Context<'a>, Malformed> {
        match &self.lent {
            // SAFETY: `Loan::context` made the pointer from a `&mut Context` that outlives the loan,
            // the loan outlives the call that we are in, and nobody else has a reference: the
            // desk is borrowed mutably for as long as this one lives. Its lifetime is shortened to that of
            // this borrow, and nothing that the context gives out is kept.
            Lent::Context(context) => Ok(unsafe { context.cast::<Context<'a>>().as_mut() }),
            _ => Err(Malformed("only on_event may ask for the market, orders and the time")),
        }
    }

    /// True during `init`.
    pub(crate) fn is_starting(&self) -> bool {
        matches!(self.lent, Lent::Parameters)
    }

    /// The state of the predecessor; only `import_state` has one.
    pub(crate) fn state(&self) -> Result<&[u8], Malformed> {
        match &self.lent {
            // SAFETY: as above: made from a `&[u8]` that outlives the loan, and the loan this call.
            Lent::State(state) => Ok(unsafe { state.as_ref() }),
            _ => Err(Malformed("take_state is for import_state")),
        }
    }
}

/// A guest's store with something lent to it, which is taken back when this is dropped, also by a panic.
pub(crate) struct Loan<'a>(&'a mut Store<Desk>);

impl<'a> Loan<'a> {
    /// Nothing but its memory.
    pub(crate) fn nothing(store: &'a mut Store<Desk>) -> Self {
        Self(store)
    }
    /// The parameters.
    pub(crate) fn parameters(store: &'a mut Store<Desk>) -> Self {
        store.data_mut().lent = Lent::Parameters;
        Self(store)
    }
    /// The context of an event: borrowed for as long as the loan.
    #[inline]
    pub(crate) fn context(store: &'a mut Store<Desk>, context: &'a mut Context<'_>) -> Self {
        store.data_mut().lent = Lent::Context(NonNull::from(context).cast());
        Self(store)
    }
    /// A predecessor's state: borrowed likewise.
    pub(crate) fn state(store: &'a mut Store<Desk>, state: &'a [u8]) -> Self {
        store.data_mut().lent = Lent::State(NonNull::from(state));
        Self(store)
    }
}

impl Deref for Loan<'_> {
    type Target = Store<Desk>;
    fn deref(&self) -> &Store<Desk> {
        self.0
    }
}

impl DerefMut for Loan<'_> {
    fn deref_mut(&mut self) -> &mut Store<Desk> {
        self.0
    }
}

impl Drop for Loan<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.data_mut().lent = Lent::Nothing;
    }
}

/// Takes a host call's fuel, before anything is done.
#[inline]
pub(crate) fn charge(caller: &mut Caller<'_, Desk>, fuel: u64) -> Result<(), Error> {
    let left = caller.get_fuel()?.checked_sub(fuel).ok_or(Trap::OutOfFuel)?;
    caller.set_fuel(left)
}

/// The guest's memory and the desk, side by side.
#[inline]
pub(crate) fn both<'a>(
    caller: &'a mut Caller<'_, Desk>,
) -> Result<(&'a mut [u8], &'a mut Desk), Malformed> {
    let memory = caller.data().memory.ok_or(Malformed("called before there is a memory"))?;
    Ok(memory.data_and_store_mut(caller))
}

/// Memory neither grows nor is there a table that does: both are as large as they will be.
impl ResourceLimiter for Desk {
    fn memory_growing(
        &mut self,
        current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, Error> {
        Ok(current == 0)
    }
    fn table_growing(
        &mut self,
        current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, Error> {
        Ok(current == 0)
    }
}

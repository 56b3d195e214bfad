//! What a guest's store holds: the desk at which host and guest do business during a call.
//!
//! Owns where the guest's memory lies, what is lent to the guest and for how long, and what host
//! calls may still cost. The strategy's context lives on the caller's stack: it is lent while
//! `on_event` runs, and at no other time.

use royale_engine::Context;
use royale_model::{Fault, Instrument};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use wasmtime::{Error, Memory, Store, Trap};

/// The data of a guest's store.
pub(crate) struct Desk {
    memory: Span,
    /// Fuel that host calls may still burn during this call.
    fuel: u64,
    pub(crate) business: Business,
}

/// What a host call is about, besides the guest's memory.
pub(crate) struct Business {
    lent: Lent,
    pub(crate) instruments: Box<[Instrument]>,
    pub(crate) parameters: BTreeMap<String, f64>,
    /// Names that `init` asked for, in its order.
    pub(crate) asked: Vec<String>,
}

/// The guest's memory, looked up once: a look-up at each event costs a third of the way in.
struct Span(NonNull<[u8]>);

// SAFETY: it points into what the desk's own store owns, and goes where that goes.
unsafe impl Send for Span {}

/// What the guest has for this call.
enum Lent {
    Nothing,
    /// `init`: the parameters.
    Parameters,
    /// `on_event`.
    Context(NonNull<Context<'static>>),
    /// `import_state`.
    State(NonNull<[u8]>),
}

// SAFETY: both pointers are there only while a `Loan` is, which mutably borrows the store for one
// call on one thread; a desk that is sent to another thread has lent nothing.
unsafe impl Send for Lent {}

impl Desk {
    pub(crate) fn new(instruments: &[Instrument], parameters: &BTreeMap<String, f64>) -> Self {
        Self {
            memory: Span(NonNull::from(&mut [])),
            fuel: 0,
            business: Business {
                lent: Lent::Nothing,
                instruments: instruments.into(),
                parameters: parameters.clone(),
                asked: Vec::new(),
            },
        }
    }

    /// Takes note of where a new guest's memory lies.
    pub(crate) fn seat(store: &mut Store<Self>, memory: Memory) {
        let span = NonNull::from(memory.data_mut(&mut *store));
        store.data_mut().memory = Span(span);
    }

    /// The guest's memory (nothing of it before it is instantiated), and the business.
    #[inline]
    pub(crate) fn both(&mut self) -> (&mut [u8], &mut Business) {
        // SAFETY: the memory is there, since its store owns this desk too. It is where it was: its
        // minimum is its maximum (`inspect.rs`), and only growing moves a memory. Nobody else
        // looks at it meanwhile: the guest does not run while the host holds its desk, and no
        // other code of the host keeps a reference.
        (unsafe { self.memory.0.as_mut() }, &mut self.business)
    }

    /// Where so many bytes of the guest's memory lie, if it has them. Comes from the memory's own pointer
    /// and from no reference to it, so that it holds as long as the memory does.
    pub(crate) fn spot(&self, at: u32, length: usize) -> Option<NonNull<u8>> {
        let (at, memory) = (at as usize, self.memory.0);
        let is_inside = at.checked_add(length).is_some_and(|end| end <= memory.len());
        // SAFETY: within the memory, as was just asked.
        is_inside.then(|| unsafe { memory.cast::<u8>().add(at) })
    }

    /// Takes a host call's fuel, before anything is done.
    #[inline]
    pub(crate) fn charge(&mut self, fuel: u64) -> Result<(), Trap> {
        self.fuel = self.fuel.checked_sub(fuel).ok_or(Trap::OutOfFuel)?;
        Ok(())
    }

    /// Fuel that host calls have left.
    pub(crate) fn fuel(&self) -> u64 {
        self.fuel
    }
}

impl Business {
    /// The strategy's context; only `on_event` has one.
    #[inline]
    pub(crate) fn context<'a>(&'a mut self) -> Result<&'a mut Context<'a>, Malformed> {
        match &self.lent {
            // SAFETY: `Loan::context` made the pointer from a `&mut Context` that outlives the loan,
            // the loan outlives the call that we are in, and nobody else has a reference: this
            // one borrows the business mutably. Its lifetime is cut to that of the borrow, and nothing
            // that the context gives out is kept.
            Lent::Context(context) => Ok(unsafe { context.cast::<Context<'a>>().as_mut() }),
            _ => Err(Malformed("only on_event may ask for the market, orders and the time")),
        }
    }

    /// The parameters; only `init` has them.
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

/// A guest's store with fuel for one call and with what it may use during it, which is taken back
/// when this is dropped, also by a panic.
pub(crate) struct Loan<'a>(&'a mut Store<Desk>);

impl<'a> Loan<'a> {
    /// Nothing but its memory.
    pub(crate) fn nothing(store: &'a mut Store<Desk>, fuel: u64) -> Result<Self, Error> {
        Self::lend(store, fuel, Lent::Nothing)
    }
    /// The parameters.
    pub(crate) fn parameters(store: &'a mut Store<Desk>, fuel: u64) -> Result<Self, Error> {
        Self::lend(store, fuel, Lent::Parameters)
    }
    /// The context of an event: borrowed for as long as the loan.
    #[inline]
    pub(crate) fn context(
        store: &'a mut Store<Desk>,
        fuel: u64,
        context: &'a mut Context<'_>,
    ) -> Result<Self, Error> {
        Self::lend(store, fuel, Lent::Context(NonNull::from(context).cast()))
    }
    /// A predecessor's state: borrowed likewise.
    pub(crate) fn state(
        store: &'a mut Store<Desk>,
        fuel: u64,
        state: &'a [u8],
    ) -> Result<Self, Error> {
        Self::lend(store, fuel, Lent::State(NonNull::from(state)))
    }

    #[inline]
    fn lend(store: &'a mut Store<Desk>, fuel: u64, lent: Lent) -> Result<Self, Error> {
        store.set_fuel(fuel)?;
        let desk = store.data_mut();
        (desk.fuel, desk.business.lent) = (fuel, lent);
        Ok(Self(store))
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
        self.0.data_mut().business.lent = Lent::Nothing;
    }
}

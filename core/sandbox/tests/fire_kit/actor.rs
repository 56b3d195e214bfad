//! Strategies of every temper, native and sandboxed, each with a witness: what it was shown, kept outside
//! of it, and held against what it says itself whenever its state is asked for.

use super::super::kit::random_market::{Dice, instruments};
use super::super::kit::settings;
use royale_engine::{Context, Intent, Strategy};
use royale_model::*;
use royale_sandbox::{Guest, Module};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// How it goes wrong, at its n-th event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Temper {
    Calm,
    /// Panics (native), or traps.
    Crashes(u32),
    /// Never comes back; a native one says so itself.
    Spins(u32),
    /// Sends the engine to an address that it does not have; a native one panics.
    Lies(u32),
    /// Asks for more than the gate lets through.
    Greedy(u32),
    /// Takes no state.
    Stubborn,
    /// Gives no state.
    Secretive,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Native,
    Guest,
}

/// What all versions of a run saw, and whether they agree with their witnesses.
#[derive(Default)]
pub struct Log {
    /// (slot, version) → sequence numbers.
    pub seen: BTreeMap<(u16, u32), Vec<Seq>>,
    /// States that were asked for and said what the witness says.
    pub agreed: u32,
    pub faults: Vec<String>,
}

/// A version with its witness.
pub struct Watched {
    pub slot: u16,
    pub version: u32,
    temper: Temper,
    inner: Inner,
    module: Module,
    /// Events and the sum of their numbers, of this version and those whose state it took over.
    tally: [u64; 2],
    log: Arc<Mutex<Log>>,
}

enum Inner {
    /// Made when it is first needed: thousands of guests at once would not fit.
    NotYet,
    Native(Native),
    Guest(Box<Guest>),
}

struct Native {
    temper: Temper,
    dice: Dice,
    events: u32,
    tally: [u64; 2],
}

impl Watched {
    pub fn new(
        (slot, version): (u16, u32),
        kind: Kind,
        temper: Temper,
        module: &Module,
        log: &Arc<Mutex<Log>>,
    ) -> Self {
        let dice = Dice(u64::from(slot) << 32 | u64::from(version));
        let inner = match kind {
            Kind::Native => Inner::Native(Native { temper, dice, events: 0, tally: [0; 2] }),
            Kind::Guest => Inner::NotYet,
        };
        let (module, log) = (module.clone(), Arc::clone(log));
        Self { slot, version, temper, inner, module, tally: [0; 2], log }
    }

    fn inner(&mut self) -> &mut dyn Strategy {
        if matches!(self.inner, Inner::NotYet) {
            self.inner = Inner::Guest(Box::new(self.guest()));
        }
        match &mut self.inner {
            Inner::Native(native) => native,
            Inner::Guest(guest) => guest.as_mut(),
            Inner::NotYet => unreachable!("it was just made"),
        }
    }

    fn guest(&self) -> Guest {
        let (how, at) = match self.temper {
            Temper::Calm => (0, 0),
            Temper::Crashes(at) => (1, at),
            Temper::Spins(at) => (2, at),
            Temper::Lies(at) => (3, at),
            Temper::Greedy(at) => (4, at),
            Temper::Stubborn => (5, 0),
            Temper::Secretive => (6, 0),
        };
        let seed = f64::from(self.version) * 64.0 + f64::from(self.slot);
        let parameters = [("how", f64::from(how)), ("at", f64::from(at)), ("seed", seed)];
        self.module.instantiate(&settings(&parameters), &instruments()).unwrap()
    }

    /// What it says of its past must be what was shown to it.
    fn hold(&self, state: &[u8]) {
        let mut log = self.log.lock().unwrap();
        if state == bytes(self.tally) {
            log.agreed += 1;
        } else {
            let (slot, version, tally) = (self.slot, self.version, self.tally);
            log.faults.push(format!("slot {slot} version {version}: {state:?} is not {tally:?}"));
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut state = [0; 64];
        let is_one = !matches!(self.inner, Inner::NotYet) && self.temper != Temper::Secretive;
        if is_one && let Some(length) = self.inner().export_state(&mut state) {
            self.hold(&state[..length]);
        }
    }
}

impl Strategy for Watched {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        self.tally[0] += 1;
        self.tally[1] += event.seq();
        let key = (self.slot, self.version);
        self.log.lock().unwrap().seen.entry(key).or_default().push(event.seq());
        self.inner().on_event(event, context);
    }
    fn state_layout(&self) -> Option<u64> {
        Some(7)
    }
    fn export_state(&mut self, into: &mut [u8]) -> Option<usize> {
        let length = self.inner().export_state(into)?;
        self.hold(&into[..length]);
        Some(length)
    }
    fn import_state(&mut self, from: &[u8]) -> bool {
        let is_taken = self.inner().import_state(from);
        if is_taken {
            let word = |at: usize| u64::from_le_bytes(from[at..at + 8].try_into().unwrap());
            self.tally = [word(0), word(8)];
        }
        is_taken
    }
}

fn bytes(tally: [u64; 2]) -> Vec<u8> {
    tally.iter().flat_map(|word| word.to_le_bytes()).collect()
}

impl Native {
    fn order(&mut self, context: &mut Context<'_>, qty: Qty) {
        let best = context.market(InstrumentId(0)).and_then(|view| view.best());
        let Some(best) = best else { return };
        let buys = self.dice.below(2) == 0;
        context.submit(&Intent {
            instrument: InstrumentId(0),
            side: if buys { Side::Buy } else { Side::Sell },
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::GoodTillCancel,
            price: if buys { best.bid } else { best.ask },
            qty,
            confidence: 0.5,
            regime: Regime::Unknown,
            reasons: Reasons::new().because(Feature::RULE, 1.0, 1.0),
        });
    }
}

impl Strategy for Native {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        self.events += 1;
        self.tally[0] += 1;
        self.tally[1] += event.seq();
        match self.temper {
            Temper::Crashes(at) | Temper::Lies(at) if at == self.events => {
                self.order(context, Qty::ONE);
                panic!("planned");
            }
            Temper::Spins(at) if at == self.events => {
                self.order(context, Qty::ONE);
                context.give_up(Fault::Fuel);
            }
            Temper::Greedy(at) if at == self.events => {
                self.order(context, Qty::from_int(1_000_000));
            }
            _ => {}
        }
        if self.dice.below(12) == 0 {
            let qty = Qty::from_int(1 + self.dice.below(5));
            self.order(context, qty);
        }
        if self.dice.below(30) == 0
            && let Some(oldest) = context.open_orders().first().copied()
        {
            context.cancel(oldest.id, &Reasons::new());
        }
    }
    fn export_state(&mut self, into: &mut [u8]) -> Option<usize> {
        assert!(self.temper != Temper::Secretive, "planned");
        into.get_mut(..16)?.copy_from_slice(&bytes(self.tally));
        Some(16)
    }
    fn import_state(&mut self, from: &[u8]) -> bool {
        let Ok(from) = <&[u8; 16]>::try_from(from) else { return false };
        if self.temper == Temper::Stubborn {
            return false;
        }
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|n| from[at + n]));
        self.tally = [word(0), word(8)];
        true
    }
}

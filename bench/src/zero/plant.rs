//! Competitors, and one that does what it must not: what proves that the meter can fail.

use royale_engine::{Context, Strategy};
use royale_model::Event;
use royale_strategies::Native;
use std::fs::File;
use std::io::Write;

/// Something that no thread of the corridor may do.
#[derive(Debug)]
pub enum Plant {
    /// Asks the allocator for a page and gives it back.
    Allocation,
    /// Writes to a page that nobody has touched: the last of this memory.
    Fault(Box<[u8]>),
    /// Writes to a file.
    Write(File),
}

/// A strategy of the run.
#[derive(Debug)]
pub enum Competitor {
    /// As it is.
    Native(Box<Native>),
    /// With a trespass at its n-th event.
    Planted {
        /// The strategy.
        native: Box<Native>,
        /// What it does.
        plant: Plant,
        /// Events until then.
        left: usize,
    },
}

impl Competitor {
    /// The same strategy, which trespasses after so many events.
    #[must_use]
    pub fn planted(self, plant: Plant, left: usize) -> Self {
        match self {
            Self::Native(native) => Self::Planted { native, plant, left },
            Self::Planted { native, .. } => Self::Planted { native, plant, left },
        }
    }
}

impl Strategy for Competitor {
    fn on_event(&mut self, event: &Event, context: &mut Context<'_>) {
        match self {
            Self::Native(native) => native.on_event(event, context),
            Self::Planted { native, plant, left } => {
                if *left == 0 {
                    plant.spring();
                }
                *left = left.wrapping_sub(1);
                native.on_event(event, context);
            }
        }
    }
}

impl Plant {
    fn spring(&mut self) {
        match self {
            Self::Allocation => drop(std::hint::black_box(Box::new(1_u8))),
            Self::Fault(memory) => {
                if let Some(last) = memory.last_mut() {
                    *std::hint::black_box(last) = 1;
                }
            }
            Self::Write(file) => {
                // Whether it is written does not matter, only that it was tried.
                let _ = file.write(b"x");
            }
        }
    }
}

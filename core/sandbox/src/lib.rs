//! The WebAssembly host: a stranger's strategy runs as one of ours, without its reach.
//!
//! Owns the ABI of `docs/wasm-abi.md`: what a module must look like, what it may ask, and what
//! becomes of one that lies. Must never let a module reach a byte outside its memory, a clock, a
//! file or another strategy, nor run on without end. Preparing a [`Guest`] compiles, maps and
//! touches memory: it belongs on a thread that nobody waits for, and so does dropping one. Its
//! [`royale_engine::Strategy::on_event`] neither allocates nor calls the kernel, until it is
//! disarmed. `docs/sandbox.md` says what is guarded by what, and what is not.

mod abi;
mod card;
mod desk;
mod error;
mod guest;
mod host;
mod imports;
mod inspect;
mod interests;
pub mod kits;
mod limits;
mod place;
mod records;
mod weight;

pub use card::Card;
pub use error::{HostError, ModuleError, StartError};
pub use guest::Guest;
pub use host::{Host, Module, prepare_thread};
pub use limits::Limits;

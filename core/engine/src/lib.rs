//! The corridor: everything between a sequenced input and a journaled order.
//!
//! Four stages as plain objects (feed, strategy, risk, order), each handing all it saw to the next
//! through a [`Sink`], which is the next stage itself or a ring that leads to it. Owns the order of
//! events, the books, the risk gate, the simulated venue and the ledger. Must never open a socket,
//! read a wall clock in a stage, or allocate after start.

pub mod book;
pub mod feed;
pub mod latency;
pub mod ledger;
pub mod link;
pub mod market;
pub mod order;
mod order_map;
pub mod pin;
mod present;
pub mod progress;
pub mod replay;
pub mod risk;
pub mod sim;
pub mod sink;
pub mod slot_board;
pub mod strategy;
pub mod topology;

pub use book::{Book, Level};
pub use market::{Market, MarketView};
pub use sink::Sink;
pub use strategy::{Context, Intent, Strategy};

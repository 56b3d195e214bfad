//! The words of the system: units, ids, instruments, events, decisions, orders.

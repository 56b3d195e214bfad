//! The ledger: double-entry, integer, one sub-ledger for each account.

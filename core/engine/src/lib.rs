//! The corridor: link, sequencer, feed, strategy slot, risk gate, order manager, simulated venue, ledger.

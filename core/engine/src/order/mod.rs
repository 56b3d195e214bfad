//! The order stage: order states, the venue, the journal.

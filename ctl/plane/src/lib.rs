//! The read model: standings, positions and reasons folded from the journal.

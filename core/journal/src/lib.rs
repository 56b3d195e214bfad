//! The memory-mapped, append-only journal: format, writer, reader, verification.

//! Configuration: what was written, then what it means.

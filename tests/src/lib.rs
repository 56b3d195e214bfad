//! End to end, conformance, tidy.

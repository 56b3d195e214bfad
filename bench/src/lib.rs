//! Benchmarks and the latency gate.

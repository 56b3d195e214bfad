//! The royale engine process: configuration, wiring, run.

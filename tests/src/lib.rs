//! Tests that see the whole house. The tests themselves are in `tests/`.

;; the host's own function exported as on_event => refused: `on_event` must be a function () -> (), and is a function () -> (i64)
(module
  (import "royale" "now" (func $now (result i64)))
  (export "on_event" (func $now))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64)))

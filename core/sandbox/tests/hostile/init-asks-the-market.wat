;; the market before there is an event => no start: only on_event
(module
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (call $market (i32.const 0) (i32.const 128)))
  (func (export "on_event")))

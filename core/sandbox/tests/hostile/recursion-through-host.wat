;; recursion that asks the host at every step => disarmed: trap
(module
  (import "royale" "now" (func $now (result i64)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func $down (result i64) (i64.add (call $now) (call $down)))
  (func (export "on_event")
    (drop (call $down))))

;; a state that nobody gave => disarmed: malformed
(module
  (import "royale" "take_state" (func $take_state (param i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (call $take_state (i32.const 0)))))

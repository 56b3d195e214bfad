;; a state that nobody gave => no start: take_state is for import_state
(module
  (import "royale" "take_state" (func $take_state (param i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (call $take_state (i32.const 128)))
  (func (export "on_event")))

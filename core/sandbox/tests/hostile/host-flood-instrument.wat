;; the instrument table for ever => disarmed: fuel
(module
  (import "royale" "instrument" (func $instrument (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (loop (drop (call $instrument (i32.const 1) (i32.const 128))) (br 0))))

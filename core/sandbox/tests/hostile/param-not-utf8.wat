;; a parameter's name that is not UTF-8 => no start: 1 to 64 bytes of UTF-8
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "\ff\fe")
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (drop (call $param (i32.const 0) (i32.const 2) (f64.const 0))) (i32.const 64))
  (func (export "on_event")))

;; a parameter's name past the end of the memory => no start: not within the memory
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (drop (call $param (i32.const 65530) (i32.const 8) (f64.const 0))) (i32.const 64))
  (func (export "on_event")))

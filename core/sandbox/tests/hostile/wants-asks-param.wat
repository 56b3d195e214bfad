;; asks for a setting in wants, when the settings have been read => no start: `wants` failed: param is for init
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "wants") (result i64)
    (drop (call $param (i32.const 0) (i32.const 1) (f64.const 0)))
    (i64.const 4)))

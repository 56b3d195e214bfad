;; a known function of another type => refused: `submit` must be a function (i32) -> (i64), and is a function (i64) -> (i64)
(module
  (import "royale" "submit" (func (param i64) (result i64)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

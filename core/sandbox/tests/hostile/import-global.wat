;; a known name that is a global => refused: `royale`.`now`
(module
  (import "royale" "now" (global i64))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

;; a record written over the event => lives
(module
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (if (i32.eqz (call $market (i32.const 0) (i32.const 64))) (then unreachable))))

;; a trap in wants_instrument => no start: `wants_instrument` failed: 
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "wants") (result i64) (i64.const 4))
  (func (export "wants_instrument") (param i32) (result i32)
    unreachable))

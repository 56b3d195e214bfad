;; wants what it then traps on => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event") unreachable)
  ;; Reports on own orders, of which there are none, and trades.
  (func (export "wants") (result i64)
    (i64.const 0x104)))

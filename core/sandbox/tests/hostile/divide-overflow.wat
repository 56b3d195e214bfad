;; the one quotient that does not fit => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (i64.store (i32.const 0) (i64.div_s (i64.const 0x8000000000000000) (i64.sub (i64.load (i32.const 8)) (i64.const 1))))))

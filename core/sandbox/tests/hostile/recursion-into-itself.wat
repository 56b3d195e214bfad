;; on_event calls itself => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func $self (export "on_event") (local i64 i64)
    (local.set 0 (i64.load (i32.const 64)))
    (call $self)
    (i64.store (i32.const 64) (local.get 0))))

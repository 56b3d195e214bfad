;; an indirect call to a function of another type => disarmed: trap
(module
  (type $plain (func))
  (type $other (func (param i64) (result i64)))
  (memory (export "memory") 1 1)
  (table 1 1 funcref)
  (elem (i32.const 0) func $other)
  (func $other (type $other) (local.get 0))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (call_indirect (type $plain) (i32.const 0))))

;; an indirect call to nothing => disarmed: trap
(module
  (type $plain (func))
  (type $other (func (param i64) (result i64)))
  (memory (export "memory") 1 1)
  (table 2 2 funcref)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (call_indirect (type $plain) (i32.const 1))))

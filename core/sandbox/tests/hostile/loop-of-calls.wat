;; an endless loop of calls through a table => disarmed: fuel
(module
  (memory (export "memory") 1 1)
  (table 1 1 funcref)
  (elem (i32.const 0) func $nothing)
  (type $plain (func))
  (func $nothing)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (loop (call_indirect (type $plain) (i32.const 0)) (br 0))))

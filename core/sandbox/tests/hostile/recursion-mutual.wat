;; two functions that call each other for ever => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func $ping (param i64) (result i64) (i64.add (call $pong (local.get 0)) (i64.const 1)))
  (func $pong (param i64) (result i64) (i64.mul (call $ping (local.get 0)) (i64.const 3)))
  (func (export "on_event")
    (drop (call $ping (i64.const 0)))))

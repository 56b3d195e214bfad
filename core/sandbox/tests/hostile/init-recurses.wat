;; init calls itself for ever => no start: call stack exhausted
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func $init (export "init") (param i32) (result i32)
    (i32.add (call $init (local.get 0)) (i32.const 1)))
  (func (export "on_event")))

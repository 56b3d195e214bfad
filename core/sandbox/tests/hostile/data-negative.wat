;; a data segment at a negative address => no start: out of bounds
(module
  (memory (export "memory") 1 1)
  (data (i32.const -1) "a")
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

;; an element segment past the end of the table => no start: out of bounds
(module
  (memory (export "memory") 1 1)
  (table 1 1 funcref)
  (elem (i32.const 1) func 0)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

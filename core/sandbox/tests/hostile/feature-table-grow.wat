;; a table that grows => refused: reference types
(module
  (table 1 10 funcref)
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (table.grow 0 (ref.null func) (i32.const 1000000)))))

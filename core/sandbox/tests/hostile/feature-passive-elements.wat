;; a passive element segment => refused: bulk memory
(module
  (table 1 1 funcref)
  (elem $later func 0)
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (table.init $later (i32.const 0) (i32.const 0) (i32.const 1))))

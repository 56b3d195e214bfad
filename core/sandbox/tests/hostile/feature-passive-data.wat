;; a passive data segment => refused: bulk memory
(module
  (data $later "abc")
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (memory.init $later (i32.const 0) (i32.const 0) (i32.const 3))))

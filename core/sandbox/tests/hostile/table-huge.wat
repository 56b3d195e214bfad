;; a table of ten million entries => refused: table elements: 10000000, at most 4096
(module
  (table 10000000 funcref)
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

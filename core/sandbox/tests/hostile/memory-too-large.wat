;; one page more than there may be => refused: 257 pages
(module
  (memory (export "memory") 257 257)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

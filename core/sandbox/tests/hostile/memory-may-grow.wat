;; a maximum above the minimum => refused: the memory may grow
(module
  (memory (export "memory") 1 16)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

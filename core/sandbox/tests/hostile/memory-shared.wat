;; a memory that threads share => refused: threads
(module
  (memory (export "memory") 1 1 shared)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

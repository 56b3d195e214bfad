;; a version that is not there yet => refused: royale_abi_2
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_2"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

;; a mutable global exported as the memory => refused: `memory` is no memory
(module
  (global (export "memory") (mut i32) (i32.const 0))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

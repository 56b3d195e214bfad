;; a tail call => refused: tail calls
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func $again (return_call $again))
  (func (export "on_event")))

;; a start function that never ends => refused: start function
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func $begin (loop (br 0)))
  (start $begin))

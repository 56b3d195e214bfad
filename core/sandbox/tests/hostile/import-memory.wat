;; a memory from outside => refused: `env`.`memory`
(module
  (import "env" "memory" (memory 1 1))
  (export "memory" (memory 0))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

;; pages of one byte => refused: custom page size
(module
  (memory (export "memory") 64 64 (pagesize 1))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

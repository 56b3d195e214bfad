;; all that 32 bits can address => refused: 65536 pages
(module
  (memory (export "memory") 65536 65536)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

;; a global that says the version => refused: `royale_abi_1` must be a function () -> (), and is no function
(module
  (memory (export "memory") 1 1)
  (global (export "royale_abi_1") i32 (i32.const 1))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

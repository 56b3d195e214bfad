;; the memory exported as on_event => refused: `on_event` must be a function () -> (), and is no function
(module
  (memory (export "memory") 1 1)
  (export "on_event" (memory 0))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64)))

;; wants_instrument is the memory => refused: `wants_instrument` must be a function (i32) -> (i32), and is no function
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "wants") (result i64) (i64.const 4))
  (export "wants_instrument" (memory 0)))

;; wants_instrument asks for nothing => refused: `wants_instrument` must be a function (i32) -> (i32), and is a function () -> (i32)
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "wants") (result i64) (i64.const 4))
  (func (export "wants_instrument") (result i32) (i32.const 1)))

;; wants_instrument without wants => refused: exports no `wants`, which must be a function () -> (i64) beside `wants_instrument`
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "wants_instrument") (param i32) (result i32)
    (i32.const 1)))

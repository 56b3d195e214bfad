;; beside says how long, too => refused: `beside` must be a function () -> (i32), and is a function () -> (i64)
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "beside") (result i64) (i64.const 128)))

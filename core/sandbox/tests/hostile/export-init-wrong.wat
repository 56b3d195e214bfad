;; init of another type => refused: `init` must be a function (i32) -> (i32), and is a function () -> (i64)
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (result i64) (i64.const 64))
  (func (export "on_event")))

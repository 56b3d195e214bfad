;; on_event of another type => refused: `on_event` must be a function () -> (), and is a function (i32) -> ()
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event") (param i32)))

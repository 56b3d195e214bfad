;; events across the end of the memory => no start: `init` returned 65480
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (i32.const 65480))
  (func (export "on_event")))

;; events at an odd address => no start: `init` returned 65
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (i32.const 65))
  (func (export "on_event")))

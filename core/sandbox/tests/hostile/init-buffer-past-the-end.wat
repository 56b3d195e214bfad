;; events past the end of the memory => no start: `init` returned 65536
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (i32.const 65536))
  (func (export "on_event")))

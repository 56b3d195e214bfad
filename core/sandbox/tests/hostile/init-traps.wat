;; a trap in init => no start: unreachable
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    unreachable)
  (func (export "on_event")))

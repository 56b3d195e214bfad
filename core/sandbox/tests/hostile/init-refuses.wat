;; init says no => no start: refused with -7
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (i32.const -7))
  (func (export "on_event")))

;; what lies beside an event, right after it and up to the end of the memory => lives
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 65408))
  (func (export "on_event"))
  (func (export "beside") (result i32) (i32.const 65472)))

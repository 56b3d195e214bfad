;; memory.fill across the end => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (memory.fill (i32.const 65530) (i32.const 1) (i32.const 7))))

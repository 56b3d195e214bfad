;; memory.copy from outside => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (memory.copy (i32.const 128) (i32.const 65530) (i32.const 100))))

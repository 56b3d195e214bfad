;; memory.grow, and a write to what it did not give => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (memory.grow (i32.const 1)))
    (i32.store (i32.const 65536) (i32.const 1))))

;; a write far outside, where the next guest may live => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (i64.store offset=0x10000000 (i32.const 0x70000000) (i64.const -1))))

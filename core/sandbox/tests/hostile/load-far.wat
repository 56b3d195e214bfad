;; a read at the largest address and offset => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (i64.load offset=0xffffffff (i32.const -1)))))

;; time bought with memory.copy => disarmed: fuel
(module
  (memory (export "memory") 256 256)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (loop (memory.copy (i32.const 128) (i32.const 0x700000) (i32.const 0x700000)) (br 0))))

;; time bought with memory.fill at one instruction a megabyte => disarmed: fuel
(module
  (memory (export "memory") 256 256)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (loop (memory.fill (i32.const 128) (i32.const 0) (i32.const 0xf00000)) (br 0))))

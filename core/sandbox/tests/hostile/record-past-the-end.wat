;; a record at an address past the end of the memory => disarmed: malformed
(module
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (call $market (i32.const 0) (i32.const 65536)))))

;; the whole book for ever => disarmed: fuel
(module
  (import "royale" "depth" (func $depth (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (loop (drop (call $depth (i32.const 0) (i32.const 1) (i32.const 128) (i32.const -1))) (br 0))))

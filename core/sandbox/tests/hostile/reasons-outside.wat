;; a cancel whose reasons lie outside => disarmed: malformed
(module
  (import "royale" "cancel" (func $cancel (param i64 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (call $cancel (i64.const 1) (i32.const -4)))))

;; an intent that is negative => disarmed: malformed
(module
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (call $submit (i32.const -2147483648)))))

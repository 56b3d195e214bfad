;; would trap on every event, and wants a kind that does not come => lives
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event") unreachable)
  (func (export "wants") (result i64)
    (i64.const 0x4000000000000000)))

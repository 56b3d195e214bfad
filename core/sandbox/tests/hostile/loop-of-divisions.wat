;; an endless loop of the slowest instruction => disarmed: fuel
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event") (local i64)
    (local.set 0 (i64.const 7))
    (loop (local.set 0 (i64.or (i64.div_s (i64.const 0x7fffffffffffffff) (local.get 0)) (i64.const 1))) (br 0))))

;; an endless walk that misses every cache => disarmed: fuel
(module
  (memory (export "memory") 256 256)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event") (local i32)
    (loop
      (local.set 0 (i32.and (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904223)) (i32.const 0xfffff8)))
      (i64.store (local.get 0) (i64.add (i64.load (local.get 0)) (i64.const 1)))
      (br 0))))

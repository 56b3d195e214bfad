;; parameters without end, to fill the host's memory => no start: more than 64 parameters
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (local $n i32)
    (loop
      (i32.store (i32.const 0) (i32.add (i32.const 0x20202020) (local.get $n)))
      (drop (call $param (i32.const 0) (i32.const 4) (f64.const 0)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br 0))
    (i32.const 64))
  (func (export "on_event")))

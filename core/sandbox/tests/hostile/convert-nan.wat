;; NaN as an integer => disarmed: trap
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (drop (i64.trunc_f64_s (f64.div (f64.load (i32.const 8)) (f64.load (i32.const 8)))))))

;; an endless loop in init => no start: used up
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (loop (br 0)) (i32.const 64))
  (func (export "on_event")))

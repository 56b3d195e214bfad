;; no version => refused: says no version
(module
  (memory (export "memory") 1 1)
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

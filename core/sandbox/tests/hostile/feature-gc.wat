;; a garbage-collected struct => refused: gc
(module
  (type $pair (struct (field i32) (field i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

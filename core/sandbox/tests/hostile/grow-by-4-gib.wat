;; memory.grow by all there is, which says no => lives
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (if (i32.ne (memory.grow (i32.const -1)) (i32.const -1)) (then unreachable))))

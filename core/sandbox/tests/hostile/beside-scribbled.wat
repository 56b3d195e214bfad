;; writes where the host writes, before and after it => lives
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 4096)))
  (func (export "beside") (result i32) (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 4096)) (i32.const 128)))

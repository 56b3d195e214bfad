;; an endless loop in beside => no start: `beside` used up 
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "beside") (result i32) (loop (br 0)) (i32.const 128)))

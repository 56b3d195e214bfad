;; no memory at all => refused: exports no memory
(module
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")))

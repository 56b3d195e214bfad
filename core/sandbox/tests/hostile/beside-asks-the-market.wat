;; asks for the market in beside => no start: `beside` failed: only on_event may ask
(module
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "beside") (result i32) (drop (call $market (i32.const 0) (i32.const 512))) (i32.const 128)))

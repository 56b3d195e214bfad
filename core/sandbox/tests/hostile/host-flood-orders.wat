;; open orders for ever => disarmed: fuel
(module
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (loop (drop (call $orders (i32.const 128) (i32.const -1))) (br 0))))

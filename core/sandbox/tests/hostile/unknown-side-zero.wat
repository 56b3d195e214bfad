;; an order with 0 as its side => disarmed: malformed
(module
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (memory (export "memory") 1 1)
  (data (i32.const 384)
    "\00\00\00\00" "\01\02\01\00"
    "\00\e1\f5\05\00\00\00\00" "\00\ca\9a\3b\00\00\00\00"
    "\00\00\00\00\00\00\e0\3f" "\01\00\00\00\00\00\00\00"
    "\16\00\00\00" "\00\00\80\3f" "\00\00\00\00\00\00\f0\3f")
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (i32.store8 (i32.const 388) (i32.const 0))
    (drop (call $submit (i32.const 384)))))

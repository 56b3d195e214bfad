;; prices and quantities at the ends of the range, of instruments that are not there => lives
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
    (i32.store (i32.const 384) (i32.wrap_i64 (i64.load (i32.const 64))))
    (i64.store (i32.const 392) (i64.rotr (i64.const 3) (i64.load (i32.const 64))))
    (i64.store (i32.const 400) (i64.rotr (i64.const -2) (i64.mul (i64.load (i32.const 64)) (i64.const 7))))
    (drop (call $submit (i32.const 384)))
    (i32.store (i32.const 384) (i32.const 0))
    (i64.store (i32.const 400) (i64.const 0x8000000000000000))
    (drop (call $submit (i32.const 384)))))

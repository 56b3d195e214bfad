;; instruments that are not there => lives
(module
  (import "royale" "instrument" (func $instrument (param i32 i32) (result i32)))
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (import "royale" "position" (func $position (param i32 i32) (result i32)))
  (import "royale" "depth" (func $depth (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (if (call $instrument (i32.const -1) (i32.const -1)) (then unreachable))
    (if (call $market (i32.const 2) (i32.const -1)) (then unreachable))
    (if (call $position (i32.const 0x80000000) (i32.const -1)) (then unreachable))
    (if (call $depth (i32.const 99) (i32.const 2) (i32.const -1) (i32.const 9)) (then unreachable))))

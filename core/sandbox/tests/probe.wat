;; Says aloud what the host writes: asks one question on every event and answers with abstentions,
;; whose price and quantity are the 64-bit words of the answer, two by two.
;; `what`: 0 the event, 1 market, 2 position, 3 open orders, 4 instrument, 5 depth, 6 now,
;; 7 sends one order and asks nothing.
;; `id`: which instrument; `words`: how many words; `side`: of the book.
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (import "royale" "instrument" (func $instrument (param i32 i32) (result i32)))
  (import "royale" "now" (func $now (result i64)))
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (import "royale" "depth" (func $depth (param i32 i32 i32 i32) (result i32)))
  (import "royale" "position" (func $position (param i32 i32) (result i32)))
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (import "royale" "cancel" (func $cancel (param i64 i32) (result i32)))
  (import "royale" "abstain" (func $abstain (param i32) (result i32)))
  (import "royale" "take_state" (func $take_state (param i32) (result i32)))
  (memory (export "memory") 1 1)
  (data (i32.const 0) "whatidwordsside")
  ;; An intent without reasons: buy, limit, good till cancel, confidence 0.5.
  (data (i32.const 384)
    "\00\00\00\00" "\01\02\01\00"
    "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\e0\3f" "\00\00\00\00\00\00\00\00")
  (global $what (mut i32) (i32.const 0))
  (global $id (mut i32) (i32.const 0))
  (global $words (mut i32) (i32.const 0))
  (global $side (mut i32) (i32.const 0))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (global.set $what (i32.trunc_f64_s (call $param (i32.const 0) (i32.const 4) (f64.const 0))))
    (global.set $id (i32.trunc_f64_s (call $param (i32.const 4) (i32.const 2) (f64.const 0))))
    (global.set $words (i32.trunc_f64_s (call $param (i32.const 6) (i32.const 5) (f64.const 8))))
    (global.set $side (i32.trunc_f64_s (call $param (i32.const 11) (i32.const 4) (f64.const 1))))
    (i32.const 64))
  (func (export "on_event") (local $from i32) (local $end i32)
    (memory.fill (i32.const 1024) (i32.const 0) (i32.const 1024))
    (block $asked
      (if (i32.eq (global.get $what) (i32.const 7)) (then
        (i64.store (i32.const 392) (i64.const 100000000))
        (i64.store (i32.const 400) (i64.const 1000000000))
        (drop (call $submit (i32.const 384)))
        (return)))
      (if (i32.eqz (global.get $what)) (then
        (memory.copy (i32.const 1024) (i32.const 64) (i32.const 64)) (br $asked)))
      (if (i32.eq (global.get $what) (i32.const 1)) (then
        (drop (call $market (global.get $id) (i32.const 1024))) (br $asked)))
      (if (i32.eq (global.get $what) (i32.const 2)) (then
        (drop (call $position (global.get $id) (i32.const 1024))) (br $asked)))
      (if (i32.eq (global.get $what) (i32.const 3)) (then
        (i64.store (i32.const 1024) (i64.extend_i32_u (call $orders (i32.const 1032) (i32.const 2))))
        (br $asked)))
      (if (i32.eq (global.get $what) (i32.const 4)) (then
        (drop (call $instrument (global.get $id) (i32.const 1024))) (br $asked)))
      (if (i32.eq (global.get $what) (i32.const 5)) (then
        (i64.store (i32.const 1024) (i64.extend_i32_u
          (call $depth (global.get $id) (global.get $side) (i32.const 1032) (i32.const 3))))
        (br $asked)))
      (i64.store (i32.const 1024) (call $now)))
    (local.set $from (i32.const 1024))
    (local.set $end (i32.add (i32.const 1024) (i32.shl (global.get $words) (i32.const 3))))
    (loop $next
      (memory.copy (i32.const 392) (local.get $from) (i32.const 16))
      (drop (call $abstain (i32.const 384)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end))))))

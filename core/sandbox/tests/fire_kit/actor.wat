;; A guest that counts what it is shown, trades now and then, and goes wrong when it is told to.
;;
;; `at`: the event at which it goes wrong, 0 for never; `how`: 1 traps, 2 never comes back, 3 names an
;; address outside its memory, 4 asks for more than a limit allows, 5 takes no state, 6 lies about
;; where its state is. `seed`: when it trades.
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (import "royale" "cancel" (func $cancel (param i64 i32) (result i32)))
  (import "royale" "take_state" (func $take_state (param i32) (result i32)))

  ;;   64  the event           128  a market, 128 bytes    256  an order, 40 bytes
  ;;  320  an intent, 40 bytes 384  no reasons, 8 bytes    512  the state: events, sum of their numbers
  (memory (export "memory") 1 1)
  (data (i32.const 0) "athowseed")
  (data (i32.const 320)
    "\00\00\00\00" "\01\02\01\00"                  ;; instrument 0, side, limit, good till cancelled
    "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\e0\3f" "\00\00\00\00\00\00\00\00")

  (global $at (mut i64) (i64.const 0))
  (global $how (mut i32) (i32.const 0))
  (global $dice (mut i64) (i64.const 0))
  (global $events (mut i64) (i64.const 0))

  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32)
    (global.set $at (i64.trunc_f64_s (call $param (i32.const 0) (i32.const 2) (f64.const 0))))
    (global.set $how (i32.trunc_f64_s (call $param (i32.const 2) (i32.const 3) (f64.const 0))))
    (global.set $dice (i64.trunc_f64_s (call $param (i32.const 5) (i32.const 4) (f64.const 0))))
    (i32.const 64))

  (func $roll (result i64)
    (global.set $dice (i64.add
      (i64.mul (global.get $dice) (i64.const 6364136223846793005))
      (i64.const 1442695040888963407)))
    (i64.shr_u (global.get $dice) (i64.const 33)))

  (func $order (param $qty i64)
    (if (i32.eqz (call $market (i32.const 0) (i32.const 128))) (then (return)))
    ;; Bit 0 of the flags: there is a best bid and ask.
    (if (i32.eqz (i32.and (i32.load (i32.const 248)) (i32.const 1))) (then (return)))
    (if (i64.eqz (i64.and (call $roll) (i64.const 1)))
      (then
        (i32.store8 (i32.const 324) (i32.const 1))
        (i64.store (i32.const 328) (i64.load (i32.const 128))))
      (else
        (i32.store8 (i32.const 324) (i32.const 2))
        (i64.store (i32.const 328) (i64.load (i32.const 144)))))
    (i64.store (i32.const 336) (local.get $qty))
    (drop (call $submit (i32.const 320))))

  (func (export "on_event")
    (i64.store (i32.const 512) (i64.add (i64.load (i32.const 512)) (i64.const 1)))
    (i64.store (i32.const 520) (i64.add (i64.load (i32.const 520)) (i64.load (i32.const 64))))
    (global.set $events (i64.add (global.get $events) (i64.const 1)))
    (if (i64.eq (global.get $events) (global.get $at))
      (then
        (if (i32.le_u (global.get $how) (i32.const 3)) (then (call $order (i64.const 1000000000))))
        (if (i32.eq (global.get $how) (i32.const 1)) (then (unreachable)))
        (if (i32.eq (global.get $how) (i32.const 2)) (then (loop $ever (br $ever))))
        (if (i32.eq (global.get $how) (i32.const 3)) (then (drop (call $submit (i32.const -8)))))
        (if (i32.eq (global.get $how) (i32.const 4))
          (then (call $order (i64.const 1000000000000000))))))
    (if (i64.eqz (i64.rem_u (call $roll) (i64.const 12)))
      (then (call $order (i64.mul
        (i64.add (i64.const 1) (i64.rem_u (call $roll) (i64.const 5)))
        (i64.const 1000000000)))))
    (if (i64.eqz (i64.rem_u (call $roll) (i64.const 30)))
      (then
        (if (call $orders (i32.const 256) (i32.const 1))
          (then (drop (call $cancel (i64.load (i32.const 256)) (i32.const 384))))))))

  (func (export "state_layout") (result i64) (i64.const 7))
  (func (export "export_state") (result i64)
    (if (i32.eq (global.get $how) (i32.const 6)) (then (return (i64.const 0x7fffffff00000010))))
    (i64.const 0x0000020000000010))
  (func (export "import_state") (param $length i32) (result i32)
    (if (i32.eq (global.get $how) (i32.const 5)) (then (return (i32.const 0))))
    (if (i32.ne (local.get $length) (i32.const 16)) (then (return (i32.const 0))))
    (drop (call $take_state (i32.const 512)))
    (i32.const 1)))

;; dip: buys one lot when the price is `drop` below the highest seen, and sells it at that high.
;;
;; Written by hand, to show all that the host asks of a module. docs/wasm-abi.md says what each
;; number means. Prices and quantities are i64 in 10^-9.
;;
;; The memory, one page:     64  the event, 64 bytes: the host writes it before each call
;;                          128  a position, 32 bytes
;;                          192  the intent, 40 bytes, and its two reasons, 16 bytes each
;;                          320  an instrument, 144 bytes
;;                          512  the name of the parameter
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (import "royale" "instrument" (func $instrument (param i32 i32) (result i32)))
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (import "royale" "position" (func $position (param i32 i32) (result i32)))
  (import "royale" "submit" (func $submit (param i32) (result i64)))

  ;; The maximum equals the minimum: the memory never grows.
  (memory (export "memory") 1 1)
  (data (i32.const 512) "drop")

  (global $drop (mut i64) (i64.const 0))
  (global $lot (mut i64) (i64.const 0))
  (global $high (mut i64) (i64.const 0))

  (func (export "royale_abi_1"))

  (func (export "init") (param $instruments i32) (result i32)
    (local $usd f64)
    (local.set $usd (call $param (i32.const 512) (i32.const 4) (f64.const 50)))
    ;; No instrument: no start.
    (if (i32.eqz (local.get $instruments)) (then (return (i32.const -1))))
    (if (i32.eqz (call $instrument (i32.const 0) (i32.const 320)))
      (then (return (i32.const -1))))
    ;; 0.01 to 1e6, and a number.
    (if (i32.eqz (i32.and (f64.ge (local.get $usd) (f64.const 0.01))
                          (f64.le (local.get $usd) (f64.const 1e6))))
      (then (return (i32.const -2))))
    ;; From a number to money: the nearest 10^-9.
    (global.set $drop (call $round (f64.mul (local.get $usd) (f64.const 1e9))))
    (global.set $lot (i64.load offset=80 (i32.const 320)))
    (i32.const 64))

  ;; The nearest integer to a positive number below 2^63; a half goes up.
  (func $round (param $raw f64) (result i64)
    (local $whole f64)
    (local.set $whole (f64.trunc (local.get $raw)))
    (i64.add
      (i64.trunc_sat_f64_s (local.get $whole))
      (i64.extend_i32_u
        (f64.ge (f64.sub (local.get $raw) (local.get $whole)) (f64.const 0.5)))))

  ;; Bit k: events of kind k are shown; bit 0: of quotes, levels and odds the last of a message only.
  ;; Trades (2). Add what else you look at; without this function everything is shown. `wants_instrument`
  ;; can keep other instruments away, and `beside` have the usual questions answered unasked.
  (func (export "wants") (result i64)
    (i64.const 0x4))

  (func (export "on_event")
    (local $price i64) (local $below i64) (local $held i64) (local $seen f64) (local $side i32)
    ;; A trade (kind 2) of instrument 0, and no order open.
    (br_if 0 (i32.ne (i32.load8_u offset=28 (i32.const 64)) (i32.const 2)))
    (br_if 0 (i32.load offset=24 (i32.const 64)))
    (br_if 0 (call $orders (i32.const 0) (i32.const 0)))

    (local.set $price (i64.load offset=32 (i32.const 64)))
    (if (i64.gt_s (local.get $price) (global.get $high))
      (then (global.set $high (local.get $price))))
    ;; The high is 0 or more and at least the price: below 0 means that the difference ran over.
    (local.set $below (i64.sub (global.get $high) (local.get $price)))
    (if (i64.lt_s (local.get $below) (i64.const 0))
      (then (local.set $below (i64.const 0x7fffffffffffffff))))
    (drop (call $position (i32.const 0) (i32.const 128)))
    (local.set $held (i64.load (i32.const 128)))

    (block $decided
      (if (i32.and (i64.eqz (local.get $held)) (i64.ge_s (local.get $below) (global.get $drop)))
        (then (local.set $side (i32.const 1)) (br $decided)))
      (if (i32.and (i64.gt_s (local.get $held) (i64.const 0)) (i64.eqz (local.get $below)))
        (then (local.set $side (i32.const 2)) (br $decided)))
      (return))

    ;; The intent: instrument 0, market order (1), immediate or cancel (3), regime unknown (0).
    (i32.store8 offset=4 (i32.const 192) (local.get $side))
    (i32.store8 offset=5 (i32.const 192) (i32.const 1))
    (i32.store8 offset=6 (i32.const 192) (i32.const 3))
    (i64.store offset=16 (i32.const 192) (global.get $lot))
    (f64.store offset=24 (i32.const 192) (f64.const 0.5))
    (local.set $seen (f64.div (f64.convert_i64_s (local.get $below)) (f64.const 1e9)))
    ;; Two reasons: momentum (21), and the inventory (9), which has no share of the score.
    (i32.store offset=32 (i32.const 192) (i32.const 2))
    (i32.store16 offset=40 (i32.const 192) (i32.const 21))
    (f32.store offset=44 (i32.const 192) (f32.demote_f64 (f64.neg (local.get $seen))))
    (f64.store offset=48 (i32.const 192) (local.get $seen))
    (i32.store16 offset=56 (i32.const 192) (i32.const 9))
    (f32.store offset=60 (i32.const 192)
      (f32.demote_f64 (f64.div (f64.convert_i64_s (local.get $held)) (f64.const 1e9))))
    (drop (call $submit (i32.const 192)))))

;; dip, by hand: what docs/strategies/authoring.md shows natively, decision for decision.
;;
;; Buys one lot when the price is `drop` below the highest seen, and sells it at that high.
;; Trades instrument 0. `init` refuses with -1 for a `drop` outside 0.01 to 1,000,000, with -2
;; when there is no instrument.
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (import "royale" "instrument" (func $instrument (param i32 i32) (result i32)))
  (import "royale" "position" (func $position (param i32 i32) (result i32)))
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (import "royale" "submit" (func $submit (param i32) (result i64)))

  ;; One page, and no more ever:
  ;;   64  the event                  64 bytes
  ;;  128  position record            32
  ;;  192  instrument record         144
  ;;  384  intent with two reasons    72
  (memory (export "memory") 1 1)

  (data (i32.const 0) "drop")
  (data (i32.const 384)
    "\00\00\00\00"            ;; instrument 0
    "\00\01\03\00"            ;; side comes later; market, immediate or cancel, regime unknown
    "\00\00\00\00\00\00\00\00" ;; price: none
    "\00\00\00\00\00\00\00\00" ;; quantity comes later
    "\00\00\00\00\00\00\e0\3f" ;; confidence 0.5
    "\02\00\00\00\00\00\00\00" ;; two reasons
    "\15\00\00\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 21: momentum
    "\09\00\00\00" "\00\00\00\00" "\00\00\00\00\00\00\00\00") ;; 9: inventory

  (global $drop (mut i64) (i64.const 0))
  (global $high (mut i64) (i64.const 0))

  (func (export "royale_abi_1"))

  (func (export "init") (param $instruments i32) (result i32)
    (local $drop f64) (local $raw f64)
    (local.set $drop (call $param (i32.const 0) (i32.const 4) (f64.const 50)))
    ;; Not (0.01 <= drop <= 1e6): also true for what is not a number.
    (if (i32.eqz (i32.and
          (f64.ge (local.get $drop) (f64.const 0.01))
          (f64.le (local.get $drop) (f64.const 1e6))))
      (then (return (i32.const -1))))
    ;; To 10^-9, half away from zero.
    (local.set $raw (f64.trunc (f64.mul (local.get $drop) (f64.const 1e9))))
    (if (f64.ge (f64.sub (f64.mul (local.get $drop) (f64.const 1e9)) (local.get $raw)) (f64.const 0.5))
      (then (local.set $raw (f64.add (local.get $raw) (f64.const 1)))))
    (global.set $drop (i64.trunc_f64_s (local.get $raw)))
    (if (i32.eqz (call $instrument (i32.const 0) (i32.const 192)))
      (then (return (i32.const -2))))
    ;; The quantity is always one lot.
    (i64.store (i32.const 400) (i64.load (i32.const 272)))
    (i32.const 64))

  (func (export "on_event")
    (local $price i64) (local $below i64) (local $held i64) (local $side i32)
    ;; A trade of instrument 0, while no order is open.
    (br_if 0 (i32.ne (i32.load8_u (i32.const 92)) (i32.const 2)))
    (br_if 0 (i32.load (i32.const 88)))
    (br_if 0 (call $orders (i32.const 0) (i32.const 0)))

    (local.set $price (i64.load (i32.const 96)))
    (if (i64.gt_s (local.get $price) (global.get $high))
      (then (global.set $high (local.get $price))))
    (local.set $below (i64.sub (global.get $high) (local.get $price)))
    ;; The high is above the price: a negative difference is one that did not fit.
    (if (i64.lt_s (local.get $below) (i64.const 0))
      (then (local.set $below (i64.const 0x7fffffffffffffff))))

    ;; Between the high and the drop there is nothing to do.
    (br_if 0 (i32.and
      (i64.ne (local.get $below) (i64.const 0))
      (i64.lt_s (local.get $below) (global.get $drop))))
    (drop (call $position (i32.const 0) (i32.const 128)))
    (local.set $held (i64.load (i32.const 128)))
    (if (i32.and (i64.eqz (local.get $held)) (i64.ge_s (local.get $below) (global.get $drop)))
      (then (local.set $side (i32.const 1)))
      (else
        (if (i32.and (i64.gt_s (local.get $held) (i64.const 0)) (i64.eqz (local.get $below)))
          (then (local.set $side (i32.const 2))))))
    (br_if 0 (i32.eqz (local.get $side)))

    (i32.store8 (i32.const 388) (local.get $side))
    ;; Momentum: seen is minus what it fell, and all of the score is what it fell.
    (f64.store (i32.const 432) (f64.div (f64.convert_i64_s (local.get $below)) (f64.const 1e9)))
    (f32.store (i32.const 428) (f32.demote_f64 (f64.neg (f64.load (i32.const 432)))))
    ;; Inventory, with no share of its own.
    (f32.store (i32.const 444)
      (f32.demote_f64 (f64.div (f64.convert_i64_s (local.get $held)) (f64.const 1e9))))
    (drop (call $submit (i32.const 384)))))

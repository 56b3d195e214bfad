;; Asks the host for every record on each event, and does what a letter says, which comes as a state.
;; Its own state is its whole memory, so that a test sees the bytes that the host wrote.
;;
;;   64  the event              4096  the letter: how many submits (u8), abstentions (u8), cancels (u8);
;;  256  levels, orders: u32          at 8 the order to cancel, at 64 reasons, at 256 an intent
;;  512  market                 5120  what submit answered last
;; 1024  position               8192  at most 100 levels of the bids
;; 1536  instrument            16384  all open orders
;; 2048  what lies beside the event
(module
  (import "royale" "instrument" (func $instrument (param i32 i32) (result i32)))
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (import "royale" "depth" (func $depth (param i32 i32 i32 i32) (result i32)))
  (import "royale" "position" (func $position (param i32 i32) (result i32)))
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (import "royale" "abstain" (func $abstain (param i32) (result i32)))
  (import "royale" "cancel" (func $cancel (param i64 i32) (result i32)))
  (import "royale" "take_state" (func $take_state (param i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "beside") (result i32) (i32.const 2048))
  (func (export "on_event")
    (local $left i32)
    (local.set $left (i32.load8_u (i32.const 4096)))
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $left)))
        (i64.store (i32.const 5120) (call $submit (i32.const 4352)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $more)))
    (if (i32.load8_u (i32.const 4097)) (then (drop (call $abstain (i32.const 4352)))))
    (if (i32.load8_u (i32.const 4098))
      (then (drop (call $cancel (i64.load (i32.const 4104)) (i32.const 4160)))))
    (i32.store (i32.const 4096) (i32.const 0))
    (drop (call $market (i32.const 0) (i32.const 512)))
    (drop (call $position (i32.const 0) (i32.const 1024)))
    (drop (call $instrument (i32.const 0) (i32.const 1536)))
    (i32.store (i32.const 256) (call $depth (i32.const 0) (i32.const 1) (i32.const 8192) (i32.const 100)))
    (i32.store (i32.const 260) (call $orders (i32.const 16384) (i32.const 128))))
  (func (export "state_layout") (result i64) (i64.const 1))
  (func (export "export_state") (result i64) (i64.const 65536))
  (func (export "import_state") (param i32) (result i32)
    (drop (call $take_state (i32.const 4096)))
    (i32.const 1)))

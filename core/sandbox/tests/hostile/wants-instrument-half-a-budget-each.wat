;; three quarters of a budget for each instrument, which have one together => no start: `wants_instrument` used up 
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "wants") (result i64) (i64.const 4))
  ;; Five units each time round.
  (func (export "wants_instrument") (param i32) (result i32)
    (local $n i32)
    (local.set $n (i32.const 3000000))
    (loop $more
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 1)))

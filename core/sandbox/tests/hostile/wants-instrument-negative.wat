;; answers as init does when it refuses, of the second instrument => no start: `wants_instrument` says -1 of instrument 1: 1 shows it, 0 does not
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "wants") (result i64) (i64.const 4))
  (func (export "wants_instrument") (param i32) (result i32)
    (i32.sub (i32.const 1) (i32.mul (local.get 0) (i32.const 2)))))

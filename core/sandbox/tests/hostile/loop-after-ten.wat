;; ten harmless events, then an endless loop => disarmed: fuel
(module
  (memory (export "memory") 1 1)
  (global $seen (mut i32) (i32.const 0))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event")
    (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
    (if (i32.gt_u (global.get $seen) (i32.const 10)) (then (loop $for_ever (br $for_ever))))))

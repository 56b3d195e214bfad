;; one of the three calls that hand state over => refused: exports no `state_layout`
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "export_state") (result i64) (i64.const 0)))

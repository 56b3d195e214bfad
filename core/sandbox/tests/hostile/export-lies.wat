;; a state that ends outside the memory => hands over nothing: malformed
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "state_layout") (result i64)
    (i64.const 1))
  (func (export "export_state") (result i64)
    (i64.const 0x0000fff0_00000011))
  (func (export "import_state") (param i32) (result i32)
    (i32.const 0)))

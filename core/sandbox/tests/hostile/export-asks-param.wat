;; a parameter while the state is handed over => hands over nothing: malformed
(module
  (import "royale" "param" (func $param (param i32 i32 f64) (result f64)))
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "state_layout") (result i64)
    (i64.const 1))
  (func (export "export_state") (result i64)
    (i64.reinterpret_f64 (call $param (i32.const 0) (i32.const 4) (f64.const 0))))
  (func (export "import_state") (param i32) (result i32)
    (i32.const 0)))

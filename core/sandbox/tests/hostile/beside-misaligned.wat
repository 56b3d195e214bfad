;; a place between two words for what lies beside an event => no start: `beside` returned 132, which is not the 8-aligned address of 64 bytes within the memory, apart from the event's
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "on_event"))
  (func (export "beside") (result i32) (i32.const 132)))

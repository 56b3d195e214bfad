;; no init => refused: exports no `init`
(module
  (memory (export "memory") 1 1)
  (func (export "royale_abi_1"))
  (func (export "on_event")))

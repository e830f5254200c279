;; A counter: any call reports it; a call with one byte of input first raises it and deposits an
;; event; a call with more input raises it and then reverts.
(module
  (import "env" "memory" (memory 1 1))
  (import "seal0" "seal_input" (func $input (param i32 i32)))
  (import "seal1" "get_storage" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "seal2" "set_storage" (func $set (param i32 i32 i32 i32) (result i32)))
  (import "seal0" "seal_deposit_event" (func $event (param i32 i32 i32 i32)))
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))

  ;; 0: the storage key; 16: length of the value; 20: the value; 32: length of the input; 36: it.
  (data (i32.const 0) "count")
  (data (i32.const 16) "\04\00\00\00")
  (data (i32.const 32) "\10\00\00\00")

  (func $store
    (drop (call $set (i32.const 0) (i32.const 5) (i32.const 20) (i32.const 4))))

  (func (export "deploy")
    (call $store))

  (func (export "call")
    (drop (call $get (i32.const 0) (i32.const 5) (i32.const 20) (i32.const 16)))
    (call $input (i32.const 36) (i32.const 32))
    (if (i32.load (i32.const 32)) (then
      (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (i32.const 1)))
      (call $store)
      (call $event (i32.const 0) (i32.const 0) (i32.const 20) (i32.const 4))))
    (call $return
      (i32.gt_u (i32.load (i32.const 32)) (i32.const 1))
      (i32.const 20)
      (i32.const 4))))

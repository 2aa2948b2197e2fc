"""Measures Extism's Python SDK in the same way: python extism_caller.py serve PLUGIN_DIRECTORY CACHE_DIRECTORY WORK_DIRECTORY

What there is to measure: echo_64b and echo_1mb, a body that a plugin gives back. The directories are not used.
"""

import sys
from collections.abc import Callable
from typing import Any

import extism
import wasmtime
from protocol import serve

#: Copies its input to its output, eight bytes at a time and then one by one, as Extism's plugin kits do.
ECHO = """
(module
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (func (export "echo") (result i32)
    (local $length i64) (local $output i64) (local $at i64)
    (local.set $length (call $input_length))
    (local.set $output (call $alloc (local.get $length)))
    (block $words
      (loop $word
        (br_if $words (i64.gt_u (i64.add (local.get $at) (i64.const 8)) (local.get $length)))
        (call $store_u64 (i64.add (local.get $output) (local.get $at)) (call $input_load_u64 (local.get $at)))
        (local.set $at (i64.add (local.get $at) (i64.const 8)))
        (br $word)))
    (block $bytes
      (loop $byte
        (br_if $bytes (i64.ge_u (local.get $at) (local.get $length)))
        (call $store_u8 (i64.add (local.get $output) (local.get $at)) (call $input_load_u8 (local.get $at)))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $byte)))
    (call $output_set (local.get $output) (local.get $length))
    (i32.const 0)))
"""


def echo(plugin: extism.Plugin, size: int) -> Callable[[], None]:
    body = b"x" * size

    def call() -> None:
        answer: Any = plugin.call("echo", body)
        if answer != body:
            raise SystemExit("the echo is not what was called")

    return call


def main() -> None:
    if len(sys.argv) != 5 or sys.argv[1] != "serve":
        raise SystemExit(__doc__)
    with extism.Plugin(bytes(wasmtime.wat2wasm(ECHO))) as plugin:
        serve({"echo_64b": echo(plugin, 64), "echo_1mb": echo(plugin, 1 << 20)})


if __name__ == "__main__":
    main()

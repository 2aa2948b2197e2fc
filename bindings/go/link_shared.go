//go:build !pact_wasm_static

package pactwasm

// #cgo pkg-config: pact_wasm
import "C"

package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"unsafe"
)

// ---- from Go to C ----

// loan lends Go's memory to C, where it stays in place until it is given back. The first value that cannot be lent is
// remembered, so that a request is built in one expression.
type loan struct {
	pinner runtime.Pinner
	err    error
}

func (l *loan) giveBack() {
	l.pinner.Unpin()
}

// text lends a text; the empty one counts as absent.
func (l *loan) text(text string) C.PactWasmView {
	if text == "" {
		return C.PactWasmView{}
	}
	return l.view(unsafe.StringData(text), len(text))
}

// bytes lends bytes; nil is absent.
func (l *loan) bytes(content []byte) C.PactWasmView {
	if content == nil {
		return C.PactWasmView{}
	}
	return l.view(unsafe.SliceData(content), len(content))
}

// json lends a value as JSON; see the documentation of the package. The name is that of the field, for errors.
func (l *loan) json(name string, value any) C.PactWasmView {
	text, err := encode(value)
	if err != nil {
		l.refuse(name, err)
	}
	return l.bytes(text)
}

func (l *loan) refuse(name string, reason error) {
	if l.err == nil {
		l.err = fmt.Errorf("%q cannot be used: %w", name, reason)
	}
}

// empty is what texts and bodies point to that are there, but empty.
var empty byte

// view lends what is there.
func (l *loan) view(data *byte, length int) C.PactWasmView {
	if length == 0 {
		data = &empty
	}
	l.pinner.Pin(data) // does nothing for memory that is none of Go's, such as a file that was mapped
	return C.PactWasmView{data: unsafe.Pointer(data), len: C.size_t(length)}
}

// encode gives the JSON of a value, or nil where there is none.
func encode(value any) (json.RawMessage, error) {
	if raw, ok := value.(json.RawMessage); ok || value == nil {
		return raw, nil
	}
	text, err := json.Marshal(value)
	if string(text) == "null" { // a map or a pointer that is nil
		return nil, nil
	}
	return text, err
}

// chars is a text as an argument of a function, for the length of the call. C gets its length as well.
func chars(text string) *C.char {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(text)))
}

// ---- from C to Go ----

// borrowed is what a view shows, without a copy.
func borrowed(view C.PactWasmView) []byte {
	return unsafe.Slice((*byte)(view.data), int(view.len))
}

// text copies a text; the empty one stands for an absent one as well.
func text(view C.PactWasmView) string {
	return string(borrowed(view))
}

// content copies bytes; nil is absent.
func content(view C.PactWasmView) []byte {
	return bytes.Clone(borrowed(view))
}

// takeBytes copies bytes that the library gave away, and frees them.
func takeBytes(owned *C.PactWasmBytes) []byte {
	defer C.pactwasm_bytes_free(owned)
	return content(C.PactWasmView{data: unsafe.Pointer(owned.data), len: owned.len})
}

// decode reads JSON of the library into a Go value; absent JSON leaves it as it is.
func decode(view C.PactWasmView, into any) error {
	if view.data == nil {
		return nil
	}
	if err := json.Unmarshal(borrowed(view), into); err != nil {
		return fmt.Errorf("pactwasm: the library's JSON: %w", err)
	}
	return nil
}

// raw copies JSON; nil is absent.
func raw(view C.PactWasmView) json.RawMessage {
	return content(view)
}

// items collects what the library counts.
func items[T any](count C.size_t, get func(index C.size_t, o *outcome) (T, error)) ([]T, error) {
	var o outcome
	all := make([]T, count)
	for index := range all {
		item, err := get(C.size_t(index), &o)
		if err != nil {
			return nil, err
		}
		all[index] = item
	}
	return all, nil
}

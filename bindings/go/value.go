package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"unsafe"
)

// Value is a single value: of a body's field, a header, …. What the library gives is one of
//
//	nil              null
//	bool
//	string           text
//	int64            a whole number
//	float64          a decimal number; rules tell 2.0 from 2
//	[]byte           bytes, never nil
//	json.RawMessage  an object or an array
//
// What it is given may also be of any other integer, floating-point, string or boolean type, a [json.Number], which is a
// whole number if it is written as one, and anything of which encoding/json makes an object or an array.
type Value any

// lendValue lends a value. The name is that of the field, for errors.
func lendValue(l *loan, name string, value Value) C.PactWasmFieldValue {
	switch v := value.(type) {
	case nil:
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_NULL}
	case []byte:
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_BYTES, data: l.view(unsafe.SliceData(v), len(v))}
	case json.RawMessage:
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_JSON, data: l.json(name, v)}
	case json.Number:
		return lendNumber(l, name, v)
	}
	switch v := reflect.ValueOf(value); {
	case v.Kind() == reflect.Bool:
		lent := C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_BOOLEAN}
		if v.Bool() {
			lent.boolean = 1
		}
		return lent
	case v.Kind() == reflect.String:
		text := v.String()
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_TEXT, data: l.view(unsafe.StringData(text), len(text))}
	case v.CanInt():
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_INTEGER, integer: C.int64_t(v.Int())}
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_INTEGER, integer: C.int64_t(v.Uint())}
	case v.CanFloat():
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_DECIMAL, decimal: C.double(v.Float())}
	}
	return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_JSON, data: l.json(name, value)}
}

func lendNumber(l *loan, name string, number json.Number) C.PactWasmFieldValue {
	if whole, err := number.Int64(); err == nil {
		return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_INTEGER, integer: C.int64_t(whole)}
	}
	decimal, err := number.Float64()
	if err != nil {
		l.refuse(name, err)
	}
	return C.PactWasmFieldValue{kind: C.PACTWASM_VALUE_DECIMAL, decimal: C.double(decimal)}
}

func valueOf(from C.PactWasmFieldValue) (Value, error) {
	switch from.kind {
	case C.PACTWASM_VALUE_NULL:
		return nil, nil
	case C.PACTWASM_VALUE_BOOLEAN:
		return from.boolean != 0, nil
	case C.PACTWASM_VALUE_TEXT:
		return text(from.data), nil
	case C.PACTWASM_VALUE_INTEGER:
		return int64(from.integer), nil
	case C.PACTWASM_VALUE_DECIMAL:
		return float64(from.decimal), nil
	case C.PACTWASM_VALUE_BYTES:
		return content(from.data), nil
	case C.PACTWASM_VALUE_JSON:
		return json.RawMessage(content(from.data)), nil
	}
	return nil, fmt.Errorf("pactwasm: the library gave a value of the unknown kind %d", from.kind)
}

package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
)

// Error says why a call failed.
type Error struct {
	// Code is the kind of error.
	Code Code
	// Message says what was attempted, on which plugin, why it failed and what to do.
	Message string
	// PluginName is empty where no plugin was involved.
	PluginName string
	// PluginVersion is empty where no plugin was involved.
	PluginVersion string
	// Operation of the plugin interface, for instance "compare-contents"; empty where it was none.
	Operation string
	// Backtrace has the WebAssembly functions that were active, innermost first, one a line; empty unless the plugin crashed or
	// was stopped.
	Backtrace string
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the code, so that errors.Is(err, pactwasm.ErrNotFound) and the like work.
func (e *Error) Unwrap() error { return e.Code }

// Code is a kind of error, and an error itself, for errors.Is and for switches over [Error].Code.
//
// For errors.Is, [ErrDeadline] is also [context.DeadlineExceeded], [ErrCancelled] is [context.Canceled], and [ErrUnsupported]
// is [errors.ErrUnsupported].
type Code int32

const (
	// ErrInvalidArgument: an argument is out of range, not UTF-8 or not JSON. The message names it.
	ErrInvalidArgument Code = C.PACTWASM_ERROR_INVALID_ARGUMENT
	// ErrNotFound: a plugin, a directory or an item does not exist.
	ErrNotFound Code = C.PACTWASM_ERROR_NOT_FOUND
	// ErrAmbiguous: a name fits more than one thing; the message lists them.
	ErrAmbiguous Code = C.PACTWASM_ERROR_AMBIGUOUS
	// ErrBusy: a handler called the plugin that is calling it, and there is no other instance.
	ErrBusy Code = C.PACTWASM_ERROR_BUSY
	// ErrForked: what is used was made before the process forked, which Go programs do not do.
	ErrForked Code = C.PACTWASM_ERROR_FORKED
	// ErrUnsupported: the plugin does not fill the role, or the library was built without the feature.
	ErrUnsupported Code = C.PACTWASM_ERROR_UNSUPPORTED
	// ErrWrongState: another call has to come first, such as [Plugin.Init].
	ErrWrongState Code = C.PACTWASM_ERROR_WRONG_STATE
	// ErrIncompatible: plugin and library do not fit together: interface version, roles, imports or capabilities.
	ErrIncompatible Code = C.PACTWASM_ERROR_INCOMPATIBLE
	// ErrManifestInvalid: pact-plugin.json cannot be used; the message names file and field.
	ErrManifestInvalid Code = C.PACTWASM_ERROR_MANIFEST_INVALID
	// ErrComponentInvalid: the file is not a WebAssembly component.
	ErrComponentInvalid Code = C.PACTWASM_ERROR_COMPONENT_INVALID
	// ErrCompileFailed: the component cannot be compiled.
	ErrCompileFailed Code = C.PACTWASM_ERROR_COMPILE_FAILED
	// ErrPermission: the sandbox does not allow it.
	ErrPermission Code = C.PACTWASM_ERROR_PERMISSION
	// ErrIO: the operating system refused a file operation.
	ErrIO Code = C.PACTWASM_ERROR_IO
	// ErrPlugin: the plugin answered with an error; the message is the plugin's.
	ErrPlugin Code = C.PACTWASM_ERROR_PLUGIN
	// ErrTrap: the plugin crashed. It gets a fresh instance and stays usable, as after the other errors of this group.
	ErrTrap Code = C.PACTWASM_ERROR_TRAP
	// ErrDeadline: the call took longer than its deadline.
	ErrDeadline Code = C.PACTWASM_ERROR_DEADLINE
	// ErrCancelled: the call was cancelled.
	ErrCancelled Code = C.PACTWASM_ERROR_CANCELLED
	// ErrMemoryLimit: the plugin wanted more memory than its limit.
	ErrMemoryLimit Code = C.PACTWASM_ERROR_MEMORY_LIMIT
	// ErrHostCallLimit: the plugin handed over more data than its limit.
	ErrHostCallLimit Code = C.PACTWASM_ERROR_HOST_CALL_LIMIT
	// ErrStackLimit: the plugin used up its stack.
	ErrStackLimit Code = C.PACTWASM_ERROR_STACK_LIMIT
	// ErrResourceLimit: the plugin wanted more tables or instances than its limit.
	ErrResourceLimit Code = C.PACTWASM_ERROR_RESOURCE_LIMIT
	// ErrCycle: plugins call each other in a circle, or too deep; the message shows the chain.
	ErrCycle Code = C.PACTWASM_ERROR_CYCLE
	// ErrInvalidResponse: the plugin's answer breaks the interface, for instance with text that should be JSON.
	ErrInvalidResponse Code = C.PACTWASM_ERROR_INVALID_RESPONSE
	// ErrInternal: a fault of the library. Please report it.
	ErrInternal Code = C.PACTWASM_ERROR_INTERNAL
)

var codeTexts = map[Code]string{
	ErrInvalidArgument:  "invalid argument",
	ErrNotFound:         "not found",
	ErrAmbiguous:        "ambiguous",
	ErrBusy:             "busy",
	ErrForked:           "made before the process forked",
	ErrUnsupported:      "unsupported",
	ErrWrongState:       "wrong state",
	ErrIncompatible:     "incompatible",
	ErrManifestInvalid:  "invalid manifest",
	ErrComponentInvalid: "invalid component",
	ErrCompileFailed:    "compilation failed",
	ErrPermission:       "not permitted",
	ErrIO:               "input or output failed",
	ErrPlugin:           "error of the plugin",
	ErrTrap:             "the plugin crashed",
	ErrDeadline:         "deadline exceeded",
	ErrCancelled:        "cancelled",
	ErrMemoryLimit:      "memory limit",
	ErrHostCallLimit:    "limit of data handed over",
	ErrStackLimit:       "stack limit",
	ErrResourceLimit:    "resource limit",
	ErrCycle:            "plugins call each other in a circle",
	ErrInvalidResponse:  "invalid response",
	ErrInternal:         "internal error",
}

// Error is a short name of the kind; the message of an [Error] says more.
func (c Code) Error() string {
	if text, known := codeTexts[c]; known {
		return "pactwasm: " + text
	}
	return fmt.Sprintf("pactwasm: error %d", int32(c))
}

// Is relates codes to errors of the standard library.
func (c Code) Is(target error) bool {
	switch c {
	case ErrDeadline:
		return target == context.DeadlineExceeded
	case ErrCancelled:
		return target == context.Canceled
	case ErrUnsupported:
		return target == errors.ErrUnsupported
	}
	return false
}

// outcome receives the error of the library's functions, which go through its check.
type outcome struct {
	failed *C.PactWasmError
}

// check turns a status into an error. The last argument of the function whose status it is has to be &failed.
func (o *outcome) check(status C.int32_t) error {
	if status == C.PACTWASM_OK {
		return nil
	}
	defer C.pactwasm_error_free(o.failed)
	info := C.PactWasmErrorInfo{size: C.sizeof_PactWasmErrorInfo}
	C.pactwasm_error_get(o.failed, &info, nil)
	return &Error{
		Code:          Code(info.code),
		Message:       text(info.message),
		PluginName:    text(info.plugin_name),
		PluginVersion: text(info.plugin_version),
		Operation:     text(info.operation),
		Backtrace:     text(info.backtrace),
	}
}

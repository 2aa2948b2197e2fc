package pactwasm

// #include "callbacks.h"
import "C"

import (
	"log/slog"
	"runtime/cgo"
)

// The functions that the library calls. What they belong to travels in the library's user data, as a cgo.Handle.

//export pactwasmgoLog
func pactwasmgoLog(record *C.PactWasmLogRecord, logger C.uintptr_t) {
	protect(complain, func() {
		from := logRecordOf(record)
		from.deliver(cgo.Handle(logger).Value().(*slog.Logger))
	})
}

//export pactwasmgoHandle
func pactwasmgoHandle(call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer, handler C.uintptr_t) {
	cgo.Handle(handler).Value().(*Handler).run(call, answer)
}

//export pactwasmgoDelete
func pactwasmgoDelete(handle C.uintptr_t) {
	cgo.Handle(handle).Delete()
}

// protect runs a function of the user's and hands over what it panics with: nothing may unwind the library's frames. If the
// function ends its goroutine there is no way back to them, so that the program cannot go on.
func protect(panicked func(reason any), run func()) {
	returned := false
	defer func() {
		if reason := recover(); reason != nil {
			panicked(reason)
		} else if !returned {
			panic("pactwasm: a handler or logger ended its goroutine (runtime.Goexit, as testing.T.FailNow and Fatal do); " +
				"return an error instead")
		}
	}()
	run()
	returned = true
}

package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"fmt"
	"time"
)

type testRunKey struct{}

// WithTestRunID gives a context whose operations belong to a test run: it marks their log records. Without it, "testRunId" of
// the request's test context counts, then [Options].TestRunID.
func WithTestRunID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, testRunKey{}, id)
}

// TestRunID is the test run of a context, or empty. The context of a handler has that of the plugin's call.
func TestRunID(ctx context.Context) string {
	id, _ := ctx.Value(testRunKey{}).(string)
	return id
}

// call runs an operation with the deadline, the cancellation and the test run of a context. What the operation needs besides
// was lent by l.
func (p *Plugin) call(ctx context.Context, operation string, l *loan,
	perform func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t) error {
	return operate(ctx, p, p.handle, operation, l, perform)
}

// operate does so for what belongs to a plugin, such as the plugin itself.
func operate[P any](ctx context.Context, p *Plugin, h *handle[P], operation string, l *loan,
	perform func(pointer P, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t) error {
	options := C.PactWasmCallOptions{size: C.sizeof_PactWasmCallOptions, test_run_id: l.text(TestRunID(ctx))}
	if err := p.before(ctx, operation, l, &options); err != nil {
		return err
	}
	pointer, err := h.acquire()
	if err != nil {
		return err
	}
	defer h.release()
	cancel, stop, err := cancelWith(ctx)
	if err != nil {
		return err
	}
	defer stop()
	options.cancel = cancel
	var o outcome
	return o.check(perform(pointer, &options, &o.failed))
}

// before finds what keeps a call from being made at all, and sets its timeout.
func (p *Plugin) before(ctx context.Context, operation string, l *loan, options *C.PactWasmCallOptions) error {
	if l.err != nil {
		return p.failure(operation, ErrInvalidArgument, l.err)
	}
	err := ctx.Err()
	if deadline, limited := ctx.Deadline(); err == nil && limited {
		left := time.Until(deadline)
		if left <= 0 {
			err = context.DeadlineExceeded
		}
		options.timeout_ms = C.uint64_t(min(roundedUp(left), 24*time.Hour) / time.Millisecond)
	}
	if err != nil {
		return p.failure(operation, contextCode(err), err)
	}
	return nil
}

// contextCode is the code for the error of a context that is over.
func contextCode(err error) Code {
	if err == context.DeadlineExceeded {
		return ErrDeadline
	}
	return ErrCancelled
}

// roundedUp is a time in whole milliseconds.
func roundedUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}

// failure is the error of a call that was not made.
func (p *Plugin) failure(operation string, code Code, reason error) error {
	return &Error{
		Code:          code,
		Message:       fmt.Sprintf("plugin %s %s, %s: not called: %v", p.name, p.version, operation, reason),
		PluginName:    p.name,
		PluginVersion: p.version,
		Operation:     operation,
	}
}

// cancelWith makes a switch that goes on when the context is cancelled, or none if it cannot be. The function is called when
// the call is over.
func cancelWith(ctx context.Context) (*C.PactWasmCancel, func(), error) {
	if ctx.Done() == nil {
		return nil, func() {}, nil
	}
	var cancel *C.PactWasmCancel
	var o outcome
	if err := o.check(C.pactwasm_cancel_new(&cancel, &o.failed)); err != nil {
		return nil, nil, err
	}
	h := newHandle(cancel, func(cancel *C.PactWasmCancel) { C.pactwasm_cancel_free(cancel) })
	stop := context.AfterFunc(ctx, func() {
		// The library watches the deadline itself, and then says so.
		if ctx.Err() == context.DeadlineExceeded {
			return
		}
		if cancel, err := h.acquire(); err == nil {
			C.pactwasm_cancel_trigger(cancel, nil)
			h.release()
		}
	})
	return cancel, func() { stop(); h.close() }, nil
}

package pactwasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

func TestDeadline(t *testing.T) {
	hostile := loaded(t, "hostile", pactwasm.Options{Limits: pactwasm.Limits{Timeout: 10 * time.Minute}})

	limited, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	start := time.Now()
	err := misbehave(limited, hostile, "x/loop", "")
	equal(t, "it is context.DeadlineExceeded", errors.Is(err, context.DeadlineExceeded), true)
	if took := time.Since(start); took < 90*time.Millisecond || took > 10*time.Second {
		t.Errorf("a deadline of 100 ms ended the call after %v", took)
	}
	fails(t, err, pactwasm.ErrDeadline, "no answer within the deadline of")
	fails(t, misbehave(limited, hostile, "x/fine", ""), pactwasm.ErrDeadline, "not called: context deadline exceeded")

	_, err = newHost(t, pactwasm.Options{}).Load(limited, "jwt", "")
	fails(t, err, pactwasm.ErrDeadline, "nothing was loaded")

	// What the host says counts where the context says nothing, and a deadline of years is one of a day.
	short := loaded(t, "hostile", pactwasm.Options{Limits: pactwasm.Limits{Timeout: 99*time.Millisecond + 1}})
	fails(t, misbehave(context.Background(), short, "x/loop", ""), pactwasm.ErrDeadline, "100 ms")
	long, stop := context.WithTimeout(t.Context(), 1e9*time.Second)
	defer stop()
	equal(t, "a long deadline", misbehave(long, short, "x/spin-ms", "150"), error(nil))
}

// The deadline of the context must not be reported as a cancellation, although both come at the same time.
func TestDeadlineIsNoCancellation(t *testing.T) {
	hostile := loaded(t, "hostile", pactwasm.Options{})
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		fails(t, misbehave(ctx, hostile, "x/loop", ""), pactwasm.ErrDeadline, "")
		cancel()
	}
}

func TestCancellation(t *testing.T) {
	inside := make(chan struct{})
	delegate := delegateWith(t, vin{
		value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			close(inside)
			return r.Example, nil
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-inside
		cancel()
	}()
	looping := generateVIN()
	looping.PluginConfiguration.Pact = json.RawMessage(`{"entry":"vin!loop"}`)
	_, err := delegate.GenerateField(ctx, looping)
	fails(t, err, pactwasm.ErrCancelled, "cancelled by the caller")
	equal(t, "it is context.Canceled", errors.Is(err, context.Canceled), true)
	_, err = delegate.GenerateField(ctx, looping)
	fails(t, err, pactwasm.ErrCancelled, "not called: context canceled")

	hostile := loaded(t, "hostile", pactwasm.Options{})
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	fails(t, misbehave(ctx, hostile, "x/sleep", ""), pactwasm.ErrCancelled, "")
	equal(t, "afterwards", misbehave(t.Context(), hostile, "x/fine", ""), error(nil))
}

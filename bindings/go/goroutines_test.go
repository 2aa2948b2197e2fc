package pactwasm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

// Sixteen calls are inside a handler at the same time: it lets none of them go before all are there.
func TestCallsOverlap(t *testing.T) {
	const calls = 16
	var inside atomic.Int32
	all := make(chan struct{})
	delegate := loaded(t, "delegate", pactwasm.Options{
		Limits: pactwasm.Limits{Instances: calls},
		Handlers: vin{value: func(ctx context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			if inside.Add(1) == calls {
				close(all)
			}
			select {
			case <-all:
				return r.Example, nil
			case <-ctx.Done():
				return nil, errors.New("the others did not come")
			}
		}}.handlers(),
	})
	each(t, calls, func(number int) error {
		request := generateVIN()
		request.Example = number
		value, err := delegate.GenerateField(t.Context(), request)
		if err == nil && value != int64(number) {
			err = fmt.Errorf("goroutine %d got %v", number, value)
		}
		return err
	})
}

// each runs a function in many goroutines at once.
func each(t testing.TB, count int, run func(number int) error) {
	t.Helper()
	var wait sync.WaitGroup
	for number := range count {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := run(number); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
}

// work makes calls of every kind whose memory is Go's, and checks what comes back.
func work(ctx context.Context, delegate, echo, hostile *pactwasm.Plugin, number int) error {
	body := make([]byte, 1+rand.IntN(5000))
	for index := range body {
		body[index] = byte(number + index)
	}
	request := pactwasm.CompareRequest{
		Expected: pactwasm.Body{ContentType: fmt.Sprintf("a/%d", number), Content: body}, TestContext: map[string]any{"n": number},
	}
	request.Actual = request.Expected
	request.Actual.Content = append([]byte{}, body...)
	if comparison, err := echo.CompareContents(ctx, request); err != nil || !comparison.Matches() {
		return fmt.Errorf("comparison: %v, %w", comparison, err)
	}
	request.Actual.Content[len(body)/2]++
	comparison, err := echo.CompareContents(ctx, request)
	if err != nil || comparison.Matches() || string(comparison.Mismatches[0].Expected) != string(body) {
		return fmt.Errorf("comparison of different bodies: %v, %w", comparison, err)
	}
	field := generateVIN()
	field.Example = fmt.Sprintf("example %d", number)
	if value, err := delegate.GenerateField(ctx, field); err != nil || value != field.Example {
		return fmt.Errorf("value: %v, %w", value, err)
	}
	interaction, err := echo.ConfigureInteraction(ctx,
		pactwasm.ConfigureRequest{ContentType: "a/b", ContentsConfig: map[string]any{"number": number}})
	if err != nil {
		return err
	}
	if text := string(interaction.Parts[0].Body.Content); text != fmt.Sprintf(`{"number":%d}`, number) {
		return fmt.Errorf("configured %s", text)
	}
	for _, way := range []struct {
		contentType string
		code        error
	}{{"x/trap", pactwasm.ErrTrap}, {"x/recurse", pactwasm.ErrStackLimit}, {"x/error", pactwasm.ErrPlugin}, {"x/fine", nil}} {
		if err := misbehave(ctx, hostile, way.contentType, ""); !errors.Is(err, way.code) {
			return fmt.Errorf("%s: %w", way.contentType, err)
		}
	}
	return nil
}

func workers(t testing.TB) (delegate, echo, hostile *pactwasm.Plugin) {
	t.Helper()
	host := newHost(t, pactwasm.Options{
		Limits: pactwasm.Limits{Instances: 4, Timeout: 10 * time.Minute},
		Handlers: vin{value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			return r.Example, nil
		}}.handlers(),
	})
	return load(t, host, "delegate"), load(t, host, "echo"), load(t, host, "hostile")
}

// Collections all the time, with contexts that can be cancelled, interactions that nobody closes, and hosts that come and go.
func TestUnderGarbageCollection(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	delegate, echo, hostile := workers(t)
	stop := make(chan struct{})
	var collector sync.WaitGroup
	collector.Add(1)
	go func() {
		defer collector.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	each(t, 8, func(number int) error {
		for turn := range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			err := work(ctx, delegate, echo, hostile, number*100+turn)
			cancel()
			if err != nil {
				return err
			}
			host, err := pactwasm.NewHost(pactwasm.Options{PluginDirectory: testPlugins, CacheDirectory: testCache})
			if err != nil {
				return err
			}
			if _, err := host.Load(t.Context(), "minimal", ""); err != nil {
				return err
			}
		}
		return nil
	})
	close(stop)
	collector.Wait()
}

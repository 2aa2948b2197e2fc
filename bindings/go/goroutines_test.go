package pactwasm_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
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

// crew are the plugins that work is done with.
type crew struct {
	delegate, echo, hostile, line *pactwasm.Plugin
}

// work makes calls of every kind whose memory is Go's, and checks what comes back.
func (c crew) work(ctx context.Context, number int) error {
	body := make([]byte, 1+rand.IntN(5000))
	for index := range body {
		body[index] = byte(number + index)
	}
	request := pactwasm.CompareRequest{
		Expected: pactwasm.Body{ContentType: fmt.Sprintf("a/%d", number), Content: body}, TestContext: map[string]any{"n": number},
	}
	request.Actual = request.Expected
	request.Actual.Content = append([]byte{}, body...)
	if comparison, err := c.echo.CompareContents(ctx, request); err != nil || !comparison.Matches() {
		return fmt.Errorf("comparison: %v, %w", comparison, err)
	}
	request.Actual.Content[len(body)/2]++
	comparison, err := c.echo.CompareContents(ctx, request)
	if err != nil || comparison.Matches() || string(comparison.Mismatches[0].Expected) != string(body) {
		return fmt.Errorf("comparison of different bodies: %v, %w", comparison, err)
	}
	field := generateVIN()
	field.Example = fmt.Sprintf("example %d", number)
	if value, err := c.delegate.GenerateField(ctx, field); err != nil || value != field.Example {
		return fmt.Errorf("value: %v, %w", value, err)
	}
	interaction, err := c.echo.ConfigureInteraction(ctx,
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
		if err := misbehave(ctx, c.hostile, way.contentType, ""); !errors.Is(err, way.code) {
			return fmt.Errorf("%s: %w", way.contentType, err)
		}
	}
	return c.serve(ctx, number)
}

// serve has a mock server answer, ask a handler and crash, on its own thread.
func (c crew) serve(ctx context.Context, number int) error {
	response := fmt.Appendf(nil, "answer %d", number)
	server, err := c.line.StartMockServer(ctx,
		pactwasm.StartRequest{Interactions: []pactwasm.InteractionContents{exchange("ask", binary, response)}})
	if err != nil {
		return err
	}
	defer server.Close()
	connection, err := net.Dial("tcp", server.HostPort())
	if err != nil {
		return err
	}
	defer connection.Close()
	client := &client{connection, bufio.NewReader(connection)}
	if answer, err := client.ask("ask", binary); err != nil || answer != "OK "+string(response) {
		return fmt.Errorf("the server answered %q, %w", answer, err)
	}
	if answer, err := client.ask("!callback", response); err != nil || answer != "OK true" {
		return fmt.Errorf("the handler answered %q, %w", answer, err)
	}
	if results, err := server.Results(ctx); err != nil || !results.OK {
		return fmt.Errorf("results: %v, %w", results, err)
	}
	if answer, err := client.ask("!trap", nil); err == nil {
		return fmt.Errorf("the crash answered %q", answer)
	}
	results, err := server.Shutdown(ctx)
	if err != nil || results.OK || !strings.Contains(results.Results[0].Error, "the plugin crashed") {
		return fmt.Errorf("results after the crash: %v, %w", results, err)
	}
	return nil
}

func workers(t testing.TB) crew {
	t.Helper()
	options := pactwasm.Options{
		Limits: pactwasm.Limits{Instances: 4, Timeout: 10 * time.Minute},
		Handlers: vin{value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			return r.Example, nil
		}}.handlers(),
	}
	options.Handlers = append(options.Handlers, pactwasm.Matcher("regex", nil,
		func(_ context.Context, _ pactwasm.Caller, r pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			if text, ok := r.Actual.(string); ok && strings.HasPrefix(text, "answer ") {
				return nil, nil
			}
			return nil, fmt.Errorf("asked about %v", r.Actual)
		}))
	host := newHost(t, options)
	return crew{load(t, host, "delegate"), load(t, host, "echo"), load(t, host, "hostile"), load(t, host, "line")}
}

// Collections all the time, with contexts that can be cancelled, interactions that nobody closes, and hosts that come and go.
func TestUnderGarbageCollection(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	crew := workers(t)
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
			err := crew.work(ctx, number*100+turn)
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

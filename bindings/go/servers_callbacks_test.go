package pactwasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

// What a server calls, it calls on a thread of the library's.

// actor is a matcher for the core's rule regex, which the plugin line asks on !callback: it does what the bytes say.
type actor struct {
	t testing.TB
	sync.Mutex
	server            *pactwasm.MockServer
	calls             int
	results, shutdown error
}

func (a *actor) handler() pactwasm.Handler {
	return pactwasm.Matcher("regex", nil,
		func(ctx context.Context, caller pactwasm.Caller, r pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			a.Lock()
			defer a.Unlock()
			a.calls++
			equal(a.t, "caller", caller, pactwasm.Caller{EntryKey: "core/matcher/regex", PluginName: "line"})
			equal(a.t, "test run", pactwasm.TestRunID(ctx), "run 9")
			equal(a.t, "rule", string(r.RuleValues.(json.RawMessage)), `{"regex":"\\d+"}`)
			switch r.Actual {
			case "deep":
				equal(a.t, "depth", recurse(1000), 1000)
				collectGarbage()
				expectGoPanics(a.t, "on the server's thread")
			case "panic":
				panic("on the server's thread")
			case "error":
				return nil, errors.New("äh\x00")
			case "no":
				return []pactwasm.Mismatch{{Description: "no"}}, nil
			case "results":
				_, a.results = a.server.Results(ctx)
				return nil, a.results
			case "shutdown":
				_, a.shutdown = a.server.Shutdown(ctx)
			case "close":
				return nil, a.server.Close()
			}
			return nil, nil
		})
}

// recurse needs a kilobyte of stack for each turn.
func recurse(left int) int {
	var frame [1024]byte
	if left == 0 {
		return int(frame[0])
	}
	return recurse(left-1) + 1
}

func TestHandlersOfAMockServer(t *testing.T) {
	actor := actor{t: t}
	line := loaded(t, "line", pactwasm.Options{Handlers: []pactwasm.Handler{actor.handler()}})
	start := func() *client {
		server := must(line.StartMockServer(pactwasm.WithTestRunID(t.Context(), "run 9"), pactwasm.StartRequest{}))(t)
		t.Cleanup(func() { server.Close() })
		actor.Lock()
		defer actor.Unlock()
		actor.server = server
		return dial(t, server)
	}
	client := start()
	for range 20 {
		client.expect(t, "!callback", []byte("yes"), "OK true")
		client.expect(t, "!callback", []byte("no"), "OK false")
		client.expect(t, "!callback", []byte("deep"), "OK true")
		client.expect(t, "!callback", []byte("error"), "ERR core/matcher/regex: äh\x00")
		contains(t, "answer", must(client.ask("!callback", []byte("panic")))(t),
			"ERR core/matcher/regex: panic: on the server's thread")
		contains(t, "answer", must(client.ask("!callback", []byte("results")))(t), "ERR core/matcher/regex: plugin line 1.0.0")
		actor.Lock()
		fails(t, actor.results, pactwasm.ErrBusy, "")
		actor.Unlock()
	}
	actor.Lock()
	equal(t, "calls", actor.calls, 120)
	actor.Unlock()
	equal(t, "results", must(actor.server.Shutdown(t.Context()))(t).OK, true)

	// A handler can end the server that calls it; that waits for nothing, so the client may still get its answer.
	for _, way := range []string{"shutdown", "close"} {
		_, _ = start().ask("!callback", []byte(way))
		eventually(t, "the server listens after "+way+" in a handler", func() bool { return !listens(actor.server) })
	}
	actor.Lock()
	defer actor.Unlock()
	fails(t, actor.shutdown, pactwasm.ErrBusy, "")
}

// The library's own rule, where there is no handler.
func TestMockServerThatAsksTheLibrary(t *testing.T) {
	client := dial(t, startServer(t, loaded(t, "line", pactwasm.Options{})))
	client.expect(t, "!callback", []byte("123"), "OK true")
	client.expect(t, "!callback", []byte("x"), "OK false")
}

func TestLogsOfAMockServer(t *testing.T) {
	seen := make(chan slog.Record, 10)
	var panicking atomic.Bool
	line := loaded(t, "line", pactwasm.Options{TestRunID: "run 10", Logger: slog.New(sink(func(r slog.Record) {
		if panicking.Load() {
			panic("no paper on the server's thread")
		}
		seen <- r
	}))})
	for len(seen) > 0 {
		<-seen // the host says something about the plugin itself
	}
	server := startServer(t, line)
	client := dial(t, server)
	client.expect(t, "!log", []byte("from the server ä"), "OK ")
	record := <-seen
	equal(t, "message", record.Message, "from the server ä")
	equal(t, "level", record.Level, slog.LevelInfo)
	attributes := map[string]string{}
	record.Attrs(func(a slog.Attr) bool { attributes[a.Key] = a.Value.String(); return true })
	equal(t, "attributes", attributes, map[string]string{
		"plugin": "line", "plugin_instance": must(line.Info())(t).InstanceID, "target": "line", "test_run": "run 10",
	})
	logs := must(line.Logs())(t)
	equal(t, "record", logs[len(logs)-1].Message, "from the server ä")

	panicking.Store(true)
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.DiscardHandler))
	client.expect(t, "!log", []byte("with a logger that panics"), "OK ")
	equal(t, "results", must(server.Shutdown(t.Context()))(t).OK, true)
}

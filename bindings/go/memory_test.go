//go:build !race

// The race detector keeps memory of its own.

package pactwasm_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

// resident is the memory that the process has in use, in bytes.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	var pages int
	statm := string(must(os.ReadFile("/proc/self/statm"))(t))
	if _, err := fmt.Sscan(strings.Fields(statm)[1], &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// expectNoGrowth checks that something takes less memory than the limit at least once in three times. On a busy machine calls wander to
// threads that malloc has no memory for yet; what leaks does so every time.
func expectNoGrowth(t *testing.T, limit int, run func()) {
	t.Helper()
	grown := 0
	for range 3 {
		before := resident(t)
		run()
		if grown = resident(t) - before; grown < limit {
			return
		}
	}
	t.Errorf("it took %d KiB", grown>>10)
}

func TestMemory(t *testing.T) {
	host := newHost(t, pactwasm.Options{Handlers: vin{
		value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			return r.Example, nil
		},
		match: func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			return nil, strange{"for ever"}
		},
	}.handlers()})
	delegate, echo, jwt := load(t, host, "delegate"), load(t, host, "echo"), load(t, host, "jwt")
	line := load(t, host, "line")
	server := startServer(t, line, reverse)
	dial(t, server).expect(t, "reverse", nil, "ERR expected 9 other bytes with the command `reverse`")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	body := textBody(strings.Repeat("x", 1000))
	for name, call := range map[string]func() error{
		"match": func() error {
			_, err := echo.CompareContents(ctx, pactwasm.CompareRequest{Expected: body, Actual: body})
			return err
		},
		"mismatch": func() error {
			comparison, err := echo.CompareContents(ctx, pactwasm.CompareRequest{Expected: body})
			if err == nil && len(comparison.Mismatches) != 1 {
				return fmt.Errorf("%+v", comparison)
			}
			return err
		},
		"error": func() error {
			_, err := host.Load(ctx, "nobody", "")
			return expected(err, pactwasm.ErrNotFound)
		},
		"interaction": func() error {
			request := pactwasm.ConfigureRequest{ContentType: "application/jwt", ContentsConfig: tokenConfig}
			interaction, err := jwt.ConfigureInteraction(ctx, request)
			if err != nil {
				return err
			}
			return interaction.Close()
		},
		"results": func() error {
			results, err := server.Results(ctx)
			if err == nil && (len(results.Results) != 2 || len(results.Results[0].Mismatches) != 1) {
				return fmt.Errorf("%+v", results)
			}
			return err
		},
		"preparation": func() error {
			data, err := line.PrepareInteraction(ctx, pactwasm.PrepareRequest{Interaction: reverse})
			if err == nil && len(data.Metadata) != 1 {
				return fmt.Errorf("%+v", data)
			}
			return err
		},
		"refused verification": func() error {
			data := pactwasm.InteractionData{Body: body, Metadata: map[string]any{"command": "reverse"}}
			_, err := line.VerifyInteraction(ctx, pactwasm.VerifyRequest{Data: data, Interaction: reverse, Config: at(9)})
			return expected(err, pactwasm.ErrPermission)
		},
		"handler": func() error {
			_, err := delegate.GenerateField(ctx, generateVIN())
			return err
		},
		"failing handler": func() error {
			_, err := delegate.MatchField(ctx, matchVIN())
			return expected(err, pactwasm.ErrPlugin)
		},
	} {
		t.Run(name, func(t *testing.T) {
			repeat := func(count int) {
				for range count {
					if err := call(); err != nil {
						t.Fatal(err)
					}
				}
			}
			repeat(3000)
			expectNoGrowth(t, 1<<20, func() { repeat(10_000) })
		})
	}
}

// Servers come and go, each with a client and a handler on its thread, without leaving threads, files or memory.
func TestMemoryOfMockServers(t *testing.T) {
	actor := actor{t: t}
	line := loaded(t, "line", pactwasm.Options{Handlers: []pactwasm.Handler{actor.handler()}})
	ctx := pactwasm.WithTestRunID(t.Context(), "run 9")
	repeat := func(count int) {
		for turn := range count {
			server := must(line.StartMockServer(ctx, pactwasm.StartRequest{
				Interactions: []pactwasm.InteractionContents{exchange("ping", nil, binary)},
			}))(t)
			connection := must(net.Dial("tcp", server.HostPort()))(t)
			client := &client{connection, bufio.NewReader(connection)}
			client.expect(t, "ping", nil, "OK "+string(binary))
			client.expect(t, "!callback", []byte("yes"), "OK true")
			equal(t, "results", must(server.Results(ctx))(t).OK, true)
			if turn%2 == 0 {
				equal(t, "final results", must(server.Shutdown(ctx))(t).OK, true)
			}
			server.Close()
			connection.Close()
		}
	}
	held := func() (threads, files int) {
		return len(must(os.ReadDir("/proc/self/task"))(t)), len(must(os.ReadDir("/proc/self/fd"))(t))
	}
	repeat(50)
	threads, files := held()
	expectNoGrowth(t, 4<<20, func() { repeat(200) })
	// The thread of a server that was closed may still be on its way out.
	eventually(t, "there are more threads than before", func() bool { now, _ := held(); return now <= threads+2 })
	if _, now := held(); now > files {
		t.Errorf("%d files are open, and %d were before", now, files)
	}
}

// expected is nil for an error with this code.
func expected(err error, code pactwasm.Code) error {
	if failed, ok := err.(*pactwasm.Error); ok && failed.Code == code {
		return nil
	}
	return fmt.Errorf("want %w, got %v", code, err)
}

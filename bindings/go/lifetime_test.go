package pactwasm_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

func TestClose(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		host := newHost(t, pactwasm.Options{})
		jwt := load(t, host, "jwt")
		token := configureToken(t, jwt, tokenConfig)
		pact := pactwasm.NewPactFile("a", "b")
		interaction := pactwasm.PactInteraction{
			Template: map[string]any{"type": "Asynchronous/Messages", "description": "a token"}, Message: token,
		}
		closers := []interface{ Close() error }{host, jwt, token}
		uses := []func() error{
			func() error { _, err := host.Catalogue(); return err },
			func() error { _, err := jwt.CompareContents(t.Context(), comparison(token.Parts[0], nil)); return err },
			func() error { return pact.AddInteraction(interaction) },
		}
		for step, which := range order {
			for range 2 {
				equal(t, "Close", closers[which].Close(), error(nil))
			}
			for index, use := range uses {
				closed := false
				for _, earlier := range order[:step+1] {
					closed = closed || earlier == index
				}
				err := use()
				equal(t, fmt.Sprintf("closed: use %d after closing %v", index, order[:step+1]), errors.Is(err, pactwasm.ErrClosed), closed)
				if !closed && err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestEverythingAfterClose(t *testing.T) {
	host := newHost(t, pactwasm.Options{})
	plugin, server := load(t, host, "echo"), startServer(t, load(t, host, "line"))
	plugin.Close()
	server.Close()
	host.Close()
	ctx := t.Context()
	for name, use := range map[string]func() error{
		"Discover":             func() error { _, err := host.Discover(); return err },
		"Load":                 func() error { _, err := host.Load(ctx, "jwt", ""); return err },
		"LoadDirectory":        func() error { _, err := host.LoadDirectory(ctx, "x"); return err },
		"Host.Catalogue":       func() error { _, err := host.Catalogue(); return err },
		"Info":                 func() error { _, err := plugin.Info(); return err },
		"Plugin.Catalogue":     func() error { _, err := plugin.Catalogue(); return err },
		"Logs":                 func() error { _, err := plugin.Logs(); return err },
		"Init":                 func() error { return plugin.Init(ctx) },
		"UpdateCatalogue":      func() error { return plugin.UpdateCatalogue(ctx, nil) },
		"Call":                 func() error { return plugin.Call(ctx, "init", map[string]any{}, nil) },
		"ConfigureInteraction": func() error { _, err := plugin.ConfigureInteraction(ctx, pactwasm.ConfigureRequest{}); return err },
		"CompareContents":      func() error { _, err := plugin.CompareContents(ctx, pactwasm.CompareRequest{}); return err },
		"GenerateContent":      func() error { _, err := plugin.GenerateContent(ctx, pactwasm.GenerateRequest{}); return err },
		"MatchField":           func() error { _, err := plugin.MatchField(ctx, pactwasm.MatchFieldRequest{}); return err },
		"GenerateField":        func() error { _, err := plugin.GenerateField(ctx, pactwasm.GenerateFieldRequest{}); return err },
		"StartMockServer":      func() error { _, err := plugin.StartMockServer(ctx, pactwasm.StartRequest{}); return err },
		"Results":              func() error { _, err := server.Results(ctx); return err },
		"Shutdown":             func() error { _, err := server.Shutdown(ctx); return err },
		"PrepareInteraction":   func() error { _, err := plugin.PrepareInteraction(ctx, pactwasm.PrepareRequest{}); return err },
		"VerifyInteraction":    func() error { _, err := plugin.VerifyInteraction(ctx, pactwasm.VerifyRequest{}); return err },
		"AddPlugin":            func() error { return pactwasm.NewPactFile("a", "b").AddPlugin(plugin) },
	} {
		err := use()
		if !errors.Is(err, pactwasm.ErrClosed) || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
		equal(t, "message", err.Error(), "pactwasm: used after Close")
	}
}

// Calls that are running when the handles are closed end as if nothing had happened.
func TestCloseDuringCalls(t *testing.T) {
	const calls = 4
	for range 10 {
		entered, leave := make(chan struct{}, calls), make(chan struct{})
		var ends atomic.Int32
		host := newHost(t, pactwasm.Options{
			Limits: pactwasm.Limits{Instances: calls},
			Handlers: []pactwasm.Handler{pactwasm.Generator("vin", nil,
				func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
					entered <- struct{}{}
					<-leave
					ends.Add(1)
					return r.Example, nil
				})},
		})
		delegate := load(t, host, "delegate")
		errs := make(chan error)
		for range calls {
			go func() {
				_, err := delegate.GenerateField(t.Context(), generateVIN())
				errs <- err
			}()
		}
		for range calls {
			<-entered
		}
		host.Close()
		delegate.Close()
		equal(t, "ends", ends.Load(), int32(0))
		close(leave)
		for range calls {
			equal(t, "a call that was running", <-errs, error(nil))
		}
		_, err := delegate.GenerateField(t.Context(), generateVIN())
		equal(t, "a call that comes too late", errors.Is(err, pactwasm.ErrClosed), true)
	}
}

// Closing and calling at the same time: a call is made, or it is too late for it.
func TestCloseAgainstCalls(t *testing.T) {
	host := newHost(t, pactwasm.Options{})
	body := textBody("x")
	for range 50 {
		echo := load(t, host, "echo")
		calling := make(chan struct{}, 4)
		go func() {
			for range cap(calling) {
				<-calling
			}
			echo.Close()
		}()
		each(t, cap(calling), func(int) error {
			for first := true; ; first = false {
				_, err := echo.CompareContents(t.Context(), pactwasm.CompareRequest{Expected: body, Actual: body})
				if first {
					calling <- struct{}{}
				}
				if errors.Is(err, pactwasm.ErrClosed) {
					return nil
				}
				if err != nil {
					return err
				}
			}
		})
	}
}

// What nobody can reach any more is closed by the garbage collector, and then the library lets go of the handlers.
func TestCollectedWithoutClose(t *testing.T) {
	collected := make(chan struct{})
	func() {
		held := new([64]byte)
		runtime.AddCleanup(held, func(done chan struct{}) { close(done) }, collected)
		host, err := pactwasm.NewHost(pactwasm.Options{
			PluginDirectory: testPlugins, CacheDirectory: testCache,
			Handlers: vin{value: func(context.Context, pactwasm.Caller, pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
				return held[:], nil
			}}.handlers(),
		})
		if err != nil {
			t.Fatal(err)
		}
		delegate := must(host.Load(t.Context(), "delegate", ""))(t)
		must(delegate.GenerateField(t.Context(), generateVIN()))(t)
	}()
	deadline := time.After(time.Minute)
	for {
		runtime.GC()
		select {
		case <-collected:
			return
		case <-deadline:
			t.Fatal("the handler was not let go within a minute")
		default:
		}
	}
}

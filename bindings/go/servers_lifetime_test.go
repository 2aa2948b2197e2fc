package pactwasm_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

func TestCloseOfAMockServer(t *testing.T) {
	host := newHost(t, pactwasm.Options{})
	line := load(t, host, "line")
	closed := startServer(t, line, exchange("ping", nil, nil))
	connected := dial(t, closed)
	connected.expect(t, "ping", nil, "OK ")
	closed.Close()
	equal(t, "listens after its Close", listens(closed), false)
	connected.expectEnd(t, "ping")

	server := startServer(t, line, exchange("ping", nil, nil))
	line.Close()
	dial(t, server).expect(t, "ping", nil, "OK ")
	equal(t, "results after the plugin's Close", must(server.Results(t.Context()))(t).OK, true)
	host.Close()
	equal(t, "listens after the host's Close", listens(server), false)
	_, err := server.Results(t.Context())
	fails(t, err, pactwasm.ErrNotFound, "no mock server")
	_, err = server.Shutdown(t.Context())
	fails(t, err, pactwasm.ErrNotFound, "no mock server")
}

// Closing while others ask for results and talk to it, and while it computes.
func TestCloseOfABusyMockServer(t *testing.T) {
	line := loaded(t, "line", pactwasm.Options{})
	for range 20 {
		server := startServer(t, line, exchange("ping", nil, nil))
		clients := []*client{dial(t, server), dial(t, server)}
		var asked sync.WaitGroup
		asked.Add(4)
		go func() {
			asked.Wait()
			server.Close()
		}()
		each(t, 4, func(number int) error {
			for turn := 0; ; turn++ {
				var err error
				if number < len(clients) {
					_, err = clients[number].ask("ping", nil)
				} else {
					_, err = server.Results(t.Context())
				}
				if turn == 0 {
					asked.Done()
				}
				if err != nil && (number < len(clients) || errors.Is(err, pactwasm.ErrClosed)) {
					return nil
				}
				if err != nil {
					return err
				}
			}
		})
		equal(t, "listens", listens(server), false)
	}
	computing := startServer(t, line)
	if err := writeLine(dial(t, computing), "!loop", nil); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	computing.Close()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("Close took %v", took)
	}
	equal(t, "listens", listens(computing), false)
}

// A server lives as long as somebody can reach it, with a host and a plugin that nobody has any more, and no longer.
func TestMockServerIsCollected(t *testing.T) {
	start := func() *pactwasm.MockServer {
		host, err := pactwasm.NewHost(pactwasm.Options{PluginDirectory: testPlugins, CacheDirectory: testCache})
		if err != nil {
			t.Fatal(err)
		}
		line := must(host.Load(t.Context(), "line", ""))(t)
		return must(line.StartMockServer(t.Context(),
			pactwasm.StartRequest{Interactions: []pactwasm.InteractionContents{exchange("ping", nil, nil)}}))(t)
	}
	server := start()
	collectGarbage()
	dial(t, server).expect(t, "ping", nil, "OK ")
	equal(t, "results", must(server.Shutdown(t.Context()))(t).OK, true)
	server.Close()

	place := start().HostPort()
	eventually(t, "the server was not closed", func() bool {
		collectGarbage()
		connection, err := net.Dial("tcp", place)
		if err == nil {
			connection.Close()
		}
		return err != nil
	})
}

// Who asks for results needs nothing but the answer, and gets it.
func TestMockServerIsNotCollectedDuringACall(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	calling, called := make(chan struct{}), make(chan error)
	func() {
		host, err := pactwasm.NewHost(pactwasm.Options{PluginDirectory: testPlugins, CacheDirectory: testCache,
			Handlers: []pactwasm.Handler{pactwasm.Matcher("regex", nil,
				func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
					close(inside)
					<-leave
					return nil, nil
				})}})
		if err != nil {
			t.Fatal(err)
		}
		line := must(host.Load(t.Context(), "line", ""))(t)
		server := must(line.StartMockServer(t.Context(), pactwasm.StartRequest{}))(t)
		if err := writeLine(dial(t, server), "!callback", nil); err != nil {
			t.Fatal(err)
		}
		<-inside
		go func() {
			close(calling)
			results, err := server.Results(t.Context())
			if err == nil && !results.OK {
				err = fmt.Errorf("%+v", results)
			}
			called <- err
		}()
	}()
	<-calling
	for range 20 {
		collectGarbage()
		time.Sleep(time.Millisecond) // what is collected too early is closed meanwhile
	}
	close(leave)
	equal(t, "error", <-called, error(nil))
}

// A process that ends while servers run, whatever they are doing, does not wait for them, and its exit status is its own.
func TestExitWithMockServers(t *testing.T) {
	for _, doing := range []string{"!callback", "!loop", "!sleep", "nothing"} {
		if isAlone(t) && os.Getenv("PACT_WASM_TEST_DOING") == doing {
			exitWhile(t, doing)
		}
	}
	if isAlone(t) {
		t.Fatal("nothing to do")
	}
	for _, doing := range []string{"!callback", "!loop", "!sleep", "nothing"} {
		output, status := alone(t, "PACT_WASM_TEST_DOING="+doing)
		equal(t, "exit status while "+doing, status, 7)
		var left int64
		if _, err := fmt.Sscanf(output, "leaving at %d\n", &left); err != nil {
			t.Fatalf("%v in %s", err, output)
		}
		if took := time.Since(time.UnixMilli(left)); took > 5*time.Second {
			t.Errorf("leaving while %s took %v", doing, took)
		}
		equal(t, "lines of output", strings.Count(output, "\n"), 1)
	}
}

func exitWhile(t *testing.T, doing string) {
	inside := make(chan struct{})
	line := loaded(t, "line", pactwasm.Options{Handlers: []pactwasm.Handler{pactwasm.Matcher("regex", nil,
		func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			close(inside)
			select {}
		})}})
	for range 3 {
		startServer(t, line)
	}
	server := startServer(t, line)
	if doing != "nothing" {
		if err := writeLine(dial(t, server), doing, nil); err != nil {
			t.Fatal(err)
		}
	}
	if doing == "!callback" {
		<-inside
	}
	fmt.Printf("leaving at %d\n", time.Now().UnixMilli())
	os.Exit(7)
}

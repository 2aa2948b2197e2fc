package pactwasm_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

// ---- the protocol of the plugin line: a word, a length, and as many bytes ----

// binary is a request with all that could be mistaken for something else.
var binary = []byte{0, '\n', '\r', 255, 'O', 'K', ' ', '1', '\n'}

// exchange is an interaction of the plugin line. encoding/json writes the bytes in base64, as the plugin wants them.
func exchange(command string, request, response []byte) pactwasm.InteractionContents {
	return pactwasm.InteractionContents{
		Type: pactwasm.SynchronousMessages,
		InteractionConfiguration: map[string]any{
			"command": command, "request": append([]byte{}, request...), "response": append([]byte{}, response...),
		},
		Consumer: "c", Provider: "p",
	}
}

func writeLine(to io.Writer, word string, payload []byte) error {
	_, err := to.Write(append(fmt.Appendf(nil, "%s %d\n", word, len(payload)), payload...))
	return err
}

func readLine(from *bufio.Reader) (string, []byte, error) {
	var word string
	var length int
	head, err := from.ReadString('\n')
	if err != nil {
		return "", nil, err
	}
	if _, err := fmt.Sscanf(head, "%s %d", &word, &length); err != nil {
		return "", nil, err
	}
	payload := make([]byte, length)
	_, err = io.ReadFull(from, payload)
	return word, payload, err
}

// client talks to a mock server.
type client struct {
	net.Conn
	from *bufio.Reader
}

func dial(t testing.TB, server *pactwasm.MockServer) *client {
	t.Helper()
	connection, err := net.Dial("tcp", server.HostPort())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return &client{connection, bufio.NewReader(connection)}
}

func (c *client) ask(command string, request []byte) (string, error) {
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return "", err
	}
	if err := writeLine(c, command, request); err != nil {
		return "", err
	}
	word, payload, err := readLine(c.from)
	return word + " " + string(payload), err
}

func (c *client) expect(t testing.TB, command string, request []byte, answer string) {
	t.Helper()
	equal(t, "answer to "+command, must(c.ask(command, request))(t), answer)
}

// expectEnd checks that the server closes the connection instead of answering.
func (c *client) expectEnd(t testing.TB, command string) {
	t.Helper()
	if answer, err := c.ask(command, nil); err == nil {
		t.Errorf("answer to %s: %q", command, answer)
	} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		t.Errorf("no answer and no end of the connection after %s", command)
	}
}

func listens(server *pactwasm.MockServer) bool {
	connection, err := net.Dial("tcp", server.HostPort())
	if err == nil {
		connection.Close()
	}
	return err == nil
}

func startServer(t testing.TB, line *pactwasm.Plugin, interactions ...pactwasm.InteractionContents) *pactwasm.MockServer {
	t.Helper()
	server := must(line.StartMockServer(t.Context(), pactwasm.StartRequest{Interactions: interactions}))(t)
	t.Cleanup(func() { server.Close() })
	return server
}

// ---- servers ----

func TestMockServer(t *testing.T) {
	line := loaded(t, "line", pactwasm.Options{})
	server := startServer(t, line, exchange("reverse", binary, []byte{1, 0, 254}), exchange("ping", nil, []byte("pong")))
	equal(t, "address", server.Address, "127.0.0.1")
	equal(t, "host and port", server.HostPort(), fmt.Sprintf("127.0.0.1:%d", server.Port))

	before := must(server.Results(t.Context()))(t)
	equal(t, "ok before anything came", before.OK, false)
	equal(t, "results before anything came", before.Results, []pactwasm.MockServerResult{
		{Path: "reverse", Error: "this interaction was expected and did not come", Mismatches: []pactwasm.Mismatch{}},
		{Path: "ping", Error: "this interaction was expected and did not come", Mismatches: []pactwasm.Mismatch{}},
	})
	equal(t, "text", before.Results[1].String(), "ping: this interaction was expected and did not come")

	client := dial(t, server)
	client.expect(t, "reverse", binary, "OK \x01\x00\xfe")
	client.expect(t, "ping", nil, "OK pong")
	equal(t, "when all has come", *must(server.Results(t.Context()))(t),
		pactwasm.MockServerResults{OK: true, Results: []pactwasm.MockServerResult{}})

	client.expect(t, "reverse", []byte{0, 1}, "ERR expected 9 other bytes with the command `reverse`")
	var generic struct {
		OK      bool             `json:"ok"`
		Results []map[string]any `json:"results"`
	}
	if err := line.Call(t.Context(), "get-mock-server-results", map[string]any{"key": server.Key}, &generic); err != nil {
		t.Fatal(err)
	}
	equal(t, "results through the generic call", fmt.Sprint(generic.OK, len(generic.Results)), "false 1")

	finally := must(server.Shutdown(t.Context()))(t)
	equal(t, "ok", finally.OK, false)
	equal(t, "results", finally.Results, []pactwasm.MockServerResult{{Path: "reverse", Mismatches: []pactwasm.Mismatch{{
		Expression: "reverse", Path: "reverse", Description: "expected 9 other bytes with the command `reverse`",
		Expected: binary, Actual: []byte{0, 1}, Type: "body",
	}}}})
	equal(t, "text", finally.Results[0].String(), "reverse: expected 9 other bytes with the command `reverse`")
	equal(t, "listens", listens(server), false)
	client.expectEnd(t, "ping")

	for name, use := range map[string]func(context.Context) (*pactwasm.MockServerResults, error){
		"results after shutdown": server.Results, "second shutdown": server.Shutdown,
	} {
		results, err := use(t.Context())
		failed := fails(t, err, pactwasm.ErrNotFound, "no mock server")
		equal(t, name, results, (*pactwasm.MockServerResults)(nil))
		equal(t, "plugin", failed.PluginName+" "+failed.PluginVersion, "line 1.0.0")
	}
	equal(t, "address after shutdown", server.Address, "127.0.0.1")
	for range 2 {
		equal(t, "Close", server.Close(), error(nil))
	}
	_, err := server.Results(t.Context())
	equal(t, "closed", errors.Is(err, pactwasm.ErrClosed), true)
	_, err = server.Shutdown(t.Context())
	equal(t, "closed", errors.Is(err, pactwasm.ErrClosed), true)
}

// Each server knows only its own interactions, and is asked by many clients while its results are read.
func TestSeveralMockServers(t *testing.T) {
	line := loaded(t, "line", pactwasm.Options{})
	var servers []*pactwasm.MockServer
	keys := map[string]bool{}
	for number := range 5 {
		server := startServer(t, line, exchange("who", binary, []byte{byte(number)}))
		servers = append(servers, server)
		keys[server.Key] = true
	}
	equal(t, "keys", len(keys), len(servers))
	each(t, 20, func(number int) error {
		server := servers[number%len(servers)]
		client := dial(t, server)
		for range 50 {
			answer, err := client.ask("who", binary)
			if err != nil || answer != "OK "+string(rune(number%len(servers))) {
				return fmt.Errorf("server %d answered %q: %w", number%len(servers), answer, err)
			}
			if results, err := server.Results(t.Context()); err != nil || !results.OK {
				return fmt.Errorf("results %+v: %w", results, err)
			}
		}
		return nil
	})
	for number, server := range servers {
		equal(t, "ok", must(server.Shutdown(t.Context()))(t).OK, true)
		for later := range servers {
			equal(t, "listens", listens(servers[later]), later > number)
		}
	}
}

// A server that dies touches no other, and its results say why.
func TestMockServerThatDies(t *testing.T) {
	for command, want := range map[string]struct {
		options pactwasm.Options
		message string
	}{
		"!trap":  {pactwasm.Options{}, "the plugin crashed"},
		"!fail":  {pactwasm.Options{}, "the server gave up"},
		"!loop":  {pactwasm.Options{Limits: pactwasm.Limits{Timeout: 300 * time.Millisecond}}, "no answer within the deadline of 300 ms"},
		"!spin":  {pactwasm.Options{Limits: pactwasm.Limits{Timeout: 300 * time.Millisecond}}, "no answer within the deadline of 300 ms"},
		"!alloc": {pactwasm.Options{Limits: pactwasm.Limits{Memory: 16 << 20}}, "bytes of memory"},
	} {
		t.Run(command, func(t *testing.T) {
			line := loaded(t, "line", want.options)
			victim, neighbour := startServer(t, line), startServer(t, line, exchange("ping", nil, nil))
			dial(t, victim).expectEnd(t, command)
			eventually(t, "it listens", func() bool { return !listens(victim) })
			results := must(victim.Results(t.Context()))(t)
			equal(t, "ok", results.OK, false)
			equal(t, "results", len(results.Results), 1)
			contains(t, "error", results.Results[0].Error, "plugin line 1.0.0, serve-mock-server: ")
			contains(t, "error", results.Results[0].String(), want.message)
			equal(t, "results at shutdown", must(victim.Shutdown(t.Context()))(t), results)
			expectGoPanics(t, "after "+command)
			dial(t, neighbour).expect(t, "ping", nil, "OK ")
			equal(t, "its neighbour", must(neighbour.Shutdown(t.Context()))(t).OK, true)
		})
	}
}

func TestMockServerThatDoesNotStart(t *testing.T) {
	taken := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	line := loaded(t, "line", pactwasm.Options{})
	for _, wrong := range []struct {
		request pactwasm.StartRequest
		code    pactwasm.Code
		message string
	}{
		{pactwasm.StartRequest{Port: port}, pactwasm.ErrPlugin, fmt.Sprint(port)},
		{pactwasm.StartRequest{TLS: true}, pactwasm.ErrPlugin, "there is no TLS in this protocol"},
		{pactwasm.StartRequest{HostInterface: "0.0.0.0"}, pactwasm.ErrPermission, "to listen on 0.0.0.0"},
		{pactwasm.StartRequest{HostInterface: "\xff"}, pactwasm.ErrInvalidArgument, `host_interface" is not UTF-8`},
		{pactwasm.StartRequest{Port: -1}, pactwasm.ErrInvalidArgument, "must be from 0 to 65535"},
		{pactwasm.StartRequest{Port: 1<<32 + 80}, pactwasm.ErrInvalidArgument, "must be from 0 to 65535"},
		{pactwasm.StartRequest{Interactions: []pactwasm.InteractionContents{{Type: "Telepathy"}}}, pactwasm.ErrInvalidArgument,
			"interactions_json"},
		{pactwasm.StartRequest{Interactions: []pactwasm.InteractionContents{{InteractionConfiguration: make(chan int)}}},
			pactwasm.ErrInvalidArgument, `"Interactions" cannot be used: json: `},
		{pactwasm.StartRequest{Interactions: []pactwasm.InteractionContents{{PactConfiguration: make(chan int)}}},
			pactwasm.ErrInvalidArgument, `"Interactions" cannot be used: json: `},
		{pactwasm.StartRequest{TestContext: []int{1}}, pactwasm.ErrInvalidArgument, "test_context_json"},
		{pactwasm.StartRequest{Interactions: []pactwasm.InteractionContents{{Type: pactwasm.SynchronousMessages}}},
			pactwasm.ErrPlugin, ""},
	} {
		server, err := line.StartMockServer(t.Context(), wrong.request)
		failed := fails(t, err, wrong.code, wrong.message)
		equal(t, "server", server, (*pactwasm.MockServer)(nil))
		if wrong.code != pactwasm.ErrInvalidArgument {
			equal(t, "operation", failed.Operation, "start-mock-server")
		}
	}
	_, err := loaded(t, "minimal", pactwasm.Options{}).StartMockServer(t.Context(), pactwasm.StartRequest{})
	fails(t, err, pactwasm.ErrUnsupported, "does not export transport")
	_, err = loaded(t, "line", pactwasm.Options{ManualInit: true}).StartMockServer(t.Context(), pactwasm.StartRequest{})
	fails(t, err, pactwasm.ErrWrongState, "not initialised")
}

func TestWhereAMockServerListens(t *testing.T) {
	line := loaded(t, "line", pactwasm.Options{})
	free := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	chosen := must(line.StartMockServer(t.Context(), pactwasm.StartRequest{HostInterface: "localhost", Port: port}))(t)
	defer chosen.Close()
	equal(t, "port", chosen.Port, port)
	equal(t, "listens", listens(chosen), true)

	probe, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Logf("no IPv6 here: %v", err)
		return
	}
	probe.Close()
	six := must(line.StartMockServer(t.Context(), pactwasm.StartRequest{HostInterface: "[::1]"}))(t)
	defer six.Close()
	equal(t, "address", six.Address, "[::1]")
	equal(t, "listens", listens(six), true)
}

func TestContextsOfMockServers(t *testing.T) {
	line := loaded(t, "line", pactwasm.Options{Limits: pactwasm.Limits{Timeout: 10 * time.Minute}})
	within := func(timeout time.Duration) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		t.Cleanup(cancel)
		return ctx
	}
	limited := func() context.Context { return within(200 * time.Millisecond) }
	server := startServer(t, line)
	if err := writeLine(dial(t, server), "!sleep", nil); err != nil {
		t.Fatal(err)
	}
	var err error
	for err == nil { // the command may still be on its way, and a busy machine takes its time as well
		_, err = server.Results(within(2 * time.Second))
	}
	fails(t, err, pactwasm.ErrDeadline, "no answer within the deadline")
	cancelled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = server.Results(cancelled)
	fails(t, err, pactwasm.ErrCancelled, "cancelled by the caller")
	_, err = server.Results(cancelled)
	fails(t, err, pactwasm.ErrCancelled, "not called: context canceled")
	equal(t, "listens", listens(server), true)
	_, err = server.Shutdown(limited())
	fails(t, err, pactwasm.ErrDeadline, "no answer within the deadline")
	equal(t, "listens", listens(server), false)

	// A context that is over keeps nothing running, neither that of the start nor that of the end.
	starting, cancel := context.WithCancel(t.Context())
	server = must(line.StartMockServer(starting, pactwasm.StartRequest{}))(t)
	defer server.Close()
	cancel()
	equal(t, "results", must(server.Results(t.Context()))(t).OK, true)
	_, err = server.Shutdown(cancelled)
	fails(t, err, pactwasm.ErrCancelled, "not called: context canceled")
	equal(t, "listens", listens(server), false)
	_, err = server.Results(t.Context())
	fails(t, err, pactwasm.ErrNotFound, "no mock server")
	_, err = line.StartMockServer(cancelled, pactwasm.StartRequest{})
	fails(t, err, pactwasm.ErrCancelled, "not called: context canceled")
}

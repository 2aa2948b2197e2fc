package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"runtime"
	"strconv"
	"strings"
)

// StartRequest says where a mock server listens, and what it is to expect.
type StartRequest struct {
	// Interactions that the server is to expect.
	Interactions []InteractionContents
	// HostInterface to listen on, for instance "127.0.0.1" or "[::1]"; empty for loopback. Other ones must be granted, see
	// [Grant].
	HostInterface string
	// Port to listen on; 0 for any that is free.
	Port int
	// TLS says whether the server is to speak it.
	TLS bool
	// TestContext comes from the test framework: a JSON object, or nil.
	TestContext any
}

func (r *StartRequest) lend(l *loan) *C.PactWasmStartRequest {
	interactions := r.Interactions
	if interactions == nil {
		interactions = []InteractionContents{} // in JSON it has to be a list
	}
	lent := &C.PactWasmStartRequest{
		size:              C.sizeof_PactWasmStartRequest,
		host_interface:    l.text(r.HostInterface),
		port:              C.int32_t(max(-1, min(r.Port, 1<<16))), // what is out of range stays so
		interactions_json: l.json("Interactions", interactions),
		test_context_json: l.json("TestContext", r.TestContext),
	}
	if r.TLS {
		lent.tls = 1
	}
	return lent
}

// StartMockServer has a transport plugin open a server that expects interactions. The plugin listens when this returns, and
// serves clients on a thread of the library's, with an instance of its own, until the server is shut down or closed, or its host
// is. Handlers and the logger are called on that thread for it.
//
// The context is for starting only, but its test run is that of the server's log records, too. The limits hold for a server as
// for calls, where time is counted from the last time it waited for a client or read from one. A server that goes over a limit,
// or crashes, is closed, and its results say why.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin] (for instance because the port is taken; the message
// is the plugin's), [ErrPermission] (the sandbox does not let it listen there), [ErrUnsupported] (the plugin is no transport, or
// does not take interactions of this type), [ErrWrongState] before init.
func (p *Plugin) StartMockServer(ctx context.Context, request StartRequest) (*MockServer, error) {
	var l loan
	defer l.giveBack()
	lent := request.lend(&l)
	var server *C.PactWasmMockServer
	err := p.call(ctx, "start-mock-server", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_start_mock_server(plugin, lent, options, &server, failed)
		})
	if err != nil {
		return nil, err
	}
	return newMockServer(p, server)
}

// MockServer is a running mock server. It keeps its plugin loaded, and runs until [MockServer.Shutdown], [MockServer.Close] or
// [Host.Close], or until nobody can reach it any more. It also ends with the process, which does not wait for it.
type MockServer struct {
	// Key names the server in the generic call.
	Key string
	// Address is what a client connects to, for instance "127.0.0.1" or "[::1]".
	Address string
	// Port that it listens on.
	Port int

	// The plugin has the host, with which the server would end.
	plugin *Plugin
	handle *handle[*C.PactWasmMockServer]
}

// newMockServer keeps a server.
func newMockServer(p *Plugin, from *C.PactWasmMockServer) (*MockServer, error) {
	h := newHandle(from, func(s *C.PactWasmMockServer) { C.pactwasm_mock_server_free(s) })
	var o outcome
	info := C.PactWasmMockServerInfo{size: C.sizeof_PactWasmMockServerInfo}
	if err := o.check(C.pactwasm_mock_server_info(from, &info, &o.failed)); err != nil {
		h.close()
		return nil, err
	}
	server := &MockServer{
		Key:     text(info.key),
		Address: text(info.address),
		Port:    int(info.port),
		plugin:  p,
		handle:  h,
	}
	closeWith(server, h)
	return server, nil
}

// HostPort is address and port with a colon between, as [net.Dial] takes it, and as it stands in a URL.
func (s *MockServer) HostPort() string {
	return s.Address + ":" + strconv.Itoa(s.Port)
}

// Results tells what the server has seen so far. It goes on serving. A server that crashed, or was stopped for going over a
// limit, has one result, whose error says why.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin], [ErrNotFound] (it was shut down, or its host was
// closed), [ErrBusy] in a handler that the server itself has called.
func (s *MockServer) Results(ctx context.Context) (*MockServerResults, error) {
	return s.ask(ctx, "get-mock-server-results",
		func(server *C.PactWasmMockServer, options *C.PactWasmCallOptions, to **C.PactWasmOutcome, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_mock_server_results(server, options, to, failed)
		})
}

// Shutdown closes the server and all its connections, and gives its final results. Whatever it returns, the server has ended;
// one that does not answer before the context's deadline is stopped. Only a handler that the server has called can keep it: a second
// is waited for that, and the server ends when the handler returns. Errors are those of [MockServer.Results]. Close is still to
// be called, or left to the garbage collector.
func (s *MockServer) Shutdown(ctx context.Context) (*MockServerResults, error) {
	results, err := s.ask(ctx, "shutdown-mock-server",
		func(server *C.PactWasmMockServer, options *C.PactWasmCallOptions, to **C.PactWasmOutcome, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_mock_server_shutdown(server, options, to, failed)
		})
	if err != nil {
		s.stop()
	}
	return results, err
}

// stop ends the server if no call could do so because its context was over already.
func (s *MockServer) stop() {
	server, err := s.handle.acquire()
	if err != nil {
		return
	}
	defer s.handle.release()
	options := C.PactWasmCallOptions{size: C.sizeof_PactWasmCallOptions, timeout_ms: 1}
	var results *C.PactWasmOutcome
	C.pactwasm_mock_server_shutdown(server, &options, &results, nil)
	C.pactwasm_outcome_free(results)
}

// Close ends the server if it still runs; its results are lost then. When it returns, the port is free, unless calls for results
// are running, which end first, or a handler that the server called does not come back within a second. It always gives nil, and
// may be called more than once.
func (s *MockServer) Close() error {
	s.handle.close()
	return nil
}

func (s *MockServer) ask(ctx context.Context, operation string,
	perform func(server *C.PactWasmMockServer, options *C.PactWasmCallOptions, to **C.PactWasmOutcome, failed **C.PactWasmError) C.int32_t,
) (*MockServerResults, error) {
	// The garbage collector must not close the host meanwhile.
	defer runtime.KeepAlive(s)
	var l loan
	defer l.giveBack()
	var from *C.PactWasmOutcome
	err := operate(ctx, s.plugin, s.handle, operation, &l,
		func(server *C.PactWasmMockServer, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return perform(server, options, &from, failed)
		})
	if err != nil {
		return nil, err
	}
	taken, err := takeOutcome(from)
	if err != nil {
		return nil, err
	}
	return &MockServerResults{OK: taken.ok, Results: taken.results}, nil
}

// MockServerResults is what a mock server has seen.
type MockServerResults struct {
	// OK says whether everything that was expected came, and nothing else.
	OK bool
	// Results are about what went wrong, as the plugin tells it.
	Results []MockServerResult
}

// MockServerResult is what one request to a mock server amounted to.
type MockServerResult struct {
	// Path is what the request was for, as the plugin names it; may be empty.
	Path string
	// Error kept the request from being compared; empty where there was none.
	Error string
	// Mismatches between the request and what was expected.
	Mismatches []Mismatch
}

// String has the error, and a line for each mismatch.
func (r MockServerResult) String() string {
	var lines []string
	if r.Error != "" {
		lines = append(lines, strings.TrimPrefix(r.Path+": "+r.Error, ": "))
	}
	for _, mismatch := range r.Mismatches {
		lines = append(lines, mismatch.String())
	}
	return strings.Join(lines, "\n")
}

// takenOutcome is what a mock server has seen, or how a verification ended.
type takenOutcome struct {
	ok      bool
	results []MockServerResult
	output  []string
}

// takeOutcome copies an outcome, and frees it.
func takeOutcome(from *C.PactWasmOutcome) (takenOutcome, error) {
	defer C.pactwasm_outcome_free(from)
	var o outcome
	info := C.PactWasmOutcomeInfo{size: C.sizeof_PactWasmOutcomeInfo}
	if err := o.check(C.pactwasm_outcome_info(from, &info, &o.failed)); err != nil {
		return takenOutcome{}, err
	}
	results, err := items(info.count, func(index C.size_t, o *outcome) (MockServerResult, error) {
		return resultOf(from, index, o)
	})
	if err != nil {
		return takenOutcome{}, err
	}
	taken := takenOutcome{ok: info.ok != 0, results: results}
	return taken, decode(info.output_json, &taken.output)
}

func resultOf(outcomes *C.PactWasmOutcome, index C.size_t, o *outcome) (MockServerResult, error) {
	from := C.PactWasmResult{size: C.sizeof_PactWasmResult}
	if err := o.check(C.pactwasm_outcome_get(outcomes, index, &from, &o.failed)); err != nil {
		return MockServerResult{}, err
	}
	mismatches, err := items(from.mismatch_count, func(at C.size_t, o *outcome) (Mismatch, error) {
		mismatch := C.PactWasmMismatch{size: C.sizeof_PactWasmMismatch}
		err := o.check(C.pactwasm_outcome_mismatch(outcomes, index, at, &mismatch, &o.failed))
		return mismatchOf(&mismatch), err
	})
	return MockServerResult{Path: text(from.path), Error: text(from.error), Mismatches: mismatches}, err
}

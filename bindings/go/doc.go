// Package pactwasm runs Pact plugins that are WebAssembly components, in the process that tests, with libpact_wasm.
//
// A [Host] finds and loads plugins; the methods of a [Plugin] are its operations:
//
//	host, err := pactwasm.NewHost(pactwasm.Options{})
//	…
//	defer host.Close()
//	jwt, err := host.Load(ctx, "jwt", "")
//	…
//	defer jwt.Close()
//	comparison, err := jwt.CompareContents(ctx, pactwasm.CompareRequest{Expected: expected, Actual: actual})
//
// A plugin that is a transport can be a mock server ([Plugin.StartMockServer]) and verify a provider
// ([Plugin.PrepareInteraction], [Plugin.VerifyInteraction]). What plugins may do outside of their sandbox is granted in
// [Options].Grants.
//
// # Contexts
//
// The deadline of an operation's context is the deadline of the call, in place of [Limits].Timeout; it is rounded up to whole
// milliseconds, and counts for a day at most. Cancelling the context stops the plugin, usually within 20 ms. A context that is
// over already fails without a call. [WithTestRunID] marks the log records of calls. The plugin stays usable after all of
// these.
//
// # JSON
//
// Fields of type any that hold JSON take whatever encoding/json turns into what is asked for: a map, a struct, …; nil is
// absent. A [json.RawMessage] goes through as it is, with the order of its keys and the digits of its numbers. JSON that comes
// back is always a json.RawMessage, nil where it is absent, so that handing it on costs nothing and changes nothing.
//
// # Bytes
//
// Bodies are []byte: nil is absent, empty and not nil is an empty body. The library reads what is passed to a call in place,
// without a copy, so it must not change before the call returns. What comes back is a copy that belongs to the caller.
//
// # Errors
//
// Errors of the library are an [*Error], and errors.Is finds their [Code]: errors.Is(err, pactwasm.ErrNotFound). A mismatch is
// a result and not an error.
//
// # Goroutines and lifetime
//
// Everything may be used by several goroutines at once, except for a [PactFile]. What has a Close is closed in any order and as
// often as one likes; calls that are running end first, without Close waiting for them, and later ones fail with [ErrClosed].
// What nobody can reach any more is closed by the garbage collector. A [MockServer] keeps its host from being collected.
package pactwasm

package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Handler is a function of the program that plugins reach as an entry core/<entry type>/<key> of the host's catalogue. It takes
// the place of the library's own entry of that key; in bodies that Pact's own content matchers compare, Pact's own rules count all
// the same. Plugins are told at init that the host has the capability
// <entry type>/<key>.
//
// A handler runs in the goroutine that called the plugin (or, where the plugin needs a larger stack than that thread has, on a
// thread of the library's), in several at once where calls run in parallel, and for a mock server on the server's thread. It may
// call the library, and other plugins; a call of the plugin that is asking needs an instance of its own ([Limits].Instances), and
// asking the mock server that is asking is [ErrBusy].
//
// Its context has the deadline and the test run of the plugin's call. It is not cancelled with the context of that call,
// because plugins call each other too. An answer after the deadline ends the plugin's call with [ErrDeadline].
//
// The text of its error, or of its panic, is what the plugin is told. It must not end its goroutine, as [testing.T.FailNow] and
// Fatal do: that would tear the library's stack apart, so the program ends with a panic.
type Handler struct {
	entryType, key string
	values         map[string]string
	serve          func(ctx context.Context, caller Caller, call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer) error
}

// Caller says who calls a handler.
type Caller struct {
	// EntryKey is the full key of the entry, for instance "core/matcher/vin".
	EntryKey string
	// PluginName names the plugin that asks.
	PluginName string
}

// ContentMatcher makes a handler that compares bodies. The key is not empty and without "/"; the values are what the catalogue
// entry says, for instance {"content-types": "text/vin"}, and nil for those of the entry that is replaced.
//
// Of what it answers, mismatches count where there are any: each needs a Description, an empty Path is "$" and an empty
// Expression the path. [VerdictContentType] takes the content types from the first mismatch.
func ContentMatcher(key string, values map[string]string,
	compare func(ctx context.Context, caller Caller, request CompareRequest) (Comparison, error)) Handler {
	return Handler{"content-matcher", key, values,
		func(ctx context.Context, caller Caller, call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer) error {
			comparison, err := compare(ctx, caller, compareRequestOf(call.compare))
			if err != nil {
				return err
			}
			return answerComparison(answer, comparison)
		}}
}

// ContentGenerator makes a handler that generates bodies. For key and values see [ContentMatcher].
func ContentGenerator(key string, values map[string]string,
	generate func(ctx context.Context, caller Caller, request GenerateRequest) (Body, error)) Handler {
	return Handler{"content-generator", key, values,
		func(ctx context.Context, caller Caller, call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer) error {
			body, err := generate(ctx, caller, generateRequestOf(call.generate))
			if err != nil {
				return err
			}
			var l loan
			defer l.giveBack()
			lent := body.lend(&l)
			var o outcome
			return o.check(C.pactwasm_answer_set_body(answer, &lent, &o.failed))
		}}
}

// Matcher makes a handler that applies a matching rule to a value. For key and values see [ContentMatcher]. Each mismatch
// needs a Description; an empty Path is that of the request.
func Matcher(key string, values map[string]string,
	match func(ctx context.Context, caller Caller, request MatchFieldRequest) ([]Mismatch, error)) Handler {
	return Handler{"matcher", key, values,
		func(ctx context.Context, caller Caller, call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer) error {
			request, err := matchFieldRequestOf(call.match_field)
			if err != nil {
				return err
			}
			mismatches, err := match(ctx, caller, request)
			if err != nil {
				return err
			}
			return answerMismatches(answer, mismatches)
		}}
}

// Generator makes a handler that generates a value. For key and values see [ContentMatcher].
func Generator(key string, values map[string]string,
	generate func(ctx context.Context, caller Caller, request GenerateFieldRequest) (Value, error)) Handler {
	return Handler{"generator", key, values,
		func(ctx context.Context, caller Caller, call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer) error {
			request, err := generateFieldRequestOf(call.generate_field)
			if err != nil {
				return err
			}
			value, err := generate(ctx, caller, request)
			if err != nil {
				return err
			}
			var l loan
			defer l.giveBack()
			lent := lendValue(&l, "the generated value", value)
			if l.err != nil {
				return l.err
			}
			var o outcome
			return o.check(C.pactwasm_answer_set_value(answer, &lent, &o.failed))
		}}
}

func answerComparison(answer *C.PactWasmAnswer, comparison Comparison) error {
	if len(comparison.Mismatches) == 0 && !comparison.Matches() {
		return errors.New("the handler says that the bodies do not match, but not why: Mismatches is empty")
	}
	if comparison.Verdict != VerdictContentType {
		return answerMismatches(answer, comparison.Mismatches)
	}
	expected, actual := string(comparison.Mismatches[0].Expected), string(comparison.Mismatches[0].Actual)
	var o outcome
	return o.check(C.pactwasm_answer_set_type_mismatch(answer, chars(expected), C.size_t(len(expected)), chars(actual),
		C.size_t(len(actual)), &o.failed))
}

func answerMismatches(answer *C.PactWasmAnswer, mismatches []Mismatch) error {
	var l loan
	defer l.giveBack()
	var o outcome
	for _, mismatch := range mismatches {
		if err := o.check(C.pactwasm_answer_add_mismatch(answer, mismatch.lend(&l), &o.failed)); err != nil {
			return err
		}
	}
	return nil
}

// run serves one call and answers with the error, if there is one; for a panic with the place where it happened.
func (h *Handler) run(call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer) {
	var err error
	protect(
		func(reason any) { err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack()) },
		func() { err = h.attempt(call, answer) },
	)
	if err != nil {
		message := err.Error()
		C.pactwasm_answer_set_error(answer, chars(message), C.size_t(len(message)), nil)
	}
}

func (h *Handler) attempt(call *C.PactWasmHandlerCall, answer *C.PactWasmAnswer) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(call.remaining_ms)*time.Millisecond)
	defer cancel()
	if id := text(call.test_run_id); id != "" {
		ctx = WithTestRunID(ctx, id)
	}
	caller := Caller{EntryKey: text(call.entry_key), PluginName: text(call.plugin_name)}
	return h.serve(ctx, caller, call, answer)
}

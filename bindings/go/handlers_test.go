package pactwasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

// ---- requests with which the plugin delegate asks the handlers called "vin" ----

var vinConfiguration = pactwasm.PluginConfiguration{Interaction: json.RawMessage(`{"i": 1.0}`), Pact: json.RawMessage(`{"entry":"vin"}`)}

func compareVIN() pactwasm.CompareRequest {
	return pactwasm.CompareRequest{
		Expected:            pactwasm.Body{ContentType: "text/vin", Content: []byte{0, 'x', 0xff, 0}, Hint: pactwasm.HintBinary},
		Actual:              pactwasm.Body{ContentType: "text/other", Content: []byte{}, Hint: pactwasm.HintText},
		AllowUnexpectedKeys: true,
		Rules:               json.RawMessage(`{"$.b":[{"type":"regex","values":{ "regex":"x"}},{"type":"type"}],"$.a":[]}`),
		PluginConfiguration: vinConfiguration,
		TestContext:         json.RawMessage(`{"t":[2.0]}`),
	}
}

func generateContentVIN() pactwasm.GenerateRequest {
	return pactwasm.GenerateRequest{
		Body:                pactwasm.Body{ContentType: "text/vin", Content: []byte{0, 'x', 0xff, 0}, Hint: pactwasm.HintBinary},
		Generators:          json.RawMessage(`{"$.b":{"type":"Uuid"},"$.a":{"type":"RandomInt","values":{"min": 1}}}`),
		PluginConfiguration: vinConfiguration,
		TestContext:         json.RawMessage(`{"t":[2.0]}`),
		TestMode:            pactwasm.TestModeProvider,
		ContentFor:          pactwasm.ContentForResponse,
	}
}

func matchVIN() pactwasm.MatchFieldRequest {
	return pactwasm.MatchFieldRequest{
		Key: "delegate", RuleType: "vin", RuleValues: json.RawMessage(`{"year": 2004}`), Path: "$.car.vin",
		Source: pactwasm.SourceQuery, Expected: int64(math.MinInt64), Actual: []byte{0, 0xff},
		PluginConfiguration: vinConfiguration, TestContext: json.RawMessage(`{"t":[2.0]}`),
	}
}

func generateVIN() pactwasm.GenerateFieldRequest {
	return pactwasm.GenerateFieldRequest{
		Key: "delegate", GeneratorType: "Vin", GeneratorValues: json.RawMessage(`{"year": 2004}`), Path: "$.car.vin", Example: 2.5,
		PluginConfiguration: vinConfiguration, TestContext: json.RawMessage(`{"t":[2.0]}`), TestMode: pactwasm.TestModeConsumer,
	}
}

// vin has one handler of each kind.
type vin struct {
	compare  func(context.Context, pactwasm.Caller, pactwasm.CompareRequest) (pactwasm.Comparison, error)
	generate func(context.Context, pactwasm.Caller, pactwasm.GenerateRequest) (pactwasm.Body, error)
	match    func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error)
	value    func(context.Context, pactwasm.Caller, pactwasm.GenerateFieldRequest) (pactwasm.Value, error)
}

func (v vin) handlers() []pactwasm.Handler {
	return []pactwasm.Handler{
		pactwasm.ContentMatcher("vin", map[string]string{"content-types": "text/vin"}, v.compare),
		pactwasm.ContentGenerator("vin", nil, v.generate),
		pactwasm.Matcher("vin", nil, v.match),
		pactwasm.Generator("vin", nil, v.value),
	}
}

func delegateWith(t testing.TB, handlers vin) *pactwasm.Plugin {
	t.Helper()
	return loaded(t, "delegate", pactwasm.Options{Handlers: handlers.handlers()})
}

// Every field of every request arrives, and every kind of answer comes back.
func TestHandlersOfEachKind(t *testing.T) {
	calls := 0
	sees := func(ctx context.Context, caller pactwasm.Caller, key string) {
		calls++
		equal(t, "caller", caller, pactwasm.Caller{EntryKey: "core/" + key + "/vin", PluginName: "delegate"})
		equal(t, "test run", pactwasm.TestRunID(ctx), "run 7")
		deadline, limited := ctx.Deadline()
		if left := time.Until(deadline); !limited || left <= 0 || left > 20*time.Second {
			t.Errorf("the handler has %v", left)
		}
	}
	delegate := delegateWith(t, vin{
		func(ctx context.Context, caller pactwasm.Caller, r pactwasm.CompareRequest) (pactwasm.Comparison, error) {
			sees(ctx, caller, "content-matcher")
			equal(t, "compare request", r, compareVIN())
			return pactwasm.Comparison{}, nil
		},
		func(ctx context.Context, caller pactwasm.Caller, r pactwasm.GenerateRequest) (pactwasm.Body, error) {
			sees(ctx, caller, "content-generator")
			equal(t, "generate request", r, generateContentVIN())
			return pactwasm.Body{ContentType: "a/b", Content: []byte{}, Hint: pactwasm.HintBinary}, nil
		},
		func(ctx context.Context, caller pactwasm.Caller, r pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			sees(ctx, caller, "matcher")
			equal(t, "match request", r, matchVIN())
			return []pactwasm.Mismatch{{Path: "$.x", Description: "ä\x00", Expected: []byte{0xff, 0}, Diff: "-", Type: "header"}}, nil
		},
		func(ctx context.Context, caller pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			sees(ctx, caller, "generator")
			equal(t, "field request", r, generateVIN())
			return r.Example, nil
		},
	})
	ctx, cancel := context.WithTimeout(pactwasm.WithTestRunID(t.Context(), "run 7"), 20*time.Second)
	defer cancel()
	equal(t, "compared", *must(delegate.CompareContents(ctx, compareVIN()))(t), pactwasm.Comparison{})
	equal(t, "generated", must(delegate.GenerateContent(ctx, generateContentVIN()))(t),
		pactwasm.Body{ContentType: "a/b", Content: []byte{}, Hint: pactwasm.HintBinary})
	equal(t, "matched", *must(delegate.MatchField(ctx, matchVIN()))(t), pactwasm.Comparison{
		Verdict: pactwasm.VerdictMismatch, Mismatches: []pactwasm.Mismatch{{
			Expression: "$.x", Path: "$.x", Description: "ä\x00", Expected: []byte{0xff, 0}, Diff: "-", Type: "header"}},
	})
	equal(t, "value", must(delegate.GenerateField(ctx, generateVIN()))(t), pactwasm.Value(2.5))
	equal(t, "calls", calls, 4)
}

func TestHandlersInTheCatalogue(t *testing.T) {
	host := newHost(t, pactwasm.Options{Handlers: vin{}.handlers()})
	own := must(host.Catalogue())(t)
	for _, entry := range []pactwasm.CatalogueEntry{
		{Key: "core/content-matcher/vin", EntryType: "content-matcher", Values: map[string]string{"content-types": "text/vin"}},
		{Key: "core/generator/vin", EntryType: "generator", Values: map[string]string{}},
	} {
		at := slices.IndexFunc(own, func(e pactwasm.CatalogueEntry) bool { return e.Key == entry.Key })
		if at < 0 {
			t.Fatalf("%s is not in the catalogue", entry.Key)
		}
		equal(t, entry.Key, own[at], entry)
	}
}

func TestAnswersToCompare(t *testing.T) {
	var answer pactwasm.Comparison
	delegate := delegateWith(t, vin{
		compare: func(context.Context, pactwasm.Caller, pactwasm.CompareRequest) (pactwasm.Comparison, error) {
			return answer, nil
		},
	})
	answer.Mismatches = []pactwasm.Mismatch{{Expression: "$.a", Path: "$.a[0]", Description: "one", Actual: []byte{}}, {Description: "two"}}
	for _, verdict := range []pactwasm.Verdict{pactwasm.VerdictMatch, pactwasm.VerdictMismatch} {
		answer.Verdict = verdict
		got := must(delegate.CompareContents(t.Context(), compareVIN()))(t)
		equal(t, "mismatches", *got, pactwasm.Comparison{Verdict: pactwasm.VerdictMismatch, Mismatches: []pactwasm.Mismatch{
			{Expression: "$.a", Path: "$.a[0]", Description: "one", Actual: []byte{}},
			{Expression: "$", Path: "$", Description: "two"},
		}})
	}
	answer = pactwasm.Comparison{Verdict: pactwasm.VerdictContentType, Mismatches: []pactwasm.Mismatch{
		{Expected: []byte("text/vin"), Actual: []byte("text/other")}}}
	got := must(delegate.CompareContents(t.Context(), compareVIN()))(t)
	equal(t, "verdict", got.Verdict, pactwasm.VerdictContentType)
	equal(t, "content types", string(got.Mismatches[0].Expected)+" "+string(got.Mismatches[0].Actual), "text/vin text/other")
	for _, verdict := range []pactwasm.Verdict{pactwasm.VerdictMismatch, pactwasm.VerdictContentType} {
		answer = pactwasm.Comparison{Verdict: verdict}
		_, err := delegate.CompareContents(t.Context(), compareVIN())
		fails(t, err, pactwasm.ErrPlugin, "Mismatches is empty")
	}
	answer = pactwasm.Comparison{Mismatches: []pactwasm.Mismatch{{Path: "$"}}}
	_, err := delegate.CompareContents(t.Context(), compareVIN())
	fails(t, err, pactwasm.ErrPlugin, "description")
}

// ---- what goes wrong in handlers ----

type strange struct{ why string }

func (s strange) Error() string { return "strange: " + s.why }

func TestFailingHandlers(t *testing.T) {
	why := error(strange{"äh\x00"})
	delegate := delegateWith(t, vin{
		func(context.Context, pactwasm.Caller, pactwasm.CompareRequest) (pactwasm.Comparison, error) {
			return pactwasm.Comparison{}, why
		},
		func(context.Context, pactwasm.Caller, pactwasm.GenerateRequest) (pactwasm.Body, error) {
			return pactwasm.Body{}, why
		},
		func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			var nobody *strange
			return []pactwasm.Mismatch{{Description: nobody.why}}, nil
		},
		func(context.Context, pactwasm.Caller, pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			return make(chan int), nil
		},
	})
	for range 2 {
		_, err := delegate.CompareContents(t.Context(), compareVIN())
		fails(t, err, pactwasm.ErrPlugin, "core/content-matcher/vin: strange: äh\x00")
		_, err = delegate.GenerateContent(t.Context(), generateContentVIN())
		fails(t, err, pactwasm.ErrPlugin, "core/content-generator/vin: strange: äh\x00")
		_, err = delegate.MatchField(t.Context(), matchVIN())
		panicked := fails(t, err, pactwasm.ErrPlugin, "core/matcher/vin: panic: runtime error: invalid memory address")
		contains(t, "where it panicked", panicked.Message, "handlers_test.go:")
		_, err = delegate.GenerateField(t.Context(), generateVIN())
		fails(t, err, pactwasm.ErrPlugin, `core/generator/vin: "the generated value" cannot be used: json: unsupported type: chan int`)
	}
}

// A handler that ends its goroutine cannot be survived; the program says why it ends.
func TestGoexitInAHandler(t *testing.T) {
	if isAlone(t) {
		delegate := delegateWith(t, vin{
			value: func(context.Context, pactwasm.Caller, pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
				t.FailNow()
				return nil, nil
			},
		})
		_, err := delegate.GenerateField(t.Context(), generateVIN())
		t.Fatal("the call returned", err)
	}
	output, status := alone(t)
	equal(t, "exit status", status, 2)
	contains(t, "output", output, "panic: pactwasm: a handler or logger ended its goroutine")
}

func TestLateAnswer(t *testing.T) {
	delegate := delegateWith(t, vin{
		value: func(ctx context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			<-ctx.Done()
			<-time.After(50 * time.Millisecond) // twice as long as it may take
			return r.Example, nil
		},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := delegate.GenerateField(ctx, generateVIN())
	fails(t, err, pactwasm.ErrDeadline, "")
}

// ---- handlers that call the library ----

func TestHandlerThatCallsTheLibrary(t *testing.T) {
	var host *pactwasm.Host
	handlers := vin{
		value: func(ctx context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			equal(t, "test run", pactwasm.TestRunID(ctx), "run 8")
			jwt, err := host.Load(ctx, "jwt", "")
			if err != nil {
				return nil, err
			}
			defer jwt.Close()
			interaction, err := jwt.ConfigureInteraction(ctx, pactwasm.ConfigureRequest{ContentType: "application/jwt", ContentsConfig: tokenConfig})
			if err != nil {
				return nil, err
			}
			defer interaction.Close()
			return interaction.Parts[0].Body.Content, nil
		},
	}
	host = newHost(t, pactwasm.Options{Handlers: handlers.handlers()})
	delegate := load(t, host, "delegate")
	for range 3 {
		token := must(delegate.GenerateField(pactwasm.WithTestRunID(t.Context(), "run 8"), generateVIN()))(t)
		equal(t, "begin of the token", string(token.([]byte)[:3]), "eyJ")
	}
}

// A handler may close what called it.
func TestHandlerThatCloses(t *testing.T) {
	var host *pactwasm.Host
	var delegate *pactwasm.Plugin
	host = newHost(t, pactwasm.Options{Handlers: vin{
		value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			return r.Example, errors.Join(host.Close(), delegate.Close())
		},
	}.handlers()})
	delegate = load(t, host, "delegate")
	equal(t, "value", must(delegate.GenerateField(t.Context(), generateVIN()))(t), pactwasm.Value(2.5))
	_, err := delegate.Info()
	equal(t, "closed", errors.Is(err, pactwasm.ErrClosed), true)
}

// With more stack for the plugin than a thread has, the library calls it, and the plugin its handler, on a thread of its own,
// which Go did not make.
func TestHandlerOnAForeignThread(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var thread atomic.Int64
	depth := 0
	for _, stack := range []int64{0, 64 << 20} {
		delegate := loaded(t, "delegate", pactwasm.Options{
			Limits: pactwasm.Limits{Stack: stack},
			Handlers: vin{value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
				thread.Store(int64(syscall.Gettid()))
				depth = recurse(1000)
				runtime.GC()
				if len(r.Path) > 5 {
					panic("on this thread")
				}
				return r.Example, nil
			}}.handlers(),
		})
		for range 20 {
			request := generateVIN()
			request.Path = "$"
			equal(t, "value", must(delegate.GenerateField(t.Context(), request))(t), pactwasm.Value(2.5))
			_, err := delegate.GenerateField(t.Context(), generateVIN())
			fails(t, err, pactwasm.ErrPlugin, "panic: on this thread")
			equal(t, "the handler ran on the thread of the caller", thread.Load() == int64(syscall.Gettid()), stack == 0)
			equal(t, "depth", depth, 1000)
		}
	}
}

// Of two handlers for one entry the last counts, and one can stand for an entry of the library's own.
func TestReplacingHandlers(t *testing.T) {
	says := func(what string) func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
		return func(context.Context, pactwasm.Caller, pactwasm.MatchFieldRequest) ([]pactwasm.Mismatch, error) {
			return []pactwasm.Mismatch{{Description: what}}, nil
		}
	}
	delegate := loaded(t, "delegate", pactwasm.Options{
		Handlers: []pactwasm.Handler{pactwasm.Matcher("type", nil, says("first")), pactwasm.Matcher("type", nil, says("second"))},
	})
	result := must(delegate.MatchField(t.Context(),
		pactwasm.MatchFieldRequest{Key: "delegate", RuleType: "type", Path: "core/matcher/type"}))(t)
	equal(t, "mismatch", result.Mismatches[0].String(), "core/matcher/type: second")
	core := loaded(t, "delegate", pactwasm.Options{})
	result = must(core.MatchField(t.Context(),
		pactwasm.MatchFieldRequest{Key: "delegate", RuleType: "integer", Path: "core/matcher/integer", Expected: 1, Actual: 1.0}))(t)
	equal(t, "the library's own", result.Mismatches[0].Description, "Expected 1.0 (Decimal) to be an integer")
}

package pactwasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

// unreachable are the codes that no test can provoke, and why.
var unreachable = map[string]string{
	"AMBIGUOUS":      "reaches plugins only, as the text of an error",
	"FORKED":         "a Go program cannot fork without replacing itself",
	"COMPILE_FAILED": "whatever is a valid component compiles",
	"INTERNAL":       "would be a fault of the library",
}

// brokenPlugin makes a plugin directory and gives its path.
func brokenPlugin(t *testing.T, manifest string, wasm []byte) string {
	t.Helper()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "pact-plugin.json"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, "p.wasm"), wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	return directory
}

func manifest(configuration string) string {
	return `{"manifestVersion":1,"pluginInterfaceVersion":2,"name":"wrong","version":"1.2.3","executableType":"wasm",` +
		`"entryPoint":"p.wasm","pluginConfig":` + configuration + `}`
}

func TestEveryErrorCode(t *testing.T) {
	seen := map[pactwasm.Code]bool{}
	// sees checks an error with all its fields; the plugin is "name version" or empty.
	sees := func(err error, code pactwasm.Code, plugin, operation, message string) *pactwasm.Error {
		t.Helper()
		failed := fails(t, err, code, message)
		equal(t, "plugin of "+code.Error(), strings.TrimSpace(failed.PluginName+" "+failed.PluginVersion), plugin)
		equal(t, "operation of "+code.Error(), failed.Operation, operation)
		equal(t, "text of the error", err.Error(), failed.Message)
		seen[code] = true
		return failed
	}
	host := newHost(t, pactwasm.Options{})
	hostile, delegate := load(t, host, "hostile"), load(t, host, "delegate")

	_, err := host.Load(t.Context(), "nobody", "")
	sees(err, pactwasm.ErrNotFound, "", "", `no plugin "nobody" in `)
	_, err = host.Load(t.Context(), "jwt", "7.0.0")
	sees(err, pactwasm.ErrNotFound, "", "", "compatible with version 7.0.0")
	_, err = host.Load(t.Context(), "", "")
	sees(err, pactwasm.ErrInvalidArgument, "", "", `"name"`)
	_, err = newHost(t, pactwasm.Options{PluginDirectory: filepath.Join(testPlugins, "jwt-0.1.0", "jwt.wasm")}).Discover()
	sees(err, pactwasm.ErrIO, "", "", "jwt.wasm")

	_, err = host.LoadDirectory(t.Context(), brokenPlugin(t, `{"name":7}`, nil))
	sees(err, pactwasm.ErrManifestInvalid, "", "", `field "name" is 7`)
	_, err = host.LoadDirectory(t.Context(), brokenPlugin(t, manifest("{}"), []byte("This is no plugin.")))
	sees(err, pactwasm.ErrComponentInvalid, "wrong 1.2.3", "", "not a WebAssembly component")
	_, err = host.LoadDirectory(t.Context(), brokenPlugin(t, manifest("{}"), []byte("\x00asm\x0d\x00\x01\x00")))
	sees(err, pactwasm.ErrIncompatible, "wrong 1.2.3", "", "does not export pact:plugin/lifecycle")
	wasm := must(os.ReadFile(filepath.Join(testPlugins, "hostile-1.0.0", "hostile.wasm")))(t)
	_, err = host.LoadDirectory(t.Context(), brokenPlugin(t, manifest(`{"init":"fail"}`), wasm))
	sees(err, pactwasm.ErrPlugin, "wrong 1.2.3", "init", "the guest refuses to start")

	_, err = host.LoadDirectory(t.Context(), brokenPlugin(t, manifest(`{"permissions":{"environment":["HOME"]}}`), wasm))
	sees(err, pactwasm.ErrPermission, "wrong 1.2.3", "", "HOME")
	_, err = load(t, host, "line").StartMockServer(t.Context(), pactwasm.StartRequest{HostInterface: "0.0.0.0"})
	sees(err, pactwasm.ErrPermission, "line 1.0.0", "start-mock-server", "to listen on 0.0.0.0")

	manual := newHost(t, pactwasm.Options{ManualInit: true})
	sees(misbehave(t.Context(), load(t, manual, "hostile"), "x/fine", ""), pactwasm.ErrWrongState, "hostile 1.0.0",
		"compare-contents", "not initialised")
	unsupported := sees(misbehave(t.Context(), load(t, host, "minimal"), "x/fine", ""), pactwasm.ErrUnsupported, "minimal 1.0.0",
		"compare-contents", "does not export content-matcher")
	equal(t, "it is errors.ErrUnsupported", errors.Is(unsupported, errors.ErrUnsupported), true)

	calls := func(hostile *pactwasm.Plugin, contentType string, code pactwasm.Code, message string, backtrace bool) {
		t.Helper()
		ctx := t.Context()
		if code == pactwasm.ErrDeadline {
			limited, cancel := context.WithTimeout(ctx, 150*time.Millisecond)
			defer cancel()
			ctx = limited
		}
		failed := sees(misbehave(ctx, hostile, contentType, ""), code, "hostile 1.0.0", "compare-contents", message)
		equal(t, "backtrace of "+contentType, strings.Contains(failed.Backtrace, "hostile.wasm!"), backtrace)
		equal(t, "afterwards", misbehave(t.Context(), hostile, "x/fine", ""), error(nil))
	}
	calls(hostile, "x/error", pactwasm.ErrPlugin, "the guest says no", false)
	calls(hostile, "x/trap", pactwasm.ErrTrap, "the plugin crashed", true)
	calls(hostile, "x/loop", pactwasm.ErrDeadline, "no answer within the deadline", true)
	calls(hostile, "x/recurse", pactwasm.ErrStackLimit, "stack of 524288 bytes", true)
	calls(hostile, "x/alloc", pactwasm.ErrMemoryLimit, "the limit is 268435456", true)
	calls(loaded(t, "hostile", pactwasm.Options{Limits: pactwasm.Limits{Memory: 1 << 30}}), "x/huge-result",
		pactwasm.ErrHostCallLimit, "more than 134217728 bytes", false)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sees(misbehave(ctx, hostile, "x/loop", ""), pactwasm.ErrCancelled, "hostile 1.0.0", "compare-contents", "context canceled")
	_, err = newHost(t, pactwasm.Options{Limits: pactwasm.Limits{TableElements: 1}}).Load(t.Context(), "hostile", "")
	sees(err, pactwasm.ErrResourceLimit, "hostile 1.0.0", "init", "the limit is 1")
	_, err = hostile.ConfigureInteraction(t.Context(),
		pactwasm.ConfigureRequest{ContentType: "x/bad-json", ContentsConfig: map[string]any{}})
	sees(err, pactwasm.ErrInvalidResponse, "hostile 1.0.0", "configure-interaction", "the answer's rules is not valid")
	_, err = delegate.MatchField(t.Context(),
		pactwasm.MatchFieldRequest{Key: "delegate", RuleType: "vin", Path: "matcher/delegate"})
	sees(err, pactwasm.ErrCycle, "delegate 1.0.0", "match-field", "match-field of delegate → match-field")

	// The asking plugin has one instance, which waits for this handler.
	var busy error
	var asking *pactwasm.Plugin
	asking = loaded(t, "delegate", pactwasm.Options{
		Limits: pactwasm.Limits{Instances: 1},
		Handlers: []pactwasm.Handler{pactwasm.Generator("vin", nil,
			func(ctx context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
				_, busy = asking.GenerateField(ctx, r)
				return nil, busy
			})},
	})
	_, err = asking.GenerateField(t.Context(), generateVIN())
	sees(busy, pactwasm.ErrBusy, "delegate 1.0.0", "generate-field", "all 1 instance(s) are busy")
	sees(err, pactwasm.ErrPlugin, "delegate 1.0.0", "generate-field", busy.Error())

	for name, number := range errorCodes(t) {
		_, explained := unreachable[name]
		if seen[number] == explained {
			t.Errorf("%s: provoked %v, explained %v", name, seen[number], explained)
		}
		if number.Error() == fmt.Sprintf("pactwasm: error %d", number) {
			t.Errorf("%s has no name in Go", name)
		}
	}
	equal(t, "an unknown code", pactwasm.Code(7).Error(), "pactwasm: error 7")
}

// header is the installed pact_wasm.h.
func header(t *testing.T) string {
	t.Helper()
	directory, err := exec.Command("pkg-config", "--variable=includedir", "pact_wasm").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(must(os.ReadFile(filepath.Join(strings.TrimSpace(string(directory)), "pact_wasm.h")))(t))
}

func errorCodes(t *testing.T) map[string]pactwasm.Code {
	t.Helper()
	codes := map[string]pactwasm.Code{}
	for _, found := range regexp.MustCompile(`#define PACTWASM_ERROR_(\w+) (\d+)`).FindAllStringSubmatch(header(t), -1) {
		codes[found[1]] = pactwasm.Code(must(strconv.Atoi(found[2]))(t))
	}
	if len(codes) < 20 {
		t.Fatalf("only %d codes in the header", len(codes))
	}
	return codes
}

func TestInvalidArguments(t *testing.T) {
	for _, options := range []struct {
		pactwasm.Options
		message string
	}{
		{pactwasm.Options{PluginDirectory: "\xff"}, `"path" is not UTF-8`},
		{pactwasm.Options{CacheDirectory: "\xff"}, `"path" is not UTF-8`},
		{pactwasm.Options{Implementation: "pact-go"}, `"version"`},
		{pactwasm.Options{TestRunID: "\xff"}, `"id" is not UTF-8`},
		{pactwasm.Options{Limits: pactwasm.Limits{Timeout: -time.Second}}, "Limits.Timeout is negative"},
		{pactwasm.Options{Limits: pactwasm.Limits{Timeout: 25 * time.Hour}}, "86400000"},
		{pactwasm.Options{Limits: pactwasm.Limits{Log: -2}}, "Limits.Log is negative"},
		{pactwasm.Options{Limits: pactwasm.Limits{Nesting: 65}}, "64"},
		{pactwasm.Options{Handlers: []pactwasm.Handler{pactwasm.Matcher("a/b", nil, nil)}}, `"key" must not contain "/"`},
	} {
		_, err := pactwasm.NewHost(options.Options)
		fails(t, err, pactwasm.ErrInvalidArgument, options.message)
	}

	echo := loaded(t, "echo", pactwasm.Options{})
	for _, request := range []struct {
		pactwasm.CompareRequest
		message string
	}{
		{pactwasm.CompareRequest{TestContext: map[string]any{"a": math.NaN()}}, `"TestContext" cannot be used: json: unsupported value: NaN`},
		{pactwasm.CompareRequest{Rules: func() {}}, `"Rules" cannot be used: json: unsupported type`},
		{pactwasm.CompareRequest{Rules: []string{"a"}}, `rules_json`},
		{pactwasm.CompareRequest{Rules: json.RawMessage("{")}, `rules_json`},
		{pactwasm.CompareRequest{Expected: pactwasm.Body{ContentType: "\xff"}}, `content_type" is not UTF-8`},
		{pactwasm.CompareRequest{Actual: pactwasm.Body{Hint: 7}}, `hint`},
	} {
		_, err := echo.CompareContents(t.Context(), request.CompareRequest)
		fails(t, err, pactwasm.ErrInvalidArgument, request.message)
	}
	field := generateVIN()
	for value, message := range map[any]string{
		uint64(math.MaxUint64): "example", &struct{}{}: "", json.Number("many"): `"Example" cannot be used`,
		math.Inf(1): "", complex(1, 2): `"Example" cannot be used: json: unsupported type`,
	} {
		field.Example = value
		_, err := echo.GenerateField(t.Context(), field)
		if message == "" {
			equal(t, fmt.Sprintf("the error for %v", value), err, error(nil))
		} else {
			fails(t, err, pactwasm.ErrInvalidArgument, message)
		}
	}
	fails(t, echo.Call(t.Context(), "?", map[string]any{}, nil), pactwasm.ErrInvalidArgument, "operation")
	fails(t, echo.Call(t.Context(), "init", nil, nil), pactwasm.ErrInvalidArgument, "request_json")
	fails(t, echo.Call(t.Context(), "init", math.NaN(), nil), pactwasm.ErrInvalidArgument, `"request"`)
	_, err := echo.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{ContentType: "a/b"})
	fails(t, err, pactwasm.ErrInvalidArgument, "contents_config_json")
}

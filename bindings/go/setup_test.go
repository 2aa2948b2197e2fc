package pactwasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

// Directories of the test run: plugins as `make plugins` leaves them, and one for their compiled forms.
var testPlugins, testCache string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	testPlugins, testCache = os.Getenv("PACT_WASM_TEST_PLUGINS"), os.Getenv("PACT_WASM_TEST_CACHE")
	if testPlugins == "" {
		testPlugins = repository("target", "plugins")
	}
	if testCache == "" {
		made, err := os.MkdirTemp("", "pact-wasm-cache-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(made)
		testCache = made
	}
	return m.Run()
}

// repository is a path in the repository that this package lies in.
func repository(path ...string) string {
	return filepath.Join(append([]string{"..", ".."}, path...)...)
}

// newHost makes a host with the test plugins.
func newHost(t testing.TB, options pactwasm.Options) *pactwasm.Host {
	t.Helper()
	if options.PluginDirectory == "" {
		options.PluginDirectory = testPlugins
	}
	options.CacheDirectory = testCache
	host, err := pactwasm.NewHost(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	return host
}

func load(t testing.TB, host *pactwasm.Host, name string) *pactwasm.Plugin {
	t.Helper()
	plugin, err := host.Load(context.Background(), name, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plugin.Close() })
	return plugin
}

// loaded is a plugin of a host of its own.
func loaded(t testing.TB, name string, options pactwasm.Options) *pactwasm.Plugin {
	t.Helper()
	return load(t, newHost(t, options), name)
}

// must is a result that the test cannot do without.
func must[T any](result T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
}

// equal compares with %#v, which tells nil from empty and types apart.
func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); g != w {
		t.Errorf("%s\n got %s\nwant %s", what, g, w)
	}
}

func contains(t testing.TB, what, got, part string) {
	t.Helper()
	if !strings.Contains(got, part) {
		t.Errorf("%s\n         got %s\nwant within %s", what, got, part)
	}
}

// fails checks an error of the library and gives it.
func fails(t testing.TB, err error, code pactwasm.Code, part string) *pactwasm.Error {
	t.Helper()
	var failed *pactwasm.Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %#v, want an error with %v", err, code)
	}
	if failed.Code != code || !errors.Is(err, code) {
		t.Fatalf("got %d: %v\nwant %d (%v)", failed.Code, err, code, code)
	}
	contains(t, "message", failed.Message, part)
	return failed
}

func textBody(content string) pactwasm.Body {
	return pactwasm.Body{ContentType: "text/plain", Content: []byte(content)}
}

// misbehave has the plugin hostile do what a content type says.
func misbehave(ctx context.Context, hostile *pactwasm.Plugin, contentType, actual string) error {
	comparison, err := hostile.CompareContents(ctx, pactwasm.CompareRequest{
		Expected: pactwasm.Body{ContentType: contentType, Content: []byte{}},
		Actual:   pactwasm.Body{ContentType: contentType, Content: []byte(actual)},
	})
	if err == nil && !comparison.Matches() {
		return fmt.Errorf("hostile found mismatches: %v", comparison.Mismatches)
	}
	return err
}

// eventually waits for what happens at some time.
func eventually(t testing.TB, otherwise string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s for a minute", otherwise)
		}
	}
}

// collectGarbage collects what nobody can reach, and lets it be closed.
func collectGarbage() {
	for range 3 {
		runtime.GC()
		runtime.Gosched()
	}
}

// object reads JSON that has to be an object.
func object(t testing.TB, text []byte) map[string]any {
	t.Helper()
	var read map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return read
}

// alone runs a test of this program again in a process of its own, with these variables, and gives its output and exit status.
func alone(t *testing.T, variables ...string) (string, int) {
	t.Helper()
	again := exec.Command(must(os.Executable())(t), "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), append(variables, "PACT_WASM_TEST_ALONE="+t.Name(), "PACT_WASM_TEST_CACHE="+testCache)...)
	output, err := again.CombinedOutput()
	if again.ProcessState == nil {
		t.Fatal(err)
	}
	return string(output), again.ProcessState.ExitCode()
}

// isAlone says whether this is that process.
func isAlone(t *testing.T) bool {
	return os.Getenv("PACT_WASM_TEST_ALONE") == t.Name()
}

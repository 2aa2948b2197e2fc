package frameworks

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	message "github.com/pact-foundation/pact-go/v2/message/v4"
	"github.com/pact-foundation/pact-go/v2/provider"
)

// A protocol: mock servers that the plugin opens, and providers that it verifies.

const addition = `{
	"request": {"method": "add", "params": ["matching(integer, 1)", "matching(integer, 2)"]},
	"response": {"result": {"sum": "matching(integer, 3)"}}
}`

// additions is what a client of the calculator asks for. The pact file goes to directory.
func additions(t *testing.T, directory, contents string) *message.SynchronousMessageWithPluginContents {
	t.Helper()
	pact, err := message.NewSynchronousPact(message.Config{Consumer: "web", Provider: "calculator", PactDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	return pact.AddSynchronousMessage("an addition").
		UsingPlugin(message.PluginConfig{Plugin: "jsonrpc", Version: "0.1.0"}).
		WithContents(contents, "application/jsonrpc")
}

// testCalculator runs a test of a client against the plugin's server.
func testCalculator(t *testing.T, directory string, test func(url string) error) error {
	t.Helper()
	return additions(t, directory, addition).
		StartTransport("jsonrpc", "127.0.0.1", nil).
		ExecuteTest(t, func(server message.TransportConfig, _ message.SynchronousMessage) error {
			return test(fmt.Sprintf("http://%s:%d/", server.Address, server.Port))
		})
}

// call is the client under test: JSON-RPC over HTTP. It gives the result as JSON.
func call(url, method string, params ...any) (string, error) {
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
	if err != nil {
		return "", err
	}
	received, err := send("POST", url, "application/json", string(request))
	if err != nil {
		return "", err
	}
	var response struct {
		ID     int
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	switch err := json.Unmarshal([]byte(received.body), &response); {
	case err != nil:
		return "", err
	case response.ID != 7:
		return "", fmt.Errorf("the answer is for call %d", response.ID)
	case response.Error != nil:
		return "", errors.New(response.Error.Message)
	}
	return string(response.Result), nil
}

func TestClientThatKeepsTheContract(t *testing.T) {
	var sum string
	err := testCalculator(t, t.TempDir(), func(url string) (err error) {
		sum, err = call(url, "add", 40, 2)
		return err
	})
	if err != nil || sum != `{"sum":3}` {
		t.Errorf("sum %q, error %v", sum, err)
	}
}

// pact-go shows the mismatches of calls, but not that a call was not expected, or did not come: the methods stand for that.
func TestClientThatBreaksTheContract(t *testing.T) {
	for name, expected := range map[string]struct {
		client     func(url string) error
		refused    string
		methods    []string
		mismatches []string
	}{
		"with other params": {
			func(url string) error { _, err := call(url, "add", 40, "two"); return err },
			"Invalid params", []string{"add", "add"}, []string{"Expected 'two' (String) to be an integer"},
		},
		"with another method": {
			func(url string) error { _, err := call(url, "subtract", 40, 2); return err },
			"Method not found", []string{"subtract", "add"}, nil,
		},
		"with nothing": {func(string) error { return nil }, "", []string{"add"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var refused error
			err := testCalculator(t, t.TempDir(), func(url string) error {
				refused = expected.client(url)
				return nil
			})
			if err == nil {
				t.Fatal("pact-go has noticed nothing")
			}
			if (refused == nil) != (expected.refused == "") || refused != nil && !strings.HasPrefix(refused.Error(), expected.refused) {
				t.Errorf("the client has got %v", refused)
			}
			var methods []string
			for _, part := range strings.Split(err.Error(), " Path:")[1:] {
				methods = append(methods, strings.Fields(part)[0])
			}
			if !slices.Equal(methods, expected.methods) || !slices.Equal(mismatches(err), expected.mismatches) {
				t.Errorf("%v", err)
			}
		})
	}
}

// calculatorFile is the pact file that the server writes.
func calculatorFile(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	err := testCalculator(t, directory, func(url string) error {
		_, err := call(url, "add", 40, 2)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(directory, "web-calculator.json")
}

func TestPactFileOfCalls(t *testing.T) {
	pact := readPact(t, calculatorFile(t))
	if len(pact.Interactions) != 1 {
		t.Fatalf("interactions: %v", pact.Interactions)
	}
	interaction := pact.Interactions[0]
	if interaction["type"] != "Synchronous/Messages" || interaction["transport"] != "jsonrpc" {
		t.Errorf("type %v, transport %v", interaction["type"], interaction["transport"])
	}
	if method := at(t, interaction, "request", "contents", "content", "method"); method != "add" {
		t.Errorf("method: %v", method)
	}
}

// calculator is a provider under test, which gives this as the sum of two numbers.
func calculator(sum func(a, b int) any) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		var call struct {
			ID     int
			Params [2]int
		}
		if err := json.NewDecoder(request.Body).Decode(&call); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		result := map[string]any{"sum": sum(call.Params[0], call.Params[1])}
		_ = json.NewEncoder(response).Encode(map[string]any{"jsonrpc": "2.0", "id": call.ID, "result": result})
	}
}

func sum(a, b int) any { return a + b }

func concatenated(a, b int) any { return fmt.Sprint(a, b) }

func TestProviderOfCalls(t *testing.T) {
	file := calculatorFile(t)
	for name, expected := range map[string]struct {
		sum      func(a, b int) any
		says     string
		failures []string
	}{
		"that keeps the contract": {sum, "200 OK: as expected", nil},
		"that breaks the contract": {concatenated, "200 OK: 1 failure", []string{
			"$.result.sum -> Expected '1 2' (String) to be an integer",
			"1) Verifying a pact between web and calculator - an addition",
			"1.1) has a matching body",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, calculator(expected.sum))
			verdict := verifyCalculator(file, port(server)).run(t)
			if verdict.passed != (expected.failures == nil) || !slices.Equal(verdict.failures(), expected.failures) {
				t.Errorf("failures: %q", verdict.failures())
			}
			// What the plugin says.
			if said := "the request \"add\" with the params [1,2]\n    " + expected.says; !strings.Contains(verdict.output, said) {
				t.Errorf("%q is not in:\n%s", said, verdict.output)
			}
		})
	}
}

func verifyCalculator(file string, port uint16) verification {
	return verification{Provider: "calculator", File: file, Transports: []provider.Transport{{Protocol: "jsonrpc", Port: port}}}
}

func TestPermissions(t *testing.T) {
	file := calculatorFile(t)
	server := serve(t, calculator(sum))
	// A directory with the plugin, which may not connect to anything.
	directory := "PACT_PLUGIN_DIR=" + t.TempDir()
	install := exec.Command(executable("pact-wasm"), "install", "--exec", builtPlugin(t, "jsonrpc"))
	install.Env = append(os.Environ(), directory)
	if said, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}

	refused := fmt.Sprintf("to connect to 127.0.0.1:%d (it may to nothing)", port(server))
	if verdict := verifyCalculator(file, port(server)).run(t, directory); verdict.passed || !strings.Contains(verdict.output, refused) {
		t.Errorf("%q is not in:\n%s", refused, verdict.output)
	}
	grant := fmt.Sprintf("PACT_WASM_GRANTS=connect=localhost:%d", port(server))
	if verdict := verifyCalculator(file, port(server)).run(t, directory, grant); !verdict.passed {
		t.Errorf("with a permission in the environment:\n%s", verdict.output)
	}
}

func useServerWithoutContents(t *testing.T) {
	additions(t, t.TempDir(), `{"method": "add"}`).StartTransport("jsonrpc", "127.0.0.1", nil)
}

// pact-go goes on without contents that the plugin does not take, and ends the process when the server cannot start for that reason.
func TestCallThatThePluginDoesNotTake(t *testing.T) {
	said := output(t, "use a server without contents")
	for _, line := range []string{
		`plugin jsonrpc 0.1.0, configure-interaction: the plugin answered: contents config key "method" is not known to the jsonrpc plugin`,
		"unable to start plugin transport: unable to start the mock server",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("%q is not in:\n%s", line, said)
		}
	}
}

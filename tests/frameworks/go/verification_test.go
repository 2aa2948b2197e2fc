package frameworks

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pact-foundation/pact-go/v2/provider"
)

// A verification is what a user tells pact-go about a provider and its contract.
type verification struct {
	Provider   string
	File       string
	URL        string
	StateURL   string
	Transports []provider.Transport
}

const verificationVariable = "PACT_WASM_TEST_VERIFICATION"

func verifyAsChild(t *testing.T) {
	var v verification
	if err := json.Unmarshal([]byte(os.Getenv(verificationVariable)), &v); err != nil {
		t.Fatal(err)
	}
	// It fails the test that it gets.
	_ = provider.NewVerifier().VerifyProvider(t, provider.VerifyRequest{
		Provider:               v.Provider,
		PactFiles:              []string{v.File},
		ProviderBaseURL:        v.URL,
		ProviderStatesSetupURL: v.StateURL,
		Transports:             v.Transports,
		DisableColoredOutput:   true,
	})
}

// A verdict is what a user sees of a verification.
type verdict struct {
	passed bool
	output string
}

// failures are the lines about failures, sorted: Pact gives mismatches of different places in no certain order.
func (v verdict) failures() []string {
	_, text, _ := strings.Cut(v.output, "\nFailures:\n")
	text, _, _ = strings.Cut(text, "\nThere were ")
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// run verifies a provider, with these variables in the environment.
func (v verification) run(t *testing.T, variables ...string) verdict {
	t.Helper()
	request, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	output, err := child(t, "verify a provider", append(variables, verificationVariable+"="+string(request))...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return verdict{err == nil, string(output)}
}

// check compares what a user sees of a verification with what is to be there: these failures, or none.
func (v verification) check(t *testing.T, failures []string) {
	t.Helper()
	got := v.run(t)
	if got.passed != (failures == nil) || !slices.Equal(got.failures(), failures) {
		t.Errorf("passed: %v; failures: %q; expected: %q; all of it:\n%s", got.passed, got.failures(), failures, got.output)
	}
}

// serve opens a server for a provider under test, until the test ends.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// answer is a provider that answers every request in this way.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(response http.ResponseWriter, _ *http.Request) {
		response.Header().Set("Content-Type", contentType)
		response.WriteHeader(status)
		fmt.Fprint(response, body)
	}
}

func port(server *httptest.Server) uint16 {
	return uint16(server.Listener.Addr().(*net.TCPAddr).Port)
}

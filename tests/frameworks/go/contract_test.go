package frameworks

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
)

// A contract is an interaction over HTTP between the client "web" and a provider. The bodies of request and response, where they have one,
// are written as the config that the plugin gets for them.
type contract struct {
	provider    string
	description string
	plugins     []string
	method      consumer.Method
	path        string
	contentType string
	request     string
	status      int
	response    string
}

// execute runs a test of the client against Pact's server, which has the URL that test gets. The pact file goes to directory.
func (c contract) execute(t *testing.T, directory string, test func(url string) error) error {
	t.Helper()
	interaction := newInteraction(t, c.provider, directory).UponReceiving(c.description).UsingPlugin(installed(c.plugins[0]))
	for _, more := range c.plugins[1:] {
		interaction.UsingPlugin(installed(more))
	}
	return interaction.
		WithRequest(c.method, c.path, func(request *consumer.V4InteractionWithPluginRequestBuilder) {
			if c.request != "" {
				request.PluginContents(c.contentType, c.request)
			}
		}).
		WillRespondWith(c.status, func(response *consumer.V4InteractionWithPluginResponseBuilder) {
			if c.response != "" {
				response.PluginContents(c.contentType, c.response)
			}
		}).
		ExecuteTest(t, func(server consumer.MockServerConfig) error {
			return test(fmt.Sprintf("http://%s:%d", server.Host, server.Port))
		})
}

// file is the pact file of this contract, after a client that keeps it has been tested.
func (c contract) file(t *testing.T, client func(url string) error) string {
	t.Helper()
	directory := t.TempDir()
	if err := c.execute(t, directory, client); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(directory, "web-"+c.provider+".json")
}

func newInteraction(t *testing.T, provider, directory string) *consumer.V4UnconfiguredInteraction {
	t.Helper()
	pact, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{Consumer: "web", Provider: provider, PactDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	return pact.AddInteraction()
}

func installed(plugin string) consumer.PluginConfig {
	return consumer.PluginConfig{Plugin: plugin, Version: "0.1.0"}
}

// anyMismatch is how the texts of mismatches look inside of pact-go's errors, which have them as Go prints its structures.
var anyMismatch = regexp.MustCompile(`Mismatch:(.*?) Type:\w*}`)

// mismatches are the texts that a user finds in this error. Pact gives those of different places in no certain order, so they are sorted.
func mismatches(err error) []string {
	if err == nil {
		return nil
	}
	var texts []string
	for _, match := range anyMismatch.FindAllStringSubmatch(err.Error(), -1) {
		texts = append(texts, match[1])
	}
	slices.Sort(texts)
	return texts
}

// A reply is what clients look at in a response.
type reply struct {
	status      int
	contentType string
	body        string
}

// send sends a request as clients do.
func send(method, url, contentType, body string) (reply, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header.Get("Content-Type"), string(received)}, err
}

// readPact reads a pact file.
func readPact(t *testing.T, file string) (pact struct {
	Interactions []map[string]any
	Metadata     struct {
		Plugins []struct{ Name, Version string }
	}
}) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &pact); err != nil {
		t.Fatal(err)
	}
	return pact
}

// at is what is at the end of this way through JSON objects.
func at(t *testing.T, value any, path ...string) any {
	t.Helper()
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			t.Fatalf("%v has no %q: it is no object", value, name)
		}
		value = object[name]
	}
	return value
}

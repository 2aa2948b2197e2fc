package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

// Where the pact between web and shop is written; whoever verifies the shop takes it from there.
const pacts = "pacts"

// The contract: what the consumer sends, as the JWT plugin has set it up, and the pact file that it belongs to.
type contract struct {
	jwt         *pactwasm.Plugin
	interaction *pactwasm.Interaction
	pact        *pactwasm.PactFile
}

// An order of Alice's, signed with HS256. The plugin makes an example of it.
func newContract(t *testing.T) *contract {
	t.Helper()
	host, err := pactwasm.NewHost(pactwasm.Options{}) // plugins are in $PACT_PLUGIN_DIR
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	jwt, err := host.Load(t.Context(), "jwt", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { jwt.Close() })
	return &contract{jwt, configure(t, jwt, "alice"), pactwasm.NewPactFile("web", "shop")}
}

func configure(t *testing.T, jwt *pactwasm.Plugin, subject string) *pactwasm.Interaction {
	t.Helper()
	interaction, err := jwt.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{
		ContentType:    "application/jwt",
		ContentsConfig: map[string]any{"algorithm": "HS256", "secret": "made for this test", "subject": subject},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { interaction.Close() })
	return interaction
}

// ServeHTTP stands in for the shop: 201 for a request that is as agreed, otherwise 500 and what is wrong with it.
func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/orders" {
		http.Error(w, "expected POST /orders", http.StatusInternalServerError)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	expected := c.interaction.Parts[0]
	comparison, err := c.jwt.CompareContents(r.Context(), pactwasm.CompareRequest{
		Expected:            expected.Body,
		Actual:              pactwasm.Body{ContentType: r.Header.Get("Content-Type"), Content: body},
		Rules:               expected.Rules,
		PluginConfiguration: expected.PluginConfiguration,
	})
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case !comparison.Matches():
		w.WriteHeader(http.StatusInternalServerError)
		for _, mismatch := range comparison.Mismatches {
			fmt.Fprintln(w, mismatch)
		}
	default:
		w.WriteHeader(http.StatusCreated)
	}
}

// write puts into the pact file what was tested with success.
func (c *contract) write(t *testing.T) string {
	t.Helper()
	err := c.pact.AddInteraction(pactwasm.PactInteraction{
		Template: map[string]any{
			"type":        "Synchronous/HTTP",
			"description": "an order of Alice's",
			"request":     map[string]any{"method": "POST", "path": "/orders"},
			"response":    map[string]any{"status": 201},
		},
		Request: c.interaction,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(pacts, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(pacts, "web-shop.json")
	if err := c.pact.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlaceOrder(t *testing.T) {
	contract := newContract(t)
	shop := httptest.NewServer(contract)
	defer shop.Close()
	order := configure(t, contract.jwt, "alice").Parts[0].Body.Content // another token with the same claims
	if err := PlaceOrder(t.Context(), shop.URL, string(order)); err != nil {
		t.Fatal(err)
	}

	var pact struct {
		Consumer, Provider struct{ Name string }
		Interactions       []struct {
			Description string
			Request     struct {
				Path string
				Body struct{ ContentType string }
			}
		}
		Metadata struct{ Plugins []struct{ Name string } }
	}
	text, err := os.ReadFile(contract.write(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &pact); err != nil {
		t.Fatal(err)
	}
	if pact.Consumer.Name != "web" || pact.Provider.Name != "shop" || len(pact.Interactions) != 1 ||
		pact.Interactions[0].Description != "an order of Alice's" || pact.Interactions[0].Request.Path != "/orders" ||
		pact.Interactions[0].Request.Body.ContentType != "application/jwt" ||
		len(pact.Metadata.Plugins) != 1 || pact.Metadata.Plugins[0].Name != "jwt" {
		t.Errorf("the pact file is %s", text)
	}
}

// What a consumer sees that does not keep to the contract.
func TestPlaceOrderOfSomebodyElse(t *testing.T) {
	contract := newContract(t)
	shop := httptest.NewServer(contract)
	defer shop.Close()
	order := configure(t, contract.jwt, "bob").Parts[0].Body.Content
	err := PlaceOrder(t.Context(), shop.URL, string(order))
	if err == nil {
		t.Fatal("an order of Bob's was accepted")
	}
	const want = `the shop answered 500 Internal Server Error: claims:sub: expected the claim "sub" to be "alice", but it is "bob"`
	if strings.TrimSpace(err.Error()) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

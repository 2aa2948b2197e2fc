package pactwasm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

// subtraction is an interaction of the plugin jsonrpc.
func subtraction(t testing.TB, jsonrpc *pactwasm.Plugin) *pactwasm.Interaction {
	t.Helper()
	interaction := must(jsonrpc.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{
		ContentType: "application/json-rpc",
		ContentsConfig: map[string]any{
			"request":  map[string]any{"method": "subtract", "params": []any{"matching(integer, 42)", 23}},
			"response": map[string]any{"result": map[string]any{"value": "matching(integer, 19)", "unit": "€"}},
		},
	}))(t)
	t.Cleanup(func() { interaction.Close() })
	return interaction
}

// A consumer test: a client of JSON-RPC against the mock server of the plugin.
func TestConsumerOfJSONRPC(t *testing.T) {
	jsonrpc := loaded(t, "jsonrpc", pactwasm.Options{})
	interaction := subtraction(t, jsonrpc)
	server := startServer(t, jsonrpc, interaction.Contents(pactwasm.SynchronousMessages, "calculator", "arithmetic"))
	call := func(body string) map[string]any {
		t.Helper()
		response := must(http.Post("http://"+server.HostPort()+"/rpc", "application/json", strings.NewReader(body)))(t)
		defer response.Body.Close()
		equal(t, "status", response.StatusCode, http.StatusOK)
		return object(t, must(io.ReadAll(response.Body))(t))
	}
	equal(t, "ok before", must(server.Results(t.Context()))(t).OK, false)
	equal(t, "answer", call(`{"jsonrpc":"2.0","method":"subtract","params":[7,23],"id":"x"}`), map[string]any{
		"jsonrpc": "2.0", "id": "x", "result": map[string]any{"value": 19.0, "unit": "€"},
	})
	equal(t, "results", *must(server.Results(t.Context()))(t),
		pactwasm.MockServerResults{OK: true, Results: []pactwasm.MockServerResult{}})
	refused := call(`{"jsonrpc":"2.0","method":"subtract","params":["seven",23],"id":2}`)
	equal(t, "code", refused["error"].(map[string]any)["code"], -32602.0)
	finally := must(server.Shutdown(t.Context()))(t)
	equal(t, "ok", finally.OK, false)
	equal(t, "results", len(finally.Results), 1)
	equal(t, "path", finally.Results[0].Path, "subtract")
	contains(t, "mismatch", finally.Results[0].String(), "$.params[0]: ")

	pact := pactwasm.NewPactFile("calculator", "arithmetic")
	if err := pact.AddInteraction(pactwasm.PactInteraction{
		Template: map[string]any{"type": pactwasm.SynchronousMessages, "description": "a subtraction"},
		Request:  interaction, Response: interaction,
	}); err != nil {
		t.Fatal(err)
	}
	contains(t, "the pact file", string(pact.JSON()), `"subtract"`)
}

// request is what a provider gets.
type request struct {
	path, authorization string
	call                struct {
		Method string
		Params []int
		ID     json.RawMessage
	}
}

// A provider, verified with what the pact file says.
func TestProviderOfJSONRPC(t *testing.T) {
	requests, results := make(chan request, 1), make(chan string, 1)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := request{path: r.URL.Path, authorization: r.Header.Get("Authorization")}
		if err := json.NewDecoder(r.Body).Decode(&got.call); err != nil {
			t.Error(err)
		}
		requests <- got
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, got.call.ID, <-results)
	}))
	defer provider.Close()
	jsonrpc := loaded(t, "jsonrpc", connects("localhost"))
	contents := subtraction(t, jsonrpc).Contents(pactwasm.SynchronousMessages, "calculator", "arithmetic")
	config := map[string]any{"baseUrl": provider.URL + "/rpc"}
	data := must(jsonrpc.PrepareInteraction(t.Context(), pactwasm.PrepareRequest{Interaction: contents, Config: config}))(t)
	data.Metadata["Authorization"] = "Bearer of the test"
	verify := func(result string) *pactwasm.Verification {
		t.Helper()
		results <- result
		return must(jsonrpc.VerifyInteraction(t.Context(),
			pactwasm.VerifyRequest{Data: data, Interaction: contents, Config: config}))(t)
	}
	good := verify(`{"value":-3,"unit":"€"}`)
	equal(t, "failures", len(good.Failures), 0)
	equal(t, "success", good.Success, true)
	got := <-requests
	equal(t, "method", got.call.Method, "subtract")
	equal(t, "params", got.call.Params, []int{42, 23})
	equal(t, "path", got.path, "/rpc")
	equal(t, "what was added", got.authorization, "Bearer of the test")
	contains(t, "response", string(good.Response.Body.Content), `"value":-3`)
	bad := verify(`{"value":"three","unit":"€"}`)
	equal(t, "success", bad.Success, false)
	equal(t, "path", bad.Failures[0].Mismatch.Path, "$.result.value")
}

package pactwasm_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"testing"
	"time"

	pactwasm "libpact_wasm/bindings/go"
)

// provider answers one request of the plugin line after the other, and tells what they were.
func provider(t testing.TB, word string, response []byte) (port int, requests <-chan string) {
	t.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	t.Cleanup(func() { listener.Close() })
	asked := make(chan string, 10)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			command, request, err := readLine(bufio.NewReader(connection))
			if err != nil {
				t.Error(err)
			}
			asked <- command + " " + string(request)
			if err := writeLine(connection, word, response); err != nil {
				t.Error(err)
			}
			connection.Close()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, asked
}

func connects(rule string) pactwasm.Options {
	return pactwasm.Options{Grants: []pactwasm.Grant{{Permission: pactwasm.PermissionConnect, Value: rule}}}
}

func at(port int) map[string]any {
	return map[string]any{"host": "127.0.0.1", "port": port, "nonce": []byte{255, 0}}
}

var reverse = exchange("reverse", binary, []byte{1, 0, 254})

func TestVerification(t *testing.T) {
	line := loaded(t, "line", connects("localhost"))
	port, requests := provider(t, "OK", []byte{1, 0, 254})
	data := must(line.PrepareInteraction(t.Context(), pactwasm.PrepareRequest{Interaction: reverse, Config: at(port)}))(t)
	equal(t, "prepared", data, pactwasm.InteractionData{
		Body:     pactwasm.Body{ContentType: data.Body.ContentType, Content: binary, Hint: data.Body.Hint},
		Metadata: map[string]any{"command": json.RawMessage(`"reverse"`), "nonce": []byte{255, 0}},
	})

	request := pactwasm.VerifyRequest{Data: data, Interaction: reverse, Config: at(port)}
	good := must(line.VerifyInteraction(t.Context(), request))(t)
	equal(t, "request", <-requests, "reverse "+string(binary))
	equal(t, "success", good.Success, true)
	equal(t, "failures", len(good.Failures), 0)
	equal(t, "output", good.Output, []string{
		fmt.Sprintf("sent `reverse` with 9 bytes to 127.0.0.1:%d", port), "got OK with 3 bytes, as expected"})
	equal(t, "body of the response", good.Response.Body.Content, []byte{1, 0, 254})
	equal(t, "metadata of the response", good.Response.Metadata,
		map[string]any{"status": json.RawMessage(`"OK"`), "nonce": []byte{255, 0}})

	port, _ = provider(t, "OK", []byte{0x80})
	request.Config = at(port)
	bad := must(line.VerifyInteraction(t.Context(), request))(t)
	equal(t, "success", bad.Success, false)
	equal(t, "failures", len(bad.Failures), 1)
	equal(t, "mismatch", *bad.Failures[0].Mismatch, pactwasm.Mismatch{
		Expression: "reverse", Path: "reverse", Description: "the answer has other bytes",
		Expected: []byte{1, 0, 254}, Actual: []byte{0x80}, Type: "body",
	})
	equal(t, "text", bad.Failures[0].String(), "reverse: the answer has other bytes")
	equal(t, "output", bad.Output[1], "got OK with 1 bytes, which was not expected")

	port, _ = provider(t, "ERR", []byte("no room"))
	request.Config = at(port)
	refused := must(line.VerifyInteraction(t.Context(), request))(t)
	equal(t, "success", refused.Success, false)
	equal(t, "failures", refused.Failures, []pactwasm.VerificationFailure{{Error: "the provider refused the request: no room"}})
	equal(t, "text", refused.Failures[0].String(), "the provider refused the request: no room")
}

// What is sent is what the caller makes of the prepared data.
func TestVerificationOfChangedData(t *testing.T) {
	line := loaded(t, "line", connects("127.0.0.1"))
	port, requests := provider(t, "OK", nil)
	interaction := exchange("load", []byte("before"), nil)
	prepared := must(line.PrepareInteraction(t.Context(), pactwasm.PrepareRequest{Interaction: interaction}))(t)
	equal(t, "metadata", prepared.Metadata, map[string]any{"command": json.RawMessage(`"load"`)})
	verify := func(data pactwasm.InteractionData) *pactwasm.Verification {
		t.Helper()
		verified := must(line.VerifyInteraction(t.Context(),
			pactwasm.VerifyRequest{Data: data, Interaction: interaction, Config: at(port)}))(t)
		equal(t, "success", verified.Success, true)
		return verified
	}
	prepared.Body.Content = []byte("after\x00")
	prepared.Metadata["command"] = "replace"
	verify(prepared)
	equal(t, "request", <-requests, "replace after\x00")
	prepared.Metadata["command"] = []byte("bytes") // the plugin takes the command either way
	prepared.Body = pactwasm.Body{}
	verify(prepared)
	equal(t, "request", <-requests, "bytes ")

	// The plugin gives the nonce back as it was given to it.
	for _, value := range []struct{ given, back any }{
		{[]byte{}, []byte{}}, {[]byte(nil), []byte{}}, {[]byte{0, 255}, []byte{0, 255}}, {nil, json.RawMessage("null")},
		{json.RawMessage(`{"b": 1.0, "a": 2}`), json.RawMessage(`{"b": 1.0, "a": 2}`)}, {map[string]any(nil), json.RawMessage("null")},
		{map[string]any{"b": 1, "a": "ä"}, json.RawMessage(`{"a":"ä","b":1}`)}, {7, json.RawMessage("7")}, {"", json.RawMessage(`""`)},
	} {
		data := pactwasm.InteractionData{Metadata: map[string]any{"command": "load", "nonce": value.given, "ä\x00": 1}}
		equal(t, "nonce", verify(data).Response.Metadata["nonce"], value.back)
		<-requests
	}
}

// The plugin reaches only what is granted, and its manifest asks for.
func TestVerificationOfWhatIsNotGranted(t *testing.T) {
	silent := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer silent.Close()
	port := silent.Addr().(*net.TCPAddr).Port
	request := pactwasm.VerifyRequest{Interaction: reverse, Config: at(port)}
	request.Data.Metadata = map[string]any{"command": "reverse"}
	elsewhere := connects("localhost")
	elsewhere.Grants[0].Plugin = "jwt"
	for _, options := range []pactwasm.Options{
		{}, connects(fmt.Sprintf("127.0.0.1:%d", port^1)), connects("10.0.0.0/8"), elsewhere,
		{Grants: []pactwasm.Grant{{Permission: pactwasm.PermissionListen, Value: "*"}}},
	} {
		verified, err := loaded(t, "line", options).VerifyInteraction(t.Context(), request)
		fails(t, err, pactwasm.ErrPermission, fmt.Sprintf("to connect to 127.0.0.1:%d", port))
		equal(t, "verified", verified, (*pactwasm.Verification)(nil))
	}
	line := loaded(t, "line", connects("127.0.0.1"))
	request.Config = map[string]any{"host": "provider.example", "port": port}
	_, err := line.VerifyInteraction(t.Context(), request)
	fails(t, err, pactwasm.ErrPermission, `to look up "provider.example"`)
	if err := silent.(*net.TCPListener).SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if connection, err := silent.Accept(); err == nil {
		t.Errorf("%v has connected", connection.RemoteAddr())
	}
}

func TestVerificationThatFails(t *testing.T) {
	line := loaded(t, "line", connects("*"))
	silent := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	port := silent.Addr().(*net.TCPAddr).Port
	request := pactwasm.VerifyRequest{Interaction: reverse, Config: at(port)}
	request.Data.Metadata = map[string]any{"command": "reverse"}

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := line.VerifyInteraction(ctx, request)
	failed := fails(t, err, pactwasm.ErrDeadline, "no answer within the deadline")
	equal(t, "operation", failed.Operation, "verify-interaction")
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = line.VerifyInteraction(ctx, request)
	fails(t, err, pactwasm.ErrCancelled, "cancelled by the caller")
	_, err = line.PrepareInteraction(ctx, pactwasm.PrepareRequest{Interaction: reverse})
	failed = fails(t, err, pactwasm.ErrCancelled, "not called")
	equal(t, "operation", failed.Operation, "prepare-interaction-for-verification")
	silent.Close()
	_, err = line.VerifyInteraction(t.Context(), request)
	fails(t, err, pactwasm.ErrPlugin, fmt.Sprint(port))

	prepare := pactwasm.PrepareRequest{Interaction: reverse, Config: map[string]any{"nonce": "?"}}
	_, err = line.PrepareInteraction(t.Context(), prepare)
	fails(t, err, pactwasm.ErrPlugin, "`nonce` is not base64")
	prepare.Config = "text"
	_, err = line.PrepareInteraction(t.Context(), prepare)
	fails(t, err, pactwasm.ErrInvalidArgument, "config_json")
	prepare.Config = math.NaN()
	_, err = line.PrepareInteraction(t.Context(), prepare)
	fails(t, err, pactwasm.ErrInvalidArgument, `"Config" cannot be used: json: unsupported value: NaN`)
	for value, message := range map[any]string{
		math.Inf(1): `"Metadata: odd" cannot be used: json: unsupported value: +Inf`, &json.RawMessage{'{'}: `"Metadata: odd" cannot be used`,
	} {
		request.Data.Metadata["odd"] = value
		_, err = line.VerifyInteraction(t.Context(), request)
		fails(t, err, pactwasm.ErrInvalidArgument, message)
	}
	request.Data.Metadata["odd"] = json.RawMessage("{")
	_, err = line.VerifyInteraction(t.Context(), request)
	fails(t, err, pactwasm.ErrInvalidArgument, "request.data.metadata")

	delete(request.Data.Metadata, "odd")
	request.Data.Metadata["\xff"] = "no UTF-8"
	_, err = line.VerifyInteraction(t.Context(), request)
	fails(t, err, pactwasm.ErrInvalidArgument, "request.data.metadata.name")

	minimal := loaded(t, "minimal", pactwasm.Options{})
	_, err = minimal.PrepareInteraction(t.Context(), pactwasm.PrepareRequest{Interaction: reverse})
	fails(t, err, pactwasm.ErrUnsupported, "does not export transport")
	_, err = minimal.VerifyInteraction(t.Context(), pactwasm.VerifyRequest{Interaction: reverse})
	fails(t, err, pactwasm.ErrUnsupported, "does not export transport")
}

// An interaction that a plugin set up becomes one for a server with what it stored.
func TestContentsOfAnInteraction(t *testing.T) {
	echo := loaded(t, "echo", pactwasm.Options{})
	stored := func(part, interaction, pact string) string {
		return fmt.Sprintf(`{"part_name":"%s","plugin_configuration":{"interaction_configuration":%s,"pact_configuration":%s}}`,
			part, interaction, pact)
	}
	for _, set := range []struct{ response, whole, want string }{
		{`[` + stored("request", `"{\"i\": 1.0}"`, "null") + `,` + stored("response", `"{\"i\":2}"`, `"{\"p\":2}"`) + `]`,
			`"{\"all\":1}"`, `{"interactionConfiguration":{"i":1.0},"pactConfiguration":{"p":2}}`},
		{`[` + stored("request", "null", "null") + `]`, `"{\"all\":1}"`, `{"interactionConfiguration":{"all":1}}`},
		{`[{}]`, "null", `{}`},
	} {
		interaction := must(echo.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{
			ContentType: "a/b",
			ContentsConfig: json.RawMessage(fmt.Sprintf(
				`{"response":%s,"plugin_configuration":{"interaction_configuration":%s,"pact_configuration":null}}`, set.response, set.whole)),
		}))(t)
		interaction.Close()
		contents := interaction.Contents(pactwasm.AsynchronousMessages, "c<", "p")
		equal(t, "JSON", string(must(json.Marshal(contents))(t)),
			`{"interactionType":"Asynchronous/Messages","pluginConfiguration":`+set.want+`,"consumer":"c\u003c","provider":"p"}`)
	}
	_, err := json.Marshal(pactwasm.InteractionContents{PactConfiguration: make(chan int)})
	var unsupported *json.UnsupportedTypeError
	equal(t, "a channel is no JSON", errors.As(err, &unsupported), true)
}

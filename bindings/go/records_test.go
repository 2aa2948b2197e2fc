package pactwasm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"
	"syscall"
	"testing"

	pactwasm "libpact_wasm/bindings/go"
)

func TestValuesThroughHandlers(t *testing.T) {
	delegate := delegateWith(t, vin{
		value: func(_ context.Context, _ pactwasm.Caller, r pactwasm.GenerateFieldRequest) (pactwasm.Value, error) {
			return r.Example, nil
		},
	})
	type text string
	for _, value := range []struct{ given, back pactwasm.Value }{
		{nil, nil}, {true, true}, {false, false}, {"", ""}, {"ä\x00☃", "ä\x00☃"}, {text("t"), "t"},
		{7, int64(7)}, {int8(-7), int64(-7)}, {uint32(7), int64(7)}, {int64(math.MinInt64), int64(math.MinInt64)},
		{2.0, 2.0}, {float32(0.5), 0.5}, {math.Inf(-1), math.Inf(-1)}, {math.NaN(), math.NaN()},
		{[]byte{}, []byte{}}, {[]byte(nil), []byte{}}, {[]byte{0, 255}, []byte{0, 255}},
		{json.Number("7"), int64(7)}, {json.Number("7.0"), 7.0}, {json.Number("1e3"), 1000.0},
		{json.RawMessage(`{"b": 1.0, "a": 2}`), json.RawMessage(`{"b": 1.0, "a": 2}`)},
		{map[string]any{"b": 1, "a": nil}, json.RawMessage(`{"a":null,"b":1}`)}, {[]int{1, 2}, json.RawMessage(`[1,2]`)},
	} {
		request := generateVIN()
		request.Example = value.given
		equal(t, "the value", must(delegate.GenerateField(t.Context(), request))(t), value.back)
	}
}

func TestBodies(t *testing.T) {
	echo := loaded(t, "echo", pactwasm.Options{})
	megabyte := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	megabyte[1<<19] = 0
	mapped := must(syscall.Mmap(-1, 0, 1<<16, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE))(t)
	defer syscall.Munmap(mapped)
	copy(mapped, "not in Go's memory")
	for _, body := range [][]byte{nil, {}, {0}, []byte("nul\x00 and ä\xff"), megabyte, megabyte[1:1], mapped} {
		back := must(echo.GenerateContent(t.Context(),
			pactwasm.GenerateRequest{Body: pactwasm.Body{ContentType: "a/b", Content: body, Hint: pactwasm.HintText}}))(t)
		if !bytes.Equal(back.Content, body) || (back.Content == nil) != (body == nil) {
			t.Errorf("%d bytes (nil: %v) came back as %d (nil: %v)", len(body), body == nil, len(back.Content), back.Content == nil)
		}
		equal(t, "content type and hint", back.ContentType+string(rune('0'+back.Hint)), "a/b1")
		equal(t, "comparison", must(echo.CompareContents(t.Context(),
			pactwasm.CompareRequest{Expected: pactwasm.Body{Content: body}, Actual: pactwasm.Body{Content: bytes.Clone(body)}}))(t).Matches(), true)
	}
	for _, pair := range [][2][]byte{{nil, {}}, {{}, nil}, {megabyte, megabyte[1:]}} {
		differ := must(echo.CompareContents(t.Context(),
			pactwasm.CompareRequest{Expected: pactwasm.Body{Content: pair[0]}, Actual: pactwasm.Body{Content: pair[1]}}))(t)
		equal(t, "verdict", differ.Verdict, pactwasm.VerdictMismatch)
		equal(t, "expected", len(differ.Mismatches[0].Expected), len(pair[0]))
		equal(t, "actual", len(differ.Mismatches[0].Actual), len(pair[1]))
	}
	equal(t, "a text with NUL in a content type", must(echo.GenerateContent(t.Context(),
		pactwasm.GenerateRequest{Body: pactwasm.Body{ContentType: "a/\x00ä"}}))(t).ContentType, "a/\x00ä")
}

// Every field of an interaction arrives.
func TestInteraction(t *testing.T) {
	echo := loaded(t, "echo", pactwasm.Options{})
	config := json.RawMessage(`{"response":{"contents":{"content_type":"text/csv","content":[97,44,49],"hint":"Text"},
		"rules":[["$.b",[{"type_":"regex","values":"{\"regex\":1.0}"}]],["$.a",[]]],
		"generators":[["column:1",{"type_":"RandomInt","values":"{\"min\":1}"}]],"message_metadata":"{\"topic\":\"t\"}",
		"metadata_rules":[["topic",[{"type_":"not-empty","values":null}]]],"metadata_generators":[["topic",{"type_":"Uuid","values":null}]],
		"plugin_configuration":{"interaction_configuration":"{\"i\":1.0}","pact_configuration":"{\"p\":2}"},
		"interaction_markup":"<b>a</b>","interaction_markup_type":"Html","part_name":"request"},
		"plugin_configuration":{"interaction_configuration":"{\"all\":1}","pact_configuration":null}}`)
	interaction := must(echo.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{ContentType: "text/csv", ContentsConfig: config}))(t)
	defer interaction.Close()
	equal(t, "configuration", interaction.Configuration, pactwasm.PluginConfiguration{Interaction: json.RawMessage(`{"all":1}`)})
	part := interaction.Parts[0]
	equal(t, "part", part, pactwasm.InteractionPart{
		Name:                "request",
		Body:                pactwasm.Body{ContentType: "text/csv", Content: []byte("a,1"), Hint: pactwasm.HintText},
		Rules:               json.RawMessage(`{"$.b":[{"type":"regex","values":{"regex":1.0}}],"$.a":[]}`),
		Generators:          json.RawMessage(`{"column:1":{"type":"RandomInt","values":{"min":1}}}`),
		MessageMetadata:     json.RawMessage(`{"topic":"t"}`),
		MetadataRules:       json.RawMessage(`{"topic":[{"type":"not-empty"}]}`),
		MetadataGenerators:  json.RawMessage(`{"topic":{"type":"Uuid"}}`),
		PluginConfiguration: pactwasm.PluginConfiguration{Interaction: json.RawMessage(`{"i":1.0}`), Pact: json.RawMessage(`{"p":2}`)},
		Rendering:           "<b>a</b>",
		Markup:              pactwasm.MarkupHTML,
	})
	bare := must(echo.ConfigureInteraction(t.Context(), pactwasm.ConfigureRequest{
		ContentType: "a/b", ContentsConfig: map[string]any{"response": []any{map[string]any{}, map[string]any{"part_name": "response"}}},
	}))(t)
	defer bare.Close()
	equal(t, "parts", len(bare.Parts), 2)
	equal(t, "body", bare.Parts[0].Body, pactwasm.Body{})
	equal(t, "configuration", bare.Parts[0].PluginConfiguration, pactwasm.PluginConfiguration{})
	equal(t, "name", bare.Parts[1].Name, "response")
	if !strings.HasPrefix(string(bare.Parts[0].Rules), "{") {
		t.Errorf("rules: %q", bare.Parts[0].Rules)
	}
}

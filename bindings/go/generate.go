package pactwasm

// #include <pact_wasm.h>
import "C"

import "context"

// TestMode says which side is being tested.
type TestMode int32

const (
	// TestModeUnknown: nobody knows.
	TestModeUnknown TestMode = C.PACTWASM_TEST_MODE_UNKNOWN
	// TestModeConsumer: a consumer test.
	TestModeConsumer TestMode = C.PACTWASM_TEST_MODE_CONSUMER
	// TestModeProvider: a provider verification.
	TestModeProvider TestMode = C.PACTWASM_TEST_MODE_PROVIDER
)

// ContentFor says what a body is generated for.
type ContentFor int32

const (
	// ContentForRequest: the body is for a request.
	ContentForRequest ContentFor = C.PACTWASM_CONTENT_FOR_REQUEST
	// ContentForResponse: the body is for a response.
	ContentForResponse ContentFor = C.PACTWASM_CONTENT_FOR_RESPONSE
)

// GenerateRequest says which generators to apply to a body.
type GenerateRequest struct {
	// Body is what to start from.
	Body Body
	// Generators by path expression: a JSON object such as {"$.id":{"type":"Uuid"}}, or nil. A handler gets a json.RawMessage.
	Generators any
	// PluginConfiguration comes from the pact file.
	PluginConfiguration PluginConfiguration
	// TestContext comes from the test framework: a JSON object, or nil. A handler gets a json.RawMessage.
	TestContext any
	// TestMode says which side is being tested.
	TestMode TestMode
	// ContentFor says what the body is for.
	ContentFor ContentFor
}

func (r *GenerateRequest) lend(l *loan) *C.PactWasmGenerateRequest {
	return &C.PactWasmGenerateRequest{
		size:                 C.sizeof_PactWasmGenerateRequest,
		body:                 r.Body.lend(l),
		generators_json:      l.json("Generators", r.Generators),
		plugin_configuration: r.PluginConfiguration.lend(l),
		test_context_json:    l.json("TestContext", r.TestContext),
		test_mode:            C.int32_t(r.TestMode),
		content_for:          C.int32_t(r.ContentFor),
	}
}

func generateRequestOf(from *C.PactWasmGenerateRequest) GenerateRequest {
	return GenerateRequest{
		Body:                bodyOf(from.body),
		Generators:          raw(from.generators_json),
		PluginConfiguration: pluginConfigurationOf(from.plugin_configuration),
		TestContext:         raw(from.test_context_json),
		TestMode:            TestMode(from.test_mode),
		ContentFor:          ContentFor(from.content_for),
	}
}

// GenerateContent applies generators to a body.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin] (the body could not be generated),
// [ErrUnsupported] (the plugin is no content generator), [ErrWrongState] before init.
func (p *Plugin) GenerateContent(ctx context.Context, request GenerateRequest) (Body, error) {
	var l loan
	defer l.giveBack()
	lent := request.lend(&l)
	var generated *C.PactWasmContent
	err := p.call(ctx, "generate-content", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_generate_content(plugin, lent, options, &generated, failed)
		})
	if err != nil {
		return Body{}, err
	}
	defer C.pactwasm_content_free(generated)
	var o outcome
	var body C.PactWasmBody
	err = o.check(C.pactwasm_content_get(generated, &body, &o.failed))
	return bodyOf(body), err
}

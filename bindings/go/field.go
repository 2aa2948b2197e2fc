package pactwasm

// #include <pact_wasm.h>
import "C"

import "context"

// Source says where a value is.
type Source int32

const (
	// SourceBody: in a body.
	SourceBody Source = C.PACTWASM_SOURCE_BODY
	// SourceHeader: in a header.
	SourceHeader Source = C.PACTWASM_SOURCE_HEADER
	// SourceMetadata: in the metadata of a message.
	SourceMetadata Source = C.PACTWASM_SOURCE_METADATA
	// SourceQuery: in a query string.
	SourceQuery Source = C.PACTWASM_SOURCE_QUERY
	// SourcePath: it is the path of a request.
	SourcePath Source = C.PACTWASM_SOURCE_PATH
	// SourceStatus: it is the status of a response.
	SourceStatus Source = C.PACTWASM_SOURCE_STATUS
)

// MatchFieldRequest says which rule to apply to which value.
type MatchFieldRequest struct {
	// Key of the catalogue entry, required.
	Key string
	// RuleType is the type of the matching rule, required.
	RuleType string
	// RuleValues is the configuration of the rule: a JSON object, or nil. A handler gets a json.RawMessage.
	RuleValues any
	// Path says where the value is: a path expression; may be empty.
	Path string
	// Source says in what the value is.
	Source Source
	// Expected is what the pact says.
	Expected Value
	// Actual is what came.
	Actual Value
	// PluginConfiguration comes from the pact file.
	PluginConfiguration PluginConfiguration
	// TestContext comes from the test framework: a JSON object, or nil. A handler gets a json.RawMessage.
	TestContext any
}

func (r *MatchFieldRequest) lend(l *loan) *C.PactWasmMatchFieldRequest {
	return &C.PactWasmMatchFieldRequest{
		size:                 C.sizeof_PactWasmMatchFieldRequest,
		key:                  l.text(r.Key),
		rule_type:            l.text(r.RuleType),
		rule_values_json:     l.json("RuleValues", r.RuleValues),
		path:                 l.text(r.Path),
		source:               C.int32_t(r.Source),
		expected:             lendValue(l, "Expected", r.Expected),
		actual:               lendValue(l, "Actual", r.Actual),
		plugin_configuration: r.PluginConfiguration.lend(l),
		test_context_json:    l.json("TestContext", r.TestContext),
	}
}

func matchFieldRequestOf(from *C.PactWasmMatchFieldRequest) (MatchFieldRequest, error) {
	expected, err := valueOf(from.expected)
	if err != nil {
		return MatchFieldRequest{}, err
	}
	actual, err := valueOf(from.actual)
	return MatchFieldRequest{
		Key:                 text(from.key),
		RuleType:            text(from.rule_type),
		RuleValues:          raw(from.rule_values_json),
		Path:                text(from.path),
		Source:              Source(from.source),
		Expected:            expected,
		Actual:              actual,
		PluginConfiguration: pluginConfigurationOf(from.plugin_configuration),
		TestContext:         raw(from.test_context_json),
	}, err
}

// MatchField applies a matching rule of the plugin to one value.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin] (the rule could not be applied), [ErrUnsupported]
// (the plugin is no field matcher), [ErrWrongState] before init.
func (p *Plugin) MatchField(ctx context.Context, request MatchFieldRequest) (*Comparison, error) {
	var l loan
	defer l.giveBack()
	lent := request.lend(&l)
	var comparison *C.PactWasmComparison
	err := p.call(ctx, "match-field", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_match_field(plugin, lent, options, &comparison, failed)
		})
	if err != nil {
		return nil, err
	}
	return takeComparison(comparison)
}

// GenerateFieldRequest says which generator to use.
type GenerateFieldRequest struct {
	// Key of the catalogue entry, required.
	Key string
	// GeneratorType is the type of the generator, required.
	GeneratorType string
	// GeneratorValues is the configuration of the generator: a JSON object, or nil. A handler gets a json.RawMessage.
	GeneratorValues any
	// Path says where the value goes: a path expression; may be empty.
	Path string
	// Example is the value that the test author gave.
	Example Value
	// PluginConfiguration comes from the pact file.
	PluginConfiguration PluginConfiguration
	// TestContext comes from the test framework: a JSON object, or nil. A handler gets a json.RawMessage.
	TestContext any
	// TestMode says which side is being tested.
	TestMode TestMode
}

func (r *GenerateFieldRequest) lend(l *loan) *C.PactWasmGenerateFieldRequest {
	return &C.PactWasmGenerateFieldRequest{
		size:                  C.sizeof_PactWasmGenerateFieldRequest,
		key:                   l.text(r.Key),
		generator_type:        l.text(r.GeneratorType),
		generator_values_json: l.json("GeneratorValues", r.GeneratorValues),
		path:                  l.text(r.Path),
		example:               lendValue(l, "Example", r.Example),
		plugin_configuration:  r.PluginConfiguration.lend(l),
		test_context_json:     l.json("TestContext", r.TestContext),
		test_mode:             C.int32_t(r.TestMode),
	}
}

func generateFieldRequestOf(from *C.PactWasmGenerateFieldRequest) (GenerateFieldRequest, error) {
	example, err := valueOf(from.example)
	return GenerateFieldRequest{
		Key:                 text(from.key),
		GeneratorType:       text(from.generator_type),
		GeneratorValues:     raw(from.generator_values_json),
		Path:                text(from.path),
		Example:             example,
		PluginConfiguration: pluginConfigurationOf(from.plugin_configuration),
		TestContext:         raw(from.test_context_json),
		TestMode:            TestMode(from.test_mode),
	}, err
}

// GenerateField generates one value with a generator of the plugin.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin] (the value could not be generated),
// [ErrUnsupported] (the plugin is no field generator), [ErrWrongState] before init, [ErrInvalidResponse].
func (p *Plugin) GenerateField(ctx context.Context, request GenerateFieldRequest) (Value, error) {
	var l loan
	defer l.giveBack()
	lent := request.lend(&l)
	var field *C.PactWasmField
	err := p.call(ctx, "generate-field", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_generate_field(plugin, lent, options, &field, failed)
		})
	if err != nil {
		return nil, err
	}
	defer C.pactwasm_field_free(field)
	var o outcome
	var value C.PactWasmFieldValue
	if err := o.check(C.pactwasm_field_get(field, &value, &o.failed)); err != nil {
		return nil, err
	}
	return valueOf(value)
}

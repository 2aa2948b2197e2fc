package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"encoding/json"
)

// ConfigureRequest says what the test author wrote for a body.
type ConfigureRequest struct {
	// ContentType is the MIME type of the body.
	ContentType string
	// ContentsConfig is what the test author wrote: a JSON object, required. encoding/json sorts the keys of maps; where their
	// order counts, give a json.RawMessage.
	ContentsConfig any
	// TestContext comes from the test framework: a JSON object, or nil.
	TestContext any
}

// ConfigureInteraction turns what the test author wrote for a body into the body itself, its rules and generators, and
// configuration for the pact file.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin] (usually the contents config; the message is the
// plugin's), [ErrUnsupported] (the plugin is no content matcher), [ErrWrongState] before init, [ErrInvalidResponse].
func (p *Plugin) ConfigureInteraction(ctx context.Context, request ConfigureRequest) (*Interaction, error) {
	var l loan
	defer l.giveBack()
	lent := &C.PactWasmConfigureRequest{
		size:                 C.sizeof_PactWasmConfigureRequest,
		content_type:         l.text(request.ContentType),
		contents_config_json: l.json("ContentsConfig", request.ContentsConfig),
		test_context_json:    l.json("TestContext", request.TestContext),
	}
	var interaction *C.PactWasmInteraction
	err := p.call(ctx, "configure-interaction", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_configure_interaction(plugin, lent, options, &interaction, failed)
		})
	if err != nil {
		return nil, err
	}
	return newInteraction(interaction)
}

// Interaction is what a plugin set up. What it says is copied, and stays when it is closed; a [PactFile] takes only one that is
// open.
type Interaction struct {
	// Parts has one or more.
	Parts []InteractionPart
	// Configuration is what the plugin wants stored for the interaction as a whole, beside that of its parts.
	Configuration PluginConfiguration

	handle *handle[*C.PactWasmInteraction]
}

// newInteraction copies what an interaction says, and keeps it.
func newInteraction(from *C.PactWasmInteraction) (*Interaction, error) {
	h := newHandle(from, func(i *C.PactWasmInteraction) { C.pactwasm_interaction_free(i) })
	parts, err := items(C.pactwasm_interaction_count(from), func(index C.size_t, o *outcome) (InteractionPart, error) {
		part := C.PactWasmInteractionPart{size: C.sizeof_PactWasmInteractionPart}
		err := o.check(C.pactwasm_interaction_get(from, index, &part, &o.failed))
		return interactionPartOf(&part), err
	})
	var o outcome
	var configuration C.PactWasmPluginConfiguration
	if err == nil {
		err = o.check(C.pactwasm_interaction_configuration(from, &configuration, &o.failed))
	}
	if err != nil {
		h.close()
		return nil, err
	}
	interaction := &Interaction{Parts: parts, Configuration: pluginConfigurationOf(configuration), handle: h}
	closeWith(interaction, h)
	return interaction, nil
}

// Close lets go of the interaction. It always gives nil, and may be called more than once.
func (i *Interaction) Close() error {
	i.handle.close()
	return nil
}

// Markup says how a rendering is written.
type Markup int32

const (
	// MarkupCommonMark is https://commonmark.org.
	MarkupCommonMark Markup = C.PACTWASM_MARKUP_COMMON_MARK
	// MarkupHTML is HTML.
	MarkupHTML Markup = C.PACTWASM_MARKUP_HTML
)

// InteractionPart is the request, the response or the message of an interaction.
type InteractionPart struct {
	// Name is "request", "response", or empty where there is only one part.
	Name string
	// Body has no content type where the part has no body.
	Body Body
	// Rules are matching rules for the body by path expression: a JSON object, as [CompareRequest] takes it.
	Rules json.RawMessage
	// Generators for the body by path expression: a JSON object, as [GenerateRequest] takes it.
	Generators json.RawMessage
	// MessageMetadata is a JSON object, or nil.
	MessageMetadata json.RawMessage
	// MetadataRules are matching rules for the metadata: a JSON object.
	MetadataRules json.RawMessage
	// MetadataGenerators are generators for the metadata: a JSON object.
	MetadataGenerators json.RawMessage
	// PluginConfiguration is what to store in the pact file for this part.
	PluginConfiguration PluginConfiguration
	// Rendering is for people; may be empty.
	Rendering string
	// Markup says how Rendering is written.
	Markup Markup
}

func interactionPartOf(from *C.PactWasmInteractionPart) InteractionPart {
	return InteractionPart{
		Name:                text(from.part_name),
		Body:                bodyOf(from.body),
		Rules:               raw(from.rules_json),
		Generators:          raw(from.generators_json),
		MessageMetadata:     raw(from.message_metadata_json),
		MetadataRules:       raw(from.metadata_rules_json),
		MetadataGenerators:  raw(from.metadata_generators_json),
		PluginConfiguration: pluginConfigurationOf(from.plugin_configuration),
		Rendering:           text(from.markup),
		Markup:              Markup(from.markup_type),
	}
}

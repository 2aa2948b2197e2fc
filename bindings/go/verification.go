package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"unsafe"
)

// PrepareRequest says which interaction to build a request or message for.
type PrepareRequest struct {
	// Interaction as in the pact.
	Interaction InteractionContents
	// Config is what the user configured for the verification: a JSON object, or nil.
	Config any
	// TestContext comes from the test framework: a JSON object, or nil.
	TestContext any
}

// InteractionData is what is sent to a provider, or came from it.
type InteractionData struct {
	// Body has neither content type nor content where there is none.
	Body Body
	// Metadata by name. What comes from the library is a json.RawMessage, or []byte, never nil. What it is given is bytes if it
	// is a []byte, and otherwise JSON: whatever encoding/json turns into it, nil included.
	Metadata map[string]any
}

func (d *InteractionData) lend(l *loan) C.PactWasmInteractionData {
	names := slices.Sorted(maps.Keys(d.Metadata))
	metadata := make([]C.PactWasmMetadata, len(names))
	for index, name := range names {
		metadata[index] = lendMetadata(l, name, d.Metadata[name])
	}
	lent := C.PactWasmInteractionData{body: d.Body.lend(l), metadata_count: C.size_t(len(metadata))}
	if len(metadata) > 0 {
		lent.metadata = &metadata[0]
		l.pinner.Pin(lent.metadata)
	}
	return lent
}

func lendMetadata(l *loan, name string, value any) C.PactWasmMetadata {
	lent := C.PactWasmMetadata{name: l.view(unsafe.StringData(name), len(name))}
	switch v := value.(type) {
	case []byte:
		lent.bytes = l.view(unsafe.SliceData(v), len(v))
	case json.RawMessage:
		lent.json = l.view(unsafe.SliceData(v), len(v))
	default:
		text, err := json.Marshal(v)
		if err != nil {
			l.refuse("Metadata: "+name, err)
		}
		lent.json = l.view(unsafe.SliceData(text), len(text))
	}
	return lent
}

// takeData copies data, and frees it.
func takeData(from *C.PactWasmData) (InteractionData, error) {
	defer C.pactwasm_data_free(from)
	var o outcome
	var view C.PactWasmInteractionData
	if err := o.check(C.pactwasm_data_get(from, &view, &o.failed)); err != nil {
		return InteractionData{}, err
	}
	data := InteractionData{Body: bodyOf(view.body), Metadata: map[string]any{}}
	for _, piece := range unsafe.Slice(view.metadata, int(view.metadata_count)) {
		if piece.json.data != nil {
			data.Metadata[text(piece.name)] = raw(piece.json)
		} else {
			data.Metadata[text(piece.name)] = content(piece.bytes)
		}
	}
	return data, nil
}

// PrepareInteraction builds what is to be sent to the provider for an interaction. It may be changed before
// [Plugin.VerifyInteraction] sends it, for instance to add a token.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin], [ErrUnsupported] (the plugin is no transport, or does
// not take interactions of this type), [ErrWrongState] before init, [ErrInvalidResponse].
func (p *Plugin) PrepareInteraction(ctx context.Context, request PrepareRequest) (InteractionData, error) {
	var l loan
	defer l.giveBack()
	lent := &C.PactWasmPrepareRequest{
		size:              C.sizeof_PactWasmPrepareRequest,
		interaction_json:  l.json("Interaction", request.Interaction),
		config_json:       l.json("Config", request.Config),
		test_context_json: l.json("TestContext", request.TestContext),
	}
	var data *C.PactWasmData
	err := p.call(ctx, "prepare-interaction-for-verification", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_prepare_interaction(plugin, lent, options, &data, failed)
		})
	if err != nil {
		return InteractionData{}, err
	}
	return takeData(data)
}

// VerifyRequest says what to send to the provider, and which interaction its answer belongs to.
type VerifyRequest struct {
	// Data is what to send: as [Plugin.PrepareInteraction] gives it, or changed.
	Data InteractionData
	// Interaction as in the pact.
	Interaction InteractionContents
	// Config is what the user configured for the verification: a JSON object, or nil. Plugins expect the provider's address
	// there.
	Config any
	// TestContext comes from the test framework: a JSON object, or nil.
	TestContext any
}

// VerifyInteraction sends data to the provider and checks its answer. What is wrong with the answer is a result, and not an
// error. The plugin connects itself, so the provider's address must be granted, see [Grant].
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin] (for instance because the provider cannot be reached),
// [ErrPermission] (the sandbox does not let the plugin connect there), [ErrUnsupported] (the plugin is no transport, or does not
// take interactions of this type), [ErrWrongState] before init, [ErrInvalidResponse].
func (p *Plugin) VerifyInteraction(ctx context.Context, request VerifyRequest) (*Verification, error) {
	var l loan
	defer l.giveBack()
	lent := &C.PactWasmVerifyRequest{
		size:              C.sizeof_PactWasmVerifyRequest,
		data:              request.Data.lend(&l),
		interaction_json:  l.json("Interaction", request.Interaction),
		config_json:       l.json("Config", request.Config),
		test_context_json: l.json("TestContext", request.TestContext),
	}
	var outcomes *C.PactWasmOutcome
	var response *C.PactWasmData
	err := p.call(ctx, "verify-interaction", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_verify_interaction(plugin, lent, options, &outcomes, &response, failed)
		})
	if err != nil {
		return nil, err
	}
	return takeVerification(outcomes, response)
}

// Verification is how a provider did.
type Verification struct {
	// Success says whether the provider's answer is as the interaction says.
	Success bool
	// Failures say what is wrong; none for a success.
	Failures []VerificationFailure
	// Output has lines to show to the user.
	Output []string
	// Response is what the provider answered; nil where the plugin does not tell.
	Response *InteractionData
}

// VerificationFailure is one thing that went wrong: an error or a mismatch.
type VerificationFailure struct {
	// Error kept the answer from being compared; empty for a mismatch.
	Error string
	// Mismatch between the answer and what was expected; nil for an error.
	Mismatch *Mismatch
}

// String is the error or the mismatch.
func (f VerificationFailure) String() string {
	if f.Mismatch != nil {
		return f.Mismatch.String()
	}
	return f.Error
}

// takeVerification copies how a verification ended, and the response if there is one, and frees both.
func takeVerification(outcomes *C.PactWasmOutcome, response *C.PactWasmData) (*Verification, error) {
	verification := &Verification{}
	if response != nil {
		data, err := takeData(response)
		if err != nil {
			C.pactwasm_outcome_free(outcomes)
			return nil, err
		}
		verification.Response = &data
	}
	taken, err := takeOutcome(outcomes)
	if err != nil {
		return nil, err
	}
	verification.Success, verification.Output = taken.ok, taken.output
	for _, result := range taken.results {
		failure := VerificationFailure{Error: result.Error}
		if len(result.Mismatches) > 0 {
			failure.Mismatch = &result.Mismatches[0]
		}
		verification.Failures = append(verification.Failures, failure)
	}
	return verification, nil
}

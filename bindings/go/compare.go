package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"context"
	"encoding/json"
)

// CompareRequest says what to compare.
type CompareRequest struct {
	// Expected is what the pact says.
	Expected Body
	// Actual is what came.
	Actual Body
	// AllowUnexpectedKeys says whether the actual body may hold keys that the expected one does not.
	AllowUnexpectedKeys bool
	// Rules are matching rules by path expression: a JSON object such as
	// {"$.a":[{"type":"regex","values":{"regex":"\\d+"}}]}, or nil. A handler gets a json.RawMessage.
	Rules any
	// PluginConfiguration comes from the pact file.
	PluginConfiguration PluginConfiguration
	// TestContext comes from the test framework: a JSON object, or nil. A handler gets a json.RawMessage.
	TestContext any
}

func (r *CompareRequest) lend(l *loan) *C.PactWasmCompareRequest {
	lent := &C.PactWasmCompareRequest{
		size:                 C.sizeof_PactWasmCompareRequest,
		expected:             r.Expected.lend(l),
		actual:               r.Actual.lend(l),
		rules_json:           l.json("Rules", r.Rules),
		plugin_configuration: r.PluginConfiguration.lend(l),
		test_context_json:    l.json("TestContext", r.TestContext),
	}
	if r.AllowUnexpectedKeys {
		lent.allow_unexpected_keys = 1
	}
	return lent
}

func compareRequestOf(from *C.PactWasmCompareRequest) CompareRequest {
	return CompareRequest{
		Expected:            bodyOf(from.expected),
		Actual:              bodyOf(from.actual),
		AllowUnexpectedKeys: from.allow_unexpected_keys != 0,
		Rules:               raw(from.rules_json),
		PluginConfiguration: pluginConfigurationOf(from.plugin_configuration),
		TestContext:         raw(from.test_context_json),
	}
}

// CompareContents compares an actual body with the expected one.
//
// Errors besides those of all operations (see [Plugin.Init]): [ErrPlugin] (the bodies could not be compared),
// [ErrUnsupported] (the plugin is no content matcher), [ErrWrongState] before init.
func (p *Plugin) CompareContents(ctx context.Context, request CompareRequest) (*Comparison, error) {
	var l loan
	defer l.giveBack()
	lent := request.lend(&l)
	var comparison *C.PactWasmComparison
	err := p.call(ctx, "compare-contents", &l,
		func(plugin *C.PactWasmPlugin, options *C.PactWasmCallOptions, failed **C.PactWasmError) C.int32_t {
			return C.pactwasm_plugin_compare_contents(plugin, lent, options, &comparison, failed)
		})
	if err != nil {
		return nil, err
	}
	return takeComparison(comparison)
}

// Verdict says how a comparison ended.
type Verdict int32

const (
	// VerdictMatch: body or value match.
	VerdictMatch Verdict = C.PACTWASM_VERDICT_MATCH
	// VerdictMismatch: they do not; there is at least one mismatch.
	VerdictMismatch Verdict = C.PACTWASM_VERDICT_MISMATCH
	// VerdictContentType: the actual body is of another type, so it was not compared. The one mismatch holds the two content
	// types as expected and actual.
	VerdictContentType Verdict = C.PACTWASM_VERDICT_CONTENT_TYPE
)

// Comparison is the verdict on a body or a value.
type Comparison struct {
	// Verdict says how it ended.
	Verdict Verdict
	// Mismatches in the order in which the plugin lists them; none for a match.
	Mismatches []Mismatch
}

// Matches says whether nothing is wrong.
func (c *Comparison) Matches() bool { return c.Verdict == VerdictMatch }

// takeComparison copies a comparison, and frees it.
func takeComparison(comparison *C.PactWasmComparison) (*Comparison, error) {
	defer C.pactwasm_comparison_free(comparison)
	var o outcome
	var verdict C.int32_t
	if err := o.check(C.pactwasm_comparison_verdict(comparison, &verdict, &o.failed)); err != nil {
		return nil, err
	}
	taken := &Comparison{Verdict: Verdict(verdict)}
	if taken.Matches() {
		return taken, nil
	}
	mismatches, err := items(C.pactwasm_comparison_count(comparison), func(index C.size_t, o *outcome) (Mismatch, error) {
		from := C.PactWasmMismatch{size: C.sizeof_PactWasmMismatch}
		err := o.check(C.pactwasm_comparison_get(comparison, index, &from, &o.failed))
		return mismatchOf(&from), err
	})
	taken.Mismatches = mismatches
	return taken, err
}

// Mismatch is one thing that does not match.
type Mismatch struct {
	// Expression is the path expression under which the plugin lists it.
	Expression string
	// Path says where it is: usually the same as Expression, or more precise.
	Path string
	// Description says what is wrong, for people.
	Description string
	// Expected value, usually text; nil where nothing was expected.
	Expected []byte
	// Actual value, usually text; nil where there was none.
	Actual []byte
	// Diff is a rendered difference, or empty.
	Diff string
	// Type is "body", "header", "metadata", …, or empty.
	Type string
}

// String is the path and the description.
func (m Mismatch) String() string {
	return m.Path + ": " + m.Description
}

func (m *Mismatch) lend(l *loan) *C.PactWasmMismatch {
	return &C.PactWasmMismatch{
		size:          C.sizeof_PactWasmMismatch,
		expression:    l.text(m.Expression),
		path:          l.text(m.Path),
		description:   l.text(m.Description),
		expected:      l.bytes(m.Expected),
		actual:        l.bytes(m.Actual),
		diff:          l.text(m.Diff),
		mismatch_type: l.text(m.Type),
	}
}

func mismatchOf(from *C.PactWasmMismatch) Mismatch {
	return Mismatch{
		Expression:  text(from.expression),
		Path:        text(from.path),
		Description: text(from.description),
		Expected:    content(from.expected),
		Actual:      content(from.actual),
		Diff:        text(from.diff),
		Type:        text(from.mismatch_type),
	}
}

// PluginConfiguration is what a plugin stored in the pact file when the interaction was configured.
type PluginConfiguration struct {
	// Interaction is for the interaction: a JSON object, or nil.
	Interaction json.RawMessage
	// Pact is for the whole pact file: a JSON object, or nil.
	Pact json.RawMessage
}

func (c PluginConfiguration) lend(l *loan) C.PactWasmPluginConfiguration {
	return C.PactWasmPluginConfiguration{interaction_json: l.bytes(c.Interaction), pact_json: l.bytes(c.Pact)}
}

func pluginConfigurationOf(from C.PactWasmPluginConfiguration) PluginConfiguration {
	return PluginConfiguration{Interaction: raw(from.interaction_json), Pact: raw(from.pact_json)}
}

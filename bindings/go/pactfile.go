package pactwasm

// #include <pact_wasm.h>
import "C"

import (
	"encoding/json"
	"fmt"
	"os"
	"unsafe"
)

// PactFile is a pact file, version 4 of the Pact specification, that Pact's own libraries verify with the same plugins. It is
// not for several goroutines at once.
type PactFile struct {
	text []byte
}

// NewPactFile begins a pact file between a consumer and a provider.
func NewPactFile(consumer, provider string) *PactFile {
	type participant struct {
		Name string `json:"name"`
	}
	text, err := json.Marshal(struct {
		Consumer participant `json:"consumer"`
		Provider participant `json:"provider"`
	}{participant{consumer}, participant{provider}})
	if err != nil { // two texts are always JSON
		panic(err)
	}
	return &PactFile{text}
}

// PactFileFrom goes on with the text of an existing pact file. What is wrong with it is found when something is added.
func PactFileFrom(text []byte) *PactFile {
	return &PactFile{append([]byte{}, text...)}
}

// PactInteraction is an interaction for a pact file. A plugin may give the request and the response of an interaction at once,
// as parts that carry these names: give the same Interaction twice. Parts without a name go where it is given.
type PactInteraction struct {
	// Template is the interaction without what comes from plugins: a JSON object as in the pact file, with at least
	// "description" and "type" ("Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages"). Provider states,
	// method, path, headers, status, rules for them, metadata, … stand in it where they stand in the file.
	Template any
	// Request is what a plugin set up for the request, or nil. It has one part for it.
	Request *Interaction
	// Response is what a plugin set up for the response, or nil. It has one part for it, or several where the interaction is
	// "Synchronous/Messages".
	Response *Interaction
	// Message is what a plugin set up for the message of an interaction that is "Asynchronous/Messages", or nil: one part,
	// whatever its name. For these, and only for these, it is set instead of Request and Response.
	Message *Interaction
}

// AddInteraction adds an interaction, with the plugins that it needs. One that is in the file already is replaced: one with the
// same "key", or else type, description and provider states.
//
// What plugins set up is put into the template as Pact's own libraries do it. In the same place it replaces what the template
// has; configuration of one plugin is merged, where the response wins, and renderings follow each other. HTTP bodies bring a
// header Content-Type unless there is one.
//
// Errors: [ErrInvalidArgument], [ErrUnsupported] (a plugin declares the types of interactions that it takes, and this is none
// of them), [ErrInvalidResponse] (what the plugin set up cannot be in a pact file), [ErrClosed].
func (p *PactFile) AddInteraction(interaction PactInteraction) error {
	var l loan
	defer l.giveBack()
	lent := &C.PactWasmPactInteraction{
		size:          C.sizeof_PactWasmPactInteraction,
		template_json: l.json("Template", interaction.Template),
	}
	if l.err != nil {
		return &Error{Code: ErrInvalidArgument, Message: l.err.Error()}
	}
	for _, part := range []struct {
		from *Interaction
		to   **C.PactWasmInteraction
	}{
		{interaction.Request, &lent.request},
		{interaction.Response, &lent.response},
		{interaction.Message, &lent.message},
	} {
		if part.from == nil {
			continue
		}
		open, err := part.from.handle.acquire()
		if err != nil {
			return err
		}
		defer part.from.handle.release()
		*part.to = open
	}
	var o outcome
	var result C.PactWasmBytes
	err := o.check(C.pactwasm_pact_add_interaction(p.chars(), C.size_t(len(p.text)), lent, &result, &o.failed))
	return p.replace(&result, err)
}

// AddPlugin adds a plugin to those that the file needs: whoever verifies it loads them. [PactFile.AddInteraction] does so for
// plugins that set up an interaction; this is for those whose rules, generators or transport the file uses otherwise.
func (p *PactFile) AddPlugin(plugin *Plugin) error {
	open, err := plugin.handle.acquire()
	if err != nil {
		return err
	}
	defer plugin.handle.release()
	var o outcome
	var result C.PactWasmBytes
	err = o.check(C.pactwasm_pact_add_plugin(open, p.chars(), C.size_t(len(p.text)), &result, &o.failed))
	return p.replace(&result, err)
}

func (p *PactFile) chars() *C.char {
	return (*C.char)(unsafe.Pointer(unsafe.SliceData(p.text)))
}

// replace goes on with a result, unless there is an error instead.
func (p *PactFile) replace(result *C.PactWasmBytes, err error) error {
	if err == nil {
		p.text = takeBytes(result)
	}
	return err
}

// JSON is a copy of the file's text.
func (p *PactFile) JSON() []byte {
	return append([]byte{}, p.text...)
}

// Write writes the file to a path, and replaces what is there.
func (p *PactFile) Write(path string) error {
	if err := os.WriteFile(path, p.text, 0o644); err != nil {
		return fmt.Errorf("pactwasm: the pact file: %w", err)
	}
	return nil
}

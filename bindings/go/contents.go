package pactwasm

import "encoding/json"

// InteractionType says what is exchanged.
type InteractionType string

const (
	// SynchronousHTTP: an HTTP request and its response.
	SynchronousHTTP InteractionType = "Synchronous/HTTP"
	// AsynchronousMessages: a message that nobody answers.
	AsynchronousMessages InteractionType = "Asynchronous/Messages"
	// SynchronousMessages: a message and its answers.
	SynchronousMessages InteractionType = "Synchronous/Messages"
)

// InteractionContents is an interaction as a transport gets it: for a mock server, or to verify a provider. For one that a plugin
// set up, [Interaction.Contents] makes it.
type InteractionContents struct {
	// Type says what is exchanged, required.
	Type InteractionType
	// InteractionConfiguration is what the plugin stored for the interaction: a JSON object, or nil.
	InteractionConfiguration any
	// PactConfiguration is what the plugin stored for the whole pact file: a JSON object, or nil.
	PactConfiguration any
	// Consumer and Provider are the two sides of the pact; may be empty.
	Consumer, Provider string
}

// MarshalJSON gives the interaction as the operations of the generic call take it ([Plugin.Call]).
func (c InteractionContents) MarshalJSON() ([]byte, error) {
	type configuration struct {
		Interaction json.RawMessage `json:"interactionConfiguration,omitempty"`
		Pact        json.RawMessage `json:"pactConfiguration,omitempty"`
	}
	own, err := encode(c.InteractionConfiguration)
	if err != nil {
		return nil, err
	}
	shared, err := encode(c.PactConfiguration)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Type          InteractionType `json:"interactionType"`
		Configuration configuration   `json:"pluginConfiguration"`
		Consumer      string          `json:"consumer"`
		Provider      string          `json:"provider"`
	}{c.Type, configuration{own, shared}, c.Consumer, c.Provider})
}

// Contents is the interaction for a mock server or a verification: with what the first part that has any stored, or else with
// what was stored for the interaction as a whole. It stays when the interaction is closed.
func (i *Interaction) Contents(kind InteractionType, consumer, provider string) InteractionContents {
	stored := i.Configuration
	for index := len(i.Parts) - 1; index >= 0; index-- {
		of := i.Parts[index].PluginConfiguration
		if of.Interaction != nil {
			stored.Interaction = of.Interaction
		}
		if of.Pact != nil {
			stored.Pact = of.Pact
		}
	}
	return InteractionContents{
		Type:                     kind,
		InteractionConfiguration: stored.Interaction,
		PactConfiguration:        stored.Pact,
		Consumer:                 consumer,
		Provider:                 provider,
	}
}

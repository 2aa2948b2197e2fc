# frozen_string_literal: true

module PactWasm
  # An interaction as a transport gets it: for a mock server, or for a verification. {Interaction#contents} makes one of what a
  # plugin set up.
  #
  # @!attribute [r] interaction_type
  #   @return [String] "Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages"
  # @!attribute [r] plugin_configuration
  #   @return [PluginConfiguration, nil] from the pact file, or from {Interaction}
  # @!attribute [r] consumer
  #   @return [String, nil] name of the consumer
  # @!attribute [r] provider
  #   @return [String, nil] name of the provider
  InteractionContents = Value.new(:interaction_type, :plugin_configuration, :consumer, :provider, keyword_init: true) do
    # @return [Hash] as the library takes it
    # @api private
    def to_json_data
      configuration = plugin_configuration && {
        "interactionConfiguration" => plugin_configuration.interaction,
        "pactConfiguration" => plugin_configuration.pact,
      }.compact
      { "interactionType" => interaction_type, "pluginConfiguration" => configuration, "consumer" => consumer,
        "provider" => provider }.compact
    end
  end

  # What one request to a {MockServer} amounted to.
  #
  # @!attribute [r] path
  #   @return [String] what the request was for, as the plugin names it; may be empty
  # @!attribute [r] error
  #   @return [String, nil] what kept it from being compared. A server that crashed, or was stopped for going over a limit, says so
  #     here.
  # @!attribute [r] mismatches
  #   @return [Array<Mismatch>] what differs
  MockServerResult = Value.new(:path, :error, :mismatches, keyword_init: true) do
    # @return [String] error and mismatches, one a line, for a report
    def to_s
      [*(error && [path, error].reject(&:empty?).join(": ")), *mismatches].join("\n")
    end
  end

  # What a {MockServer} has seen.
  #
  # @!attribute [r] ok
  #   @return [Boolean] whether everything that was expected came, and nothing else
  # @!attribute [r] results
  #   @return [Array<MockServerResult>] what went wrong; plugins may list what went well too
  MockServerResults = Value.new(:ok, :results, keyword_init: true) do
    # @return [Boolean] {#ok}
    alias_method :ok?, :ok
  end

  # What is sent to a provider, or came from it.
  #
  # @!attribute [r] body
  #   @return [Body, nil] nil where there is none
  # @!attribute [r] metadata
  #   @return [Hash{String => Object}] by name: bytes (a String in the encoding ASCII-8BIT), or anything that JSON has
  InteractionData = Value.new(:body, :metadata, keyword_init: true) do
    def initialize(body: nil, metadata: {})
      super
    end
  end

  # The verdict on a provider's answer.
  #
  # @!attribute [r] success
  #   @return [Boolean] whether the answer is as the interaction says
  # @!attribute [r] failures
  #   @return [Array<String, Mismatch>] what went wrong: errors as texts, and mismatches
  # @!attribute [r] output
  #   @return [Array<String>] lines to show to the user
  # @!attribute [r] response
  #   @return [InteractionData, nil] what the provider answered; nil where the plugin does not tell
  Verification = Value.new(:success, :failures, :output, :response, keyword_init: true) do
    # @return [Boolean] {#success}
    alias_method :success?, :success
  end
end

# frozen_string_literal: true

module PactWasm
  # An interaction as a plugin set it up, from {Plugin#configure_interaction}. Its parts are plain values, which outlive `close`;
  # the interaction itself is needed for a {PactFile}. It may outlive its plugin and host.
  class Interaction < Handle
    # @return [Array<InteractionPart>] one or more
    attr_reader :parts
    # @return [PluginConfiguration] what the plugin wants stored for the interaction as a whole, beside that of its parts
    attr_reader :configuration

    # @api private
    def initialize(call, pointer)
      super(pointer)
      @parts = call.list(Declarations::PactWasmInteractionPart, pointer,
                         count: :pactwasm_interaction_count, get: :pactwasm_interaction_get).freeze
      @configuration = call.read(Declarations::PactWasmPluginConfiguration, :pactwasm_interaction_configuration, pointer)
    end

    # The interaction for a mock server or a verification: the configuration that the plugin wants stored, for the interaction and
    # for the pact file as a whole. That of several parts is merged, as in the file.
    #
    # @param interaction_type [String] "Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages"
    # @param consumer [String, nil] name of the consumer
    # @param provider [String, nil] name of the provider
    # @return [InteractionContents] a plain value, which outlives `close`
    def contents(interaction_type, consumer: nil, provider: nil)
      stored = [configuration, *parts.map(&:plugin_configuration)]
      merged = PluginConfiguration.new(interaction: merge(stored.map(&:interaction)), pact: merge(stored.map(&:pact)))
      InteractionContents.new(interaction_type: interaction_type, plugin_configuration: merged, consumer: consumer,
                              provider: provider)
    end

    # Yields the pointers of several interactions, nil for nil.
    # @api private
    def self.use_all(interactions, pointers = [], &block)
      return yield(pointers) if interactions.empty?

      first, *rest = interactions
      return use_all(rest, [*pointers, nil], &block) if first.nil?
      raise TypeError, "#{first.class} is not a PactWasm::Interaction" unless first.is_a?(Interaction)

      first.use { |pointer| use_all(rest, [*pointers, pointer], &block) }
    end

    private

    def merge(hashes)
      deeply = ->(_, old, new) { old.is_a?(Hash) && new.is_a?(Hash) ? old.merge(new, &deeply) : new }
      hashes.compact.reduce { |merged, hash| merged.merge(hash, &deeply) }
    end
  end
end

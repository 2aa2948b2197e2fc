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

    # Yields the pointers of several interactions, nil for nil.
    # @api private
    def self.use_all(interactions, pointers = [], &block)
      return yield(pointers) if interactions.empty?

      first, *rest = interactions
      return use_all(rest, [*pointers, nil], &block) if first.nil?
      raise TypeError, "#{first.class} is not a PactWasm::Interaction" unless first.is_a?(Interaction)

      first.use { |pointer| use_all(rest, [*pointers, pointer], &block) }
    end
  end
end

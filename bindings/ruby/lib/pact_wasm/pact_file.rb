# frozen_string_literal: true

module PactWasm
  # A pact file, version 4 of the Pact specification, to which interactions and plugins are added.
  #
  #     pact = PactWasm::PactFile.new(consumer: "web", provider: "shop")
  #     pact.add_interaction({ "type" => "Synchronous/HTTP", "description" => "an order",
  #                            "request" => { "method" => "POST", "path" => "/orders" } }, request: interaction)
  #     pact.write("pacts/web-shop.json")
  #
  # One object is for one thread at a time.
  class PactFile
    # A file that exists, to which more is added.
    #
    # @param json [String] its text
    # @return [PactFile]
    def self.parse(json)
      allocate.tap { |file| file.send(:json=, Conversion.text("json", json)) }
    end

    # @param consumer [String] name of the consumer
    # @param provider [String] name of the provider
    def initialize(consumer:, provider:)
      self.json = Conversion.to_json("consumer" => { "name" => consumer }, "provider" => { "name" => provider })
    end

    # Adds an interaction with what plugins set up for it. One that is in the file already is replaced: it is the same if it has
    # the same "key", or else type, description and provider states.
    #
    # @param template [Hash] the interaction without what comes from plugins, as in the file, with at least "description" and
    #   "type" ("Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages")
    # @param request [Interaction, nil] what a plugin set up for the request
    # @param response [Interaction, nil] what a plugin set up for the response; the same object as `request` if the plugin gave
    #   both as parts with these names
    # @param message [Interaction, nil] for "Asynchronous/Messages", in place of the other two
    # @return [self]
    # @raise [InvalidArgumentError] the message names argument and field
    # @raise [UnsupportedError] a plugin declares the types of interactions that it takes, and this is none of them
    # @raise [InvalidResponseError] what the plugin set up cannot be in a pact file
    def add_interaction(template, request: nil, response: nil, message: nil)
      Interaction.use_all([request, response, message]) do |first, second, third|
        change do |call, json|
          interaction = call.record(Declarations::PactWasmPactInteraction, template: template, request: first,
                                                                           response: second, message: third)
          call.json_text(:pactwasm_pact_add_interaction, *json, interaction)
        end
      end
    end

    # Adds a plugin to those that the file needs. For plugins that set up an interaction, {#add_interaction} does it; this is for
    # those whose rules, generators or transport the file uses otherwise.
    #
    # @param plugin [Plugin]
    # @return [self]
    def add_plugin(plugin)
      raise TypeError, "#{plugin.class} is not a PactWasm::Plugin" unless plugin.is_a?(Plugin)

      plugin.use do |pointer|
        change { |call, json| call.json_text(:pactwasm_pact_add_plugin, pointer, *json) }
      end
    end

    # @return [String] the file's text
    def to_json(*)
      @json
    end
    alias to_s to_json

    # @return [Hash] the file's data
    def to_h
      Conversion.from_json(@json)
    end

    # Writes the file.
    #
    # @param path [String, Pathname]
    # @return [self]
    # @raise [SystemCallError]
    def write(path)
      File.write(path, @json)
      self
    end

    private

    def json=(text)
      @json = text.dup.freeze
    end

    def change
      self.json = Call.run { |call| yield call, call.text("json", @json) }
      self
    end
  end
end

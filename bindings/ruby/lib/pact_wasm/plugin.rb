# frozen_string_literal: true

module PactWasm
  # A loaded plugin, from {Host#load}.
  #
  # Operations take these options:
  #
  # - `timeout:` seconds for this call, a Numeric; the host's limit if it is not given
  # - `cancel:` a {Cancel}
  # - `test_run_id:` a String that marks the log records of this call
  #
  # and raise {Error}s: {PluginError} is the plugin's own answer; {TrapError}, {DeadlineError}, {CancelledError},
  # {MemoryLimitError}, {HostCallLimitError}, {StackLimitError} and {ResourceLimitError} end the call and leave the plugin usable;
  # {UnsupportedError} says that the plugin does not fill the role; {WrongStateError} that {#init} has to come first. Arguments
  # of the wrong Ruby type raise TypeError or ArgumentError.
  #
  # A running call is ended by its timeout or by a {Cancel}. Thread#raise, Thread#kill, Timeout and Ctrl-C take effect when it
  # is over.
  class Plugin < Handle
    # @api private
    def initialize(pointer)
      super
      @info = info
    end

    # @return [PluginInfo] what is known about it
    def info
      perform { |call, plugin| call.read(Declarations::PactWasmPluginInfo, :pactwasm_plugin_info, plugin) }
    end

    # @return [String] name, from its manifest
    def name
      @info.name
    end

    # @return [String] version, from its manifest
    def version
      @info.version
    end

    # @return [Array<CatalogueEntry>] its own entries; none before {#init}
    def catalogue
      perform { |call, plugin| call.catalogue(:pactwasm_plugin_catalogue, plugin) }
    end

    # @return [Array<LogRecord>] its last records of the host's log level and above, oldest first: at most 1000, with at most
    #   4 MiB of text
    def logs
      perform do |call, plugin|
        logs = call.result(:pactwasm_plugin_logs, plugin, free: :pactwasm_logs_free)
        call.list(Declarations::PactWasmLogRecord, logs, count: :pactwasm_logs_count, get: :pactwasm_logs_get)
      end
    end

    # Introduces host and plugin to each other, once before any other operation; {Host#load} has done it unless it was told not
    # to. Where it was done already it does nothing, and where it failed it can be tried again.
    #
    # @return [self]
    # @raise [IncompatibleError] it needs capabilities that this host lacks, or declares what it does not export
    def init(**options)
      operate(options) { |call, plugin, how| call.invoke(:pactwasm_plugin_init, plugin, how) }
      self
    end

    # Tells the plugin a catalogue in place of the host's own. Seldom needed: plugins are told of changes without it.
    #
    # @param catalogue [Array<Hash>] each `{"entryType" => …, "key" => …, "values" => {…}}`
    # @return [nil]
    def update_catalogue(catalogue, **options)
      operate(options) do |call, plugin, how|
        call.invoke(:pactwasm_plugin_update_catalogue, plugin, *call.json(catalogue), how)
      end
    end

    # Turns what a test's author wrote for a body into the body itself, its rules and generators, and configuration for the
    # pact file.
    #
    # @param content_type [String] MIME type of the body
    # @param contents_config [Hash] what the author wrote
    # @param test_context [Hash, nil] from the test framework
    # @yieldparam interaction [Interaction] closed after the block
    # @return [Interaction] or what the block returns
    def configure_interaction(content_type:, contents_config:, test_context: nil, **options, &block)
      interaction = operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmConfigureRequest, content_type: content_type,
                                                                      contents_config: contents_config,
                                                                      test_context: test_context)
        Interaction.new(call, call.own(:pactwasm_plugin_configure_interaction, plugin, request, how,
                                       free: :pactwasm_interaction_free))
      end
      Handle.lend(interaction, &block)
    end

    # Compares an actual body with the expected one. A mismatch is a result, not an error.
    #
    # @param expected [Body] what the pact says
    # @param actual [Body] what came
    # @param allow_unexpected_keys [Boolean] whether the actual body may hold keys that the expected one does not
    # @param rules [Hash, nil] matching rules by path expression
    # @param plugin_configuration [PluginConfiguration, nil] from the pact file
    # @param test_context [Hash, nil] from the test framework
    # @return [Comparison]
    def compare_contents(expected:, actual:, allow_unexpected_keys: false, rules: nil, plugin_configuration: nil,
                         test_context: nil, **options)
      operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmCompareRequest, expected: expected, actual: actual,
                                                                    allow_unexpected_keys: allow_unexpected_keys,
                                                                    rules: rules,
                                                                    plugin_configuration: plugin_configuration,
                                                                    test_context: test_context)
        call.comparison(:pactwasm_plugin_compare_contents, plugin, request, how)
      end
    end

    # Applies generators to a body.
    #
    # @param body [Body] the body to start from
    # @param generators [Hash, nil] generators by path expression
    # @param plugin_configuration [PluginConfiguration, nil] from the pact file
    # @param test_context [Hash, nil] from the test framework
    # @param test_mode [Symbol] :unknown, :consumer or :provider
    # @param content_for [Symbol] :request or :response
    # @return [Body]
    def generate_content(body:, generators: nil, plugin_configuration: nil, test_context: nil, test_mode: :unknown,
                         content_for: :request, **options)
      operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmGenerateRequest, body: body, generators: generators,
                                                                     plugin_configuration: plugin_configuration,
                                                                     test_context: test_context, test_mode: test_mode,
                                                                     content_for: content_for)
        content = call.result(:pactwasm_plugin_generate_content, plugin, request, how, free: :pactwasm_content_free)
        call.read(Declarations::PactWasmBody, :pactwasm_content_get, content)
      end
    end

    # Applies a matching rule of the plugin to one value. A mismatch is a result, not an error.
    #
    # Values keep their kinds apart: nil, true, false, text (a String), Integer, Float, bytes (a binary String), and JSON (a Hash
    # or an Array). 2 and 2.0 are not the same to rules.
    #
    # @param key [String] key of the catalogue entry
    # @param rule_type [String] type of the matching rule
    # @param expected [nil, Boolean, Integer, Float, String, Hash, Array] what the pact says
    # @param actual [nil, Boolean, Integer, Float, String, Hash, Array] what came
    # @param rule_values [Hash, nil] configuration of the rule
    # @param path [String] where the value is: a path expression; may be empty
    # @param source [Symbol] :body, :header, :metadata, :query, :path or :status
    # @param plugin_configuration [PluginConfiguration, nil] from the pact file
    # @param test_context [Hash, nil] from the test framework
    # @return [Comparison]
    def match_field(key:, rule_type:, expected:, actual:, rule_values: nil, path: "", source: :body,
                    plugin_configuration: nil, test_context: nil, **options)
      operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmMatchFieldRequest, key: key, rule_type: rule_type,
                                                                       rule_values: rule_values, path: path, source: source,
                                                                       expected: expected, actual: actual,
                                                                       plugin_configuration: plugin_configuration,
                                                                       test_context: test_context)
        call.comparison(:pactwasm_plugin_match_field, plugin, request, how)
      end
    end

    # Generates one value with a generator of the plugin.
    #
    # @param key [String] key of the catalogue entry
    # @param generator_type [String] type of the generator
    # @param example [nil, Boolean, Integer, Float, String, Hash, Array] the value that the test's author gave
    # @param generator_values [Hash, nil] configuration of the generator
    # @param path [String] where the value goes: a path expression; may be empty
    # @param plugin_configuration [PluginConfiguration, nil] from the pact file
    # @param test_context [Hash, nil] from the test framework
    # @param test_mode [Symbol] :unknown, :consumer or :provider
    # @return [nil, Boolean, Integer, Float, String, Hash, Array] in the kinds of {#match_field}
    def generate_field(key:, generator_type:, example: nil, generator_values: nil, path: "", plugin_configuration: nil,
                       test_context: nil, test_mode: :unknown, **options)
      operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmGenerateFieldRequest, key: key, generator_type: generator_type,
                                                                          generator_values: generator_values, path: path,
                                                                          example: example,
                                                                          plugin_configuration: plugin_configuration,
                                                                          test_context: test_context, test_mode: test_mode)
        field = call.result(:pactwasm_plugin_generate_field, plugin, request, how, free: :pactwasm_field_free)
        call.read(Declarations::PactWasmFieldValue, :pactwasm_field_get, field)
      end
    end

    # Opens a server that expects interactions. It listens when this returns.
    #
    # @param interactions [Array<InteractionContents>] what it is to expect
    # @param host_interface [String, nil] address to listen on, for instance "127.0.0.1" or "[::1]"; nil for loopback. Other ones
    #   must be granted, see {Grant}.
    # @param port [Integer] 0 for any that is free
    # @param tls [Boolean] whether it is to speak TLS
    # @param test_context [Hash, nil] from the test framework
    # @param options as {Plugin} describes them; the timeout is for starting only
    # @yieldparam server [MockServer] closed after the block
    # @return [MockServer] or what the block returns
    # @raise [PluginError] for instance because the port is taken
    # @raise [PermissionError] the sandbox does not let it listen there
    def start_mock_server(interactions:, host_interface: nil, port: 0, tls: false, test_context: nil, **options, &block)
      server = operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmStartRequest, host_interface: host_interface, port: port, tls: tls,
                                                                  interactions: interactions.map { |it| contents(it) },
                                                                  test_context: test_context)
        MockServer.new(call, call.own(:pactwasm_plugin_start_mock_server, plugin, request, how,
                                      free: :pactwasm_mock_server_free), tls ? "https" : "http")
      end
      Handle.lend(server, &block)
    end

    # Builds what is to be sent to a provider for an interaction. It may be changed before {#verify_interaction} sends it, for
    # instance to add a token.
    #
    # @param interaction [InteractionContents]
    # @param config [Hash, nil] what the user configured for the verification
    # @param test_context [Hash, nil] from the test framework
    # @return [InteractionData]
    def prepare_interaction(interaction:, config: nil, test_context: nil, **options)
      operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmPrepareRequest, interaction: contents(interaction), config: config,
                                                                    test_context: test_context)
        call.interaction_data(call.result(:pactwasm_plugin_prepare_interaction, plugin, request, how,
                                          free: :pactwasm_data_free))
      end
    end

    # Sends data to a provider and checks its answer. What is wrong with the answer is a result, not an error.
    #
    # @param data [InteractionData] what to send, from {#prepare_interaction}
    # @param interaction [InteractionContents]
    # @param config [Hash, nil] what the user configured for the verification
    # @param test_context [Hash, nil] from the test framework
    # @return [Verification]
    # @raise [PluginError] for instance because the provider cannot be reached
    # @raise [PermissionError] the provider's address is not granted, see {Grant}
    def verify_interaction(data:, interaction:, config: nil, test_context: nil, **options)
      operate(options) do |call, plugin, how|
        request = call.record(Declarations::PactWasmVerifyRequest, data: data, interaction: contents(interaction),
                                                                   config: config, test_context: test_context)
        call.verification(:pactwasm_plugin_verify_interaction, plugin, request, how)
      end
    end

    # The generic call: any operation by name, with what schema/generic-call-1.json describes.
    #
    # @param operation [String] for instance "compare-contents"
    # @param request [Hash] in camel case, bodies in base64
    # @return [Hash] the response
    def call(operation, request, **options)
      operate(options) do |call, plugin, how|
        arguments = call.text("operation", operation) + call.json(request)
        Conversion.from_json(call.json_text(:pactwasm_plugin_call, plugin, *arguments, how))
      end
    end

    # @return [String]
    def inspect
      "#<#{self.class} #{name} #{version}#{" (closed)" if closed?}>"
    end

    private

    def contents(interaction)
      return interaction.to_json_data if interaction.is_a?(InteractionContents)

      raise TypeError, "an interaction must be a PactWasm::InteractionContents, not #{interaction.class}"
    end
  end
end

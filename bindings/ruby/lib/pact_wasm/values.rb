# frozen_string_literal: true

module PactWasm
  # Base of the plain values: a Struct with keywords whose instances are frozen.
  #
  # What is absent is nil, which differs from the empty text. Bytes are binary Strings (ASCII-8BIT), texts are UTF-8, and
  # JSON-shaped data are Hashes, Arrays, Strings, Integers, Floats, true, false and nil, as the json library reads them.
  class Value < Struct
    def initialize(**members)
      super
      freeze
    end

    # @param changes values for some of the members
    # @return [Value] a copy with the changes
    def with(**changes)
      self.class.new(**to_h, **changes)
    end
  end

  # A body.
  #
  # @!attribute [r] content_type
  #   @return [String, nil] MIME type, for instance "application/json;charset=UTF-8"; nil where it is not known
  # @!attribute [r] content
  #   @return [String, nil] the bytes; nil for a missing body, which is not the same as an empty one
  # @!attribute [r] hint
  #   @return [Symbol] :default (decide from the content type), :text or :binary
  Body = Value.new(:content_type, :content, :hint, keyword_init: true) do
    def initialize(content_type: nil, content: nil, hint: :default)
      super
    end
  end

  # What a plugin stored in the pact file when an interaction was configured.
  #
  # @!attribute [r] interaction
  #   @return [Hash, nil] for the interaction
  # @!attribute [r] pact
  #   @return [Hash, nil] for the pact file as a whole
  PluginConfiguration = Value.new(:interaction, :pact, keyword_init: true)

  # One part of an {Interaction}.
  #
  # @!attribute [r] part_name
  #   @return [String] "request", "response", or empty where there is only one part
  # @!attribute [r] body
  #   @return [Body] its content type is nil where the part has no body
  # @!attribute [r] rules
  #   @return [Hash, nil] matching rules for the body by path expression
  # @!attribute [r] generators
  #   @return [Hash, nil] generators for the body by path expression
  # @!attribute [r] message_metadata
  #   @return [Hash, nil] metadata for a message
  # @!attribute [r] metadata_rules
  #   @return [Hash, nil] matching rules for the metadata
  # @!attribute [r] metadata_generators
  #   @return [Hash, nil] generators for the metadata
  # @!attribute [r] plugin_configuration
  #   @return [PluginConfiguration] what to store in the pact file for this part
  # @!attribute [r] markup
  #   @return [String] a rendering for people; may be empty
  # @!attribute [r] markup_type
  #   @return [Symbol] :common_mark or :html
  InteractionPart = Value.new(
    :part_name, :body, :rules, :generators, :message_metadata, :metadata_rules, :metadata_generators,
    :plugin_configuration, :markup, :markup_type, keyword_init: true
  )

  # One difference.
  #
  # @!attribute [r] expression
  #   @return [String] path expression under which the plugin lists it
  # @!attribute [r] path
  #   @return [String] where it is: usually the same as `expression`, or more precise
  # @!attribute [r] description
  #   @return [String] what is wrong, for people
  # @!attribute [r] expected
  #   @return [String, nil] expected value as bytes, usually text; nil where nothing was expected
  # @!attribute [r] actual
  #   @return [String, nil] actual value as bytes, usually text; nil where there was none
  # @!attribute [r] diff
  #   @return [String, nil] a rendered difference
  # @!attribute [r] mismatch_type
  #   @return [String, nil] "body", "header", "metadata", …
  Mismatch = Value.new(:expression, :path, :description, :expected, :actual, :diff, :mismatch_type, keyword_init: true) do
    # @return [String] path and description, for a report
    def to_s
      [path, description].compact.join(": ")
    end
  end

  # The verdict on a body or a single value.
  #
  # @!attribute [r] verdict
  #   @return [Symbol] :match; :mismatch; or :content_type if the actual body is of another type, so that it was not compared,
  #     and the one mismatch holds the two content types as expected and actual
  # @!attribute [r] mismatches
  #   @return [Array<Mismatch>] empty for a match
  Comparison = Value.new(:verdict, :mismatches, keyword_init: true) do
    # @return [Boolean] whether nothing differs
    def match?
      verdict == :match
    end
  end

  # One installed plugin, or why it is none.
  #
  # @!attribute [r] directory
  #   @return [String] directory that holds the manifest
  # @!attribute [r] name
  #   @return [String, nil] nil if the manifest cannot be used
  # @!attribute [r] version
  #   @return [String, nil] nil if the manifest cannot be used
  # @!attribute [r] executable_type
  #   @return [String, nil] "wasm" for what can be loaded here, otherwise for instance "exec"
  # @!attribute [r] problem
  #   @return [String, nil] why the manifest cannot be used; nil if it can
  InstalledPlugin = Value.new(:directory, :name, :version, :executable_type, :problem, keyword_init: true)

  # One thing that the host or a plugin can do.
  #
  # @!attribute [r] key
  #   @return [String] `core/<entry type>/<key>`, or `plugin/<plugin name>/<entry type>/<key>`
  # @!attribute [r] plugin_name
  #   @return [String, nil] nil for what the host does itself
  # @!attribute [r] entry_type
  #   @return [String] "content-matcher", "content-generator", "transport", "matcher", "interaction" or "generator"
  # @!attribute [r] values
  #   @return [Hash{String => String}] for instance `{"content-types" => "application/jwt"}`
  CatalogueEntry = Value.new(:key, :plugin_name, :entry_type, :values, keyword_init: true)

  # What is known about a loaded plugin.
  #
  # @!attribute [r] name
  #   @return [String] from its manifest
  # @!attribute [r] version
  #   @return [String] from its manifest
  # @!attribute [r] directory
  #   @return [String] directory that holds its manifest
  # @!attribute [r] instance_id
  #   @return [String] UUID of this loaded plugin; it marks its log records
  # @!attribute [r] roles
  #   @return [Array<String>] for instance `["content-matcher", "content-generator"]`
  # @!attribute [r] capabilities
  #   @return [Array<String>, nil] what it declared at init; nil before that
  PluginInfo = Value.new(:name, :version, :directory, :instance_id, :roles, :capabilities, keyword_init: true)

  # One log record of a plugin.
  #
  # @!attribute [r] level
  #   @return [Symbol] :trace, :debug, :info, :warn or :error
  # @!attribute [r] target
  #   @return [String] part of the plugin that speaks; "stdout" or "stderr" for a line that it printed
  # @!attribute [r] message
  #   @return [String] the text
  # @!attribute [r] plugin_name
  #   @return [String] name of the plugin
  # @!attribute [r] plugin_instance_id
  #   @return [String] UUID of the loaded plugin, as in {PluginInfo}
  # @!attribute [r] test_run_id
  #   @return [String, nil] test run that the call belongs to; nil where nobody named one
  # @!attribute [r] timestamp
  #   @return [Time] when, in UTC
  LogRecord = Value.new(
    :level, :target, :message, :plugin_name, :plugin_instance_id, :test_run_id, :timestamp, keyword_init: true
  )

  # What a {Handler} for a content matcher is asked; the members are the arguments of {Plugin#compare_contents}.
  CompareRequest = Value.new(
    :expected, :actual, :allow_unexpected_keys, :rules, :plugin_configuration, :test_context, keyword_init: true
  )

  # What a {Handler} for a content generator is asked; the members are the arguments of {Plugin#generate_content}.
  GenerateRequest = Value.new(
    :body, :generators, :plugin_configuration, :test_context, :test_mode, :content_for, keyword_init: true
  )

  # What a {Handler} for a matcher is asked; the members are the arguments of {Plugin#match_field}.
  MatchFieldRequest = Value.new(
    :key, :rule_type, :rule_values, :path, :source, :expected, :actual, :plugin_configuration, :test_context,
    keyword_init: true
  )

  # What a {Handler} for a generator is asked; the members are the arguments of {Plugin#generate_field}.
  GenerateFieldRequest = Value.new(
    :key, :generator_type, :generator_values, :path, :example, :plugin_configuration, :test_context, :test_mode,
    keyword_init: true
  )

  # A plugin's call of a {Handler}.
  #
  # @!attribute [r] entry_key
  #   @return [String] full key of the entry, for instance "core/matcher/vin"
  # @!attribute [r] plugin_name
  #   @return [String] name of the plugin that asks
  # @!attribute [r] test_run_id
  #   @return [String, nil] test run that the plugin's call belongs to
  # @!attribute [r] remaining
  #   @return [Float] seconds until the deadline of the plugin's call. The handler is not interrupted, but an answer that comes
  #     later ends the plugin's call with {DeadlineError}.
  # @!attribute [r] request
  #   @return [CompareRequest, GenerateRequest, MatchFieldRequest, GenerateFieldRequest] what is asked
  HandlerCall = Value.new(:entry_key, :plugin_name, :test_run_id, :remaining, :request, keyword_init: true) do
    def initialize(compare: nil, generate: nil, match_field: nil, generate_field: nil, **members)
      super(request: compare || generate || match_field || generate_field, **members)
    end
  end
end

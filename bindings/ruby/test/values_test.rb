# frozen_string_literal: true

require_relative "helper"

# What goes in comes out, and what cannot go in is refused.
class ValuesTest < Minitest::Test
  DESCRIBE = "application/vnd.echo+json"

  def setup
    @host = open_host
    @echo = @host.load("echo")
  end

  def teardown
    [@echo, @host].each(&:close)
  end

  # The request as the plugin saw it.
  def described(**request)
    comparison = @echo.compare_contents(expected: body("e", DESCRIBE), actual: body("a"), **request)
    JSON.parse(comparison.mismatches[0].description)
  end

  def test_bodies
    [nil, "", "\0", "ä\0ö", "\xFF\xFE".b, "x" * (1 << 20), Random.bytes(1 << 20)].each do |content|
      sent = PactWasm::Body.new(content_type: "application/x; charset=ä", content: content, hint: :binary)
      got = @echo.generate_content(body: sent)
      assert_equal([sent.content_type, sent.content&.b, :binary], [got.content_type, got.content, got.hint])
      assert_predicate(@echo.compare_contents(expected: sent, actual: sent), :match?)
    end
  end

  def test_copies_with_changes
    sent = PactWasm::Body.new(content_type: "a/b", content: "x", hint: :text)
    assert_equal(PactWasm::Body.new(content_type: "a/b", content: nil, hint: :text), sent.with(content: nil))
    assert_equal([sent, "x"], [sent.with, sent.content])
    assert_predicate(sent.with(content: "y"), :frozen?)
    assert_raises(ArgumentError) { sent.with(colour: "red") }
  end

  def test_empty_is_not_absent
    refute_predicate(@echo.compare_contents(expected: body(""), actual: body(nil)), :match?)
  end

  def test_texts
    assert_equal("ä\0€", @echo.generate_field(key: "echo", generator_type: "x", example: "ä\0€"))
    assert_equal("ä", @echo.generate_field(key: "echo", generator_type: "x", example: "ä".encode("ISO-8859-1")))
    error = assert_raises(PactWasm::InvalidArgumentError) { @host.load("\xFF") }
    assert_includes(error.message, '"name"')
    assert_raises(Encoding::UndefinedConversionError) { @host.load("\xFF".b) }
  end

  def test_json_numbers
    numbers = { "whole" => 2**53 + 1, "decimal" => 2.0, "negative" => -1, "small" => 1e-7, "text" => "ä\0" }
    part = @echo.configure_interaction(content_type: "a/b", contents_config: numbers) { |interaction| interaction.parts[0] }
    back = JSON.parse(part.body.content)
    assert_equal(numbers, back)
    assert_equal(numbers.values.map(&:class), back.values.map(&:class))
    deep = Array.new(110).inject { |inner, _| [inner] }
    assert_equal({ "deep" => deep }, PactWasm::PactFile.parse(JSON.generate({ deep: deep }, max_nesting: 0)).to_h)
  end

  def test_every_field_of_a_request
    seen = described(
      allow_unexpected_keys: true, rules: { "$.a" => [{ "type" => "regex", "values" => { "regex" => "x" } }] },
      plugin_configuration: PactWasm::PluginConfiguration.new(interaction: { "i" => 1 }, pact: {}), test_context: { "t" => 2 }
    )
    assert_equal([true, '{"t":2}'], seen.values_at("allow_unexpected_keys", "test_context"))
    assert_equal([["$.a", [{ "type_" => "regex", "values" => '{"regex":"x"}' }]]], seen["rules"])
    assert_equal({ "interaction_configuration" => '{"i":1}', "pact_configuration" => "{}" }, seen["plugin_configuration"])
    bare = described
    assert_equal([false, nil, [], nil], bare.values_at("allow_unexpected_keys", "test_context", "rules", "plugin_configuration"))
    match = @echo.match_field(key: "echo", rule_type: "echo", rule_values: { "r" => 1 }, path: "$.p", source: :query, expected: 1,
                              actual: 1.0)
    seen = JSON.parse(match.mismatches[0].description)
    assert_equal([{ "Integer" => 1 }, { "Decimal" => 1.0 }, "$.p"], seen.values_at("expected", "actual", "path"))
    assert_equal("query", seen["mismatch_type"].downcase)
  end

  def test_every_field_of_an_interaction
    config = {
      "response" => {
        "contents" => { "content_type" => "text/csv", "content" => [97, 0], "hint" => "Text" },
        "rules" => [["column:1", [{ "type_" => "regex", "values" => '{"regex":"x"}' }]]],
        "generators" => [["column:1", { "type_" => "RandomInt", "values" => '{"min":1}' }]],
        "message_metadata" => '{"topic":"t"}', "metadata_rules" => [["topic", [{ "type_" => "type", "values" => nil }]]],
        "metadata_generators" => [["topic", { "type_" => "Uuid", "values" => nil }]],
        "plugin_configuration" => { "interaction_configuration" => '{"i":1.0}', "pact_configuration" => '{"p":2}' },
        "interaction_markup" => "<b>a</b>", "interaction_markup_type" => "Html", "part_name" => "response"
      },
      "plugin_configuration" => { "interaction_configuration" => nil, "pact_configuration" => '{"whole":true}' }
    }
    @echo.configure_interaction(content_type: "a/b", contents_config: config) do |interaction|
      expected = PactWasm::InteractionPart.new(
        part_name: "response", body: PactWasm::Body.new(content_type: "text/csv", content: "a\0".b, hint: :text),
        rules: { "column:1" => [{ "type" => "regex", "values" => { "regex" => "x" } }] },
        generators: { "column:1" => { "type" => "RandomInt", "values" => { "min" => 1 } } },
        message_metadata: { "topic" => "t" }, metadata_rules: { "topic" => [{ "type" => "type" }] },
        metadata_generators: { "topic" => { "type" => "Uuid" } },
        plugin_configuration: PactWasm::PluginConfiguration.new(interaction: { "i" => 1.0 }, pact: { "p" => 2 }),
        markup: "<b>a</b>", markup_type: :html
      )
      assert_equal([expected], interaction.parts)
      assert_equal(PactWasm::PluginConfiguration.new(pact: { "whole" => true }), interaction.configuration)
    end
  end

  def test_values_are_frozen
    body = body("x")
    assert_raises(FrozenError) { body.content = "y" }
    assert_raises(ArgumentError) { PactWasm::Body.new(contents: "x") }
    assert_equal(body, body("x"))
  end

  def test_wrong_types
    fine = { expected: body("x"), actual: body("x") }
    assert_raises(TypeError) { @echo.compare_contents(**fine, expected: "x") }
    assert_raises(TypeError) { @echo.compare_contents(**fine, expected: PactWasm::Body.new(content: 7)) }
    assert_raises(TypeError) { @echo.compare_contents(**fine, cancel: Object.new) }
    assert_raises(TypeError) { @echo.compare_contents(**fine, timeout: "1") }
    assert_raises(TypeError) { @echo.compare_contents(**fine, test_run_id: 7) }
    assert_raises(ArgumentError) { @echo.compare_contents(**fine, nothing: 1) }
    assert_raises(ArgumentError) { @echo.compare_contents(expected: body("x")) }
    assert_raises(ArgumentError) { @echo.compare_contents(**fine, expected: PactWasm::Body.new(hint: :none)) }
    assert_raises(TypeError) { @echo.generate_field(key: nil, generator_type: 7) }
    assert_raises(TypeError) { @host.load(nil.to_a) }
    assert_raises(TypeError) { @host.load_directory(7) }
    assert_raises(ArgumentError) { @echo.match_field(key: "a", rule_type: "b", expected: 1, actual: 1, source: :sauce) }
  end

  def test_wrong_values
    [0, -1, -0.5].each { |timeout| assert_raises(ArgumentError) { @echo.init(timeout: timeout) } }
    [Float::NAN, Float::INFINITY].each do |timeout|
      assert_raises(ArgumentError, FloatDomainError) { @echo.init(timeout: timeout) }
    end
    assert_raises(PactWasm::InvalidArgumentError) { @echo.init(timeout: 1_000_000) }
    [Float::NAN, Float::INFINITY].each do |number|
      assert_raises(JSON::GeneratorError) { @echo.call("compare-contents", { "a" => number }) }
    end
    [2**63, -(2**63) - 1].each do |number|
      assert_raises(RangeError) { @echo.generate_field(key: "echo", generator_type: "x", example: number) }
    end
    error = assert_raises(PactWasm::InvalidArgumentError) { @echo.call("nothing", {}) }
    assert_includes(error.message, "nothing")
    error = assert_raises(PactWasm::InvalidArgumentError) { @host.load(nil) }
    assert_includes(error.message, '"name"')
  end

  # NaN is a decimal number, only JSON does not have it.
  def test_nan
    assert_predicate(@echo.generate_field(key: "echo", generator_type: "x", example: Float::NAN), :nan?)
  end

  def test_wrong_options
    assert_raises(ArgumentError) { open_host(nothing: 1) }
    assert_raises(ArgumentError) { open_host(limits: { wishes: 3 }) }
    assert_raises(ArgumentError) { open_host(limits: { timeout_ms: 3 }) }
    [-1, 1.5, nil].each { |value| assert_raises(ArgumentError) { open_host(limits: { instances: value }) } }
    assert_raises(PactWasm::InvalidArgumentError) { open_host(limits: { instances: 0 }) }
    assert_raises(RangeError) { open_host(limits: { memory: 2**64 }) }
    assert_raises(KeyError) { open_host(implementation: { name: "x" }) }
    assert_raises(PactWasm::InvalidArgumentError) { open_host(plugin_directory: "") }
    assert_raises(TypeError) { open_host(cache_directory: 7) }
  end

  # Options that show: signal handlers off, no cache, paths as Pathname.
  def test_options
    require "pathname"
    Dir.mktmpdir do |directory|
      open_host(cache_directory: Pathname(directory) / "kept", signal_handlers: false) do |host|
        host.load("minimal").close
        host.load("hostile") do |plugin|
          assert_raises(PactWasm::TrapError) { misbehave(plugin, "x/trap") }
        end
      end
      refute_empty(Dir.children(File.join(directory, "kept")))
      open_host(plugin_directory: Pathname(PLUGINS), cache_directory: false) { |host| host.load("minimal").close }
      assert_equal(["kept"], Dir.children(directory))
    end
  end

  def test_module_functions
    assert_equal("0.1.0", PactWasm.library_version)
    assert_equal([true, false], [PactWasm.feature?("cache"), PactWasm.feature?("telepathy")])
    assert_path_exists(PactWasm.library_path)
  end
end

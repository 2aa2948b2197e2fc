# frozen_string_literal: true

require_relative "helper"

# The plugin jwt, as a consumer test uses it.
class JwtTest < Minitest::Test
  CONFIG = { "algorithm" => "HS256", "secret" => "for tests", "subject" => "alice", "level" => 7 }.freeze
  TYPE = "application/jwt"

  def setup
    @host = open_host(implementation: { name: "ruby-test", version: "1.2.3" })
    @jwt = @host.load("jwt")
    @interaction = configure(CONFIG)
    @part = @interaction.parts.first
  end

  def teardown
    [@interaction, @jwt, @host].each(&:close)
  end

  def configure(config, &block)
    @jwt.configure_interaction(content_type: TYPE, contents_config: config, &block)
  end

  def compare(actual, **more)
    @jwt.compare_contents(expected: @part.body, actual: actual, rules: @part.rules,
                          plugin_configuration: @part.plugin_configuration, **more)
  end

  def token(config)
    configure(config) { |interaction| interaction.parts.first.body }
  end

  def test_discover
    jwt = @host.discover.find { |plugin| plugin.name == "jwt" }
    assert_equal(["0.1.0", "wasm", nil], [jwt.version, jwt.executable_type, jwt.problem])
    assert_equal(File.join(PLUGINS, "jwt-0.1.0"), jwt.directory)
  end

  def test_info
    info = @jwt.info
    assert_equal(["jwt", "0.1.0"], [info.name, info.version])
    assert_equal([info.name, info.version], [@jwt.name, @jwt.version])
    assert_equal(%w[content-matcher content-generator], info.roles)
    assert_equal([], info.capabilities)
    assert_match(/\A\h{8}-\h{4}-/, info.instance_id)
    assert_equal("#<PactWasm::Plugin jwt 0.1.0>", @jwt.inspect)
  end

  def test_catalogue
    entry = PactWasm::CatalogueEntry.new(
      key: "plugin/jwt/content-matcher/jwt", plugin_name: "jwt", entry_type: "content-matcher",
      values: { "content-types" => 'application/jwt;application/jwt\+json' }
    )
    assert_equal(2, @jwt.catalogue.size)
    assert_includes(@jwt.catalogue, entry)
    assert_includes(@host.catalogue, entry)
    assert(@host.catalogue.any? { |own| own.key == "core/matcher/regex" && own.plugin_name.nil? })
  end

  def test_configure
    assert_equal(1, @interaction.parts.size)
    assert_equal("", @part.part_name)
    assert_equal([TYPE, :text], [@part.body.content_type, @part.body.hint])
    assert_equal(Encoding::BINARY, @part.body.content.encoding)
    assert_equal(3, @part.body.content.count(".") + 1)
    assert_equal([{ "type" => "integer" }], @part.rules["$.claims.exp"])
    renewing = { "algorithm" => "HS256", "secret" => "for tests", "lifetime" => 300 }
    assert_equal({ "$" => { "type" => "JWT", "values" => renewing } }, @part.generators)
    assert_equal({ "algorithm" => "HS256", "secret" => "for tests" }, @part.plugin_configuration.interaction)
    assert_equal(:common_mark, @part.markup_type)
    assert_includes(@part.markup, '"sub": "alice"')
    assert_nil(@part.message_metadata)
    assert_nil(@interaction.configuration.pact)
  end

  def test_symbols_are_keys_too
    body = token({ algorithm: "HS256", secret: "for tests", subject: "alice", level: 7 })
    assert_predicate(compare(body), :match?)
  end

  def test_match
    comparison = compare(token(CONFIG))
    assert_predicate(comparison, :match?)
    assert_equal([:match, []], [comparison.verdict, comparison.mismatches])
  end

  def test_mismatches
    comparison = compare(token(CONFIG.merge("subject" => "bob", "level" => 8)))
    refute_predicate(comparison, :match?)
    assert_equal(:mismatch, comparison.verdict)
    assert_equal(%w[claims:level claims:sub], comparison.mismatches.map(&:path).sort)
    mismatch = comparison.mismatches.find { |found| found.path == "claims:sub" }
    assert_equal('expected the claim "sub" to be "alice", but it is "bob"', mismatch.description)
    assert_equal("#{mismatch.path}: #{mismatch.description}", mismatch.to_s)
    assert_equal([Encoding::UTF_8, Encoding::BINARY], [mismatch.description.encoding, mismatch.expected.encoding])
    assert_equal(["body", nil], [mismatch.mismatch_type, mismatch.diff])
  end

  def test_content_type
    comparison = compare(body("{}", "application/json"))
    assert_equal(:content_type, comparison.verdict)
    mismatch, = comparison.mismatches
    assert_equal([TYPE, "application/json"], [mismatch.expected, mismatch.actual])
  end

  def test_allow_unexpected_keys
    more = token(CONFIG.merge("admin" => true))
    assert_equal(:mismatch, compare(more).verdict)
    assert_equal(:match, compare(more, allow_unexpected_keys: true).verdict)
  end

  def test_generate
    renewed = @jwt.generate_content(body: @part.body, generators: @part.generators,
                                    plugin_configuration: @part.plugin_configuration,
                                    test_mode: :provider, content_for: :response)
    refute_equal(@part.body.content, renewed.content)
    assert_predicate(compare(renewed), :match?)
  end

  def test_logs
    record = @jwt.logs.first
    assert_equal([:info, "jwt::init", "jwt"], [record.level, record.target, record.plugin_name])
    assert_equal("jwt 0.1.0 for ruby-test 1.2.3", record.message)
    assert_equal(@jwt.info.instance_id, record.plugin_instance_id)
    assert_nil(record.test_run_id)
    assert_in_delta(Time.now.to_f, record.timestamp.to_f, 600)
  end

  def test_generic_call
    response = @jwt.call("configure-interaction", { "contentType" => TYPE, "contentsConfig" => CONFIG })
    assert_equal(TYPE, response["interactions"][0]["contents"]["contentType"])
    assert_equal([], @jwt.call("init", {})["pluginCapabilities"])
  end

  def test_update_catalogue
    entry = { "entryType" => "content-matcher", "key" => "x", "values" => {} }
    with_plugin("hostile") do |hostile|
      assert_nil(hostile.update_catalogue([entry, entry.merge("key" => "y")]))
      error = assert_raises(PactWasm::PluginError) { misbehave(hostile, "x/catalogue") }
      assert_match(/answered: 2\z/, error.message)
    end
  end
end

# What becomes of it in a pact file.
class PactFileTest < Minitest::Test
  HTTP = { "type" => "Synchronous/HTTP", "description" => "an order",
           "request" => { "method" => "POST", "path" => "/orders" } }.freeze
  CONFIG = { "algorithm" => "HS256", "secret" => "for tests" }.freeze

  def setup
    @host = open_host
    @jwt = @host.load("jwt")
    @interaction = @jwt.configure_interaction(content_type: "application/jwt", contents_config: CONFIG)
    @pact = PactWasm::PactFile.new(consumer: "web", provider: "shöp")
  end

  def teardown
    [@interaction, @jwt, @host].each(&:close)
  end

  def test_http
    assert_same(@pact, @pact.add_interaction(HTTP, request: @interaction))
    file = @pact.to_h
    assert_equal([{ "name" => "web" }, { "name" => "shöp" }], file.values_at("consumer", "provider"))
    interaction, = file["interactions"]
    assert_equal("/orders", interaction["request"]["path"])
    assert_equal("application/jwt", interaction["request"]["body"]["contentType"])
    assert_equal(%w[jwt], file["metadata"]["plugins"].map { |plugin| plugin["name"] })
  end

  def test_response_and_message
    @pact.add_interaction(HTTP, request: @interaction, response: @interaction)
    @pact.add_interaction({ "type" => "Asynchronous/Messages", "description" => "news" }, message: @interaction)
    http, message = @pact.to_h["interactions"]
    assert_equal(http["request"]["body"], http["response"]["body"])
    assert_equal("application/jwt", message["contents"]["contentType"])
  end

  def test_plugin_handles_are_not_needed
    [@jwt, @host].each(&:close)
    assert_equal(1, @pact.add_interaction(HTTP, request: @interaction).to_h["interactions"].size)
  end

  def test_plugin_alone
    assert_same(@pact, @pact.add_plugin(@jwt))
    assert_equal("0.1.0", @pact.to_h["metadata"]["plugins"][0]["version"])
  end

  def test_existing_file
    Dir.mktmpdir do |directory|
      path = File.join(directory, "pact.json")
      @pact.add_interaction(HTTP, request: @interaction).write(path)
      assert_equal(@pact.to_s, File.read(path))
      again = PactWasm::PactFile.parse(File.read(path))
      again.add_interaction(HTTP.merge("description" => "another order"), request: @interaction)
      assert_equal(["an order", "another order"], again.to_h["interactions"].map { |one| one["description"] })
      assert_equal(again.to_h, JSON.parse(again.to_json))
    end
  end

  def test_what_is_no_pact
    error = assert_raises(PactWasm::InvalidArgumentError) { PactWasm::PactFile.parse("{").add_plugin(@jwt) }
    assert_includes(error.message, "pact_json")
    assert_raises(TypeError) { PactWasm::PactFile.parse(nil) }
    assert_raises(TypeError) { @pact.add_interaction(HTTP, request: @jwt) }
    assert_raises(TypeError) { @pact.add_plugin(@host) }
    assert_raises(PactWasm::InvalidArgumentError) { @pact.add_interaction({}, request: @interaction) }
  end
end

# frozen_string_literal: true

require_relative "helper"

# Verification of providers, which are servers in this process, with the plugin line.
class VerificationTest < Minitest::Test
  BINARY = "\0\n\r\xFFOK 1\n".b
  INTERACTION = Support.line_interaction("reverse", BINARY, "\x01\0\xFE\n".b)
  NONCE = "\xFF\0".b

  # Yields the plugin and the configuration for a provider that answers one request; gives what the provider got.
  def with_provider(word: "OK", bytes: "\x01\0\xFE\n".b, grants: [PactWasm::Grant.connect("localhost")])
    provider = TCPServer.new("127.0.0.1", 0)
    served = Thread.new do
      socket = provider.accept
      take_line(socket).tap { put_line(socket, word, bytes) }
    ensure
      socket&.close
    end
    with_plugin("line", grants: grants) do |line|
      yield line, { "host" => "127.0.0.1", "port" => provider.addr[1], "nonce" => [NONCE].pack("m0") }
    end
    served.value
  ensure
    served.kill
    provider.close
  end

  def verified(**provider)
    verification = nil
    with_provider(**provider) do |line, config|
      data = line.prepare_interaction(interaction: INTERACTION, config: config)
      verification = line.verify_interaction(data: data, interaction: INTERACTION, config: config)
    end
    verification
  end

  def test_success
    received = with_provider do |line, config|
      data = line.prepare_interaction(interaction: INTERACTION, config: config, test_context: { "a" => 1 }, timeout: 10)
      assert_equal([BINARY, :binary], [data.body.content, data.body.hint])
      assert_equal({ "command" => "reverse", "nonce" => NONCE }, data.metadata)
      assert_equal([Encoding::UTF_8, Encoding::BINARY], data.metadata.each_value.map(&:encoding))

      verification = line.verify_interaction(data: data, interaction: INTERACTION, config: config, timeout: 10)
      assert_predicate(verification, :success?)
      assert_empty(verification.failures)
      assert_equal(["sent `reverse` with #{BINARY.size} bytes to 127.0.0.1:#{config["port"]}",
                    "got OK with 4 bytes, as expected"], verification.output)
      assert_equal("\x01\0\xFE\n".b, verification.response.body.content)
      assert_equal({ "status" => "OK", "nonce" => NONCE }, verification.response.metadata)
    end
    assert_equal(["reverse", BINARY], received)
  end

  def test_mismatch
    verification = verified(bytes: "\x80".b)
    refute_predicate(verification, :success?)
    mismatch, = verification.failures
    assert_equal(["\x01\0\xFE\n".b, "\x80".b], [mismatch.expected, mismatch.actual])
    assert_equal(["reverse: the answer has other bytes"], verification.failures.map(&:to_s))
    assert_equal("got OK with 1 bytes, which was not expected", verification.output.last)
    assert_equal("\x80".b, verification.response.body.content)
  end

  def test_error
    verification = verified(word: "ERR", bytes: "no room")
    refute_predicate(verification, :success?)
    assert_equal(["the provider refused the request: no room"], verification.failures)
  end

  # Body, and metadata as bytes in place of JSON, and of any kind.
  def test_changed_data
    received = with_provider do |line, config|
      data = line.prepare_interaction(interaction: INTERACTION, config: config)
      data.metadata["command"] = "replace".b
      changed = data.with(body: body("a longer body"), metadata: data.metadata.merge("nonce" => { "a" => [1, 2.0, nil] }, b: nil))
      verification = line.verify_interaction(data: changed, interaction: INTERACTION, config: config)
      assert_equal({ "status" => "OK", "nonce" => { "a" => [1, 2.0, nil] } }, verification.response.metadata)
    end
    assert_equal(["replace", "a longer body"], received)
  end

  # The plugin echo tells what it is asked, and says what it is told to.
  def test_requests_and_results_arrive_whole
    interaction = PactWasm::InteractionContents.new(interaction_type: "Synchronous/HTTP", consumer: "c", provider: "p")
    given = { interaction: interaction, config: { "c" => 1 }, test_context: { "t" => [2.0] } }
    described = { "interaction" => { "interaction_type" => "SynchronousHttp", "plugin_configuration" => nil, "consumer" => "c",
                                     "provider" => "p" }, "config" => '{"c":1}', "test_context" => '{"t":[2.0]}' }
    with_plugin("echo") do |echo|
      data = echo.prepare_interaction(**given)
      assert_equal(described, JSON.parse(data.body.content))
      assert_equal({ "json" => { "a" => 1 }, "bytes" => "\0\xFF".b }, data.metadata)

      verification = echo.verify_interaction(data: data.with(body: body("ä\0", "a/b")), **given)
      seen = JSON.parse(verification.output.first)
      assert_equal({ "content_type" => "a/b", "content" => [195, 164, 0], "hint" => "Default" },
                   seen["interaction_data"]["body"])
      assert_equal([["json", { "Json" => '{"a":1}' }], ["bytes", { "Bytes" => [0, 255] }]], seen["interaction_data"]["metadata"])
      assert_equal(described, seen.reject { |key, _| key == "interaction_data" })
    end
  end

  def test_results_arrive_whole
    mismatch = { expected: [0, 255], description: "ä", path: "$.a", mismatch_type: "body" }
    told = { success: false, failures: [{ "Error" => "e" }, { "Mismatch" => mismatch }], output: ["one", "zwei ü"] }
    with_plugin("echo") do |echo|
      interaction = PactWasm::InteractionContents.new(interaction_type: "Synchronous/HTTP")
      verify = lambda do |response|
        echo.verify_interaction(data: PactWasm::InteractionData.new, interaction: interaction, config: { response: response })
      end
      full = PactWasm::Mismatch.new(expression: "$.a", path: "$.a", description: "ä", expected: "\0\xFF".b, mismatch_type: "body")
      assert_equal(PactWasm::Verification.new(success: false, failures: ["e", full], output: ["one", "zwei ü"]), verify.call(told))
      nothing = PactWasm::Verification.new(success: true, failures: [], output: [])
      assert_equal(nothing, verify.call({}))
      assert_equal(nothing.with(response: PactWasm::InteractionData.new), verify.call({ response: { metadata: [] } }))
    end
  end

  def test_kinds_of_metadata
    ["text", "ä\0", "", 7, 2.5, true, false, nil, [], {}, "\xFF\0".b, "".b].each do |value|
      with_provider do |line, config|
        data = PactWasm::InteractionData.new(metadata: { command: "x", nonce: value })
        got = line.verify_interaction(data: data, interaction: INTERACTION, config: config).response.metadata.fetch("nonce")
        value.nil? ? assert_nil(got) : assert_equal(value, got)
        assert_equal(value.encoding, got.encoding) if value.is_a?(String)
      end
    end
  end

  # More than fits into the memory that calls have from the start.
  def test_much_metadata
    received = with_provider do |line, config|
      metadata = (1..500).to_h { |number| ["key #{number}", "x" * number] }.merge("command" => "last")
      data = PactWasm::InteractionData.new(body: body("b"), metadata: metadata)
      assert_predicate(line.verify_interaction(data: data, interaction: INTERACTION, config: config), :success?)
    end
    assert_equal(["last", "b"], received)
  end

  def test_no_body
    received = with_provider do |line, config|
      data = PactWasm::InteractionData.new(metadata: { "command" => "empty" })
      assert_nil(data.body)
      line.verify_interaction(data: data, interaction: INTERACTION, config: config)
    end
    assert_equal(["empty", ""], received)
  end

  # Also for a provider that is known by its name, where that leads to loopback.
  def test_grants
    with_provider(grants: [PactWasm::Grant.connect("127.0.0.0/8:1-65535", plugin: "line")]) do |line, config|
      data = line.prepare_interaction(interaction: INTERACTION, config: config)
      assert_predicate(line.verify_interaction(data: data, interaction: INTERACTION, config: config), :success?)
    end
    with_plugin("line", grants: [PactWasm::Grant.connect("127.0.0.1:1", plugin: "jwt")]) do |line|
      config = { host: "127.0.0.1", port: 1 }
      data = line.prepare_interaction(interaction: INTERACTION, config: config)
      error = assert_raises(PactWasm::PermissionError) do
        line.verify_interaction(data: data, interaction: INTERACTION, config: config)
      end
      assert_includes(error.message, "127.0.0.1:1")
    end
  end

  def test_provider_that_is_not_there
    port = TCPServer.open("127.0.0.1", 0) { |socket| socket.addr[1] }
    with_plugin("line", grants: [PactWasm::Grant.connect("localhost")]) do |line|
      config = { host: "127.0.0.1", port: port }
      data = line.prepare_interaction(interaction: INTERACTION, config: config)
      error = assert_raises(PactWasm::PluginError) do
        line.verify_interaction(data: data, interaction: INTERACTION, config: config)
      end
      assert_match(/cannot connect to 127\.0\.0\.1:#{port}/, error.message)
    end
  end

  # A provider that accepts connections, and never answers.
  def test_stopping
    TCPServer.open("127.0.0.1", 0) do |silent|
      with_plugin("line", grants: [PactWasm::Grant.connect("localhost")]) do |line|
        config = { host: "127.0.0.1", port: silent.addr[1] }
        data = line.prepare_interaction(interaction: INTERACTION, config: config)
        verify = ->(**options) { line.verify_interaction(data: data, interaction: INTERACTION, config: config, **options) }
        assert_raises(PactWasm::DeadlineError) { verify.call(timeout: 0.2) }
        cancel = PactWasm::Cancel.new
        call = Thread.new { assert_raises(PactWasm::CancelledError) { verify.call(cancel: cancel, timeout: LONG) } }
        # That of the first call, and that of this one.
        2.times { silent.accept }
        cancel.trigger
        assert_equal("verify-interaction", call.value.operation)
      end
    end
  end

  def test_none_that_fail
    with_plugin("line") do |line|
      assert_raises(TypeError) { line.prepare_interaction(interaction: { "interactionType" => "x" }) }
      assert_raises(TypeError) { line.verify_interaction(data: {}, interaction: INTERACTION) }
      wrong = INTERACTION.with(interaction_type: "Synchronous/Smoke")
      assert_match(/Synchronous.Smoke/,
                   assert_raises(PactWasm::InvalidArgumentError) { line.prepare_interaction(interaction: wrong) }.message)
      assert_raises(PactWasm::PluginError) { line.prepare_interaction(interaction: INTERACTION.with(plugin_configuration: nil)) }
    end
  end
end

# frozen_string_literal: true

require "net/http"
require "webrick"
require_relative "helper"

# The plugin jsonrpc, between a client and a server of Ruby's own.
class JsonRpcTest < Minitest::Test
  CONFIG = {
    "request" => { "method" => "subtract", "params" => ["matching(integer, 42)", 23] },
    "response" => { "result" => { "value" => "matching(number, 19)", "unit" => "€" } },
  }.freeze

  def with_interaction(**options)
    with_plugin("jsonrpc", **options) do |jsonrpc|
      interaction = jsonrpc.configure_interaction(content_type: "application/jsonrpc", contents_config: CONFIG) do |configured|
        configured.contents("Synchronous/Messages", consumer: "web", provider: "maths")
      end
      yield jsonrpc, interaction
    end
  end

  # The client under test.
  def subtract(url, *numbers)
    call = { jsonrpc: "2.0", id: 7, method: "subtract", params: numbers }
    JSON.parse(Net::HTTP.post(URI(url), JSON.generate(call), "Content-Type" => "application/json").body)
  end

  def test_consumer
    with_interaction do |jsonrpc, interaction|
      jsonrpc.start_mock_server(interactions: [interaction]) do |server|
        assert_equal([7, { "value" => 19, "unit" => "€" }], subtract(server.url, 50, 23).values_at("id", "result"))
        assert_predicate(server.shutdown, :ok?)
      end
    end
  end

  def test_consumer_that_is_wrong
    with_interaction do |jsonrpc, interaction|
      jsonrpc.start_mock_server(interactions: [interaction]) do |server|
        assert_equal(-32_602, subtract(server.url, 50, 31)["error"]["code"])
        results = server.shutdown
        refute_predicate(results, :ok?)
        assert_includes(results.results.flat_map(&:mismatches).map(&:path), "$.params[1]")
      end
    end
  end

  # Yields the URL of a provider that answers all calls with this result, and gives the requests that it got.
  def with_provider(result)
    requests = []
    provider = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: 0, Logger: WEBrick::Log.new(nil, 0), AccessLog: [])
    provider.mount_proc("/rpc") do |request, response|
      requests << request
      response.content_type = "application/json"
      response.body = JSON.generate(jsonrpc: "2.0", id: JSON.parse(request.body)["id"], result: result)
    end
    thread = Thread.new { provider.start }
    yield "http://127.0.0.1:#{provider.listeners.first.local_address.ip_port}/rpc"
    requests
  ensure
    provider.shutdown
    thread.join
  end

  def verify(url)
    with_interaction(grants: [PactWasm::Grant.connect("localhost", plugin: "jsonrpc")]) do |jsonrpc, interaction|
      config = { "baseUrl" => url }
      data = jsonrpc.prepare_interaction(interaction: interaction, config: config)
      data = data.with(metadata: data.metadata.merge("authorization" => "Bearer token"))
      jsonrpc.verify_interaction(data: data, interaction: interaction, config: config)
    end
  end

  def test_provider
    requests = with_provider({ value: 18.5, unit: "€" }) do |url|
      verification = verify(url)
      assert_predicate(verification, :success?, verification.failures.join("\n"))
      assert_equal(18.5, JSON.parse(verification.response.body.content)["result"]["value"])
    end
    assert_equal([[42, 23]], requests.map { |request| JSON.parse(request.body)["params"] })
    assert_equal(["Bearer token"], requests.map { |request| request["authorization"] })
  end

  def test_provider_that_is_wrong
    with_provider({ value: "much", unit: "€" }) do |url|
      verification = verify(url)
      refute_predicate(verification, :success?)
      assert_equal(["$.result.value"], verification.failures.map(&:path))
      refute_empty(verification.output)
    end
  end
end

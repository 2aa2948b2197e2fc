# frozen_string_literal: true

# A consumer test. The consumer "web" sends orders to the provider "shop", each as a JSON Web Token. The plugin jwt says what the
# token has to be like; a server in this process compares what the client sends with that; what passed goes into a pact file.
#
#     PACT_PLUGIN_DIR=target/plugins ruby examples/ruby/orders_test.rb

require "json"
require "minitest/autorun"
require "net/http"
require "openssl"
require "pact_wasm"
require "securerandom"
require "tmpdir"
require "webrick"

# The code under test: a client that signs its orders.
class OrderClient
  def initialize(url, secret)
    @url = URI.join(url, "/orders")
    @secret = secret
  end

  def order(claims)
    Net::HTTP.post(@url, token(claims), "Content-Type" => "application/jwt")
  end

  private

  def token(claims)
    header = { alg: "HS256", typ: "JWT" }
    payload = { exp: Time.now.to_i + 60, jti: SecureRandom.uuid, **claims }
    signed = [header, payload].map { |part| encode(JSON.generate(part)) }.join(".")
    "#{signed}.#{encode(OpenSSL::HMAC.digest("SHA256", @secret, signed))}"
  end

  def encode(bytes)
    [bytes].pack("m0").tr("+/", "-_").delete("=")
  end
end

# The provider as the pact has it: 201 for what matches, 500 with the mismatches for the rest.
class MockShop
  attr_reader :url

  def initialize(plugin, part)
    @server = WEBrick::HTTPServer.new(BindAddress: "127.0.0.1", Port: 0, Logger: WEBrick::Log.new(nil, 0), AccessLog: [])
    @url = "http://127.0.0.1:#{@server.listeners.first.local_address.ip_port}"
    @server.mount_proc("/orders") do |request, response|
      actual = PactWasm::Body.new(content_type: request.content_type, content: request.body)
      comparison = plugin.compare_contents(expected: part.body, actual: actual, rules: part.rules,
                                           plugin_configuration: part.plugin_configuration)
      response.status = comparison.match? ? 201 : 500
      response.body = comparison.mismatches.join("\n")
    end
    @thread = Thread.new { @server.start }
  end

  def stop
    @server.shutdown
    @thread.join
  end
end

class OrdersTest < Minitest::Test
  SECRET = "a secret for tests"
  INTERACTION = {
    type: "Synchronous/HTTP", description: "an order",
    request: { method: "POST", path: "/orders" }, response: { status: 201 }
  }.freeze

  def setup
    @host = PactWasm::Host.open(implementation: { name: "ruby-example", version: "1.0.0" })
    @jwt = @host.load("jwt")
    config = { algorithm: "HS256", secret: SECRET, subject: "alice", item: "tea" }
    @interaction = @jwt.configure_interaction(content_type: "application/jwt", contents_config: config)
    @shop = MockShop.new(@jwt, @interaction.parts.first)
  end

  def teardown
    @shop.stop
    [@interaction, @jwt, @host].each(&:close)
  end

  def test_an_order
    response = OrderClient.new(@shop.url, SECRET).order(sub: "alice", item: "tea")
    assert_equal("201", response.code, response.body)
  end

  def test_an_order_for_somebody_else
    response = OrderClient.new(@shop.url, SECRET).order(sub: "bob", item: "tea")
    assert_equal("500", response.code)
    assert_equal('claims:sub: expected the claim "sub" to be "alice", but it is "bob"', response.body)
  end

  # Only what has passed is put into the file.
  def test_the_pact_file
    test_an_order
    Dir.mktmpdir do |directory|
      path = File.join(directory, "web-shop.json")
      PactWasm::PactFile.new(consumer: "web", provider: "shop").add_interaction(INTERACTION, request: @interaction).write(path)
      pact = JSON.parse(File.read(path))
      interaction, = pact["interactions"]
      assert_equal(%w[web shop], pact.values_at("consumer", "provider").map { |party| party["name"] })
      assert_equal(["POST", "/orders"], interaction["request"].values_at("method", "path"))
      assert_equal({ "algorithm" => "HS256", "secret" => SECRET }, interaction["pluginConfiguration"]["jwt"])
      assert_equal(["jwt"], pact["metadata"]["plugins"].map { |plugin| plugin["name"] })
    end
  end
end

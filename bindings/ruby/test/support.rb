# frozen_string_literal: true

require "pact_wasm"
require "socket"
require "tmpdir"

# Hosts, plugins and requests for tests, and for processes that tests start.
module Support
  ROOT = File.expand_path("../../..", __dir__)
  PLUGINS = ENV.fetch("PACT_WASM_TEST_PLUGINS", File.join(ROOT, "target", "plugins"))
  CACHE = ENV.fetch("PACT_WASM_TEST_CACHE") { ENV["PACT_WASM_TEST_CACHE"] = Dir.mktmpdir("pact-wasm-test") }
  HEADER = File.read(File.join(ROOT, "include", "pact_wasm.h"))
  # Seconds after which something is said to hang.
  LONG = 60

  module_function

  def open_host(**options, &block)
    PactWasm::Host.open(plugin_directory: PLUGINS, cache_directory: CACHE, **options, &block)
  end

  def with_plugin(name, **options)
    open_host(**options) { |host| host.load(name) { |plugin| yield plugin, host } }
  end

  def body(content, type = "text/plain")
    PactWasm::Body.new(content_type: type, content: content)
  end

  # Has the plugin hostile do what the content type says.
  def misbehave(plugin, how, **options)
    plugin.compare_contents(expected: body("", how), actual: body("", how), **options)
  end

  # Waits until another thread is inside of the plugin hostile, which has one instance: then a call with a short deadline fails. A
  # shorter one would fail on a busy machine as well.
  def wait_until_busy(plugin)
    loop { misbehave(plugin, "x/fine", timeout: 0.1) }
  rescue PactWasm::DeadlineError
    true
  end

  # A generator "vin" that says when it is called and then waits for its answer, with the queues for both.
  def waiting_handler
    inside = Queue.new
    go_on = Queue.new
    handler = PactWasm::Handler.generator("vin") do
      inside << true
      go_on.pop
    end
    [handler, inside, go_on]
  end

  # Has the plugin delegate ask the entry "vin" of this type.
  def ask(delegate, type, example: nil, **options)
    configuration = PactWasm::PluginConfiguration.new(pact: { "entry" => "vin" })
    case type
    when :content_matcher
      delegate.compare_contents(expected: body("e", "text/vin"), actual: body("a", "text/vin"),
                                plugin_configuration: configuration, **options)
    when :content_generator
      delegate.generate_content(body: body("e", "text/vin"), plugin_configuration: configuration, **options)
    when :matcher
      delegate.match_field(key: "delegate", rule_type: "vin", path: "vin", expected: example, actual: example, **options)
    when :generator
      delegate.generate_field(key: "delegate", generator_type: "Vin", path: "vin", example: example, **options)
    end
  end

  # Makes a plugin directory with a manifest, and maybe a component.
  def make_plugin(directory, manifest: nil, component: nil, more: "")
    manifest ||= %({"manifestVersion":1,"pluginInterfaceVersion":2,"name":"h","version":"1.2.3","executableType":"wasm",) +
                 %("entryPoint":"p.wasm"#{more}})
    Dir.mkdir(directory)
    File.write(File.join(directory, "pact-plugin.json"), manifest)
    File.binwrite(File.join(directory, "p.wasm"), component) if component
    directory
  end

  def hostile_component
    File.binread(File.join(PLUGINS, "hostile-1.0.0", "hostile.wasm"))
  end

  # An interaction for the plugin line: a command with bytes, and the bytes of the answer.
  def line_interaction(command, request, response)
    stored = { "command" => command, "request" => [request].pack("m0"), "response" => [response].pack("m0") }
    PactWasm::InteractionContents.new(
      interaction_type: "Synchronous/Messages", consumer: "web", provider: "shop",
      plugin_configuration: PactWasm::PluginConfiguration.new(interaction: stored)
    )
  end

  # A message of the plugin line's protocol.
  def put_line(socket, word, bytes)
    socket.write("#{word} #{bytes.bytesize}\n".b + bytes.b)
  end

  # Word and bytes of one, or nil at the end of the connection.
  def take_line(socket)
    word, length = socket.gets.to_s.split
    [word, socket.read(Integer(length))] if word
  rescue Errno::ECONNRESET
    nil
  end

  # Sends a mock server a command, and gives the word and the bytes of the answer.
  def tell(server, command, bytes = "")
    TCPSocket.open(server.address, server.port) do |socket|
      put_line(socket, command, bytes)
      take_line(socket)
    end
  end

  def listening?(server)
    TCPSocket.open(server.address, server.port, &:close)
    true
  rescue Errno::ECONNREFUSED
    false
  end
end

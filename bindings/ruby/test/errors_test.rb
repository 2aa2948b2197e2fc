# frozen_string_literal: true

require_relative "helper"

# Every code that can be reached: class, message and fields.
class ErrorsTest < Minitest::Test
  # Codes that nothing here can provoke, and why.
  EXPLAINED = {
    COMPILE_FAILED: "what wasmtime validates, it compiles",
    INTERNAL: "a fault of the library",
    AMBIGUOUS: "reaches plugins only, as text",
  }.freeze

  # How each of the others comes up: with this in a plugin's call, which ends with a message like that.
  CALLS = {
    PLUGIN: ["x/error", /the plugin answered: the guest says no\z/],
    TRAP: ["x/trap", /the plugin crashed/],
    DEADLINE: ["x/loop", /no answer within the deadline of 200 ms/],
    STACK_LIMIT: ["x/recurse", /stack of 524288 bytes/],
    MEMORY_LIMIT: ["x/alloc", /the limit is 268435456/],
  }.freeze

  class << self
    # Names of the codes that a test has provoked, by the names of the tests.
    def provoked
      public_instance_methods(true).grep(/\Atest_provokes_/).map { |name| name.to_s.delete_prefix("test_provokes_").upcase.to_sym }
    end
  end

  def constants
    HEADER.scan(/^#define PACTWASM_ERROR_(\w+) (\d+)$/).to_h { |name, code| [name.to_sym, Integer(code)] }
  end

  def error_class(name)
    PactWasm.const_get("#{name.to_s.split("_").map(&:capitalize).join}Error")
  end

  # The block fails with this code; the fields are as given, and absent where they are not.
  def assert_error(name, message, plugin_name: nil, plugin_version: nil, operation: nil, backtrace: nil, &block)
    error = assert_raises(PactWasm::Error, &block)
    assert_instance_of(error_class(name), error)
    assert_equal(constants.fetch(name), error.code)
    assert_match(message, error.message)
    assert_equal([plugin_name, plugin_version, operation], [error.plugin_name, error.plugin_version, error.operation])
    backtrace ? assert_match(backtrace, error.plugin_backtrace) : assert_nil(error.plugin_backtrace)
    error
  end

  def from(operation, name = "hostile", version = "1.0.0")
    { plugin_name: name, plugin_version: version, operation: operation }
  end

  # The interpreter notices by SIGSEGV that the stack of its C functions is used up, which plugins' crashes may come by as well.
  def test_ruby_still_gets_its_signals
    deep = []
    200_000.times { deep = [deep] }
    with_plugin("hostile") do |hostile|
      assert_raises(PactWasm::TrapError) { misbehave(hostile, "x/trap") }
      assert_raises(SystemStackError) { deep.inspect }
      assert_raises(SystemStackError) { deep.hash }
      assert_raises(PactWasm::TrapError) { misbehave(hostile, "x/trap") }
    end
  end

  def test_classes_and_constants
    constants.each do |name, code|
      assert_equal(code, error_class(name)::CODE)
      assert_equal(code, error_class(name).new("made here").code)
      assert_operator(error_class(name), :<, PactWasm::Error)
    end
    refute_empty(constants)
  end

  def test_all_codes_are_provoked_or_explained
    assert_equal(constants.keys.sort, (self.class.provoked + EXPLAINED.keys).sort)
  end

  CALLS.each do |name, (how, message)|
    define_method("test_provokes_#{name.downcase}") do
      with_plugin("hostile") do |plugin|
        options = name == :DEADLINE ? { timeout: 0.2 } : {}
        backtrace = name == :PLUGIN ? nil : /hostile\.wasm!/
        assert_error(name, message, **from("compare-contents"), backtrace: backtrace) { misbehave(plugin, how, **options) }
        assert_predicate(misbehave(plugin, "x/fine"), :match?)
      end
    end
  end

  def test_provokes_cancelled
    cancel = PactWasm::Cancel.new
    cancel.trigger
    with_plugin("hostile") do |plugin|
      assert_error(:CANCELLED, /cancelled by the caller/, **from("compare-contents")) do
        misbehave(plugin, "x/fine", cancel: cancel)
      end
    end
  end

  def test_provokes_invalid_argument
    assert_error(:INVALID_ARGUMENT, /must be from 1 to 86400000/) { open_host(timeout: 1_000_000) }
  end

  def test_provokes_not_found
    open_host do |host|
      assert_error(:NOT_FOUND, /no plugin "nobody" in .*echo 1\.0\.0/) { host.load("nobody") }
      assert_error(:NOT_FOUND, /no plugin "jwt" compatible with version 7\.0\.0/) { host.load("jwt", version: "7.0.0") }
    end
    open_host(plugin_directory: "/nowhere/plugins") do |host|
      assert_error(:NOT_FOUND, %r{/nowhere/plugins does not exist}) { host.discover }
    end
  end

  def test_provokes_busy
    delegate = nil
    asks_back = PactWasm::Handler.generator("vin") do
      assert_error(:BUSY, /all 1 instance\(s\) are busy/, **from("generate-field", "delegate")) { ask(delegate, :generator) }
      "answer"
    end
    with_plugin("delegate", handlers: [asks_back], limits: { instances: 1 }) do |plugin|
      delegate = plugin
      assert_equal("answer", ask(delegate, :generator))
    end
  end

  def test_provokes_forked
    open_host do |host|
      assert_child(fork do
        assert_error(:FORKED, /made before the process forked/) { host.catalogue }
        exit!(0)
      ensure
        exit!(1)
      end)
    end
  end

  def test_provokes_unsupported
    with_plugin("minimal") do |plugin|
      assert_equal([[], ["interaction/message"]], [plugin.info.roles, plugin.info.capabilities])
      assert_error(:UNSUPPORTED, /does not export content-matcher/, **from("compare-contents", "minimal")) do
        misbehave(plugin, "x/fine")
      end
    end
  end

  def test_provokes_wrong_state
    open_host do |host|
      host.load("hostile", init: false) do |plugin|
        assert_nil(plugin.info.capabilities)
        assert_empty(plugin.catalogue)
        assert_error(:WRONG_STATE, /not initialised/, **from("compare-contents")) { misbehave(plugin, "x/fine") }
        assert_same(plugin, plugin.init(timeout: 10))
        assert_predicate(misbehave(plugin, "x/fine"), :match?)
      end
    end
  end

  def test_provokes_host_call_limit
    with_plugin("hostile", limits: { host_call: 1 << 20 }) do |plugin|
      assert_error(:HOST_CALL_LIMIT, /more than 1048576 bytes/, **from("generate-content")) do
        plugin.generate_content(body: body("x" * (1 << 20), "x/fine"))
      end
    end
  end

  def test_provokes_resource_limit
    open_host(limits: { table_elements: 1 }) do |host|
      assert_error(:RESOURCE_LIMIT, /the limit is 1/, **from("init")) { host.load("hostile") }
    end
  end

  # A plugin that asks itself.
  def test_provokes_cycle
    with_plugin("delegate") do |delegate|
      assert_error(:CYCLE, /in a circle: generate-field of delegate → /, **from("generate-field", "delegate"),
                   backtrace: /delegate\.wasm!/) do
        delegate.generate_field(key: "delegate", generator_type: "x", path: "plugin/delegate/generator/delegate")
      end
    end
  end

  def test_provokes_invalid_response
    with_plugin("hostile") do |plugin|
      assert_error(:INVALID_RESPONSE, /the answer's rules is not valid/, **from("configure-interaction")) do
        plugin.configure_interaction(content_type: "x/bad-json", contents_config: {})
      end
    end
  end

  def test_provokes_io
    Dir.mktmpdir do |directory|
      file = File.join(directory, "file")
      File.write(file, "")
      open_host(plugin_directory: file) { |host| assert_error(:IO, /#{file}/) { host.discover } }
      make_plugin(File.join(directory, "io"))
      Dir.mkdir(File.join(directory, "io", "p.wasm"))
      open_host do |host|
        assert_error(:IO, /p\.wasm: cannot be read/, plugin_name: "h", plugin_version: "1.2.3") do
          host.load_directory(File.join(directory, "io"))
        end
      end
    end
  end

  def test_provokes_manifest_invalid
    Dir.mktmpdir do |directory|
      make_plugin(File.join(directory, "broken"), manifest: '{"name":7}')
      open_host(plugin_directory: directory) do |host|
        assert_error(:MANIFEST_INVALID, /field "name" is 7/) { host.load("broken") }
        broken, = host.discover
        assert_equal([nil, nil, nil], [broken.name, broken.version, broken.executable_type])
        assert_match(/field "name" is 7/, broken.problem)
      end
    end
  end

  # A plugin that asks for what is not granted, a server where it may not listen, and a provider where it may not connect to.
  def test_provokes_permission
    Dir.mktmpdir do |directory|
      path = make_plugin(File.join(directory, "h"), component: hostile_component,
                                                    more: ',"pluginConfig":{"permissions":{"connect":["example.com:443"]}}')
      open_host do |host|
        assert_error(:PERMISSION, /not grant: connect to example\.com:443/, plugin_name: "h", plugin_version: "1.2.3") do
          host.load_directory(path)
        end
      end
    end
    with_plugin("line") do |line|
      assert_error(:PERMISSION, /refused it to listen on 0\.0\.0\.0:/, **from("start-mock-server", "line")) do
        line.start_mock_server(interactions: [], host_interface: "0.0.0.0")
      end
      interaction = line_interaction("ping", "", "")
      config = { host: "127.0.0.1", port: 1 }
      data = line.prepare_interaction(interaction: interaction, config: config)
      assert_error(:PERMISSION, /refused it to connect to 127\.0\.0\.1:1 /, **from("verify-interaction", "line")) do
        line.verify_interaction(data: data, interaction: interaction, config: config)
      end
    end
  end

  def test_provokes_component_invalid
    Dir.mktmpdir do |directory|
      path = make_plugin(File.join(directory, "garbage"), component: "This is no plugin.")
      open_host do |host|
        assert_error(:COMPONENT_INVALID, /not a WebAssembly component/, plugin_name: "h", plugin_version: "1.2.3") do
          host.load_directory(path)
        end
      end
    end
  end

  def test_provokes_incompatible
    Dir.mktmpdir do |directory|
      path = make_plugin(File.join(directory, "h"), component: hostile_component,
                                                    more: ',"pluginConfig":{"init":"missing-capabilities"}')
      open_host do |host|
        assert_error(:INCOMPATIBLE, /matcher\/telepathy, interaction\/seance/, **from("init", "h", "1.2.3")) do
          host.load_directory(path)
        end
        assert_empty(host.catalogue.select(&:plugin_name))
      end
    end
  end
end

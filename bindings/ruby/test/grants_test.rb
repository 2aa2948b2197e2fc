# frozen_string_literal: true

require "pathname"
require_relative "helper"

# What a host grants to plugins: it counts where the manifest asks for it.
class GrantsTest < Minitest::Test
  # Loads the plugin line with these permissions in its manifest, under the name "h".
  def load_asking(permissions, *grants)
    Dir.mktmpdir do |directory|
      component = File.binread(File.join(PLUGINS, "line-1.0.0", "line.wasm"))
      more = %(,"pluginConfig":#{JSON.generate("permissions" => permissions)})
      path = make_plugin(File.join(directory, "h"), component: component, more: more)
      open_host(grants: grants) { |host| host.load_directory(path) { |plugin| yield plugin } }
    end
  end

  # What is asked for, what grants it, and what does not.
  KINDS = {
    "listen on 0.0.0.0" => [{ listen: ["0.0.0.0"] }, PactWasm::Grant.listen("*"), PactWasm::Grant.connect("*")],
    "connect to localhost:80" => [{ connect: ["localhost:80"] }, PactWasm::Grant.connect("localhost:1-99"),
                                  PactWasm::Grant.listen("localhost:80")],
    "read /usr" => [{ directories: [{ path: "/usr", access: "read" }] }, PactWasm::Grant.read("/usr"),
                    PactWasm::Grant.environment("PATH")],
    "read and write /tmp" => [{ directories: [{ path: "/tmp", access: "read-write" }] }, PactWasm::Grant.read_write("/tmp"),
                              PactWasm::Grant.read("/tmp")],
    "environment variable PATH" => [{ environment: ["PATH"] }, PactWasm::Grant.environment("PATH"),
                                    PactWasm::Grant.environment("HOME")],
  }.freeze

  def test_kinds
    KINDS.each do |what, (permissions, granting, other)|
      assert_equal("h", load_asking(permissions, other, granting, &:name))
      assert_equal("h", load_asking(permissions, granting.with(plugin: "h"), &:name))
      [[], [other], [granting.with(plugin: "line")]].each do |grants|
        error = assert_raises(PactWasm::PermissionError) { load_asking(permissions, *grants) { flunk } }
        assert_includes(error.message, what)
      end
    end
  end

  def test_listening
    load_asking({ listen: ["0.0.0.0"] }, PactWasm::Grant.listen("0.0.0.0:*")) do |line|
      line.start_mock_server(interactions: [], host_interface: "0.0.0.0") { |server| assert(listening?(server)) }
    end
  end

  # Each constructor is for the permission of its name, for all plugins or for one.
  def test_constructors
    names = PactWasm::Declarations.constants.grep(/\APACTWASM_PERMISSION_/).map { |name| name[20..].downcase.to_sym }
    assert_equal(%i[listen connect read read_write environment], names)
    names.each do |name|
      assert_equal(PactWasm::Grant.new(permission: name, value: "/x"), PactWasm::Grant.public_send(name, "/x"))
      assert_equal(PactWasm::Grant.new(permission: name, value: "/x", plugin: "h"),
                   PactWasm::Grant.public_send(name, "/x", plugin: "h"))
    end
    assert_equal("/x", PactWasm::Grant.read(Pathname("/x")).value)
  end

  def test_none_that_fail
    assert_raises(TypeError) { open_host(grants: ["localhost"]) }
    assert_raises(ArgumentError) { open_host(grants: [PactWasm::Grant.new(permission: :fly, value: "x")]) }
    assert_raises(TypeError) { open_host(grants: [PactWasm::Grant.connect(80)]) }
    { PactWasm::Grant.connect("a:b:c") => /an IPv6 address stands in brackets/,
      PactWasm::Grant.read("here") => /"here", not an absolute path/ }.each do |grant, message|
      assert_match(message, assert_raises(PactWasm::InvalidArgumentError) { open_host(grants: [grant]) }.message)
    end
  end
end

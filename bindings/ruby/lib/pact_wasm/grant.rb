# frozen_string_literal: true

module PactWasm
  # Something outside of the sandbox that plugins may use. A plugin gets it if its manifest asks for it, under "permissions" of its
  # "pluginConfig": what both say counts. Nothing is granted by default, except that a plugin that is a transport may listen on
  # loopback. A plugin that asks for what is not granted, and does not call it optional, does not load ({PermissionError}).
  #
  #     PactWasm::Host.open(grants: [PactWasm::Grant.connect("localhost:8080"),
  #                                  PactWasm::Grant.read("/srv/schemas", plugin: "protobuf")]) { |host| … }
  #
  # An address rule is a host and ports, with a colon between. The host is an address (`192.0.2.1`, `[2001:db8::1]`), a network
  # (`192.0.2.0/24`), a name, `localhost` for all loopback addresses, or `*` for any. The ports are one, a range (`8000-8999`), or
  # `*` for any, which is also what nothing means. A name stands for the addresses that it leads to, but never for loopback and
  # link-local ones.
  #
  # @!attribute [r] permission
  #   @return [Symbol] :listen, :connect, :read, :read_write or :environment
  # @!attribute [r] value
  #   @return [String] an address rule, the absolute path of a directory, or the name of an environment variable
  # @!attribute [r] plugin
  #   @return [String, nil] name of the plugin; nil for all plugins
  Grant = Value.new(:permission, :value, :plugin, keyword_init: true) do
    class << self
      # Listening for TCP connections.
      #
      # @param rule [String] an address rule
      # @param plugin [String, nil] name of the plugin; nil for all plugins
      # @return [Grant]
      def listen(rule, plugin: nil)
        new(permission: :listen, value: rule, plugin: plugin)
      end

      # TCP connections to other machines, or to this one.
      #
      # @param rule [String] an address rule
      # @param plugin [String, nil] name of the plugin; nil for all plugins
      # @return [Grant]
      def connect(rule, plugin: nil)
        new(permission: :connect, value: rule, plugin: plugin)
      end

      # Reading the files of a directory and of what is below it.
      #
      # @param path [String, Pathname] absolute
      # @param plugin [String, nil] name of the plugin; nil for all plugins
      # @return [Grant]
      def read(path, plugin: nil)
        new(permission: :read, value: Conversion.path("path", path), plugin: plugin)
      end

      # Reading and writing the files of a directory and of what is below it.
      #
      # @param path [String, Pathname] absolute
      # @param plugin [String, nil] name of the plugin; nil for all plugins
      # @return [Grant]
      def read_write(path, plugin: nil)
        new(permission: :read_write, value: Conversion.path("path", path), plugin: plugin)
      end

      # An environment variable of this process, with its value.
      #
      # @param name [String]
      # @param plugin [String, nil] name of the plugin; nil for all plugins
      # @return [Grant]
      def environment(name, plugin: nil)
        new(permission: :environment, value: name, plugin: plugin)
      end
    end
  end
end

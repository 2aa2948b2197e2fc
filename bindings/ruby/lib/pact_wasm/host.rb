# frozen_string_literal: true

module PactWasm
  # A driver instance: it finds and loads plugins and keeps their catalogue. Hosts know nothing of each other.
  class Host < Handle
    # Makes a host. Nothing is read from disk yet.
    #
    # @param options what {#initialize} takes
    # @yieldparam host [Host] closed after the block
    # @return [Host] or what the block returns
    def self.open(**options, &block)
      lend(new(**options), &block)
    end

    # @param plugin_directory [String, Pathname, nil] where plugins are installed; by default $PACT_PLUGIN_DIR, or else
    #   ~/.pact/plugins
    # @param cache_directory [String, Pathname, false, nil] where compiled plugins are kept between processes; by default
    #   $XDG_CACHE_HOME/pact-wasm, or else ~/.cache/pact-wasm; false to keep nothing
    # @param implementation [Hash, nil] `{name:, version:}` of who loads plugins, which they are told
    # @param test_run_id [String, nil] test run that log records belong to, unless a call names one
    # @param timeout [Numeric, nil] seconds for one call, waiting for a free instance included: 0.001 to 86400, by default 30
    # @param limits [Hash{Symbol => Integer}, nil] limits for each plugin: `memory` (bytes), `stack` (bytes), `table_elements`,
    #   `host_call` (bytes that it may hand to the host in one call), `log` (bytes of log text in one call), `instances` (how many
    #   of its calls run in parallel), `nesting` (how deep plugins may call each other). Ranges and defaults stand at
    #   PACTWASM_LIMIT_… in pact_wasm.h.
    # @param signal_handlers [Boolean, nil] whether crashes of plugins are caught with handlers for SIGSEGV, SIGILL and SIGFPE,
    #   the default, or with checks in the compiled code, which is slower. The handlers pass on what is not theirs.
    # @param log_level [Symbol, nil] lowest level that is kept and delivered: :trace, :debug, :info (the default), :warn or
    #   :error
    # @param logger [Logger, #call, nil] where log records go as they come. A Logger gets the text, followed by target, instance
    #   and test run, and the plugin's name as progname; anything with `call` gets a {LogRecord}. By default nowhere:
    #   {Plugin#logs} has them.
    # @param handlers [Array<Handler>, nil] functions for the catalogue
    # @param grants [Array<Grant>, nil] what plugins may use outside of their sandbox
    # @raise [InvalidArgumentError] a value is out of range
    def initialize(plugin_directory: nil, cache_directory: nil, implementation: nil, test_run_id: nil, timeout: nil,
                   limits: nil, signal_handlers: nil, log_level: nil, logger: nil, handlers: nil, grants: nil)
      options = {
        plugin_directory: plugin_directory, cache_directory: cache_directory, implementation: implementation,
        test_run_id: test_run_id, timeout: timeout, limits: limits, signal_handlers: signal_handlers, log_level: log_level,
        logger: logger, handlers: handlers, grants: grants
      }
      # Before the call, which masks what could end the thread that this may start.
      Callbacks.functions
      super(Call.run do |call|
        call.own(:pactwasm_host_new, Configuration.make(call, options), free: :pactwasm_host_free)
      end)
    end

    # Reads what is installed in the plugin directory. A manifest that cannot be used hides no other; it is an item of its own
    # with the reason.
    #
    # @return [Array<InstalledPlugin>] usable plugins come first, by name and rising version
    # @raise [NotFoundError] the directory does not exist
    # @raise [IoError]
    def discover
      perform do |call, host|
        installed = call.result(:pactwasm_host_discover, host, free: :pactwasm_installed_free)
        call.list(Declarations::PactWasmInstalledPlugin, installed,
                  count: :pactwasm_installed_count, get: :pactwasm_installed_get)
      end
    end

    # Finds a plugin by name in the plugin directory, loads it (which compiles it, unless the cache has it), and initialises it. A
    # plugin that this host has loaded already is not loaded again: both objects are for the same plugin.
    #
    # @param name [String] as in its pact-plugin.json
    # @param version [String, nil] the least version within semantic-version compatibility; nil for the highest that is installed
    # @param init [Boolean] whether to initialise it; otherwise {Plugin#init} has to be called before anything else
    # @param options for the initialisation, as {Plugin} describes them
    # @yieldparam plugin [Plugin] closed after the block
    # @return [Plugin] or what the block returns. It may outlive the host.
    # @raise [NotFoundError]
    # @raise [ManifestInvalidError]
    # @raise [ComponentInvalidError]
    # @raise [IncompatibleError]
    # @raise [PermissionError] it asks for what is not granted
    def load(name, version: nil, init: true, **options, &block)
      plugin = perform do |call, host|
        texts = call.text("name", name) + call.text("version", version)
        Plugin.new(call.own(:pactwasm_host_load, host, *texts, free: :pactwasm_plugin_free))
      end
      ready(plugin, init, options, &block)
    end

    # Loads the plugin whose pact-plugin.json lies in a directory, wherever that is. Otherwise as {#load}.
    #
    # @param path [String, Pathname]
    # @return [Plugin] or what the block returns
    def load_directory(path, init: true, **options, &block)
      plugin = perform do |call, host|
        text = call.text("path", Conversion.path("path", path))
        Plugin.new(call.own(:pactwasm_host_load_directory, host, *text, free: :pactwasm_plugin_free))
      end
      ready(plugin, init, options, &block)
    end

    # @return [Array<CatalogueEntry>] what the host itself can do, then the entries of all plugins that it has loaded and
    #   initialised, in the order of loading
    def catalogue
      perform { |call, host| call.catalogue(:pactwasm_host_catalogue, host) }
    end

    private

    def ready(plugin, init, options, &block)
      raise ArgumentError, "#{options.keys.join(", ")}: options of init, which is not wanted" unless init || options.empty?

      plugin.init(**options) if init
    rescue StandardError
      plugin.close
      raise
    else
      Handle.lend(plugin, &block)
    end
  end
end

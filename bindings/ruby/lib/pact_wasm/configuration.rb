# frozen_string_literal: true

module PactWasm
  # The options of a host, on their way to the library. {Host.open} documents them.
  # @api private
  class Configuration
    LEVELS = Fields::Choice.new("log_level", "PACTWASM_LEVEL")
    LIMITS = Fields::Choice.constants("PACTWASM_LIMIT").reject { |name, _| name == :timeout_ms }.freeze
    PERMISSIONS = Fields::Choice.new("permission", "PACTWASM_PERMISSION")
    private_constant :LEVELS, :LIMITS, :PERMISSIONS

    # A pointer for pactwasm_host_new, freed with the call.
    def self.make(call, options)
      pointer = call.result(:pactwasm_config_new, free: :pactwasm_config_free)
      configuration = new(call, pointer)
      options.each { |name, value| configuration.public_send(name, value) unless value.nil? }
      pointer
    end

    def initialize(call, pointer)
      @call = call
      @pointer = pointer
    end

    def plugin_directory(path)
      set(:pactwasm_config_set_plugin_directory, *path("plugin_directory", path))
    end

    def cache_directory(path)
      return set(:pactwasm_config_set_cache_directory, nil, 0) if path == false

      set(:pactwasm_config_set_cache_directory, *path("cache_directory", path))
    end

    def implementation(names)
      name, version = names.fetch_values(:name, :version)
      set(:pactwasm_config_set_implementation, *@call.text("name", name), *@call.text("version", version))
    end

    def test_run_id(id)
      set(:pactwasm_config_set_test_run_id, *@call.text("test_run_id", id))
    end

    def timeout(seconds)
      set(:pactwasm_config_set_limit, Declarations::PACTWASM_LIMIT_TIMEOUT_MS, Conversion.milliseconds("timeout", seconds))
    end

    def limits(values)
      values.each do |name, value|
        limit = LIMITS.fetch(name) do
          raise ArgumentError, "limits has no #{name.inspect}, only #{LIMITS.keys.map(&:inspect).join(", ")}"
        end
        set(:pactwasm_config_set_limit, limit, limit_value(name, value))
      end
    end

    def signal_handlers(on)
      set(:pactwasm_config_set_signal_handlers, on ? 1 : 0)
    end

    def log_level(level)
      set(:pactwasm_config_set_log_level, LEVELS.number(level))
    end

    def logger(logger)
      functions = Callbacks.functions
      set(:pactwasm_config_set_log_callback, functions.log, Callbacks.add(LogSink.new(logger)), functions.destroy)
    end

    def handlers(handlers)
      functions = Callbacks.functions
      handlers.each do |handler|
        raise TypeError, "handlers must be PactWasm::Handlers, not #{handler.class}" unless handler.is_a?(Handler)

        texts = @call.text("entry_type", handler.entry_type) + @call.text("key", handler.key) + @call.json(handler.values)
        # A copy, because each registration is destroyed by itself.
        set(:pactwasm_config_set_handler, *texts, functions.handler, Callbacks.add(handler.dup), functions.destroy)
      end
    end

    def grants(grants)
      grants.each do |grant|
        raise TypeError, "grants must be PactWasm::Grants, not #{grant.class}" unless grant.is_a?(Grant)

        set(:pactwasm_config_grant, *@call.text("plugin", grant.plugin), PERMISSIONS.number(grant.permission),
            *@call.text("value", grant.value))
      end
    end

    private

    def set(function, *arguments)
      @call.invoke(function, @pointer, *arguments)
    end

    def path(name, value)
      @call.text(name, Conversion.path(name, value))
    end

    # ffi would take -1 for the largest number there is.
    def limit_value(name, value)
      return value if value.is_a?(Integer) && !value.negative?

      raise ArgumentError, "the limit #{name.inspect} must be a whole number, not #{value.inspect}"
    end
  end
  private_constant :Configuration
end

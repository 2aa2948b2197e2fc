# frozen_string_literal: true

require "logger"

module PactWasm
  # Where log records go: a Logger, or anything with `call`.
  # @api private
  class LogSink
    SEVERITIES = {
      trace: Logger::DEBUG, debug: Logger::DEBUG, info: Logger::INFO, warn: Logger::WARN, error: Logger::ERROR
    }.freeze
    private_constant :SEVERITIES

    def initialize(logger)
      unless logger.respond_to?(:call) || logger.respond_to?(:add)
        raise TypeError, "logger must be a Logger, or have a method call, which #{logger.class} has not"
      end

      @logger = logger
    end

    def deliver(pointer)
      record = Layout[Declarations::PactWasmLogRecord].read(pointer, 0)
      return @logger.call(record) if @logger.respond_to?(:call)

      @logger.add(SEVERITIES.fetch(record.level), line(record), record.plugin_name)
    end

    private

    # The fields that Logger has no place for follow the text.
    def line(record)
      fields = { target: record.target, instance: record.plugin_instance_id, test_run: record.test_run_id }.compact
      "#{record.message} (#{fields.map { |name, value| "#{name}=#{value}" }.join(" ")})"
    end
  end
  private_constant :LogSink
end

# frozen_string_literal: true

require "logger"
require "stringio"
require_relative "helper"

# Log records: kept by the plugin, and delivered.
class LogsTest < Minitest::Test
  RECORDS = [["Trace", "a::b", "finest"], ["Debug", "a::b", "fine"], ["Info", "a", "ä\0ö"], ["Warn", "a", "hm"],
             ["Error", "a", "oh"]].freeze

  # Has the plugin echo log all of them.
  def log(echo, **options)
    echo.configure_interaction(content_type: "a/b", contents_config: { log: RECORDS }, **options, &:parts)
  end

  def test_levels_and_fields
    with_plugin("echo", log_level: :trace, test_run_id: "host's") do |echo|
      log(echo, test_run_id: "call's")
      records = echo.logs.last(5)
      assert_equal(%i[trace debug info warn error], records.map(&:level))
      assert_equal(RECORDS.map(&:last), records.map(&:message))
      assert_equal(["call's", "host's"], [records.last.test_run_id, echo.logs.first.test_run_id])
      assert_predicate(records.first.timestamp, :utc?)
    end
  end

  def test_lowest_level
    with_plugin("echo", log_level: :warn) do |echo|
      log(echo)
      assert_equal(%i[warn error], echo.logs.map(&:level))
    end
  end

  def test_callable
    got = []
    with_plugin("echo", log_level: :trace, logger: ->(record) { got << record }) do |echo|
      log(echo)
      assert_equal(echo.logs, got)
      assert_operator(got.size, :>=, RECORDS.size)
    end
  end

  def test_logger
    out = StringIO.new
    logger = Logger.new(out, formatter: ->(*line) { "#{line.values_at(0, 2, 3)}\n" })
    with_plugin("echo", log_level: :trace, logger: logger) do |echo|
      log(echo, test_run_id: "run 7")
      fields = "target=a instance=#{echo.info.instance_id} test_run=run 7"
      assert_includes(out.string, ["WARN", "echo", "hm (#{fields})"].inspect)
      assert_equal(%w[DEBUG DEBUG INFO WARN ERROR], out.string.lines.last(5).map { |line| line[/[A-Z]+/] })
    end
  end

  # Told on stderr, and no harm to the call.
  def test_loggers_that_fail
    _, told = capture_io do
      with_plugin("echo", logger: ->(_record) { raise "the disk is full" }) { |echo| log(echo) }
      catch(:out) { with_plugin("echo", logger: ->(_record) { throw :out }) { |echo| log(echo) } }
    end
    assert_includes(told, "pact_wasm: a log record could not be delivered: RuntimeError: the disk is full")
    assert_includes(told, "pact_wasm: a log record could not be delivered: it was left by throw")
  end

  def test_logger_that_is_none
    assert_raises(TypeError) { open_host(logger: $stdout) }
    assert_raises(ArgumentError) { open_host(log_level: :loud) }
  end
end

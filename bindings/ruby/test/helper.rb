# frozen_string_literal: true

require "minitest/autorun"
require "open3"
require "rbconfig"
require_relative "support"

# The tests run against the gem that is installed, which test.sh sees to.
class Minitest::Test
  include Support

  # Runs Ruby code in a process of its own, with Support loaded; gives what it printed.
  def run_ruby(code, options: [], environment: {})
    support = File.join(__dir__, "support.rb")
    output, status = Open3.capture2e(environment, RbConfig.ruby, "-w", "-r", support, *options, "-e", code)
    assert(status.success?, "#{status}\n#{output}")
    output
  end

  # The message of the error that `require "pact_wasm"` raises with this environment.
  def require_error(environment)
    code = 'begin; require "pact_wasm"; rescue LoadError => e; print e.class, ": ", e.message; else exit 1; end'
    output, status = Open3.capture2e(environment, RbConfig.ruby, "-e", code)
    assert(status.success?, output)
    output
  end

  # Waits for the child; it must end well.
  def assert_child(pid)
    _, status = Process.wait2(pid)
    assert(status.success?, status.to_s)
  end
end

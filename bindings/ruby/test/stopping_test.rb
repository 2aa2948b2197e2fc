# frozen_string_literal: true

require "timeout"
require_relative "helper"

# Calls that are stopped.
class StoppingTest < Minitest::Test
  def setup
    @host = open_host(limits: { instances: 1 })
    @hostile = @host.load("hostile")
  end

  def teardown
    assert_predicate(misbehave(@hostile, "x/fine"), :match?)
    [@hostile, @host].each(&:close)
  end

  def test_timeout
    ["x/loop", "x/sleep"].each do |how|
      start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      assert_raises(PactWasm::DeadlineError) { misbehave(@hostile, how, timeout: 3/20r) }
      assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - start, :<, LONG / 2)
    end
  end

  def test_timeout_of_the_host
    with_plugin("hostile", timeout: 0.1) do |plugin|
      error = assert_raises(PactWasm::DeadlineError) { misbehave(plugin, "x/loop") }
      assert_includes(error.message, "100 ms")
      error = assert_raises(PactWasm::DeadlineError) { misbehave(plugin, "x/loop", timeout: 0.0501) }
      assert_includes(error.message, "51 ms")
    end
  end

  def test_cancel
    ["x/loop", "x/sleep"].each do |how|
      cancel = PactWasm::Cancel.new
      call = Thread.new { assert_raises(PactWasm::CancelledError) { misbehave(@hostile, how, cancel: cancel, timeout: LONG) } }
      wait_until_busy(@hostile)
      assert_nil(cancel.trigger)
      assert_equal("hostile", call.value.plugin_name)
      assert_raises(PactWasm::CancelledError) { misbehave(@hostile, "x/fine", cancel: cancel) }
    end
  end

  def test_cancel_in_a_signal_handler
    output = run_ruby(<<~RUBY)
      include Support
      with_plugin("hostile", limits: { instances: 1 }) do |plugin|
        cancel = PactWasm::Cancel.new
        call = Thread.new { misbehave(plugin, "x/loop", cancel: cancel) rescue $!.class }
        wait_until_busy(plugin)
        trap("TERM") { cancel.trigger }
        Process.kill("TERM", $$)
        puts call.value
      end
    RUBY
    assert_equal("PactWasm::CancelledError\n", output)
  end

  # As init runs the plugin's code, it can be stopped as well.
  def test_options_of_load
    Dir.mktmpdir do |directory|
      path = make_plugin(File.join(directory, "h"), component: hostile_component, more: ',"pluginConfig":{"init":"loop"}')
      assert_raises(PactWasm::DeadlineError) { @host.load_directory(path, timeout: 0.1) }
    end
  end

  # What Ruby would interrupt a thread with waits for the end of the call, and is not lost.
  def test_interrupts_wait
    finished = false
    assert_raises(Timeout::Error) do
      Timeout.timeout(0.05) do
        assert_raises(PactWasm::DeadlineError) { misbehave(@hostile, "x/loop", timeout: 0.3) }
        finished = true
      end
    end
    refute(finished)
    killed = Thread.new do
      misbehave(@hostile, "x/loop", timeout: 2)
    ensure
      finished = true
    end
    wait_until_busy(@hostile)
    killed.kill
    refute(finished)
    assert_nil(killed.value)
    assert(finished)
  end

  # The same where the thread is in a handler.
  def test_interrupts_wait_for_handlers
    handler, inside, go_on = waiting_handler
    with_plugin("delegate", handlers: [handler], limits: { instances: 1 }) do |delegate|
      call = Thread.new { ask(delegate, :generator) && flunk }
      inside.pop
      call.kill
      go_on << 1
      assert_nil(call.value)
      go_on << 2
      assert_equal(2, ask(delegate, :generator))
    end
  end

  # Ctrl-C in a call, as soon as it is over.
  def test_interrupt_signal
    output = run_ruby(<<~RUBY)
      include Support
      with_plugin("hostile", limits: { instances: 1 }) do |plugin|
        Thread.new { wait_until_busy(plugin) && Process.kill("INT", $$) }
        misbehave(plugin, "x/loop", timeout: 2)
      rescue Interrupt
        puts "interrupted, and \#{misbehave(plugin, "x/fine").verdict}"
      end
    RUBY
    assert_equal("interrupted, and match\n", output)
  end
end

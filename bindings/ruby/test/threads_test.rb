# frozen_string_literal: true

require_relative "helper"

# Calls of many threads, which run at the same time.
class ThreadsTest < Minitest::Test
  THREADS = 16

  # Each handler waits for the others, so that all calls are inside at once, or none ever comes out.
  def test_calls_overlap
    lock = Mutex.new
    all_inside = ConditionVariable.new
    inside = 0
    handler = PactWasm::Handler.generator("vin") do |call|
      lock.synchronize do
        inside += 1
        all_inside.broadcast if inside == THREADS
        all_inside.wait(lock, LONG) until inside >= THREADS
      end
      call.request.example
    end
    with_plugin("delegate", handlers: [handler], limits: { instances: THREADS }) do |delegate|
      threads = Array.new(THREADS) { |number| Thread.new { ask(delegate, :generator, example: "thread #{number}") } }
      assert_equal(Array.new(THREADS) { |number| "thread #{number}" }, threads.map(&:value))
    end
  end

  def test_results_are_not_mixed_up
    with_plugin("echo") do |echo|
      threads = Array.new(THREADS) do |number|
        Thread.new do
          Array.new(50) { |turn| echo.generate_content(body: body("thread #{number}, turn #{turn}")).content }
        end
      end
      threads.each_with_index do |thread, number|
        assert_equal(Array.new(50) { |turn| "thread #{number}, turn #{turn}" }, thread.value)
      end
    end
  end

  # Another thread changes the Strings that are being compared: the call sees what they were.
  def test_strings_that_change
    with_plugin("echo") do |echo|
      text = +"x" * 100_000
      done = false
      changes = Thread.new do
        until done
          text.replace("y" * 10)
          text.replace("x" * 100_000)
          Thread.pass
        end
      end
      50.times do
        comparison = echo.compare_contents(expected: body(text), actual: body("z"))
        assert_includes(["x" * 100_000, "y" * 10], comparison.mismatches[0].expected)
      end
      done = true
      changes.join
    end
  end
end

# frozen_string_literal: true

require_relative "helper"

# Memory: nothing leaks, and garbage collection at any moment does no harm.
class MemoryTest < Minitest::Test
  # In a process of its own, where nothing else is going on.
  MEASURE = <<~RUBY
    include Support
    COUNT = 10_000

    def resident
      3.times { GC.start }
      GC.compact if GC.respond_to?(:compact)
      File.read("/proc/self/statm").split[1].to_i * 4096
    end

    def growth(what, count = COUNT)
      3.times { count.times { yield } && resident }
      before = resident
      count.times { yield }
      puts "\#{what}: \#{resident - before} bytes"
    end

    handler = PactWasm::Handler.generator("vin") { |call| call.request.example }
    failing = PactWasm::Handler.matcher("vin") { raise "no" }
    open_host(handlers: [handler, failing], cache_directory: CACHE) do |host|
      echo = host.load("echo")
      delegate = host.load("delegate")
      hostile = host.load("hostile")
      same = body("x" * 1000)
      growth("success") { echo.compare_contents(expected: same, actual: same) }
      growth("mismatch") { echo.compare_contents(expected: same, actual: body("y")) }
      growth("error") { begin; misbehave(hostile, "x/error"); rescue PactWasm::PluginError; nil; end }
      growth("argument") { begin; echo.call("nothing", {}); rescue PactWasm::InvalidArgumentError; nil; end }
      growth("handler") { ask(delegate, :generator, example: "vin") }
      growth("failing handler") { begin; ask(delegate, :matcher); rescue PactWasm::PluginError; nil; end }
      growth("interaction") { echo.configure_interaction(content_type: "a/b", contents_config: {}, &:parts) }
      line = host.load("line")
      ping = line_interaction("ping", "", "pong")
      data = line.prepare_interaction(interaction: ping, config: { nonce: "AA==" })
      unreachable = { host: "127.0.0.1", port: 1 }
      growth("server", 200) do
        line.start_mock_server(interactions: [ping]) { |server| tell(server, "ping") && server.results && server.shutdown }
      end
      growth("server that is only closed", 200) { line.start_mock_server(interactions: [ping], &:results) }
      growth("preparation") { line.prepare_interaction(interaction: ping, config: { nonce: "AA==" }) }
      growth("verification", 1000) do
        line.verify_interaction(data: data, interaction: ping, config: unreachable)
      rescue PactWasm::PermissionError
        nil
      end
      puts "threads: \#{Dir.children("/proc/self/task").size}"
      puts "files: \#{Dir.children("/proc/self/fd").size}"
    end
  RUBY

  def test_growth
    growth = run_ruby(MEASURE).lines.to_h { |line| line.split(": ") }
    threads, files = %w[threads files].map { |what| Integer(growth.delete(what)) }
    assert_equal(["success", "mismatch", "error", "argument", "handler", "failing handler", "interaction", "server",
                  "server that is only closed", "preparation", "verification"], growth.keys)
    assert_operator(threads, :<, 50)
    assert_operator(files, :<, 50)
    growth.each { |what, bytes| assert_operator(bytes.to_i, :<, 1 << 20, what) }
  end

  # The pointers of ffi are gone with the calls that made them.
  def test_objects
    with_plugin("echo") do |echo|
      same = body("x" * 1000)
      count = lambda do
        GC.start
        ObjectSpace.each_object(FFI::Pointer).count
      end
      echo.compare_contents(expected: same, actual: same)
      before = count.call
      1000.times { echo.compare_contents(expected: same, actual: body("y")) }
      assert_operator(count.call, :<=, before + 20)
    end
  end

  def test_collection_at_every_allocation
    handler = PactWasm::Handler.generator("vin") { |call| call.request.example * 2 }
    with_plugin("delegate", handlers: [handler], log_level: :trace, logger: ->(record) { record.message }) do |delegate, host|
      host.load("echo") do |echo|
        stressed do
          assert_equal("xx", ask(delegate, :generator, example: "x"))
          comparison = echo.compare_contents(expected: body("a" * 300), actual: body("b"), rules: { "$" => [] })
          assert_equal(["a" * 300, "b"], [comparison.mismatches[0].expected, comparison.mismatches[0].actual])
          assert_raises(PactWasm::InvalidArgumentError) { echo.call("nothing", {}) }
        end
      end
    end
  end

  def stressed
    GC.stress = true
    yield
  ensure
    GC.stress = false
  end

  # Other threads collect and compact while the library has the arguments, and while handlers run.
  def test_collection_and_compaction_during_calls
    handler = PactWasm::Handler.generator("vin") do |call|
      GC.start
      call.request.example.upcase
    end
    with_plugin("delegate", handlers: [handler], limits: { instances: 4 }) do |delegate|
      done = false
      collector = Thread.new do
        until done
          GC.respond_to?(:compact) ? GC.compact : GC.start
          Thread.pass
        end
      end
      callers = Array.new(4) do |number|
        Thread.new { Array.new(10) { |turn| ask(delegate, :generator, example: "a#{number}.#{turn}") } }
      end
      callers.each_with_index do |caller, number|
        assert_equal(Array.new(10) { |turn| "A#{number}.#{turn}" }, caller.value)
      end
      done = true
      collector.join
    end
  end
end

# frozen_string_literal: true

require_relative "helper"

# Ruby functions that plugins reach through the host's catalogue, here by way of the plugin delegate.
class HandlersTest < Minitest::Test
  TYPES = %i[content_matcher content_generator matcher generator].freeze
  # Larger than the stacks of Ruby's threads, so that the library has a thread of its own call the plugin.
  STAND_IN = { limits: { stack: 32 << 20 } }.freeze

  def setup
    @before = callbacks
  end

  # Whatever a handler did, the library has let go of it; maybe also of some that other tests have left to the collector.
  def teardown
    assert_operator(callbacks, :<=, @before)
  end

  def callbacks
    PactWasm.module_eval("Callbacks.count", __FILE__, __LINE__)
  end

  # Asks the one handler of a host, once.
  def asked(type, example: nil, host: {}, **options, &function)
    handler = PactWasm::Handler.public_send(type, "vin", &function)
    with_plugin("delegate", handlers: [handler], **host) { |delegate| ask(delegate, type, example: example, **options) }
  end

  def assert_refused(type, message, **options, &function)
    error = assert_raises(PactWasm::PluginError) { asked(type, **options, &function) }
    assert_includes(error.message, "core/#{type.to_s.tr("_", "-")}/vin: #{message}")
  end

  def test_calls
    seen = []
    TYPES.zip([nil, body("new"), nil, 3]) do |type, answer|
      asked(type, test_run_id: "run 7", timeout: 20) do |call|
        seen << call
        answer
      end
    end
    assert_equal(%w[content-matcher content-generator matcher generator].map { |type| "core/#{type}/vin" },
                 seen.map(&:entry_key))
    assert_equal([%w[delegate], ["run 7"]], [seen.map(&:plugin_name).uniq, seen.map(&:test_run_id).uniq])
    assert(seen.all? { |call| call.remaining.between?(0.001, 20.0) })
    assert_equal([PactWasm::CompareRequest, PactWasm::GenerateRequest, PactWasm::MatchFieldRequest,
                  PactWasm::GenerateFieldRequest], seen.map { |call| call.request.class })
    assert_predicate(seen.first, :frozen?)
  end

  def test_requests_arrive_whole
    sent = {
      expected: PactWasm::Body.new(content_type: "text/vin", content: "\0x\xFF\0".b, hint: :binary),
      actual: PactWasm::Body.new(content_type: "text/other", content: "", hint: :text),
      allow_unexpected_keys: true, rules: { "$.b" => [{ "type" => "regex", "values" => { "regex" => "x" } }], "$.a" => [] },
      plugin_configuration: PactWasm::PluginConfiguration.new(interaction: { "i" => 1.0 }, pact: { "entry" => "vin" }),
      test_context: { "t" => [2.0] }
    }
    seen = nil
    handler = PactWasm::Handler.content_matcher("vin") do |call|
      seen = call.request
      nil
    end
    with_plugin("delegate", handlers: [handler]) { |delegate| delegate.compare_contents(**sent) }
    assert_equal(PactWasm::CompareRequest.new(**sent), seen)
  end

  # Of each kind of value, also those that look alike.
  def test_values_keep_their_kinds
    values = [nil, true, false, "grüß dich\0", "", 7, -(2**63), (2**63) - 1, 2.0, "\xFF\0".b, "".b, { "a" => [1, 2.0] }, []]
    values.each do |value|
      seen = :nothing
      answer = asked(:generator, example: value) { |call| seen = call.request.example }
      [seen, answer].each do |got|
        value.nil? ? assert_nil(got) : assert_equal(value, got)
        assert_equal(value.class, got.class)
        assert_equal(value.encoding, got.encoding) if value.is_a?(String)
      end
    end
  end

  def test_matches
    [nil, [], PactWasm::Comparison.new(verdict: :match, mismatches: [])].each do |answer|
      assert_predicate(asked(:matcher) { answer }, :match?)
      assert_predicate(asked(:content_matcher) { answer }, :match?)
    end
  end

  def test_mismatches
    full = PactWasm::Mismatch.new(expression: "$.a", path: "$.a[0]", description: "ä", expected: "\xFF".b, actual: "".b,
                                  diff: "-", mismatch_type: "header")
    comparison = asked(:content_matcher) { [full, "only a text"] }
    assert_equal(:mismatch, comparison.verdict)
    assert_equal([full, PactWasm::Mismatch.new(expression: "$", path: "$", description: "only a text")],
                 comparison.mismatches)
    assert_equal(["vin: wrong"], asked(:matcher) { "wrong" }.mismatches.map(&:to_s))
    assert_equal([full], asked(:content_matcher) { PactWasm::Comparison.new(verdict: :mismatch, mismatches: [full]) }.mismatches)
  end

  def test_content_type_mismatch
    types = PactWasm::Mismatch.new(expected: "text/vin", actual: "text/other")
    comparison = asked(:content_matcher) { PactWasm::Comparison.new(verdict: :content_type, mismatches: [types]) }
    assert_equal(:content_type, comparison.verdict)
    assert_equal(["text/vin", "text/other"], [comparison.mismatches[0].expected, comparison.mismatches[0].actual])
  end

  def test_bodies
    [nil, "", "\0\xFF"].each do |content|
      sent = PactWasm::Body.new(content_type: "text/vin", content: content&.b, hint: :binary)
      assert_equal(sent, asked(:content_generator) { sent })
    end
  end

  def test_exceptions
    TYPES.each { |type| assert_refused(type, "KeyError: key not found: :ä") { {}.fetch(:ä) } }
    assert_refused(:matcher, "RuntimeError: \uFFFD") { raise "\xFF" }
  end

  def test_wrong_answers
    assert_refused(:matcher, "TypeError: a matcher must return nil, ") { 7 }
    assert_refused(:matcher, "TypeError: a matcher must return nil, ") { false }
    %i[mismatch content_type].each do |verdict|
      assert_refused(:content_matcher, "ArgumentError: the handler says that something does not match, but not what") do
        PactWasm::Comparison.new(verdict: verdict, mismatches: [])
      end
    end
    assert_refused(:content_generator, "TypeError: a content generator must return a PactWasm::Body, not String") { "x" }
    assert_refused(:generator, "TypeError: a value must be nil, ") { :symbol }
    assert_refused(:generator, "RangeError: ") { 2**64 }
    assert_refused(:generator, "JSON::GeneratorError: ") { [Float::NAN] }
  end

  LEFT = "it was left by throw, return, break or the end of its thread"

  # Ways out that would unwind the library's frames if they were let through.
  def test_ways_out
    assert_equal(:unharmed, catch(:out) { assert_refused(:matcher, LEFT) { throw :out } && :unharmed })
    assert_equal(:unharmed, returns({}, LEFT))
    Thread.new { assert_refused(:matcher, LEFT) { Thread.exit } }.join
  end

  # On another thread there is nothing that throw and return could lead to, which Ruby says by itself.
  def test_ways_out_of_the_stand_in_thread
    catch(:out) { assert_refused(:matcher, "UncaughtThrowError: ", host: STAND_IN) { throw :out } }
    assert_equal(:unharmed, returns(STAND_IN, "LocalJumpError: "))
    assert_refused(:matcher, LEFT, host: STAND_IN) { Thread.exit }
  end

  def returns(host, message)
    assert_refused(:matcher, message, host: host) { return :unwound }
    :unharmed
  end

  # They are not lost, and the plugin is none the worse for it.
  def test_exceptions_that_end_programs
    [Interrupt, SystemExit, NotImplementedError, Minitest::Assertion].each do |exception|
      quits = true
      handler = PactWasm::Handler.generator("vin") { quits ? raise(exception, "enough") : 1 }
      with_plugin("delegate", handlers: [handler]) do |delegate|
        assert_equal("enough", assert_raises(exception) { ask(delegate, :generator) }.message)
        quits = false
        assert_equal(1, ask(delegate, :generator))
      end
    end
  end

  def test_calling_the_library_again
    with_plugin("echo") do |echo|
      answer = asked(:generator, example: "by way of echo") do |call|
        echo.generate_field(key: "echo", generator_type: "echo", example: call.request.example)
      end
      assert_equal("by way of echo", answer)
    end
  end

  def test_loading_and_closing_in_the_handler
    host = delegate = nil
    loads = PactWasm::Handler.generator("vin") do
      count = host.load("jwt") { |jwt| jwt.catalogue.size }
      [host, delegate].each(&:close)
      count
    end
    host = open_host(handlers: [loads])
    delegate = host.load("delegate")
    assert_equal(2, ask(delegate, :generator))
    assert_raises(PactWasm::ClosedError) { ask(delegate, :generator) }
  end

  # The thread that calls is not the one that the handler runs on, and not one of Ruby's.
  def test_stand_in_thread
    thread = nil
    answer = asked(:generator, example: "x", host: STAND_IN) do |call|
      thread = Thread.current
      call.request.example * 2
    end
    assert_equal("xx", answer)
    refute_same(Thread.current, thread)
    assert_refused(:generator, "RuntimeError: no", host: STAND_IN) { raise "no" }
    assert_refused(:generator, "SystemExit: exit", host: STAND_IN) { exit }
  end

  def test_catalogue
    handlers = [PactWasm::Handler.content_matcher("vin", values: { "content-types" => "text/vin" }) { nil },
                PactWasm::Handler.matcher("regex") { nil }]
    open_host(handlers: handlers) do |host|
      entries = host.catalogue.to_h { |entry| [entry.key, entry] }
      assert_equal({ "content-types" => "text/vin" }, entries["core/content-matcher/vin"].values)
      assert_equal(1, host.catalogue.count { |entry| entry.key == "core/matcher/regex" })
    end
  end

  # One object in two hosts, and twice in one.
  def test_sharing
    handler = PactWasm::Handler.generator("vin") { 1 }
    with_plugin("delegate", handlers: [handler, handler]) do |first|
      with_plugin("delegate", handlers: [handler]) { |second| assert_equal(1, ask(second, :generator)) }
      GC.start
      assert_equal(1, ask(first, :generator))
    end
  end

  def test_registrations_that_fail
    assert_raises(ArgumentError) { PactWasm::Handler.matcher("vin") }
    assert_raises(TypeError) { open_host(handlers: [-> {}]) }
    assert_raises(TypeError) { open_host(handlers: [PactWasm::Handler.matcher(7) { nil }]) }
    error = assert_raises(PactWasm::InvalidArgumentError) { open_host(handlers: [PactWasm::Handler.matcher("a/b") { nil }]) }
    assert_includes(error.message, '"key"')
  end
end

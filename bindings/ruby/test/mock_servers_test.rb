# frozen_string_literal: true

require_relative "helper"

# Mock servers, with the plugin line. They run on threads of the library's, and call handlers and loggers from there.
class MockServersTest < Minitest::Test
  BINARY = "\0\n\r\xFFOK 1\n".b
  PING = Support.line_interaction("ping", "", "pong")

  def with_server(*interactions, **options)
    with_plugin("line", **options) do |line|
      line.start_mock_server(interactions: interactions) { |server| yield server, line }
    end
  end

  def test_what_is_expected
    with_server(PING, line_interaction("reverse", BINARY, "\x01\0".b)) do |server|
      refute_predicate(server.results, :ok?)
      assert_equal(["OK", "pong"], tell(server, "ping"))
      assert_equal(["reverse: this interaction was expected and did not come"], server.results.results.map(&:to_s))
      assert_equal(["OK", "\x01\0".b], Thread.new { tell(server, "reverse", BINARY) }.value)
      [server.results, server.shutdown].each do |results|
        assert_predicate(results, :ok?)
        assert_equal([], results.results)
      end
    end
  end

  def test_what_is_not_expected
    with_server(line_interaction("reverse", BINARY, "")) do |server|
      assert_equal("ERR", tell(server, "reverse", "\xFE").first)
      results = server.results
      refute_predicate(results, :ok?)
      wrong, missing = results.results
      assert_equal([["reverse", nil], ["reverse", "this interaction was expected and did not come"]],
                   [wrong, missing].map { |result| [result.path, result.error] })
      mismatch, = wrong.mismatches
      assert_equal([BINARY, "\xFE".b, "body"], [mismatch.expected, mismatch.actual, mismatch.mismatch_type])
      assert_equal("reverse: expected #{BINARY.size} other bytes with the command `reverse`", wrong.to_s)
      assert_equal(results, server.shutdown)
    end
  end

  def test_where_it_is
    with_plugin("line") do |line|
      line.start_mock_server(interactions: [], host_interface: "127.0.0.1", test_context: { "a" => 1 }, timeout: 10) do |server|
        assert_equal("127.0.0.1", server.address)
        assert_includes(1..65_535, server.port)
        assert_equal(["127.0.0.1:#{server.port}", "http://127.0.0.1:#{server.port}", "x://127.0.0.1:#{server.port}"],
                     [server.authority, server.url, server.url(scheme: "x")])
        assert_equal("#<PactWasm::MockServer #{server.authority}>", server.inspect)
        assert_equal({ "ok" => true, "results" => [] }, line.call("get-mock-server-results", { "key" => server.key }))
        error = assert_raises(PactWasm::PluginError) { line.start_mock_server(interactions: [], port: server.port) }
        assert_includes(error.message, server.port.to_s)
      end
    end
  end

  # The plugin echo tells what it was started with; it listens nowhere.
  def test_requests_arrive_whole
    stored = PactWasm::PluginConfiguration.new(interaction: { "a" => 1 }, pact: { "b" => 2.0 })
    interactions = [
      PactWasm::InteractionContents.new(interaction_type: "Synchronous/HTTP", plugin_configuration: stored, consumer: "c\0",
                                        provider: "ü"),
      PactWasm::InteractionContents.new(interaction_type: "Asynchronous/Messages"),
    ]
    with_plugin("echo") do |echo|
      echo.start_mock_server(interactions: interactions, host_interface: "[::1]", port: 65_535, tls: true,
                             test_context: { "t" => 1 }) do |server|
        assert_equal(["[::1]", 65_535, "https://[::1]:65535"], [server.address, server.port, server.url])
        seen = JSON.parse(server.results.results.first.error)
        first = { "interaction_type" => "SynchronousHttp", "consumer" => "c\0", "provider" => "ü",
                  "plugin_configuration" => { "interaction_configuration" => '{"a":1}', "pact_configuration" => '{"b":2.0}' } }
        second = { "interaction_type" => "AsynchronousMessages", "consumer" => "", "provider" => "",
                   "plugin_configuration" => nil }
        assert_equal({ "host_interface" => "[::1]", "port" => 65_535, "tls" => true, "interactions" => [first, second],
                       "test_context" => '{"t":1}' }, seen)
        assert_equal(%w[get-mock-server-results shutdown-mock-server],
                     [server.results, server.shutdown].map { |results| results.results.first.path })
      end
    end
  end

  def test_results_arrive_whole
    mismatch = { expected: [0, 255], actual: [], description: "ä", path: "$.a", diff: "-", mismatch_type: "header" }
    given = { ok: false, results: [{ path: "", error: "e", mismatches: [] },
                                   { path: "p\0", error: "", mismatches: [mismatch, { description: "d", path: "$" }] }] }
    with_plugin("echo") do |echo|
      echo.start_mock_server(interactions: [], test_context: { response: given }) do |server|
        full = PactWasm::Mismatch.new(expression: "$.a", path: "$.a", description: "ä", expected: "\0\xFF".b, actual: "".b,
                                      diff: "-", mismatch_type: "header")
        bare = PactWasm::Mismatch.new(expression: "$", path: "$", description: "d")
        results = [PactWasm::MockServerResult.new(path: "", error: "e", mismatches: []),
                   PactWasm::MockServerResult.new(path: "p\0", error: nil, mismatches: [full, bare])]
        assert_equal(PactWasm::MockServerResults.new(ok: false, results: results), server.results)
        assert_equal(["e", "$.a: ä\n$: d"], results.map(&:to_s))
        assert_predicate(server.shutdown.results, :frozen?)
      end
      error = assert_raises(PactWasm::PluginError) do
        echo.start_mock_server(interactions: [], test_context: { error: "it cannot start" })
      end
      assert_equal("start-mock-server", error.operation)
      assert_includes(error.message, "it cannot start")
    end
  end

  def test_several_servers
    with_plugin("line") do |line|
      servers = Array.new(5) { |number| line.start_mock_server(interactions: [line_interaction("who", "", number.to_s)]) }
      assert_equal([5, 5], [servers.map(&:key).uniq.size, servers.map(&:port).uniq.size])
      answers = servers.map { |server| Thread.new { tell(server, "who").last } }
      assert_equal(%w[0 1 2 3 4], answers.map(&:value))
      assert(servers.map(&:shutdown).all?(&:ok?))
      servers.each(&:close)
    end
  end

  def test_many_clients
    with_server(line_interaction("reverse", BINARY, "\x01\0".b)) do |server|
      clients = Array.new(16) do
        Thread.new do
          TCPSocket.open(server.address, server.port) do |socket|
            Array.new(50) { put_line(socket, "reverse", BINARY) && take_line(socket) }.uniq
          end
        end
      end
      assert_equal([[["OK", "\x01\0".b]]], clients.map(&:value).uniq)
      assert_predicate(server.shutdown, :ok?)
    end
  end

  def test_the_end
    with_server(PING) do |server|
      client = TCPSocket.open(server.address, server.port)
      put_line(client, "ping", "")
      assert_equal(["OK", "pong"], take_line(client))
      server.shutdown
      assert_nil(take_line(client))
      refute(listening?(server))
      [-> { server.shutdown }, -> { server.results }].each do |use|
        assert_includes(assert_raises(PactWasm::NotFoundError, &use).message, "no mock server")
      end
      assert_equal("127.0.0.1", server.address)
    end
  end

  def test_close_while_it_runs
    with_plugin("line") do |line|
      server = line.start_mock_server(interactions: [])
      client = TCPSocket.open(server.address, server.port)
      2.times { assert_nil(server.close) }
      assert_nil(take_line(client))
      refute(listening?(server))
      [-> { server.shutdown }, -> { server.results }].each do |use|
        assert_equal("this PactWasm::MockServer is closed", assert_raises(PactWasm::ClosedError, &use).message)
      end
      assert_match(/\A#<PactWasm::MockServer 127\.0\.0\.1:\d+ \(closed\)>\z/, server.inspect)
      assert_equal(:result, line.start_mock_server(interactions: []) { |other| (server = other) && :result })
      assert_predicate(server, :closed?)
      refute(listening?(server))
    end
  end

  # It outlives its plugin's object, but not its host.
  def test_closing_the_others
    host = open_host
    line = host.load("line")
    server = line.start_mock_server(interactions: [PING])
    line.close
    assert_equal(["OK", "pong"], tell(server, "ping"))
    assert_predicate(server.results, :ok?)
    host.close
    refute(listening?(server))
    [-> { server.shutdown }, -> { server.results }].each { |use| assert_raises(PactWasm::NotFoundError, &use) }
    server.close
  end

  def test_crashes
    { "!trap" => "the plugin crashed", "!fail" => "the server gave up" }.each do |command, reason|
      with_server(PING) do |server, line|
        assert_nil(tell(server, command))
        results = server.results
        refute(listening?(server))
        assert_equal([false, 1], [results.ok?, results.results.size])
        assert_match(/\Aplugin line 1\.0\.0, serve-mock-server: .*#{reason}/, results.results.first.error)
        assert_equal(results, server.shutdown)
        line.start_mock_server(interactions: []) { |another| assert_predicate(another.shutdown, :ok?) }
      end
    end
  end

  def test_limits
    with_server(PING, timeout: 0.3) do |server|
      assert_nil(tell(server, "!loop"))
      assert_match(/deadline of 300 ms/, server.shutdown.results.first.error)
    end
  end

  # A server that sleeps does not answer: who asks it is stopped, and it is.
  def test_stopping
    inside = Queue.new
    handler = PactWasm::Handler.matcher("regex") { inside << true && nil }
    with_server(handlers: [handler]) do |server|
      TCPSocket.open(server.address, server.port) do |client|
        # Two commands in one piece: between them the server does nothing else.
        put_line(client, "!callback 1\n1!sleep", "")
        inside.pop
        assert_raises(PactWasm::DeadlineError) { server.results(timeout: 0.2) }
        cancel = PactWasm::Cancel.new
        call = Thread.new { assert_raises(PactWasm::CancelledError) { server.results(cancel: cancel, timeout: LONG) } }
        cancel.trigger
        assert_equal("get-mock-server-results", call.value.operation)
        assert_raises(PactWasm::DeadlineError) { server.shutdown(timeout: 0.2) }
      end
      refute(listening?(server))
    end
  end

  def test_handlers
    seen = []
    handler = PactWasm::Handler.matcher("regex") do |call|
      seen << [Thread.current, call]
      "no digits" unless call.request.actual == "digits"
    end
    with_server(handlers: [handler]) do |server|
      assert_equal(["OK", "true"], tell(server, "!callback", "digits"))
      assert_equal(["OK", "false"], tell(server, "!callback", "7"))
    end
    assert_equal([%w[core/matcher/regex line]] * 2, seen.map { |_, call| [call.entry_key, call.plugin_name] })
    assert_equal({ "regex" => "\\d+" }, seen.first.last.request.rule_values)
    refute_includes(seen.map(&:first), Thread.current)
  end

  # Whatever it raises, and however it is left: nothing can raise it again, and the server goes on.
  def test_handlers_that_go_wrong
    {
      "KeyError: key not found: :a" => -> { {}.fetch(:a) },
      "Interrupt: enough" => -> { raise(Interrupt, "enough") },
      "SystemExit: exit" => -> { exit },
      "Minitest::Assertion: wrong" => -> { flunk("wrong") },
      "UncaughtThrowError: uncaught throw :out" => -> { throw(:out) },
      "it was left by throw, return, break or the end of its thread" => -> { Thread.exit },
    }.each do |message, function|
      with_server(PING, handlers: [PactWasm::Handler.matcher("regex") { function.call }]) do |server|
        word, text = tell(server, "!callback", "7")
        assert_equal("ERR", word)
        assert_includes(text, message)
        assert_equal(["OK", "pong"], tell(server, "ping"))
        assert_predicate(server.shutdown, :ok?)
      end
    end
  end

  # Other servers, plugins and hosts are as usual; the server that has called waits for the handler, so asking it takes until the
  # call's timeout.
  def test_using_the_library_in_a_handler
    asked = nil
    handler = PactWasm::Handler.matcher("regex") do |call|
      call.request.actual == "own" ? assert_raises(PactWasm::DeadlineError) { asked.results(timeout: 0.2) } : asked.results
      nil
    end
    with_plugin("line", handlers: [handler]) do |line|
      line.start_mock_server(interactions: [PING]) do |server|
        line.start_mock_server(interactions: [PING]) do |other|
          asked = other
          assert_equal(["OK", "true"], tell(server, "!callback", "other"))
          asked = server
          assert_equal(["OK", "true"], tell(server, "!callback", "own"))
          assert_equal(["OK", "pong"], tell(server, "ping"))
          assert_predicate(server.shutdown, :ok?)
        end
      end
    end
  end

  def test_closing_in_a_handler
    asked = nil
    handler = PactWasm::Handler.matcher("regex") { asked.close }
    with_server(PING, handlers: [handler]) do |server|
      asked = server
      assert_nil(tell(server, "!callback", "7"))
      assert_predicate(server, :closed?)
      refute(listening?(server))
    end
  end

  def test_logs
    got = Queue.new
    with_plugin("line", logger: ->(record) { got << [record, Thread.current] }) do |line|
      line.start_mock_server(interactions: [], test_run_id: "run 7") do |server|
        assert_equal(["OK", ""], tell(server, "!log", "grüß dich"))
      end
      # Before it, the host tells what it does not grant.
      record, thread = got.pop until record&.target == "line"
      assert_equal(["grüß dich", "run 7"], [record.message, record.test_run_id])
      assert_includes(line.logs, record)
      refute_same(Thread.current, thread)
    end
  end

  # Nothing refers to them, so they end.
  def test_collection
    with_plugin("line") do |line|
      places = Thread.new do
        Array.new(5) { line.start_mock_server(interactions: []).then { |server| PactWasm::Body.new(content: server.port) } }
      end.value
      open = -> { places.count { |place| TCPSocket.open("127.0.0.1", place.content, &:close) || true rescue false } }
      GC.start
      # A stale copy of a reference may keep one of them.
      assert_operator(open.call, :<=, 1)
    end
  end

  # Nobody can say what they have seen any more, so they do not keep a process.
  {
    "idle" => "server.results",
    "busy" => "TCPSocket.open(server.address, server.port) { |client| put_line(client, '!loop', '') }",
    "calling_a_handler" => "Thread.new { tell(server, '!callback', 'x') }; inside.pop",
    "logging" => "Thread.new { loop { tell(server, '!log', 'x') } }; tell(server, '!log', 'x')",
  }.each do |name, doing|
    define_method("test_exit_while_#{name}") do
      start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      output = run_ruby(<<~RUBY)
        include Support
        inside = Queue.new
        handler = PactWasm::Handler.matcher("regex") { inside << 1; sleep }
        $kept = [host = open_host(handlers: [handler], logger: ->(_) {}), line = host.load("line")]
        $kept << server = line.start_mock_server(interactions: [])
        #{doing}
        $stdout.sync = true
        print "done"
      RUBY
      # A logger that is at work ends with its thread, which is told.
      assert_equal("done", output.sub(/pact_wasm: a log record could not be delivered: it was left by .*\n/, ""))
      assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - start, :<, 10)
    end
  end

  # From what a plugin has set up: all that it wants stored.
  def test_contents_of_an_interaction
    with_plugin("jwt") do |jwt|
      config = { algorithm: "HS256", secret: "for tests", subject: "alice" }
      jwt.configure_interaction(content_type: "application/jwt", contents_config: config) do |interaction|
        contents = interaction.contents("Synchronous/HTTP", consumer: "web", provider: "shop")
        assert_equal(["Synchronous/HTTP", "web", "shop"], contents.to_a.values_at(0, 2, 3))
        assert_equal({ "algorithm" => "HS256", "secret" => "for tests" }, contents.plugin_configuration.interaction)
        assert_nil(contents.plugin_configuration.pact)
      end
    end
  end

  def test_contents_of_several_parts
    parts = [{ part_name: "request", plugin_configuration: { interaction_configuration: '{"a":{"b":1,"c":1}}' } },
             { part_name: "response", plugin_configuration: { interaction_configuration: '{"a":{"c":2}}',
                                                              pact_configuration: '{"p":[1]}' } }]
    whole = { interaction_configuration: '{"a":{"b":0},"w":null}', pact_configuration: '{"q":2.0}' }
    with_plugin("echo") do |echo|
      config = { response: parts, plugin_configuration: whole }
      contents = echo.configure_interaction(content_type: "a/b", contents_config: config) do |interaction|
        interaction.contents("Asynchronous/Messages")
      end
      stored = PactWasm::PluginConfiguration.new(interaction: { "a" => { "b" => 1, "c" => 2 }, "w" => nil },
                                                 pact: { "q" => 2.0, "p" => [1] })
      assert_equal(PactWasm::InteractionContents.new(interaction_type: "Asynchronous/Messages", plugin_configuration: stored),
                   contents)
    end
  end

  def test_none_that_fail
    with_plugin("line") do |line|
      assert_raises(TypeError) { line.start_mock_server(interactions: [{ "interactionType" => "Synchronous/HTTP" }]) }
      error = assert_raises(PactWasm::InvalidArgumentError) { line.start_mock_server(interactions: [], port: 65_536) }
      assert_includes(error.message, "65536")
      error = assert_raises(PactWasm::PluginError) { line.start_mock_server(interactions: [], tls: true) }
      assert_includes(error.message, "there is no TLS in this protocol")
      cancel = PactWasm::Cancel.new.tap(&:trigger)
      assert_raises(PactWasm::CancelledError) { line.start_mock_server(interactions: [], cancel: cancel) }
    end
    with_plugin("hostile") do |plugin|
      assert_raises(PactWasm::UnsupportedError) { plugin.start_mock_server(interactions: []) }
    end
  end
end

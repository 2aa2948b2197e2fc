# frozen_string_literal: true

require_relative "helper"

# A process that forks: what it made is refused in the child, and does no harm there; what the child makes works.
class ForkTest < Minitest::Test
  # Runs the block in a child, which then ends as any Ruby process does, finalisers and at_exit included.
  def in_child
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      begin
        yield
      rescue Exception => error # rubocop:disable Lint/RescueException
        writer.write(error.full_message)
      end
      writer.close
      GC.start
    end
    writer.close
    problem = reader.read
    assert_child(pid)
    assert_empty(problem)
  end

  def works(**options)
    handler = PactWasm::Handler.generator("vin") { |call| call.request.example * 2 }
    open_host(handlers: [handler], **options) do |host|
      delegate = host.load("delegate")
      assert_equal("xx", ask(delegate, :generator, example: "x"))
      hostile = host.load("hostile")
      assert_raises(PactWasm::DeadlineError) { misbehave(hostile, "x/loop", timeout: 0.1) }
      cancel = PactWasm::Cancel.new
      cancel.trigger
      assert_raises(PactWasm::CancelledError) { misbehave(hostile, "x/sleep", cancel: cancel) }
    end
  end

  def test_fork
    works
    host = open_host
    plugin = host.load("hostile")
    interaction = plugin.configure_interaction(content_type: "x/fine", contents_config: {})
    cancel = PactWasm::Cancel.new
    pact = PactWasm::PactFile.new(consumer: "a", provider: "b")
    in_child do
      uses = [-> { host.load("jwt") }, -> { host.catalogue }, -> { host.discover }, -> { misbehave(plugin, "x/fine") },
              -> { plugin.info }, -> { plugin.logs }, -> { cancel.trigger }, -> { pact.add_plugin(plugin) },
              -> { pact.add_interaction({ "type" => "Synchronous/HTTP", "description" => "x" }, request: interaction) }]
      uses.each { |use| assert_raises(PactWasm::ForkedError, &use) }
      assert_equal("x/fine", interaction.parts[0].body.content_type)
      works
      works(limits: { stack: 32 << 20 })
      [interaction, plugin, host].each(&:close)
      in_child { works }
    end
    assert_predicate(misbehave(plugin, "x/fine"), :match?)
    [interaction, plugin, host].each(&:close)
  end

  # The server goes on in the parent, whatever the child does with its copy; servers of the child's own work.
  def test_fork_with_a_mock_server
    handler = PactWasm::Handler.matcher("regex") { |call| call.request.actual == "7" ? nil : "no" }
    serves = proc do |line|
      line.start_mock_server(interactions: [line_interaction("ping", "", "pong")]) do |server|
        assert_equal([%w[OK pong], %w[OK true], %w[OK false]],
                     [tell(server, "ping"), tell(server, "!callback", "7"), tell(server, "!callback", "x")])
        assert_predicate(server.shutdown, :ok?)
      end
    end
    with_plugin("line", handlers: [handler]) do |line|
      serves.call(line)
      kept = Array.new(2) { line.start_mock_server(interactions: [line_interaction("ping", "", "pong")]) }
      in_child do
        [-> { kept[0].results }, -> { kept[0].shutdown }, -> { line.start_mock_server(interactions: []) }].each do |use|
          assert_raises(PactWasm::ForkedError, &use)
        end
        assert_match(/\A127\.0\.0\.1:\d+\z/, kept[0].authority)
        kept[0].close
        with_plugin("line", handlers: [handler], &serves)
      end
      kept.each do |server|
        assert_equal(%w[OK pong], tell(server, "ping"))
        assert_equal(%w[OK true], tell(server, "!callback", "7"))
        assert_predicate(server.shutdown, :ok?)
        server.close
      end
    end
  end

  # Handles that are open, in use by another thread, and only collected in the child.
  def test_fork_during_a_call
    cancel = PactWasm::Cancel.new
    with_plugin("hostile", limits: { instances: 1 }) do |hostile|
      call = Thread.new { assert_raises(PactWasm::CancelledError) { misbehave(hostile, "x/sleep", cancel: cancel, timeout: LONG) } }
      wait_until_busy(hostile)
      in_child do
        hostile.close
        works
      end
      cancel.trigger
      call.join
    end
  end
end

# frozen_string_literal: true

require_relative "helper"

# Closing, in any order and while calls are running.
class LifetimeTest < Minitest::Test
  def objects
    host = open_host
    plugin = host.load("hostile")
    interaction = plugin.configure_interaction(content_type: "x/fine", contents_config: {})
    { host: host, plugin: plugin, interaction: interaction }
  end

  def test_any_order
    %i[host plugin interaction].permutation do |order|
      all = objects
      order.each_with_index do |name, index|
        assert_nil(all[name].close)
        assert_predicate(all[name], :closed?)
        assert_predicate(misbehave(all[:plugin], "x/fine"), :match?) unless order[..index].include?(:plugin)
      end
      assert_equal("x/fine", all[:interaction].parts[0].body.content_type)
      all.each_value(&:close)
    end
  end

  def test_use_after_close
    all = objects.each_value(&:close)
    pact = PactWasm::PactFile.new(consumer: "a", provider: "b")
    calls = {
      "Host" => [-> { all[:host].load("jwt") }, -> { all[:host].discover }, -> { all[:host].catalogue }],
      "Plugin" => [-> { misbehave(all[:plugin], "x/fine") }, -> { all[:plugin].info }, -> { all[:plugin].logs },
                   -> { pact.add_plugin(all[:plugin]) }],
      "Interaction" => [-> { pact.add_interaction({}, request: all[:interaction]) }],
    }
    calls.each do |name, uses|
      uses.each do |use|
        error = assert_raises(PactWasm::ClosedError, &use)
        assert_equal("this PactWasm::#{name} is closed", error.message)
        assert_equal(PactWasm::InvalidArgumentError::CODE, error.code)
      end
    end
    assert_match(/hostile 1\.0\.0 \(closed\)/, all[:plugin].inspect)
  end

  def test_blocks_close
    kept = []
    result = open_host do |host|
      kept << host
      host.load("hostile") do |plugin|
        kept << plugin
        plugin.configure_interaction(content_type: "x/fine", contents_config: {}) { |interaction| kept << interaction }
        :result
      end
    end
    assert_equal(:result, result)
    assert_equal([true, true, true], kept.map(&:closed?))
    assert_raises(KeyError) { open_host { |host| kept << host && raise(KeyError) } }
    assert_predicate(kept.last, :closed?)
  end

  # What cannot be initialised is not left behind.
  def test_init_that_fails
    Dir.mktmpdir do |directory|
      path = make_plugin(File.join(directory, "h"), component: hostile_component, more: ',"pluginConfig":{"init":"fail"}')
      open_host do |host|
        error = assert_raises(PactWasm::PluginError) { host.load_directory(path) }
        assert_equal(["init", "h"], [error.operation, error.plugin_name])
        plugin = host.load_directory(path, init: false)
        2.times { assert_raises(PactWasm::PluginError) { plugin.init } }
        plugin.close
        assert_raises(ArgumentError) { host.load_directory(path, init: false, timeout: 1) }
      end
    end
  end

  # A second load is the same plugin.
  def test_two_handles
    open_host do |host|
      first = host.load("hostile")
      second = host.load("hostile")
      assert_equal(first.info, second.info)
      first.close
      assert_predicate(misbehave(second, "x/fine"), :match?)
      second.close
      assert_empty(host.catalogue.select(&:plugin_name))
    end
  end

  # The call ends as if nothing had happened, and closing does not wait for it.
  def test_close_while_another_thread_calls
    handler, inside, go_on = waiting_handler
    host = open_host(handlers: [handler])
    delegate = host.load("delegate")
    call = Thread.new { ask(delegate, :generator) }
    inside.pop
    [host, delegate].each(&:close)
    assert_raises(PactWasm::ClosedError) { ask(delegate, :generator) }
    go_on << "answer"
    assert_equal("answer", call.value)
  end

  # Threads that call until it is closed: each call succeeds or says that it is closed.
  def test_close_in_the_middle
    20.times do
      host = open_host
      plugin = host.load("hostile")
      threads = Array.new(4) do
        Thread.new do
          loop { misbehave(plugin, "x/fine") }
        rescue PactWasm::ClosedError
          :closed
        end
      end
      host.catalogue
      plugin.close
      assert_equal([:closed] * 4, threads.map(&:value))
      host.close
    end
  end

  # Nothing refers to them, so they go; with them goes the handler.
  def test_collection
    count = -> { PactWasm.module_eval("Callbacks.count", __FILE__, __LINE__) }
    before = count.call
    Thread.new do
      5.times do
        handler = PactWasm::Handler.generator("vin") { 1 }
        assert_equal(1, ask(open_host(handlers: [handler]).load("delegate"), :generator))
      end
    end.join
    # A stale copy of a reference may keep one of them.
    GC.start
    assert_operator(count.call, :<=, before + 1)
  end

  # Nothing is closed at the end of the process, and it ends well.
  def test_exit
    output = run_ruby(<<~RUBY)
      include Support
      host = open_host(handlers: [PactWasm::Handler.generator("vin") { 1 }], logger: ->(_) {})
      $kept = [host, host.load("delegate"), PactWasm::Cancel.new, host.load("hostile")]
      $kept << $kept.last.configure_interaction(content_type: "x/fine", contents_config: {})
      print "done"
    RUBY
    assert_equal("done", output)
  end
end

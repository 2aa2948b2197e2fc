# frozen_string_literal: true

require_relative "helper"

# What the documentation shows, run.
class DocumentationTest < Minitest::Test
  FOLDER = File.join(ROOT, "bindings", "ruby")
  BLOCKS = File.read(File.join(FOLDER, "README.md")).scan(/^```ruby\n(.*?)^```$/m).flatten
  # What the example of transports prints, which stands below it.
  TRANSPORTS = File.read(File.join(FOLDER, "README.md")).scan(/^```text\n(.*?)^```$/m).flatten.fetch(1)
  ENVIRONMENT = { "PACT_PLUGIN_DIR" => PLUGINS, "XDG_CACHE_HOME" => CACHE }.freeze

  def run_in(directory, *command)
    output, status = Open3.capture2e(ENVIRONMENT, *command, chdir: directory)
    assert(status.success?, output)
    output
  end

  def test_first_example
    Dir.mktmpdir do |directory|
      output = run_in(directory, RbConfig.ruby, "-w", "-e", BLOCKS.first)
      assert_equal("claims:sub: expected the claim \"sub\" to be \"alice\", but it is \"bob\"\n", output)
      pact = JSON.parse(File.read(File.join(directory, "web-shop.json")))
      assert_equal("an order", pact["interactions"][0]["description"])
    end
    assert_operator(BLOCKS.first.lines.size, :<=, 25)
  end

  # The others go on from a host that is there.
  def test_other_examples
    code = ['require "pact_wasm"', "host = PactWasm::Host.open", *BLOCKS.drop(1)].join("\n")
    Dir.mktmpdir { |directory| assert_equal("#{TRANSPORTS}not a VIN\n303\n", run_in(directory, RbConfig.ruby, "-e", code)) }
  end

  def test_consumer_example
    Dir.mktmpdir do |directory|
      output = run_in(directory, RbConfig.ruby, "-w", File.join(ROOT, "examples", "ruby", "orders_test.rb"))
      assert_match(/^3 runs, .* 0 failures, 0 errors, 0 skips$/, output)
      refute_match(%r{examples/.*warning}, output)
    end
  end

  def test_benchmark
    Dir.mktmpdir do |directory|
      command = [RbConfig.ruby, "-w", File.join(FOLDER, "bench", "caller.rb"), "serve", PLUGINS, CACHE, directory]
      output, status = Open3.capture2e(*command, stdin_data: "compare_64b 10\ncompare_1mb 1\n")
      assert(status.success?, output)
      assert_match(/\A\d+\.\d\n\d+\.\d\n\z/, output)
    end
  end

  # Each public class, value, method and reader of what users see.
  def test_comments
    lib = File.join(Gem.loaded_specs.fetch("pact_wasm").full_gem_path, "lib")
    names = %w[host plugin interaction pact_file cancel handle handler values transport_values mock_server grant errors library]
    bare = names.flat_map do |name|
      lines = File.readlines(File.join(lib, "pact_wasm", "#{name}.rb")).take_while { |line| !line.match?(/^\s+private$/) }
      lines.each_cons(2).filter_map do |before, line|
        line.strip if declares?(line) && !before.match?(/^\s*(#|class << self|attr_reader)/)
      end
    end
    assert_empty(bare - ["def self.found(*candidates)", "def self.check_version(candidate, version)"])
  end

  def declares?(line)
    line.match?(/^\s*(class \w|def (?!initialize)|attr_reader|[A-Z]\w+ = (Value|Error)\b)/)
  end
end

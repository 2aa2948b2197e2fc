# frozen_string_literal: true

# Ruby's side of the benchmarks, with the protocol of benches/caller.c:
#
#     caller.rb serve PLUGIN_DIRECTORY CACHE_DIRECTORY WORK_DIRECTORY
#
# reads lines "<what> <count>" from stdin, does it <count> times, and answers with nanoseconds per call. What: compare_64b,
# compare_1mb.

require "pact_wasm"

SIZES = { "compare_64b" => 64, "compare_1mb" => 1 << 20 }.freeze

def body(size)
  PactWasm::Body.new(content_type: "text/plain", content: "x" * size)
end

def time_compares(plugin, size, count)
  expected = body(size)
  actual = body(size)
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  count.times do
    abort "bodies that are equal do not match" unless plugin.compare_contents(expected: expected, actual: actual).match?
  end
  (Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start).fdiv(count)
end

abort "usage: caller.rb serve PLUGIN_DIRECTORY CACHE_DIRECTORY WORK_DIRECTORY" unless ARGV.size == 4 && ARGV[0] == "serve"

$stdout.sync = true
PactWasm::Host.open(plugin_directory: ARGV[1], cache_directory: ARGV[2]) do |host|
  host.load("echo") do |plugin|
    $stdin.each_line do |line|
      what, count = line.split
      puts format("%.1f", time_compares(plugin, SIZES.fetch(what), Integer(count)))
    end
  end
end

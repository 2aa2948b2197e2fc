# frozen_string_literal: true

require_relative "helper"

# In one process with the library that Pact's other bindings share, loaded before and after.
class BesideLibpactFfiTest < Minitest::Test
  FFI_LIBRARY = ENV.fetch("PACT_WASM_TEST_LIBPACT_FFI")

  OTHER = <<~RUBY
    require "ffi"
    module Other
      extend FFI::Library
      ffi_lib #{FFI_LIBRARY.inspect}
      attach_function :pactffi_version, [], :string
      attach_function :pactffi_check_regex, %i[string string], :bool
    end
    puts Other.pactffi_version
    puts Other.pactffi_check_regex("^[a-z]+$", "abc"), Other.pactffi_check_regex("^[a-z]+$", "123")
  RUBY

  OURS = <<~RUBY
    require #{File.join(__dir__, "support.rb").inspect}
    Support.with_plugin("hostile") do |plugin|
      puts Support.misbehave(plugin, "x/fine").verdict
      begin
        Support.misbehave(plugin, "x/trap")
      rescue PactWasm::TrapError
        puts "trapped"
      end
    end
  RUBY

  EXPECTED = { OTHER => /\A\d+\.\d+\.\d+\ntrue\nfalse\n\z/, OURS => /\Amatch\ntrapped\n\z/ }.freeze

  def test_both_orders
    [OTHER, OURS].permutation do |order|
      code = (order * 2).join("puts :next\n")
      output, status = Open3.capture2e(RbConfig.ruby, "-e", code)
      assert(status.success?, output)
      outputs = output.split("next\n")
      assert_equal(4, outputs.size)
      outputs.zip(order * 2) { |part, ran| assert_match(EXPECTED[ran], part) }
    end
  end
end

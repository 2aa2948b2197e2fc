# frozen_string_literal: true

module PactWasm
  # A switch that cancels the calls that it is given to, running and future ones; they raise {CancelledError}, usually within
  # 20 ms. It stays on once it is on.
  #
  #     cancel = PactWasm::Cancel.new
  #     call = Thread.new { plugin.compare_contents(expected: expected, actual: actual, cancel: cancel) }
  #     trap("TERM") { cancel.trigger }
  #     call.value
  #
  # Ruby runs signal handlers on the main thread, so not while that is in a call itself.
  class Cancel
    # @api private
    attr_reader :pointer

    def initialize
      @pointer = Call.run { |call| call.own(:pactwasm_cancel_new, free: :pactwasm_cancel_free) }
    end

    # Turns it on. Returns at once. From any thread, and from a signal handler.
    #
    # @return [nil]
    # @raise [ForkedError]
    def trigger
      Call.run { |call| call.invoke(:pactwasm_cancel_trigger, @pointer) }
      nil
    end
  end
end

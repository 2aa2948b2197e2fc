# frozen_string_literal: true

module PactWasm
  # Calls functions of the library: memory for arguments and results, errors as exceptions, and nothing left behind.
  # @api private
  class Call
    # Thread#raise, Thread#kill and Timeout wait until a call is over. Within it they would unwind the library's own frames when
    # they meet a handler, and lose results otherwise.
    LATER = { Object => :never }.freeze
    VERDICTS = Fields::Choice.new("verdict", "PACTWASM_VERDICT")
    # All matches are the same.
    MATCH = Comparison.new(verdict: :match, mismatches: [].freeze)
    private_constant :LATER, :VERDICTS, :MATCH

    # Yields a call, which is over with the block.
    def self.run
      Thread.handle_interrupt(LATER) do
        call = new
        begin
          yield call
        ensure
          call.release
        end
      end
    end

    def initialize
      @arena = Arena.take
      @error = @arena.allocate(FFI::Pointer.size)
      @results = nil
    end

    # Calls a function that gives a status.
    def invoke(function, *arguments)
      status = Native.public_send(function, *arguments, @error)
      Error.raise_from(@error.read_pointer) unless status == Declarations::PACTWASM_OK
    end

    # Calls a function that gives a handle, which is freed with the call.
    def result(function, *arguments, free:)
      out = place(free)
      invoke(function, *arguments, out)
      out.read_pointer
    end

    # The same for a handle that outlives the call: it is freed with the pointer that this returns.
    def own(function, *arguments, free:)
      out = place(free)
      invoke(function, *arguments, out)
      pointer = out.read_pointer
      out.put_pointer(0, nil)
      FFI::AutoPointer.new(pointer, Native.method(free))
    end

    # Calls a function that gives bytes; they are JSON text.
    def json_text(function, *arguments)
      bytes = @arena.allocate(Declarations::PactWasmBytes.size)
      invoke(function, *arguments, bytes)
      Fields::View.read(bytes, 0).force_encoding(Encoding::UTF_8)
    ensure
      Native.pactwasm_bytes_free(bytes)
    end

    # Calls a function that gives an int32_t.
    def number(function, *arguments)
      out = @arena.allocate(4)
      invoke(function, *arguments, out)
      out.read_int32
    end

    # Calls a function that fills a record; gives its value.
    def read(struct, function, *arguments)
      layout = Layout[struct]
      memory = layout.allocate(@arena)
      invoke(function, *arguments, memory)
      layout.read(memory, 0)
    end

    # All items of a list.
    def list(struct, handle, count:, get:)
      Array.new(Native.public_send(count, handle)) { |index| read(struct, get, handle, index) }
    end

    # Calls a function that gives catalogue entries.
    def catalogue(function, *arguments)
      catalogue = result(function, *arguments, free: :pactwasm_catalogue_free)
      list(Declarations::PactWasmCatalogueEntry, catalogue, count: :pactwasm_catalogue_count, get: :pactwasm_catalogue_get)
    end

    # Calls a function that gives a comparison.
    def comparison(function, *arguments)
      comparison = result(function, *arguments, free: :pactwasm_comparison_free)
      verdict = VERDICTS.symbol(number(:pactwasm_comparison_verdict, comparison))
      return MATCH if verdict == :match

      mismatches = list(Declarations::PactWasmMismatch, comparison,
                        count: :pactwasm_comparison_count, get: :pactwasm_comparison_get)
      Comparison.new(verdict: verdict, mismatches: mismatches.freeze)
    end

    # Calls a function that gives what a mock server has seen.
    def mock_server_results(function, *arguments)
      outcome = result(function, *arguments, free: :pactwasm_outcome_free)
      info, results = outcome_parts(outcome)
      results.map! { |path, error, mismatches| MockServerResult.new(path: path, error: error, mismatches: mismatches.freeze) }
      MockServerResults.new(ok: info[:ok], results: results.freeze)
    end

    # Calls a function that gives how a verification ended, and the provider's answer.
    def verification(function, *arguments)
      out = place(:pactwasm_outcome_free)
      response = place(:pactwasm_data_free)
      invoke(function, *arguments, out, response)
      info, results = outcome_parts(out.read_pointer)
      failures = results.flat_map { |_, error, mismatches| [*error, *mismatches] }
      data = response.read_pointer
      Verification.new(success: info[:ok], failures: failures.freeze, output: info[:output],
                       response: (interaction_data(data) unless data.null?))
    end

    # What is to be sent to a provider, or came from it.
    def interaction_data(data)
      read(Declarations::PactWasmInteractionData, :pactwasm_data_get, data)
    end

    # A record for an argument.
    def record(struct, values)
      layout = Layout[struct]
      memory = layout.allocate(@arena)
      layout.write(memory, 0, values, @arena)
      memory
    end

    # The options of an operation; NULL where there are none.
    def options(timeout: nil, cancel: nil, test_run_id: nil)
      return if timeout.nil? && cancel.nil? && test_run_id.nil?
      raise TypeError, "cancel must be a PactWasm::Cancel, not #{cancel.class}" unless cancel.nil? || cancel.is_a?(Cancel)

      record(Declarations::PactWasmCallOptions, timeout: timeout, cancel: cancel&.pointer, test_run_id: test_run_id)
    end

    # Pointer and length of a text argument; NULL for nil.
    def text(name, value)
      value.nil? ? [nil, 0] : bytes(Conversion.text(name, value))
    end

    # Pointer and length of a JSON argument; NULL for nil.
    def json(value)
      value.nil? ? [nil, 0] : bytes(Conversion.to_json(value))
    end

    # Frees what the library gave. An exception that a handler let through arrives after the function has given its result, so
    # this is the one place that knows of all.
    def release
      @results&.each { |out, free| Native.public_send(free, out.read_pointer) }
      Native.pactwasm_error_free(@error.read_pointer) unless @error.read_uint64.zero?
      Arena.give_back(@arena)
    end

    private

    # The whole, and for each result path, error (nil where there was none) and mismatches.
    def outcome_parts(outcome)
      info = read(Declarations::PactWasmOutcomeInfo, :pactwasm_outcome_info, outcome)
      results = Array.new(info[:count]) do |index|
        result = read(Declarations::PactWasmResult, :pactwasm_outcome_get, outcome, index)
        mismatches = Array.new(result[:mismatch_count]) do |place|
          read(Declarations::PactWasmMismatch, :pactwasm_outcome_mismatch, outcome, index, place)
        end
        [result[:path], result[:error].empty? ? nil : result[:error], mismatches]
      end
      [info, results]
    end

    def bytes(string)
      [FFI::Pointer.new(@arena.store(string)), string.bytesize]
    end

    def place(free)
      out = @arena.allocate(FFI::Pointer.size)
      (@results ||= []).unshift([out, free])
      out
    end
  end
  private_constant :Call
end

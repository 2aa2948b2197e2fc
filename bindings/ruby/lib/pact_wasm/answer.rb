# frozen_string_literal: true

module PactWasm
  # What a handler has to say.
  # @api private
  class Answer
    def initialize(pointer)
      @pointer = pointer
    end

    def compare(result)
      case result
      when nil then nil
      when Array then result.each { |mismatch| add(mismatch) }
      when Comparison then comparison(result)
      else add(result)
      end
    end

    def body(result)
      raise TypeError, "a content generator must return a PactWasm::Body, not #{result.class}" unless result.is_a?(Body)

      set(:pactwasm_answer_set_body) { |call| [call.record(Declarations::PactWasmBody, result)] }
    end

    def value(result)
      set(:pactwasm_answer_set_value) { |call| [call.record(Declarations::PactWasmFieldValue, result)] }
    end

    def fail(message)
      set(:pactwasm_answer_set_error) { |call| call.text("message", message) }
    end

    private

    def comparison(result)
      if !result.match? && result.mismatches.empty?
        raise ArgumentError, "the handler says that something does not match, but not what: the comparison has no mismatches"
      end

      return compare(result.mismatches) unless result.verdict == :content_type

      types = result.mismatches.first
      set(:pactwasm_answer_set_type_mismatch) do |call|
        call.text("expected", types.expected) + call.text("actual", types.actual)
      end
    end

    def add(mismatch)
      mismatch = Mismatch.new(description: mismatch) if mismatch.is_a?(String)
      unless mismatch.is_a?(Mismatch)
        raise TypeError, "a matcher must return nil, Strings, PactWasm::Mismatches or a PactWasm::Comparison, " \
                         "not #{mismatch.class}"
      end

      set(:pactwasm_answer_add_mismatch) { |call| [call.record(Declarations::PactWasmMismatch, mismatch)] }
    end

    def set(function)
      Call.run { |call| call.invoke(function, @pointer, *yield(call)) }
    end
  end
  private_constant :Answer
end

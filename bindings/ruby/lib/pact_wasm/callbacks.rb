# frozen_string_literal: true

require "ffi"

module PactWasm
  # Ways from the library into Ruby. The C functions are made once in each process and live as long as it; which Ruby object is
  # meant stands in the user data.
  # @api private
  module Callbacks
    # Objects that the library may call, by the number in the user data. A Hash with Integers needs no lock in this interpreter,
    # and must not have one: finalisers free hosts, and run between any two instructions of any thread.
    @live = {}
    # The C functions of one process.
    Functions = Struct.new(:process, :destroy, :log, :handler)
    private_constant :Functions
    # Those that were made, which are never freed.
    @functions = []

    class << self
      # The C functions of this process.
      #
      # ffi serves callbacks from threads that are not Ruby's with a thread of its own, which is missing after a fork: making a
      # function starts it anew, and that of another process may not know the new one. It inherits what its maker has masked, so
      # this must have been called before a call, which masks interrupts: one that cannot be killed would keep the process.
      def functions
        last = @functions.last
        return last if last&.process == Process.pid

        @functions.push(Functions.new(Process.pid, destroy, log, handler)).last
      end

      # User data for an object that stays alive until the library has destroyed it.
      def add(object)
        @live[object.object_id] = object
        FFI::Pointer.new(object.object_id)
      end

      # How many objects the library may call.
      def count
        @live.size
      end

      # Yields the object. Nothing that its code does unwinds frames of the library: exceptions, and ways out such as throw,
      # return or Thread.exit, end here and are told to `failed` as a text. Only exceptions that are no StandardErrors, such as
      # Interrupt, SystemExit and a failed assertion, go on; ffi raises them when the library has returned.
      def enter(user_data, failed)
        finished = false
        yield @live.fetch(user_data.address)
        finished = true
      rescue Exception => error # rubocop:disable Lint/RescueException
        finished = true
        failed.call("#{error.class}: #{error.message}".encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub)
        raise unless error.is_a?(StandardError)
      ensure
        unless finished
          failed.call("it was left by throw, return, break or the end of its thread")
          return # rubocop:disable Lint/EnsureReturn
        end
      end

      private

      def destroy
        FFI::Function.new(:void, [:pointer]) { |user_data| @live.delete(user_data.address) }
      end

      def log
        failed = ->(reason) { warn("pact_wasm: a log record could not be delivered: #{reason}") }
        FFI::Function.new(:void, %i[pointer pointer]) do |record, user_data|
          enter(user_data, failed) { |sink| sink.deliver(record) }
        end
      end

      def handler
        FFI::Function.new(:void, %i[pointer pointer pointer]) do |request, answer, user_data|
          answer = Answer.new(answer)
          enter(user_data, answer.method(:fail)) { |handler| handler.serve(request, answer) }
        end
      end
    end
  end
  private_constant :Callbacks
end

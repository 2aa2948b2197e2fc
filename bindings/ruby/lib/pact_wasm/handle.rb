# frozen_string_literal: true

module PactWasm
  # Base of what belongs to the library and is closed: {Host}, {Plugin}, {Interaction} and {MockServer}.
  class Handle
    # Yields what was opened, and closes it with the block; without a block it is the caller's to close.
    # @api private
    def self.lend(handle)
      return handle unless block_given?

      begin
        yield handle
      ensure
        handle.close
      end
    end

    # Lets go of it, at once or when the last call that uses it is over, which may be in another thread. Closing twice does
    # nothing. What is never closed is freed some time after nothing refers to it any more.
    #
    # @return [nil]
    def close
      last = @lock.synchronize do
        was_open = !@closed
        @closed = true
        was_open && @users.zero?
      end
      @pointer.free if last
      nil
    end

    # @return [Boolean] whether it was closed
    def closed?
      @closed
    end

    # Yields the pointer, which stays valid until the end of the block: the library must not be asked to free a handle before a
    # call that uses it has begun.
    # @api private
    def use
      @lock.synchronize do
        raise ClosedError, "this #{self.class.name} is closed" if @closed

        @users += 1
      end
      begin
        yield @pointer
      ensure
        last = @lock.synchronize { (@users -= 1).zero? && @closed }
        @pointer.free if last
      end
    end

    private

    def initialize(pointer)
      @pointer = pointer
      @lock = Mutex.new
      @users = 0
      @closed = false
    end

    # Yields a call and the pointer.
    def perform
      Call.run { |call| use { |pointer| yield call, pointer } }
    end

    # Yields a call, the pointer and the options of an operation.
    def operate(options)
      perform { |call, pointer| yield call, pointer, call.options(**options) }
    end
  end
end

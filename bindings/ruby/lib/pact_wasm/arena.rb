# frozen_string_literal: true

require "ffi"

module PactWasm
  # Memory for one call of the library: records, and copies of all that they point to.
  #
  # Copies, because a String's own memory is not safe while the interpreter lock is released: another thread may change the
  # String, and compaction may move a short one, whose bytes lie in the object itself. Copying a megabyte takes less than what the
  # library needs to hand it to a plugin.
  # @api private
  class Arena
    # Enough for most calls, so that they take one allocation.
    BLOCK = 1024
    # What C's types want at most.
    ALIGNMENT = 8
    # Texts of more bytes have memory of their own.
    APART = 256
    ZEROS = ("\0" * BLOCK).freeze
    private_constant :BLOCK, :ALIGNMENT, :APART, :ZEROS

    # Arenas that nobody uses, because a new one costs a twentieth of a call. There are no more of them than there were calls at
    # the same time, and push and pop are single steps of the interpreter's.
    @idle = []

    class << self
      # An arena whose memory is zero, until it is given back.
      def take
        @idle.pop || new
      end

      # Ends the life of what the arena has allocated.
      def give_back(arena)
        @idle.push(arena) if arena.clear
      end
    end

    def initialize
      @blocks = []
      renew
    end

    # A pointer to `size` zero bytes, which lives as long as the arena.
    def allocate(size)
      return @block + reserve(size) if size < BLOCK

      FFI::MemoryPointer.new(1, size).tap { |memory| @blocks.push(memory) }
    end

    # The address of a copy, also of nothing: NULL would mean that it is absent.
    def store(bytes)
      size = bytes.bytesize
      return store_apart(bytes) if size > APART

      offset = reserve(size)
      @block.put_bytes(offset, bytes)
      @address + offset
    end

    # Whether it is as it was when it was new. It is not, once it needed more memory than usual, which is not worth keeping.
    def clear
      return false if @blocks.size > 1

      @block.put_bytes(0, ZEROS, 0, @used)
      @used = 0
      true
    end

    private

    # The offset of free bytes in the block. There is always one more, so that it is an address of ours also for none.
    def reserve(size)
      renew if @used + size >= BLOCK
      offset = @used
      @used = (offset + size + ALIGNMENT - 1) & -ALIGNMENT
      offset
    end

    def renew
      @block = FFI::MemoryPointer.new(BLOCK)
      @address = @block.address
      @used = 0
      @blocks.push(@block)
    end

    # Memory that need not be cleared, as it is filled.
    def store_apart(bytes)
      memory = FFI::MemoryPointer.new(1, bytes.bytesize, false)
      @blocks.push(memory)
      memory.put_bytes(0, bytes).address
    end
  end
  private_constant :Arena
end

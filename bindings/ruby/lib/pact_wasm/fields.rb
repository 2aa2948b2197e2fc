# frozen_string_literal: true

module PactWasm
  # The kinds of fields that the C structs have: each writes a Ruby value to its place in a record, and reads it back.
  # @api private
  module Fields
    # A pointer and a length, 64 bits each: the library runs on such systems only.
    module View
      LENGTH = Declarations::PactWasmView.offset_of(:len)

      module_function

      def write(record, offset, bytes, arena)
        record.put_uint64(offset, arena.store(bytes))
        record.put_uint64(offset + LENGTH, bytes.bytesize)
      end

      # A copy as a binary String, or nil where it is absent.
      def read(record, offset)
        data = record.get_pointer(offset)
        data.read_bytes(record.get_uint64(offset + LENGTH)) unless data.null?
      end
    end

    # UTF-8.
    class Text
      def initialize(name)
        @name = name
      end

      def write(record, offset, value, arena)
        View.write(record, offset, Conversion.text(@name, value), arena)
      end

      def read(record, offset)
        View.read(record, offset)&.force_encoding(Encoding::UTF_8)
      end
    end

    # Bytes.
    class Bytes
      def initialize(name)
        @name = name
      end

      def write(record, offset, value, arena)
        View.write(record, offset, Conversion.bytes(@name, value), arena)
      end

      def read(record, offset)
        View.read(record, offset)
      end
    end

    # Data that crosses as JSON text.
    module Json
      module_function

      def write(record, offset, value, arena)
        View.write(record, offset, Conversion.to_json(value), arena)
      end

      # The handlers' requests have an empty text where there is nothing.
      def read(record, offset)
        text = View.read(record, offset)
        Conversion.from_json(text.force_encoding(Encoding::UTF_8)) unless text.nil? || text.empty?
      end
    end

    # A number of the type that the accessors of ffi have in their names.
    class Number
      def initialize(type)
        @get = :"get_#{type}"
        @put = :"put_#{type}"
      end

      def write(record, offset, value, _arena)
        record.public_send(@put, offset, value)
      end

      def read(record, offset)
        record.public_send(@get, offset)
      end
    end

    # 0 or 1.
    module Flag
      module_function

      def write(record, offset, value, _arena)
        record.put_int32(offset, value ? 1 : 0)
      end

      def read(record, offset)
        record.get_int32(offset) == 1
      end
    end

    # A constant of the header; in Ruby a symbol, which is the constant's name without its prefix, in lower case.
    class Choice
      # The constants with a prefix: {text: 1, …}.
      def self.constants(prefix)
        names = Declarations.constants.grep(/\A#{prefix}_/)
        names.to_h { |name| [name[(prefix.size + 1)..].downcase.to_sym, Declarations.const_get(name)] }.freeze
      end

      def initialize(name, prefix)
        @name = name
        @numbers = Choice.constants(prefix)
        @symbols = @numbers.invert.freeze
      end

      def number(value)
        @numbers.fetch(value) do
          raise ArgumentError, "#{@name} must be one of #{@numbers.keys.map(&:inspect).join(", ")}, not #{value.inspect}"
        end
      end

      def symbol(number)
        @symbols.fetch(number)
      end

      def write(record, offset, value, _arena)
        record.put_int32(offset, number(value))
      end

      def read(record, offset)
        symbol(record.get_int32(offset))
      end
    end

    # Milliseconds; in Ruby a number of seconds.
    class Seconds
      def initialize(name)
        @name = name
      end

      def write(record, offset, value, _arena)
        record.put_uint64(offset, Conversion.milliseconds(@name, value))
      end

      def read(record, offset)
        record.get_uint64(offset) / 1000.0
      end
    end

    # Milliseconds since 1970.
    module Timestamp
      module_function

      def read(record, offset)
        Time.at(0, record.get_uint64(offset), :millisecond, in: "UTC")
      end
    end

    # A handle of the library, or an array.
    module Handle
      module_function

      def write(record, offset, value, _arena)
        record.put_pointer(offset, value)
      end

      def read(record, offset)
        record.get_pointer(offset)
      end
    end

    # A struct in the struct.
    class Nested
      def initialize(name, layout)
        @name = name
        @layout = layout
      end

      def write(record, offset, value, arena)
        unless @layout.accepts?(value)
          raise TypeError, "#{@name} must be a #{@layout.value_class}, not #{value.class}"
        end

        @layout.write(record, offset, value, arena)
      end

      def read(record, offset)
        @layout.read(record, offset)
      end
    end

    # A struct that a pointer leads to, or NULL.
    class Pointed
      def initialize(layout)
        @layout = layout
      end

      def read(record, offset)
        pointer = record.get_pointer(offset)
        @layout.read(pointer, 0) unless pointer.null?
      end
    end
  end
  private_constant :Fields
end

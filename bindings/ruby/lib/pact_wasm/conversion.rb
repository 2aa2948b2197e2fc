# frozen_string_literal: true

require "json"

module PactWasm
  # What Ruby's values are for the library, where more is needed than a type.
  # @api private
  module Conversion
    module_function

    # A text as UTF-8. Whether it is valid is the library's to say.
    def text(name, value)
      string = String.try_convert(value)
      raise TypeError, "#{name} must be a String, not #{value.class}" if string.nil?

      string.encoding == Encoding::UTF_8 ? string : string.encode(Encoding::UTF_8)
    end

    # Bytes, in whatever encoding.
    def bytes(name, value)
      String.try_convert(value) || raise(TypeError, "#{name} must be a String, not #{value.class}")
    end

    # A path: a String, or what has to_path, such as a Pathname.
    def path(name, value)
      text(name, value.respond_to?(:to_path) ? value.to_path : value)
    end

    # JSON's own limit of 100 levels is not the library's.
    def to_json(value)
      JSON.generate(value, max_nesting: 0)
    end

    def from_json(text)
      JSON.parse(text, max_nesting: false)
    end

    # Seconds as whole milliseconds, rounded up. Zero would mean the default to the library, so it is refused.
    def milliseconds(name, seconds)
      raise TypeError, "#{name} must be a number of seconds, not #{seconds.class}" unless seconds.is_a?(Numeric)
      raise ArgumentError, "#{name} must be more than 0 seconds, not #{seconds}" unless seconds.positive?

      (seconds * 1000).ceil
    end
  end
  private_constant :Conversion
end

# frozen_string_literal: true

module PactWasm
  # A single value, which is what Ruby has for it: nil, true, false, text (a String in UTF-8 or another encoding), Integer, Float,
  # bytes (a binary String), or a Hash or Array for JSON.
  # @api private
  class SingleValueLayout < Layout
    def accepts?(_value)
      true
    end

    def write(record, offset, value, arena)
      super(record, offset, split(value), arena)
    end

    private

    def split(value)
      case value
      when nil then { kind: :null }
      when true, false then { kind: :boolean, boolean: value }
      when Integer then { kind: :integer, integer: value }
      when Float then { kind: :decimal, decimal: value }
      when Hash, Array then { kind: :json, data: Conversion.to_json(value) }
      when String then split_string(value)
      else raise TypeError, "a value must be nil, true, false, an Integer, Float, String, Hash or Array, not #{value.class}"
      end
    end

    def split_string(value)
      return { kind: :bytes, data: value } if value.encoding == Encoding::BINARY

      { kind: :text, data: Conversion.text("a value", value) }
    end

    def build(kind:, boolean:, integer:, decimal:, data:)
      case kind
      when :null then nil
      when :boolean then boolean
      when :integer then integer
      when :decimal then decimal
      when :text then data.force_encoding(Encoding::UTF_8)
      when :bytes then data
      when :json then Conversion.from_json(data.force_encoding(Encoding::UTF_8))
      end
    end
  end
  private_constant :SingleValueLayout
end

# frozen_string_literal: true

module PactWasm
  # What is sent to a provider, where the metadata lie in an array of their own.
  # @api private
  class InteractionDataLayout < Layout
    def write(record, offset, data, arena)
      pieces = data.metadata.map { |name, value| split(name, value) }
      super(record, offset, { body: data.body, metadata: array(pieces, arena), metadata_count: pieces.size }, arena)
    end

    private

    def piece
      Layout[Declarations::PactWasmMetadata]
    end

    def array(pieces, arena)
      array = arena.allocate(pieces.size * piece.size)
      pieces.each_with_index { |members, index| piece.write(array, index * piece.size, members, arena) }
      array
    end

    def split(name, value)
      is_bytes = value.is_a?(String) && value.encoding == Encoding::BINARY
      { name: name.to_s, **(is_bytes ? { bytes: value } : { json: Conversion.to_json(value) }) }
    end

    def build(body:, metadata:, metadata_count:)
      pieces = Array.new(metadata_count) { |index| piece.read(metadata, index * piece.size) }
      absent = body.content_type.nil? && body.content.nil?
      super(body: (body unless absent), metadata: pieces.to_h { |members| join(**members) })
    end

    def join(name:, json:, bytes:)
      [name, bytes.nil? ? Conversion.from_json(json) : bytes]
    end
  end
  private_constant :InteractionDataLayout
end

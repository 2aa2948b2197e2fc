# frozen_string_literal: true

module PactWasm
  # How a struct of the header and a Ruby value become each other, field by field, as the generated declarations and the
  # header's naming have it: `rules_json` is the member `rules`, `timeout_ms` is `timeout` in seconds, and so on.
  # @api private
  class Layout
    # Fields that are constants of the header, with the constants' prefix.
    CHOICES = {
      hint: "PACTWASM_HINT",
      kind: "PACTWASM_VALUE",
      level: "PACTWASM_LEVEL",
      source: "PACTWASM_SOURCE",
      test_mode: "PACTWASM_TEST_MODE",
      content_for: "PACTWASM_CONTENT_FOR",
      markup_type: "PACTWASM_MARKUP",
    }.freeze
    FLAGS = %i[boolean allow_unexpected_keys ok tls].freeze
    # Views that are no text.
    BYTES = %i[content expected actual data bytes].freeze
    # What the pointers in a handler's call lead to.
    POINTED = {
      compare: Declarations::PactWasmCompareRequest,
      generate: Declarations::PactWasmGenerateRequest,
      match_field: Declarations::PactWasmMatchFieldRequest,
      generate_field: Declarations::PactWasmGenerateFieldRequest,
    }.freeze
    NUMBERS = {
      FFI.find_type(:int32) => :int32,
      FFI.find_type(:int64) => :int64,
      FFI.find_type(:uint64) => :uint64,
      # The library runs on systems of 64 bits only.
      FFI.find_type(:size_t) => :uint64,
      FFI.find_type(:double) => :double,
    }.freeze

    @all = {}

    # The layout of a struct. Threads that ask first may each make one, and all are the same.
    def self.[](struct)
      @all[struct] ||= kind_of(struct).new(struct)
    end

    def self.kind_of(struct)
      case struct.name.split("::").last
      when "PactWasmFieldValue" then SingleValueLayout
      when "PactWasmInteractionData" then InteractionDataLayout
      else Layout
      end
    end
    private_class_method :kind_of

    # Its size in bytes.
    attr_reader :size

    # The Ruby value that it becomes: the class of the same name, or a Hash where there is none.
    attr_reader :value_class

    def initialize(struct)
      @size = struct.size
      name = struct.name.split("::").last.delete_prefix("PactWasm").to_sym
      @value_class = PactWasm.const_defined?(name, false) ? PactWasm.const_get(name, false) : Hash
      fields = struct.new.layout.fields
      @sized = fields.first.name == :size
      @entries = fields.drop(@sized ? 1 : 0).map { |field| entry(field) }.freeze
      define_write_fields
    end

    # Whether it can be a member of another struct's value.
    def accepts?(value)
      value.is_a?(@value_class)
    end

    # Zero memory for one, with its size in it where it has a field for that.
    def allocate(arena)
      record = arena.allocate(@size)
      record.put_uint64(0, @size) if @sized
      record
    end

    # Writes what `values` has under the names of the fields; what is nil there stays zero.
    def write(record, offset, values, arena)
      write_fields(record, offset, values, arena)
    end

    # A value that does not depend on the memory it was read from.
    def read(record, offset)
      build(**@entries.to_h { |name, place, field| [name, field.read(record, offset + place)] })
    end

    private

    def build(**members)
      @value_class == Hash ? members : @value_class.new(**members)
    end

    # A method of this layout's own, with a line for each field. Going over the entries instead would take a tenth of the time of
    # a whole call.
    def define_write_fields
      @writers = @entries.map(&:last)
      lines = @entries.each_with_index.map do |(name, place, _), index|
        "value = values[:#{name}]\n" \
          "@writers[#{index}].write(record, offset + #{place}, value, arena) unless value.nil?\n"
      end
      instance_eval("def self.write_fields(record, offset, values, arena)\n#{lines.join}end", __FILE__, __LINE__)
    end

    # Name in Ruby, offset, and how it is written and read.
    def entry(field)
      name = field.name.to_s.sub(/_(json|ms)\z/, "").to_sym
      [name, field.offset, kind(field.name, name, field.type)].freeze
    end

    def kind(declared, name, type)
      if type.is_a?(FFI::StructByValue) then struct_kind(declared, name, type.struct_class)
      elsif declared == :timestamp_ms then Fields::Timestamp
      elsif declared.end_with?("_ms") then Fields::Seconds.new(name)
      elsif CHOICES.key?(name) then Fields::Choice.new(name, CHOICES[name])
      elsif FLAGS.include?(name) then Fields::Flag
      elsif POINTED.key?(name) then Fields::Pointed.new(Layout[POINTED[name]])
      elsif type == FFI::Type::POINTER then Fields::Handle
      else Fields::Number.new(NUMBERS.fetch(type))
      end
    end

    def struct_kind(declared, name, struct)
      if struct != Declarations::PactWasmView then Fields::Nested.new(name, Layout[struct])
      elsif declared.end_with?("_json") then Fields::Json
      elsif BYTES.include?(name) then Fields::Bytes.new(name)
      else Fields::Text.new(name)
      end
    end
  end
  private_constant :Layout
end

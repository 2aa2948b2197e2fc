# frozen_string_literal: true

module PactWasm
  # A Ruby function that plugins reach as an entry `core/<entry type>/<key>` of the host's catalogue. It takes the place of the
  # library's own entry of that key; in bodies that Pact's own content matchers compare, Pact's own rules count all the same.
  #
  #     vin = PactWasm::Handler.matcher("vin") do |call|
  #       "#{call.request.actual} is no VIN" unless call.request.actual.match?(/\A[A-HJ-NPR-Z0-9]{17}\z/)
  #     end
  #     PactWasm::Host.open(handlers: [vin]) { |host| … }
  #
  # It gets a {HandlerCall}. An exception becomes the error of the plugin's call into the host, with class and message, and so does
  # leaving by throw, return or Thread.exit. Exceptions that are no StandardError, such as Interrupt or a failed assertion, are
  # raised again by the call that led there.
  #
  # It runs on the thread that called the plugin, or on one that stands in for it where that one's stack is too small, and on
  # several at once where calls run in parallel. For a {MockServer} it runs on a thread of its own; nothing is raised again then. It
  # may use the library. Thread#raise, Thread#kill and Timeout from outside wait until the plugin's call is over.
  class Handler
    # @return [String] "content-matcher", "content-generator", "matcher" or "generator"
    attr_reader :entry_type
    # @return [String] key of the entry
    attr_reader :key
    # @return [Hash{String => String}, nil] what the catalogue says of it
    attr_reader :values

    # @!method self.content_matcher(key, values: nil, &function)
    #   @param key [String] not empty and without "/"
    #   @param values [Hash{String => String}, nil] what the catalogue says of it, for instance `{"content-types" => "text/csv"}`
    #   @yieldparam call [HandlerCall] its request is a {CompareRequest}
    #   @yieldreturn [nil, String, Mismatch, Array<String, Mismatch>, Comparison] what differs; a String is a description
    # @!method self.content_generator(key, values: nil, &function)
    #   @yieldparam call [HandlerCall] its request is a {GenerateRequest}
    #   @yieldreturn [Body]
    # @!method self.matcher(key, values: nil, &function)
    #   @yieldparam call [HandlerCall] its request is a {MatchFieldRequest}
    #   @yieldreturn [nil, String, Mismatch, Array<String, Mismatch>, Comparison] what differs
    # @!method self.generator(key, values: nil, &function)
    #   @yieldparam call [HandlerCall] its request is a {GenerateFieldRequest}
    #   @yieldreturn [nil, Boolean, Integer, Float, String, Hash, Array] the value, as in {Plugin#generate_field}
    { content_matcher: :compare, content_generator: :body, matcher: :compare, generator: :value }.each do |type, answers|
      define_singleton_method(type) do |key, values: nil, &function|
        new(type.to_s.tr("_", "-"), key, values, answers, function)
      end
    end
    private_class_method :new

    def initialize(entry_type, key, values, answers, function)
      raise ArgumentError, "a handler needs a block" if function.nil?

      @entry_type = entry_type
      @key = key
      @values = values
      @answers = answers
      @function = function
      freeze
    end

    # @api private
    def serve(request, answer)
      result = @function.call(Layout[Declarations::PactWasmHandlerCall].read(request, 0))
      answer.public_send(@answers, result)
    end
  end
end

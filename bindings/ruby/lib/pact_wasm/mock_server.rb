# frozen_string_literal: true

module PactWasm
  # A running mock server, from {Plugin#start_mock_server}. It serves clients on a thread of the library's, whatever Ruby does
  # meanwhile, until it is shut down or closed, or its host is. It keeps its plugin loaded.
  #
  # Handlers and loggers are called for it on other threads than those that use it. What a handler raises becomes an error of the
  # plugin's only, also if it is no StandardError: there is no call that could raise it again. A handler must not ask the server that
  # has called it, which waits for the handler: that ends with the call's timeout.
  #
  # Its operations take the options of {Plugin}'s.
  class MockServer < Handle
    # @return [String] names the server in {Plugin#call}
    attr_reader :key
    # @return [String] what clients connect to, as it stands in a URL, for instance "127.0.0.1" or "[::1]"
    attr_reader :address
    # @return [Integer] the port that it listens on
    attr_reader :port

    # @api private
    def initialize(call, pointer, scheme)
      super(pointer)
      @scheme = scheme
      info = call.read(Declarations::PactWasmMockServerInfo, :pactwasm_mock_server_info, pointer)
      @key, @address, @port = info.values_at(:key, :address, :port)
    end

    # @return [String] address and port, for instance "127.0.0.1:8080"
    def authority
      "#{address}:#{port}"
    end

    # @param scheme [String] by default "http", or "https" if it was started with `tls: true`
    # @return [String] for instance "http://127.0.0.1:8080"
    def url(scheme: @scheme)
      "#{scheme}://#{authority}"
    end

    # What it has seen so far. It goes on serving.
    #
    # @return [MockServerResults] of a server that crashed, or was stopped for going over a limit, one result, which says why
    # @raise [PluginError]
    # @raise [NotFoundError] it was shut down, or its host was closed
    def results(**options)
      operate(options) { |call, server, how| call.mock_server_results(:pactwasm_mock_server_results, server, how) }
    end

    # Closes the server and all its connections. Whatever comes of this, the server has ended; one that does not answer within
    # the timeout is stopped. Only a handler that the server has called can keep it: a second is waited for that, and the server
    # ends when the handler returns.
    #
    # @return [MockServerResults] its final results
    # @raise [PluginError]
    # @raise [NotFoundError] it was shut down before, or its host was closed
    def shutdown(**options)
      operate(options) { |call, server, how| call.mock_server_results(:pactwasm_mock_server_shutdown, server, how) }
    end

    # @return [String]
    def inspect
      "#<#{self.class} #{authority}#{" (closed)" if closed?}>"
    end
  end
end

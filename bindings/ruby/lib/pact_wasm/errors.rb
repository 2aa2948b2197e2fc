# frozen_string_literal: true

module PactWasm
  # A call of the library failed. There is a subclass for each code.
  class Error < StandardError
    # The code of the class; nil here, where it is that of the instance.
    CODE = nil

    # @return [Integer] one of PACTWASM_ERROR_…
    attr_reader :code
    # @return [String, nil] name of the plugin that was involved
    attr_reader :plugin_name
    # @return [String, nil] version of the plugin that was involved
    attr_reader :plugin_version
    # @return [String, nil] operation of the plugin interface, for instance "compare-contents"
    attr_reader :operation
    # @return [String, nil] WebAssembly functions that were active, innermost first, one a line, if the plugin crashed or was
    #   stopped
    attr_reader :plugin_backtrace

    def initialize(message = nil, code: self.class::CODE, plugin_name: nil, plugin_version: nil, operation: nil,
                   plugin_backtrace: nil)
      super(message)
      @code = code
      @plugin_name = plugin_name
      @plugin_version = plugin_version
      @operation = operation
      @plugin_backtrace = plugin_backtrace
    end

    class << self
      # The subclass for a code; makes it where there is none yet.
      # @api private
      def for_code(code)
        (@subclasses ||= {})[code] ||= Class.new(self) { const_set(:CODE, code) }
      end

      # Raises what the C library gave, which stays the caller's to free.
      # @api private
      def raise_from(pointer)
        info = Call.run { |call| call.read(Declarations::PactWasmErrorInfo, :pactwasm_error_get, pointer) }
        raise for_code(info[:code]).new(info.delete(:message), plugin_backtrace: info.delete(:backtrace), **info)
      end
    end
  end

  # An argument is out of range, not UTF-8 or not what it should be. The message names it.
  InvalidArgumentError = Error.for_code(Declarations::PACTWASM_ERROR_INVALID_ARGUMENT)
  # A plugin, a directory or an item does not exist.
  NotFoundError = Error.for_code(Declarations::PACTWASM_ERROR_NOT_FOUND)
  # A name fits more than one thing; the message lists them.
  AmbiguousError = Error.for_code(Declarations::PACTWASM_ERROR_AMBIGUOUS)
  # A handler called the plugin that is calling it, and there is no other instance.
  BusyError = Error.for_code(Declarations::PACTWASM_ERROR_BUSY)
  # The object was made before the process forked.
  ForkedError = Error.for_code(Declarations::PACTWASM_ERROR_FORKED)
  # The plugin does not fill the role, or this build lacks the feature.
  UnsupportedError = Error.for_code(Declarations::PACTWASM_ERROR_UNSUPPORTED)
  # Another call has to come first, such as {Plugin#init}.
  WrongStateError = Error.for_code(Declarations::PACTWASM_ERROR_WRONG_STATE)
  # Plugin and library do not fit together: interface version, roles, imports or capabilities.
  IncompatibleError = Error.for_code(Declarations::PACTWASM_ERROR_INCOMPATIBLE)
  # pact-plugin.json cannot be used; the message names file and field.
  ManifestInvalidError = Error.for_code(Declarations::PACTWASM_ERROR_MANIFEST_INVALID)
  # The file is not a WebAssembly component.
  ComponentInvalidError = Error.for_code(Declarations::PACTWASM_ERROR_COMPONENT_INVALID)
  # The component cannot be compiled.
  CompileFailedError = Error.for_code(Declarations::PACTWASM_ERROR_COMPILE_FAILED)
  # The sandbox does not allow it.
  PermissionError = Error.for_code(Declarations::PACTWASM_ERROR_PERMISSION)
  # The operating system refused a file operation.
  IoError = Error.for_code(Declarations::PACTWASM_ERROR_IO)
  # The plugin answered with an error; the message is the plugin's.
  PluginError = Error.for_code(Declarations::PACTWASM_ERROR_PLUGIN)
  # The plugin crashed. It gets a fresh instance and stays usable, as after the other errors that stop a plugin.
  TrapError = Error.for_code(Declarations::PACTWASM_ERROR_TRAP)
  # The call took longer than its deadline.
  DeadlineError = Error.for_code(Declarations::PACTWASM_ERROR_DEADLINE)
  # The call was cancelled.
  CancelledError = Error.for_code(Declarations::PACTWASM_ERROR_CANCELLED)
  # The plugin wanted more memory than its limit.
  MemoryLimitError = Error.for_code(Declarations::PACTWASM_ERROR_MEMORY_LIMIT)
  # The plugin handed over more data than its limit.
  HostCallLimitError = Error.for_code(Declarations::PACTWASM_ERROR_HOST_CALL_LIMIT)
  # The plugin used up its stack.
  StackLimitError = Error.for_code(Declarations::PACTWASM_ERROR_STACK_LIMIT)
  # The plugin wanted more tables or instances than its limit.
  ResourceLimitError = Error.for_code(Declarations::PACTWASM_ERROR_RESOURCE_LIMIT)
  # Plugins call each other in a circle, or too deep; the message shows the chain.
  CycleError = Error.for_code(Declarations::PACTWASM_ERROR_CYCLE)
  # The plugin's answer breaks the interface, for instance with text that should be JSON.
  InvalidResponseError = Error.for_code(Declarations::PACTWASM_ERROR_INVALID_RESPONSE)
  # A fault of the library. Please report it.
  InternalError = Error.for_code(Declarations::PACTWASM_ERROR_INTERNAL)

  # A host, plugin, interaction or mock server was used after its `close`.
  class ClosedError < InvalidArgumentError; end
end

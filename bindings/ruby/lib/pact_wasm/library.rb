# frozen_string_literal: true

require "ffi"

module PactWasm
  # The C library cannot be found or used. `require "pact_wasm"` raises it; the message says what was tried, and how to mend it.
  class LibraryError < LoadError; end

  # Finds the C library: the file that PACT_WASM_LIBRARY names, or else the copy inside the gem, or else the system's.
  module Library
    # Environment variable that names the file to use, and no other.
    VARIABLE = "PACT_WASM_LIBRARY"
    # Where a platform gem has its copy.
    PACKAGED = File.join(__dir__, FFI.map_library_name("pact_wasm")).freeze
    # What the system's loader knows the library as; the number is that of the interface.
    SYSTEM =
      if FFI::Platform.windows? then "pact_wasm.dll"
      elsif FFI::Platform.mac? then "libpact_wasm.#{Declarations::PACTWASM_ABI_VERSION}.dylib"
      else "libpact_wasm.so.#{Declarations::PACTWASM_ABI_VERSION}"
      end
    HELP = "Install a gem that contains the library, install libpact_wasm for the whole system, or set #{VARIABLE} to the " \
           "path of its file."
    private_constant :HELP

    # @return [String] path or name of a library that can be opened and has the right interface
    # @raise [LibraryError]
    def self.find
      chosen = ENV.fetch(VARIABLE, "")
      return found(PACKAGED, SYSTEM) if chosen.empty?

      problem = problem_of(chosen)
      raise LibraryError, "#{VARIABLE} is #{chosen.inspect}, which cannot be used: #{problem}" if problem

      chosen
    end

    def self.found(*candidates)
      problems = candidates.to_h { |candidate| [candidate, problem_of(candidate)] }
      usable = problems.key(nil)
      return usable if usable

      tried = problems.map { |candidate, problem| "\n  #{candidate}: #{problem}" }.join
      raise LibraryError, "libpact_wasm cannot be found. Tried, as #{VARIABLE} is not set:#{tried}\n#{HELP}"
    end
    private_class_method :found

    # Why a file is not the library; nil if it is. One with another interface is an error at once: the next candidate would
    # only hide it.
    def self.problem_of(candidate)
      library = FFI::DynamicLibrary.open(candidate, FFI::DynamicLibrary::RTLD_LAZY | FFI::DynamicLibrary::RTLD_LOCAL)
      version = library.find_function("pactwasm_abi_version")
      return "it is another library, without the function pactwasm_abi_version" if version.nil?

      check_version(candidate, FFI::Function.new(:uint32, [], version).call)
    rescue LibraryError
      raise
    rescue LoadError => error
      error.message
    end
    private_class_method :problem_of

    def self.check_version(candidate, version)
      wanted = Declarations::PACTWASM_ABI_VERSION
      return if version == wanted

      raise LibraryError, "#{candidate} has version #{version} of the interface, and the gem pact_wasm #{VERSION} is made for " \
                          "version #{wanted}. Install a gem and a library that belong together, or set #{VARIABLE} to the " \
                          "path of a library with version #{wanted}."
    end
    private_class_method :check_version
  end
end

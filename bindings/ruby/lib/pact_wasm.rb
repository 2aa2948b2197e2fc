# frozen_string_literal: true

require_relative "pact_wasm/version"
require_relative "pact_wasm/declarations"
require_relative "pact_wasm/library"
require_relative "pact_wasm/native"
require_relative "pact_wasm/values"
require_relative "pact_wasm/transport_values"
require_relative "pact_wasm/errors"
require_relative "pact_wasm/conversion"
require_relative "pact_wasm/grant"
require_relative "pact_wasm/fields"
require_relative "pact_wasm/layout"
require_relative "pact_wasm/single_value_layout"
require_relative "pact_wasm/interaction_data_layout"
require_relative "pact_wasm/arena"
require_relative "pact_wasm/call"
require_relative "pact_wasm/handle"
require_relative "pact_wasm/cancel"
require_relative "pact_wasm/callbacks"
require_relative "pact_wasm/answer"
require_relative "pact_wasm/handler"
require_relative "pact_wasm/log_sink"
require_relative "pact_wasm/configuration"
require_relative "pact_wasm/interaction"
require_relative "pact_wasm/mock_server"
require_relative "pact_wasm/plugin"
require_relative "pact_wasm/host"
require_relative "pact_wasm/pact_file"

# Pact plugins as WebAssembly components, run in this process: a thin layer over the C library libpact_wasm.
#
# {Host} finds and loads plugins, {Plugin} has their operations, {PactFile} writes what came of them. Results are plain, frozen
# values; failures are {Error}s with a class for each code.
#
# Everything may be used from any thread. The interpreter lock is released while the library works, so calls of several threads
# run in parallel.
module PactWasm
  # @return [String] the version of the C library, for instance "0.1.0"
  def self.library_version
    Native.pactwasm_version.force_encoding(Encoding::UTF_8)
  end

  # @return [String] the path, or the name for the system's loader, under which the C library was found
  def self.library_path
    Native::PATH
  end

  # Whether the C library was built with a feature.
  #
  # @param name [String] "crypto", "cache" or "core-rules"
  # @return [Boolean] false for a name that nobody knows
  def self.feature?(name)
    Call.run { |call| Native.pactwasm_has_feature(*call.text("name", name)) == 1 }
  end
end

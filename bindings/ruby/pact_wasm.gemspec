# frozen_string_literal: true

require_relative "lib/pact_wasm/version"

# build.sh builds it. A gem with the C library in lib/pact_wasm/ is for the platform that it was built on; one without finds the
# system's.
Gem::Specification.new do |spec|
  library = Dir["lib/pact_wasm/*.{so,dylib,dll}", base: __dir__]
  spec.name = "pact_wasm"
  spec.version = PactWasm::VERSION
  spec.platform = Gem::Platform.local unless library.empty?
  spec.summary = "Runs Pact plugins that are WebAssembly components"
  spec.description = "Finds, loads and calls Pact plugins that are one WebAssembly component file, in this process and in a " \
                     "sandbox, through the C library libpact_wasm."
  spec.author = "The libpact_wasm developers"
  spec.license = "MIT"
  spec.required_ruby_version = ">= 3.0"
  spec.files = Dir["lib/**/*.rb", "sig/*.rbs", "README.md", "LICENSE", base: __dir__] + library
  spec.metadata = { "rubygems_mfa_required" => "true" }
  spec.add_dependency "ffi", ">= 1.15", "< 2"
end

# frozen_string_literal: true

module PactWasm
  # Version of this gem.
  VERSION = "0.1.0"
end

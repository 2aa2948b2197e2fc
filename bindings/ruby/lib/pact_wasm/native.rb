# frozen_string_literal: true

require "ffi"

module PactWasm
  # The functions of the C library, under their own names.
  # @api private
  module Native
    extend FFI::Library

    # What was loaded.
    PATH = Library.find.freeze

    # Functions that take time, wait, or call back into Ruby: they run without the interpreter lock. The others only read or set
    # something, which takes less time than giving up the lock.
    BLOCKING = %i[
      pactwasm_config_free
      pactwasm_config_set_handler
      pactwasm_config_set_log_callback
      pactwasm_host_new
      pactwasm_host_free
      pactwasm_host_discover
      pactwasm_host_load
      pactwasm_host_load_directory
      pactwasm_host_catalogue
      pactwasm_plugin_free
      pactwasm_plugin_catalogue
      pactwasm_plugin_logs
      pactwasm_plugin_init
      pactwasm_plugin_update_catalogue
      pactwasm_plugin_configure_interaction
      pactwasm_plugin_compare_contents
      pactwasm_plugin_generate_content
      pactwasm_plugin_match_field
      pactwasm_plugin_generate_field
      pactwasm_plugin_call
      pactwasm_plugin_start_mock_server
      pactwasm_plugin_prepare_interaction
      pactwasm_plugin_verify_interaction
      pactwasm_mock_server_results
      pactwasm_mock_server_shutdown
      pactwasm_mock_server_free
      pactwasm_pact_add_interaction
      pactwasm_pact_add_plugin
    ].freeze

    ffi_lib PATH
    Declarations::CALLBACKS.each { |name, (result, parameters)| callback(name, parameters, result) }
    Declarations::FUNCTIONS.each do |name, (result, parameters)|
      attach_function(name, parameters, result, blocking: BLOCKING.include?(name))
    end
  end
  private_constant :Native
end

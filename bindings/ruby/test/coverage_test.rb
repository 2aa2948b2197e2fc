# frozen_string_literal: true

require_relative "helper"

# Which functions of the C library the gem uses.
class CoverageTest < Minitest::Test
  SYMBOLS = File.readlines(File.join(ROOT, "ffi-tests", "symbols.txt"), chomp: true).grep(/\Apactwasm_/)

  # What the gem has no use for.
  UNUSED = {
    "pactwasm_error_code" => "pactwasm_error_get gives the code with everything else",
    "pactwasm_error_message" => "pactwasm_error_get gives the message with everything else",
  }.freeze

  def library_files
    Dir[File.join(Gem.loaded_specs.fetch("pact_wasm").full_gem_path, "lib", "**", "*.rb")]
  end

  # Symbols and methods in the compiled code, where comments are gone. The declarations and the list of blocking functions name
  # functions without calling them.
  def symbols_in(code)
    case code
    when Symbol then [code.to_s]
    when Array, Hash then code.to_a.flat_map { |part| symbols_in(part) }
    when RubyVM::InstructionSequence then symbols_in(code.to_a)
    else []
    end
  end

  def used
    files = library_files.reject { |file| %w[declarations.rb native.rb].include?(File.basename(file)) }
    # library.rb looks one function up by its name, before the others can be there.
    names = File.read(files.grep(/library\.rb\z/).first).scan(/find_function\("(\w+)"\)/).flatten
    names | files.flat_map { |file| symbols_in(RubyVM::InstructionSequence.compile_file(file)) }.grep(/\Apactwasm_/)
  end

  def test_all_functions_are_used
    refute_empty(SYMBOLS)
    assert_equal(UNUSED.keys.sort, (SYMBOLS - used).sort)
    assert_empty(used - SYMBOLS)
  end

  def test_declarations
    declared = PactWasm::Declarations::FUNCTIONS.keys.map(&:to_s)
    assert_equal(SYMBOLS.sort, declared.sort)
    constants = HEADER.scan(/^#define (PACTWASM_\w+) (-?\d+)$/).to_h { |name, value| [name, Integer(value)] }
    constants.each { |name, value| assert_equal(value, PactWasm::Declarations.const_get(name)) }
  end

  # What can call back or wait must not hold the interpreter lock: all operations of hosts, plugins and servers.
  def test_blocking
    blocking = PactWasm.module_eval("Native::BLOCKING", __FILE__, __LINE__).map(&:to_s)
    long = SYMBOLS.grep(/\Apactwasm_(host|plugin|pact|mock_server)_/) - %w[pactwasm_plugin_info pactwasm_mock_server_info]
    assert_empty(long - blocking)
    assert_equal(%w[pactwasm_config_free pactwasm_config_set_handler pactwasm_config_set_log_callback], (blocking - long).sort)
  end

  # The tests are of the gem that test.sh has installed, with the library that is in it.
  def test_the_installed_gem
    gem = Gem.loaded_specs.fetch("pact_wasm")
    assert_equal(["0.1.0", Gem::Platform.local], [gem.version.to_s, gem.platform])
    assert($LOADED_FEATURES.include?(File.join(gem.full_gem_path, "lib", "pact_wasm.rb")))
    assert_equal(File.join(gem.full_gem_path, "lib", "pact_wasm", FFI.map_library_name("pact_wasm")), PactWasm.library_path)
  end
end

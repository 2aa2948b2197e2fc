# frozen_string_literal: true

require_relative "helper"

# How the C library is found, and what is said where it is not.
class LibraryTest < Minitest::Test
  VARIABLE = "PACT_WASM_LIBRARY"
  PACKAGED = PactWasm::Library::PACKAGED

  # A gem without a library in it, as the one for all platforms is.
  def without_the_copy
    Dir.mktmpdir do |directory|
      gem = Gem.loaded_specs.fetch("pact_wasm").full_gem_path
      FileUtils.cp_r(File.join(gem, "lib"), directory)
      FileUtils.rm(File.join(directory, "lib", "pact_wasm", File.basename(PACKAGED)))
      yield({ "RUBYLIB" => File.join(directory, "lib"), VARIABLE => nil }, directory)
    end
  end

  def compile(directory, name, code)
    path = File.join(directory, name)
    output, status = Open3.capture2e("cc", "-shared", "-fPIC", "-x", "c", "-o", path, "-", stdin_data: code)
    assert(status.success?, output)
    path
  end

  def fake(directory, name, version)
    compile(directory, name, "#include <stdint.h>\nuint32_t pactwasm_abi_version(void) { return #{version}; }\n")
  end

  def path_in_use(environment)
    output, status = Open3.capture2e(environment, RbConfig.ruby, "-e", 'require "pact_wasm"; print PactWasm.library_path')
    assert(status.success?, output)
    output
  end

  def test_variable_comes_first
    Dir.mktmpdir do |directory|
      path = File.join(directory, "renamed.so")
      File.symlink(PACKAGED, path)
      assert_equal(path, path_in_use(VARIABLE => path))
      assert_equal(PACKAGED, path_in_use(VARIABLE => ""))
    end
  end

  def test_the_system_comes_last
    without_the_copy do |environment, directory|
      FileUtils.cp(PACKAGED, File.join(directory, PactWasm::Library::SYSTEM))
      assert_equal("libpact_wasm.so.1", path_in_use(environment.merge("LD_LIBRARY_PATH" => directory)))
    end
  end

  def test_variable_that_leads_nowhere
    message = require_error(VARIABLE => "/nowhere/libpact_wasm.so")
    assert_match(%r{\APactWasm::LibraryError: PACT_WASM_LIBRARY is "/nowhere/libpact_wasm\.so", which cannot be used: }, message)
    assert_includes(message, "No such file")
  end

  def test_file_that_is_no_library
    message = require_error(VARIABLE => __FILE__)
    assert_includes(message, %(PACT_WASM_LIBRARY is "#{__FILE__}", which cannot be used: ))
    assert_match(/invalid ELF header|file too short/, message)
  end

  def test_another_library
    Dir.mktmpdir do |directory|
      message = require_error(VARIABLE => compile(directory, "other.so", "int other(void) { return 1; }\n"))
      assert_includes(message, "it is another library, without the function pactwasm_abi_version")
    end
  end

  def test_another_version
    Dir.mktmpdir do |directory|
      path = fake(directory, "fake.so", 77)
      message = require_error(VARIABLE => path)
      assert_equal("PactWasm::LibraryError: #{path} has version 77 of the interface, and the gem pact_wasm 0.1.0 is made for " \
                   "version 1. Install a gem and a library that belong together, or set PACT_WASM_LIBRARY to the path of a " \
                   "library with version 1.", message)
    end
  end

  def test_another_version_in_the_system
    without_the_copy do |environment, directory|
      fake(directory, PactWasm::Library::SYSTEM, 77)
      message = require_error(environment.merge("LD_LIBRARY_PATH" => directory))
      assert_includes(message, "libpact_wasm.so.1 has version 77 of the interface")
    end
  end

  def test_nothing_found
    without_the_copy do |environment, directory|
      message = require_error(environment.merge("LD_LIBRARY_PATH" => directory))
      assert_includes(message, "libpact_wasm cannot be found. Tried, as PACT_WASM_LIBRARY is not set:\n  #{directory}/lib/")
      assert_includes(message, "\n  libpact_wasm.so.1: ")
      assert_includes(message, "set PACT_WASM_LIBRARY to the path of its file.")
    end
  end
end

# frozen_string_literal: true

require "rbs"
require_relative "helper"

# sig/pact_wasm.rbs says what the gem has, and what the gem does fits it.
class SignaturesTest < Minitest::Test
  SIGNATURES = File.join(Gem.loaded_specs.fetch("pact_wasm").full_gem_path, "sig")
  # Public to Ruby, but for the gem itself.
  INTERNAL = %w[
    PactWasm::Declarations PactWasm::Library PactWasm::Cancel#pointer PactWasm::Error.for_code PactWasm::Error.raise_from
    PactWasm::Handle.lend PactWasm::Handle#use PactWasm::Handler#serve PactWasm::Interaction.use_all
    PactWasm::InteractionContents#to_json_data
  ].freeze
  # What each Struct has.
  OF_STRUCTS = PactWasm::Body.singleton_class.public_instance_methods(false)

  def declared
    loader = RBS::EnvironmentLoader.new
    loader.add(path: Pathname(SIGNATURES))
    environment = RBS::Environment.from_loader(loader).resolve_type_names
    builder = RBS::DefinitionBuilder.new(env: environment)
    environment.class_decls.each_key.map(&:to_s).grep(/\A::PactWasm/).flat_map do |name|
      type = RBS::TypeName.new(name: name.split("::").last.to_sym, namespace: RBS::Namespace.parse(name[/\A.*::/]))
      [name.delete_prefix("::"), *methods_of(builder.build_instance(type), "#"), *methods_of(builder.build_singleton(type), ".")]
    end
  end

  def methods_of(definition, separator)
    own = definition.methods.select { |_, method| method.defined_in == definition.type_name }
    (own.keys - %i[new initialize]).map { |name| "#{definition.type_name.to_s.delete_prefix("::")}#{separator}#{name}" }
  end

  def defined
    constants = PactWasm.constants.map { |name| PactWasm.const_get(name) }.grep(Module)
    [PactWasm, *constants].flat_map do |owner|
      instance = owner.public_instance_methods(false).reject { |name| name.end_with?("=") }
      singleton = owner.singleton_class.public_instance_methods(false)
      singleton -= OF_STRUCTS if owner < PactWasm::Value
      [owner.name, *instance.map { |name| "#{owner}##{name}" }, *(singleton - %i[new allocate]).map { |name| "#{owner}.#{name}" }]
    end
  end

  def test_whole
    assert_equal((defined - INTERNAL).reject { |name| name.start_with?("PactWasm::Library.") }.sort.uniq, declared.sort)
  end

  # The tests that call everything, with all arguments and results checked; without those that give wrong arguments on purpose.
  def test_calls_fit
    files = %w[jwt plugins logs handlers mock_servers verification grants jsonrpc].map { |name| File.join(__dir__, "#{name}_test.rb") }
    targets = %w[Host Plugin Interaction MockServer PactFile Handler Grant Cancel Handle Error].map { |name| "PactWasm::#{name}" }.join(",")
    environment = { "RBS_TEST_TARGET" => targets, "RBS_TEST_OPT" => "-I #{SIGNATURES}", "RBS_TEST_LOGLEVEL" => "error" }
    output, status = Open3.capture2e(environment, RbConfig.ruby, "-r", "rbs/test/setup", "-e",
                                     "ARGV.shift(#{files.size}).each { |file| require file }", *files,
                                     "-e", "/none|no_pact|fail\\b/")
    assert(status.success?, output)
    assert_match(/^[89]\d runs, .* 0 failures, 0 errors, 0 skips$/, output)
  end
end

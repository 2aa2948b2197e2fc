# frozen_string_literal: true

require_relative "helper"

# The plugins csv and creditcard.
class CsvTest < Minitest::Test
  CONFIG = {
    "csvHeaders" => true,
    "columns" => %w[id name],
    "column:id" => { "value" => "1", "rules" => [{ "type" => "integer" }],
                     "generator" => { "type" => "RandomInt", "min" => 5, "max" => 9 } },
    "column:name" => "matching(type,'Zoë')",
  }.freeze

  def with_part
    with_plugin("csv") do |csv|
      csv.configure_interaction(content_type: "text/csv", contents_config: CONFIG) do |interaction|
        yield csv, interaction.parts.first
      end
    end
  end

  def compare(csv, part, table)
    csv.compare_contents(expected: part.body, actual: body(table, "text/csv"), rules: part.rules,
                         plugin_configuration: part.plugin_configuration)
  end

  def test_compare
    with_part do |csv, part|
      assert_equal("id,name\n1,Zoë\n", part.body.content.dup.force_encoding("UTF-8"))
      assert_predicate(compare(csv, part, "id,name\n7,Jürgen\n"), :match?)
      comparison = compare(csv, part, "id,name\nseven,Jürgen\n")
      assert_equal(["row:1 column:id"], comparison.mismatches.map(&:path))
      assert_equal(["1", "seven"], [comparison.mismatches[0].expected, comparison.mismatches[0].actual])
    end
  end

  def test_generate
    with_part do |csv, part|
      body = csv.generate_content(body: part.body, generators: part.generators,
                                  plugin_configuration: part.plugin_configuration)
      assert_match(/\Aid,name\n[5-9],Zo/n, body.content)
    end
  end
end

class CreditCardTest < Minitest::Test
  VISA = "4111 1111 1111 1111"

  def match(plugin, actual)
    plugin.match_field(key: "creditcard", rule_type: "creditcard", rule_values: { "brand" => "visa" }, path: "$.card",
                       source: :header, expected: VISA, actual: actual)
  end

  def test_match
    with_plugin("creditcard") do |plugin|
      assert_predicate(match(plugin, VISA), :match?)
      assert_predicate(match(plugin, VISA.delete(" ").to_i), :match?)
      comparison = match(plugin, "4111 1111 1111 1112")
      assert_equal(:mismatch, comparison.verdict)
      mismatch, = comparison.mismatches
      assert_equal("$.card", mismatch.path)
      assert_equal([VISA, "4111 1111 1111 1112"], [mismatch.expected, mismatch.actual])
    end
  end

  def test_generate
    with_plugin("creditcard") do |plugin|
      text, number = [VISA, 4].map do |example|
        plugin.generate_field(key: "creditcard", generator_type: "creditcard", example: example)
      end
      assert_match(/\A4\d{3} \d{4} \d{4} \d{4}\z/, text)
      assert_equal(Encoding::UTF_8, text.encoding)
      assert_kind_of(Integer, number)
      assert_predicate(match(plugin, number), :match?)
    end
  end

  # Eighteen megabytes of Python, which the cache keeps compiled.
  def test_the_same_in_python
    with_plugin("creditcard-python", timeout: 120) do |plugin|
      assert_predicate(match(plugin, VISA), :match?)
      refute_predicate(match(plugin, "1"), :match?)
    end
  end
end

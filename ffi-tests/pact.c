// A pact file written by a program that has no Pact library: with the JWT plugin as its user would, and with the plugin echo,
// which gives every field. tests/pact_file.rs has Pact's own library read such files.

#include "check.h"

#define PACT "{\"consumer\":{\"name\":\"shop\"},\"provider\":{\"name\":\"login\"}}"

static const PactWasmHost *host;

static PactWasmInteraction *configure(const PactWasmPlugin *plugin, const char *content_type, const char *contents_config) {
    PactWasmConfigureRequest request;
    PactWasmInteraction *interaction = NULL;
    PactWasmError *error = NULL;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.content_type = text(content_type);
    request.contents_config_json = text(contents_config);
    OK(pactwasm_plugin_configure_interaction(plugin, &request, NULL, &interaction, &error));
    return interaction;
}

static PactWasmPactInteraction from_template(const char *template_json) {
    PactWasmPactInteraction interaction;
    memset(&interaction, 0, sizeof interaction);
    interaction.size = sizeof interaction;
    interaction.template_json = text(template_json);
    return interaction;
}

// The pact with one interaction more.
static PactWasmBytes with(const PactWasmBytes *pact, const PactWasmPactInteraction *interaction) {
    PactWasmBytes result;
    PactWasmError *error = NULL;
    OK(pactwasm_pact_add_interaction((const char *)pact->data, pact->len, interaction, &result, &error));
    CHECK_EQUAL(result.data[result.len], 0);
    return result;
}

// The same, in its place.
static void add(PactWasmBytes *pact, const PactWasmPactInteraction *interaction) {
    PactWasmBytes result = with(pact, interaction);
    pactwasm_bytes_free(pact);
    *pact = result;
}

static void expect_contains(const PactWasmBytes *pact, const char *part) {
    CHECK_CONTAINS(bytes(pact->data, pact->len), part);
}

static size_t occurrences(const PactWasmBytes *pact, const char *part) {
    const char *place = strstr((const char *)pact->data, part);
    size_t count = 0;
    for (; place != NULL; place = strstr(place + 1, part)) count++;
    return count;
}

// Request and response of one interaction, then a message.
static void tokens(void) {
    PactWasmPlugin *jwt = test_plugin(host, "jwt");
    PactWasmInteraction *alice, *bob;
    PactWasmPactInteraction interaction;
    PactWasmBytes pact, again;
    PactWasmError *error = NULL;
    alice = configure(jwt, "application/jwt", "{\"algorithm\":\"HS256\",\"secret\":\"for tests\",\"subject\":\"alice\"}");
    bob = configure(jwt, "application/jwt", "{\"algorithm\":\"HS256\",\"secret\":\"for tests\",\"subject\":\"bob\"}");
    OK(pactwasm_pact_add_plugin(jwt, PACT, strlen(PACT), &pact, &error));
    pactwasm_plugin_free(jwt); // the interactions know what they need
    expect_contains(&pact, "\"name\": \"jwt\",\n        \"version\": \"0.1.0\",\n        \"configuration\": {}");

    interaction = from_template("{\"type\":\"Synchronous/HTTP\",\"description\":\"a token for a token\","
                                "\"request\":{\"method\":\"POST\",\"path\":\"/token\"},\"response\":{\"status\":201}}");
    interaction.request = alice;
    interaction.response = bob;
    add(&pact, &interaction);
    expect_contains(&pact, "\"path\": \"/token\"");
    expect_contains(&pact, "\"status\": 201");
    // Base64 of eyJ, with which tokens begin.
    CHECK_EQUAL(occurrences(&pact, "\"body\": {\n          \"content\": \"ZXlK"), 2);
    expect_contains(&pact, "\"contentType\": \"application/jwt\",\n          \"contentTypeHint\": \"TEXT\",\n"
                           "          \"encoded\": \"base64\"");
    expect_contains(&pact, "\"Content-Type\": [\n            \"application/jwt\"\n          ]");
    expect_contains(&pact, "\"$.claims.exp\": {\n              \"combine\": \"AND\",\n              \"matchers\": [\n"
                           "                {\n                  \"match\": \"integer\"\n                }\n              ]");
    expect_contains(&pact, "\"$\": {\n              \"type\": \"JWT\",\n              \"algorithm\": \"HS256\",\n"
                           "              \"lifetime\": 300,\n              \"secret\": \"for tests\"\n            }");
    expect_contains(&pact, "\"pluginConfiguration\": {\n        \"jwt\": {");
    expect_contains(&pact, "\"markupType\": \"COMMON_MARK\"");
    again = with(&pact, &interaction);
    CHECK_TEXT(bytes(again.data, again.len), (const char *)pact.data);
    pactwasm_bytes_free(&again);

    interaction = from_template("{\"type\":\"Asynchronous/Messages\",\"description\":\"a token\"}");
    interaction.message = alice;
    add(&pact, &interaction);
    CHECK_EQUAL(occurrences(&pact, "\"contents\": {\n        \"content\": \"ZXlK"), 1);
    CHECK_EQUAL(occurrences(&pact, "\"description\""), 2);
    CHECK_EQUAL(occurrences(&pact, "\"name\": \"jwt\""), 1);
    pactwasm_bytes_free(&pact);
    pactwasm_interaction_free(alice);
    pactwasm_interaction_free(bob);
}

// The answer of the plugin, with every field. Its body is "a,1".
#define ANSWER(part_name, rules)                                                                                              \
    "{\"response\":{\"contents\":{\"content_type\":\"text/csv\",\"content\":[97,44,49],\"hint\":\"Text\"},"                    \
    "\"rules\":" rules ",\"generators\":[[\"column:1\",{\"type_\":\"RandomInt\",\"values\":\"{\\\"min\\\":1}\"}]],"            \
    "\"message_metadata\":\"{\\\"topic\\\":\\\"t\\\"}\","                                                                     \
    "\"metadata_rules\":[[\"topic\",[{\"type_\":\"not-empty\",\"values\":null}]]],"                                            \
    "\"metadata_generators\":[[\"topic\",{\"type_\":\"Uuid\",\"values\":null}]],"                                              \
    "\"plugin_configuration\":{\"interaction_configuration\":\"{\\\"i\\\":1.0}\",\"pact_configuration\":\"{\\\"p\\\":2}\"},"    \
    "\"interaction_markup\":\"<b>a</b>\",\"interaction_markup_type\":\"Html\",\"part_name\":\"" part_name "\"}}"

#define RULES "[[\"column:1\",[{\"type_\":\"regex\",\"values\":\"{\\\"regex\\\":\\\"x\\\"}\"}]]]"

static void every_field(void) {
    static const char expected[] = "{\n"
                                   "  \"consumer\": {\n"
                                   "    \"name\": \"shop\"\n"
                                   "  },\n"
                                   "  \"provider\": {\n"
                                   "    \"name\": \"login\"\n"
                                   "  },\n"
                                   "  \"interactions\": [\n"
                                   "    {\n"
                                   "      \"type\": \"Asynchronous/Messages\",\n"
                                   "      \"description\": \"a row\",\n"
                                   "      \"pending\": false,\n"
                                   "      \"contents\": {\n"
                                   "        \"content\": \"a,1\",\n"
                                   "        \"contentType\": \"text/csv\",\n"
                                   "        \"contentTypeHint\": \"TEXT\",\n"
                                   "        \"encoded\": false\n"
                                   "      },\n"
                                   "      \"metadata\": {\n"
                                   "        \"topic\": \"t\"\n"
                                   "      },\n"
                                   "      \"matchingRules\": {\n"
                                   "        \"body\": {\n"
                                   "          \"column:1\": {\n"
                                   "            \"combine\": \"AND\",\n"
                                   "            \"matchers\": [\n"
                                   "              {\n"
                                   "                \"match\": \"regex\",\n"
                                   "                \"regex\": \"x\"\n"
                                   "              }\n"
                                   "            ]\n"
                                   "          }\n"
                                   "        },\n"
                                   "        \"metadata\": {\n"
                                   "          \"topic\": {\n"
                                   "            \"combine\": \"AND\",\n"
                                   "            \"matchers\": [\n"
                                   "              {\n"
                                   "                \"match\": \"notEmpty\"\n"
                                   "              }\n"
                                   "            ]\n"
                                   "          }\n"
                                   "        }\n"
                                   "      },\n"
                                   "      \"generators\": {\n"
                                   "        \"body\": {\n"
                                   "          \"column:1\": {\n"
                                   "            \"type\": \"RandomInt\",\n"
                                   "            \"min\": 1\n"
                                   "          }\n"
                                   "        },\n"
                                   "        \"metadata\": {\n"
                                   "          \"topic\": {\n"
                                   "            \"type\": \"Uuid\"\n"
                                   "          }\n"
                                   "        }\n"
                                   "      },\n"
                                   "      \"pluginConfiguration\": {\n"
                                   "        \"echo\": {\n"
                                   "          \"i\": 1.0\n"
                                   "        }\n"
                                   "      },\n"
                                   "      \"interactionMarkup\": {\n"
                                   "        \"markup\": \"<b>a</b>\",\n"
                                   "        \"markupType\": \"HTML\"\n"
                                   "      }\n"
                                   "    }\n"
                                   "  ],\n"
                                   "  \"metadata\": {\n"
                                   "    \"pactSpecification\": {\n"
                                   "      \"version\": \"4.0\"\n"
                                   "    },\n"
                                   "    \"plugins\": [\n"
                                   "      {\n"
                                   "        \"name\": \"echo\",\n"
                                   "        \"version\": \"1.0.0\",\n"
                                   "        \"configuration\": {\n"
                                   "          \"p\": 2\n"
                                   "        }\n"
                                   "      }\n"
                                   "    ]\n"
                                   "  }\n"
                                   "}";
    PactWasmPlugin *echo = test_plugin(host, "echo");
    PactWasmInteraction *answer = configure(echo, "text/csv", ANSWER("request", RULES));
    PactWasmPactInteraction interaction = from_template("{\"type\":\"Asynchronous/Messages\",\"description\":\"a row\"}");
    PactWasmBytes pact;
    PactWasmError *error = NULL;
    interaction.message = answer;
    OK(pactwasm_pact_add_interaction(PACT, strlen(PACT), &interaction, &pact, &error));
    CHECK_TEXT(bytes(pact.data, pact.len), expected);

    // The name of the part says where it goes.
    interaction = from_template("{\"type\":\"Synchronous/Messages\",\"description\":\"a row for a row\"}");
    interaction.request = answer;
    add(&pact, &interaction);
    expect_contains(&pact, "\"request\": {\n        \"contents\": {\n          \"content\": \"a,1\"");
    expect_contains(&pact, "\"response\": []");
    pactwasm_bytes_free(&pact);
    interaction.request = NULL;
    interaction.response = answer;
    FAILS(pactwasm_pact_add_interaction(PACT, strlen(PACT), &interaction, &pact, &error), PACTWASM_ERROR_INVALID_ARGUMENT,
          "\"interaction.response\" has nothing for this place: plugin echo gave parts called \"request\"");
    pactwasm_interaction_free(answer);
    pactwasm_plugin_free(echo);
}

// What Pact could not read from the file is not written into it.
static void unreadable_path(void) {
    PactWasmPlugin *echo = test_plugin(host, "echo");
    PactWasmInteraction *answer = configure(echo, "text/csv", ANSWER("", "[[\"a b\",[{\"type_\":\"type\",\"values\":null}]]]"));
    PactWasmPactInteraction interaction = from_template("{\"type\":\"Synchronous/HTTP\",\"description\":\"a row\"}");
    PactWasmBytes pact;
    PactWasmError *error = NULL;
    interaction.request = answer;
    FAILS(pactwasm_pact_add_interaction(PACT, strlen(PACT), &interaction, &pact, &error), PACTWASM_ERROR_INVALID_RESPONSE,
          "plugin echo 1.0.0, configure-interaction: the answer's rules is not valid: \"a b\" is no path expression");
    CHECK(pact.data == NULL && pact.len == 0);
    pactwasm_interaction_free(answer);
    pactwasm_plugin_free(echo);
}

int main(void) {
    PactWasmHost *made = test_host(NULL);
    host = made;
    tokens();
    every_field();
    unreadable_path();
    pactwasm_host_free(made);
    return 0;
}

package frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import au.com.dius.pact.consumer.MockServer;
import au.com.dius.pact.consumer.dsl.PactBuilder;
import au.com.dius.pact.consumer.junit.MockServerConfig;
import au.com.dius.pact.consumer.junit5.PactConsumerTestExt;
import au.com.dius.pact.consumer.junit5.PactTestFor;
import au.com.dius.pact.consumer.junit5.ProviderType;
import au.com.dius.pact.consumer.model.MockServerImplementation;
import au.com.dius.pact.core.model.PactSpecVersion;
import au.com.dius.pact.core.model.V4Pact;
import au.com.dius.pact.core.model.annotations.Pact;
import au.com.dius.pact.provider.junit5.PactVerificationContext;
import au.com.dius.pact.provider.junit5.PactVerificationInvocationContextProvider;
import au.com.dius.pact.provider.junit5.PluginTestTarget;
import au.com.dius.pact.provider.junitsupport.Provider;
import au.com.dius.pact.provider.junitsupport.loader.PactFolder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A plugin that brings a protocol: "web" has "calculator" add prices by JSON-RPC. The plugin is the mock server of the consumer's test,
 * and the client that verifies the provider.
 */
@TestMethodOrder(OrderAnnotation.class) // The provider is verified with the pact file that the consumer's test writes.
class JsonRpcTest {
    @ExtendWith(PactConsumerTestExt.class)
    @PactTestFor(providerName = "calculator", providerType = ProviderType.SYNCH_MESSAGE, pactVersion = PactSpecVersion.V4)
    @MockServerConfig(implementation = MockServerImplementation.Plugin, registryEntry = "plugin/jsonrpc/transport/jsonrpc")
    static class Web {
        @Pact(consumer = "web")
        V4Pact contract(PactBuilder builder) {
            return builder.usingPlugin("jsonrpc")
                    .expectsToReceive("the sum of two prices", "core/interaction/synchronous-message")
                    .with(Map.of(
                            "pact:content-type", "application/jsonrpc",
                            "request", Map.of("method", "add", "params", List.of("matching(number, 1.5)", "matching(number, 2)")),
                            "response", Map.of("result", "matching(number, 3.5)")))
                    .toPact();
        }

        @Test
        void sendsWhatTheContractSays(MockServer server) throws Exception {
            assertEquals(3.5, add(server, 19.99, 5.01).getDouble("result"));
        }

        @Test
        void sendsSomethingElse(MockServer server) throws Exception {
            add(server, 19.99, "5.01");
        }

        private static JSONObject add(MockServer server, Object... prices) throws Exception {
            JSONObject request = new JSONObject(Map.of("jsonrpc", "2.0", "id", 1, "method", "add", "params", List.of(prices)));
            return new JSONObject(Http.post(server.getUrl() + "/", "application/json", request.toString()));
        }
    }

    @Provider("calculator")
    @PactFolder("target/pacts")
    abstract static class Calculator {
        private HttpProvider provider;

        abstract Object add(JSONArray prices);

        private String answer(String body) {
            JSONObject request = new JSONObject(body);
            Object sum = add(request.getJSONArray("params"));
            return new JSONObject(Map.of("jsonrpc", "2.0", "id", request.get("id"), "result", sum)).toString();
        }

        @BeforeEach
        void start(PactVerificationContext context) {
            provider = new HttpProvider(200, "application/json", this::answer);
            context.setTarget(new PluginTestTarget(
                    new HashMap<>(Map.of("transport", "jsonrpc", "host", "127.0.0.1", "port", provider.port()))));
        }

        @TestTemplate
        @ExtendWith(PactVerificationInvocationContextProvider.class)
        void verify(PactVerificationContext context) {
            context.verifyInteraction();
        }

        @AfterEach
        void stop() {
            provider.close();
        }
    }

    static class CalculatorThatAnswersWhatTheContractSays extends Calculator {
        @Override
        Object add(JSONArray prices) {
            return prices.getDouble(0) + prices.getDouble(1);
        }
    }

    static class CalculatorThatAnswersSomethingElse extends Calculator {
        @Override
        Object add(JSONArray prices) {
            return prices.get(0) + " + " + prices.get(1);
        }
    }

    @Test
    @Order(1)
    void consumerThatSendsWhatTheContractSays() {
        assertEquals(List.of(), Inner.failures(Web.class, "sendsWhatTheContractSays"));
    }

    @Test
    @Order(2)
    void consumerThatSendsSomethingElse() {
        List<String> expected = List.of("$.params[1]: Expected '5.01' (String) to be a number");
        assertEquals(expected, Inner.mismatches(Web.class, "sendsSomethingElse"));
    }

    @Test
    @Order(2)
    void providerThatAnswersWhatTheContractSays() {
        assertEquals(List.of(), Inner.failures(CalculatorThatAnswersWhatTheContractSays.class, "verify"));
    }

    @Test
    @Order(2)
    void providerThatAnswersSomethingElse() {
        List<String> expected = List.of("$.result Expected '1.5 + 2' (String) to be a number");
        assertEquals(expected, Inner.mismatches(CalculatorThatAnswersSomethingElse.class, "verify"));
    }
}

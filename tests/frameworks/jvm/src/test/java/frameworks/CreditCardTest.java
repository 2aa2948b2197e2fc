package frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import au.com.dius.pact.consumer.MockServer;
import au.com.dius.pact.consumer.dsl.PactBuilder;
import au.com.dius.pact.consumer.dsl.PactDslJsonBody;
import au.com.dius.pact.consumer.dsl.PluginRuleMatcher;
import au.com.dius.pact.consumer.junit5.PactConsumerTestExt;
import au.com.dius.pact.consumer.junit5.PactTestFor;
import au.com.dius.pact.core.model.V4Pact;
import au.com.dius.pact.core.model.annotations.Pact;
import au.com.dius.pact.core.support.json.JsonValue;
import au.com.dius.pact.provider.junit5.HttpTestTarget;
import au.com.dius.pact.provider.junit5.PactVerificationContext;
import au.com.dius.pact.provider.junit5.PactVerificationInvocationContextProvider;
import au.com.dius.pact.provider.junitsupport.Provider;
import au.com.dius.pact.provider.junitsupport.loader.PactFolder;
import java.util.List;
import java.util.Map;
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
 * A plugin that is a matching rule and a generator: "web" pays at "bank" with cards, and gets cards from "issuer". In a table, the rule is
 * one of creditcard's in contents of csv's, which reaches it through Pact's driver and calls the other process. In JSON it is Pact itself
 * that calls it.
 */
@TestMethodOrder(OrderAnnotation.class) // The provider is verified with the pact file that the consumer's test writes.
class CreditCardTest {
    @ExtendWith(PactConsumerTestExt.class)
    @PactTestFor(providerName = "bank")
    static class Payments {
        @Pact(consumer = "web")
        V4Pact contract(PactBuilder builder) {
            return builder.usingPlugin("creditcard")
                    .usingPlugin("csv")
                    .expectsToReceive("payments", "core/transport/http")
                    .with(Map.of(
                            "request.method", "POST",
                            "request.path", "/payments",
                            "request.contents", Map.of(
                                    "pact:content-type", "text/csv",
                                    "columns", List.of("card", "amount"),
                                    "column:card", "matching(creditcard, 'visa', '4111111111111111')",
                                    "column:amount", "matching(decimal, 9.99)"),
                            "response.status", "204"))
                    .toPact();
        }

        @Test
        void haveACardNumber(MockServer server) throws Exception {
            pay(server, "4012888888881881");
        }

        @Test
        void haveANumberWithADigitWrong(MockServer server) throws Exception {
            pay(server, "4012888888881882");
        }

        private static void pay(MockServer server, String card) throws Exception {
            Http.post(server.getUrl() + "/payments", "text/csv", "card,amount\n" + card + ",12.50\n");
        }
    }

    @ExtendWith(PactConsumerTestExt.class)
    @PactTestFor(providerName = "issuer")
    static class Card {
        @Pact(consumer = "web")
        V4Pact contract(PactBuilder builder) {
            Map<String, JsonValue> values = Map.of("brand", new JsonValue.StringValue("visa"));
            PluginRuleMatcher number = new PluginRuleMatcher("creditcard", "4111 1111 1111 1111", values, true);
            return builder.usingPlugin("creditcard")
                    .expectsToReceive("an application", "core/transport/http")
                    .with(Map.of(
                            "request.method", "POST",
                            "request.path", "/cards",
                            "response.status", "201",
                            "response.contents", Map.of(
                                    "pact:content-type", "application/json",
                                    "body", new PactDslJsonBody().pluginValue("number", number))))
                    .toPact();
        }

        @Test
        void hasANumber(MockServer server) throws Exception {
            String number = new JSONObject(Http.post(server.getUrl() + "/cards", "text/plain", "")).getString("number");
            assertTrue(number.matches("4\\d{3} \\d{4} \\d{4} \\d{4}"), number);
            assertNotEquals("4111 1111 1111 1111", number, "it is generated");
        }
    }

    @Provider("issuer")
    @PactFolder("target/pacts")
    abstract static class Issuer {
        private HttpProvider provider;

        abstract String number();

        @BeforeEach
        void start(PactVerificationContext context) {
            provider = new HttpProvider(201, "application/json", request -> "{\"number\":\"%s\"}".formatted(number()));
            context.setTarget(new HttpTestTarget("localhost", provider.port()));
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

    static class IssuerOfCards extends Issuer {
        @Override
        String number() {
            return "4012 8888 8888 1881";
        }
    }

    static class IssuerOfAnotherBrand extends Issuer {
        @Override
        String number() {
            return "5555 5555 5555 4444";
        }
    }

    @Test
    @Order(1)
    void consumerThatSendsACardNumber() {
        assertEquals(List.of(), Inner.failures(Payments.class, "haveACardNumber"));
    }

    @Test
    @Order(1)
    void consumerThatSendsANumberWithADigitWrong() {
        List<String> expected = List.of("row:1 column:card: the last digit is 2, but the Luhn check digit of this number is 1");
        assertEquals(expected, Inner.mismatches(Payments.class, "haveANumberWithADigitWrong"));
    }

    @Test
    @Order(1)
    void consumerThatGetsANumber() {
        assertEquals(List.of(), Inner.failures(Card.class, "hasANumber"));
    }

    @Test
    @Order(2)
    void providerThatAnswersWithACardNumber() {
        assertEquals(List.of(), Inner.failures(IssuerOfCards.class, "verify"));
    }

    @Test
    @Order(2)
    void providerThatAnswersWithThatOfAnotherBrand() {
        List<String> expected = List.of("$.number a visa number begins with 4");
        assertEquals(expected, Inner.mismatches(IssuerOfAnotherBrand.class, "verify"));
    }
}

package frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import au.com.dius.pact.consumer.MockServer;
import au.com.dius.pact.consumer.dsl.PactBuilder;
import au.com.dius.pact.consumer.junit5.PactConsumerTestExt;
import au.com.dius.pact.consumer.junit5.PactTestFor;
import au.com.dius.pact.core.model.V4Pact;
import au.com.dius.pact.core.model.annotations.Pact;
import au.com.dius.pact.provider.junit5.HttpTestTarget;
import au.com.dius.pact.provider.junit5.PactVerificationContext;
import au.com.dius.pact.provider.junit5.PactVerificationInvocationContextProvider;
import au.com.dius.pact.provider.junitsupport.Provider;
import au.com.dius.pact.provider.junitsupport.loader.PactFolder;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/** "web" sends the table of new employees to "staff", which answers with the table of their numbers. */
@TestMethodOrder(OrderAnnotation.class) // The provider is verified with the pact file that the consumer's test writes.
class CsvTest {
    @ExtendWith(PactConsumerTestExt.class)
    @PactTestFor(providerName = "staff")
    static class Web {
        @Pact(consumer = "web")
        V4Pact contract(PactBuilder builder) {
            return builder.usingPlugin("csv")
                    .expectsToReceive("new employees", "core/transport/http")
                    .with(Map.of(
                            "request.method", "POST",
                            "request.path", "/employees",
                            "request.contents", Map.of(
                                    "pact:content-type", "text/csv",
                                    "columns", List.of("name", "born"),
                                    "column:name", "matching(regex, '[A-Z][a-z]+', 'Fred')",
                                    "column:born", "matching(date, 'yyyy-MM-dd', '2000-02-29')"),
                            "response.status", "201",
                            "response.contents", Map.of(
                                    "pact:content-type", "text/csv",
                                    "csvHeaders", false,
                                    "column:1", "matching(integer, 7)")))
                    .toPact();
        }

        @Test
        void sendsWhatTheContractSays(MockServer server) throws Exception {
            assertEquals("7", hire(server, "name,born\nAnn,1990-01-31\nBob,1991-12-01\n").strip());
        }

        @Test
        void sendsSomethingElse(MockServer server) throws Exception {
            hire(server, "name,born\nAnn,1990-01-31\nbob,yesterday\n");
        }

        private static String hire(MockServer server, String table) throws Exception {
            return Http.post(server.getUrl() + "/employees", "text/csv", table);
        }
    }

    @ExtendWith(PactConsumerTestExt.class)
    @PactTestFor(providerName = "staff")
    static class Confused {
        @Pact(consumer = "confused")
        V4Pact contract(PactBuilder builder) {
            Map<String, String> contents = Map.of("pact:content-type", "text/csv", "delimiter", "comma", "column:name", "Fred");
            return builder.usingPlugin("csv")
                    .expectsToReceive("new employees", "core/transport/http")
                    .with(Map.of("request.method", "POST", "request.path", "/employees", "request.contents", contents))
                    .toPact();
        }

        @Test
        void isNotReached(MockServer server) {}
    }

    @Provider("staff")
    @PactFolder("target/pacts")
    abstract static class Staff {
        private HttpProvider provider;

        abstract String number(int row);

        private String hire(String table) {
            return IntStream.range(1, table.split("\n").length).mapToObj(row -> number(row) + "\n").collect(Collectors.joining());
        }

        @BeforeEach
        void start(PactVerificationContext context) {
            provider = new HttpProvider(201, "text/csv", this::hire);
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

    static class StaffThatAnswersWhatTheContractSays extends Staff {
        @Override
        String number(int row) {
            return "" + (1000 + row);
        }
    }

    static class StaffThatAnswersSomethingElse extends Staff {
        @Override
        String number(int row) {
            return "E" + row;
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
        List<String> expected = List.of(
                "row:2 column:born: Expected 'yesterday' to match a date pattern of 'yyyy-MM-dd'",
                "row:2 column:name: Expected 'bob' to match '[A-Z][a-z]+'");
        assertEquals(expected, Inner.mismatches(Web.class, "sendsSomethingElse"));
    }

    @Test
    @Order(2)
    void contractThatThePluginCannotMakeSenseOf() {
        String expected = "Failed to set the interaction: plugin csv 0.1.0, configure-interaction: the plugin answered: contents config key"
                + " \"delimiter\" is the text \"comma\"; expected one ASCII character that is no letter, digit, quote or line end, such as"
                + " \";\" or \"\\t\"";
        assertEquals(expected, Inner.failures(Confused.class, "isNotReached").get(0));
    }

    @Test
    @Order(2)
    void providerThatAnswersWhatTheContractSays() {
        assertEquals(List.of(), Inner.failures(StaffThatAnswersWhatTheContractSays.class, "verify"));
    }

    @Test
    @Order(2)
    void providerThatAnswersSomethingElse() {
        List<String> expected = List.of("row:1 column:1 Expected 'E1' to match an integer number");
        assertEquals(expected, Inner.mismatches(StaffThatAnswersSomethingElse.class, "verify"));
    }
}

package frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
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

/** "web" logs in at "login" with a token that it signs, and gets one for the session. */
@TestMethodOrder(OrderAnnotation.class) // The provider is verified with the pact file that the consumer's test writes.
class JwtTest {
    private static final Signer WEB = new Signer();
    private static final Signer LOGIN = new Signer();

    @ExtendWith(PactConsumerTestExt.class)
    @PactTestFor(providerName = "login")
    static class Web {
        @Pact(consumer = "web")
        V4Pact contract(PactBuilder builder) {
            return builder.usingPlugin("jwt")
                    .expectsToReceive("a login", "core/transport/http")
                    .with(Map.of(
                            "request.method", "POST",
                            "request.path", "/sessions",
                            "request.contents", Map.of(
                                    "pact:content-type", "application/jwt",
                                    "algorithm", "RS256",
                                    "private-key", WEB.privateKey(),
                                    "subject", "alice",
                                    "audience", "login"),
                            "response.status", "200",
                            "response.contents", Map.of(
                                    "pact:content-type", "application/jwt",
                                    "algorithm", "RS256",
                                    "private-key", LOGIN.privateKey(),
                                    "issuer", "login",
                                    "roles", List.of("admin"))))
                    .toPact();
        }

        @Test
        void sendsWhatTheContractSays(MockServer server) throws Exception {
            assertEquals(List.of("admin"), claims(login(server, WEB, "alice")).getJSONArray("roles").toList());
        }

        @Test
        void sendsSomethingElse(MockServer server) throws Exception {
            login(server, WEB, "bob");
        }

        @Test
        void signsWithAnotherKey(MockServer server) throws Exception {
            login(server, new Signer(), "alice");
        }

        private static String login(MockServer server, Signer signer, String subject) throws Exception {
            String token = signer.token("\"sub\":\"%s\",\"aud\":\"login\"".formatted(subject));
            return Http.post(server.getUrl() + "/sessions", "application/jwt", token);
        }
    }

    /** With a secret the plugin adds a generator that renews the token, which pact-jvm has no place for. */
    @ExtendWith(PactConsumerTestExt.class)
    @PactTestFor(providerName = "issuer")
    static class App {
        @Pact(consumer = "app")
        V4Pact contract(PactBuilder builder) {
            return builder.usingPlugin("jwt")
                    .expectsToReceive("a token", "core/transport/http")
                    .with(Map.of(
                            "request.method", "POST",
                            "request.path", "/tokens",
                            "response.status", "200",
                            "response.contents", Map.of(
                                    "pact:content-type", "application/jwt",
                                    "algorithm", "HS256",
                                    "secret", "for tests",
                                    "issuer", "issuer")))
                    .toPact();
        }

        @Test
        void getsAToken(MockServer server) throws Exception {
            assertEquals("issuer", claims(Http.post(server.getUrl() + "/tokens", "text/plain", "")).getString("iss"));
        }
    }

    private static JSONObject claims(String token) {
        return new JSONObject(new String(Base64.getUrlDecoder().decode(token.split("\\.")[1]), StandardCharsets.UTF_8));
    }

    @Provider("login")
    @PactFolder("target/pacts")
    abstract static class Login {
        private HttpProvider provider;

        abstract String role();

        @BeforeEach
        void start(PactVerificationContext context) {
            String claims = "\"iss\":\"login\",\"roles\":[\"%s\"]".formatted(role());
            provider = new HttpProvider(200, "application/jwt", request -> LOGIN.token(claims));
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

    static class LoginThatAnswersWhatTheContractSays extends Login {
        @Override
        String role() {
            return "admin";
        }
    }

    static class LoginThatAnswersSomethingElse extends Login {
        @Override
        String role() {
            return "guest";
        }
    }

    @Test
    @Order(1)
    void consumerThatSendsWhatTheContractSays() throws Exception {
        assertEquals(List.of(), Inner.failures(Web.class, "sendsWhatTheContractSays"));
        String pact = Files.readString(Path.of("target/pacts/web-login.json"));
        assertTrue(pact.contains("BEGIN PUBLIC KEY"), "it has keys");
        assertFalse(pact.contains("PRIVATE KEY"), "it has private keys");
    }

    @Test
    @Order(2)
    void consumerThatGetsATokenThatCouldBeRenewed() {
        assertEquals(List.of(), Inner.failures(App.class, "getsAToken"));
    }

    @Test
    @Order(2)
    void consumerThatSendsSomethingElse() {
        List<String> expected = List.of("claims:sub: expected the claim \"sub\" to be \"alice\", but it is \"bob\"");
        assertEquals(expected, Inner.mismatches(Web.class, "sendsSomethingElse"));
    }

    @Test
    @Order(2)
    void consumerThatSignsWithAnotherKey() {
        List<String> expected = List.of("$: the signature does not verify with RS256 and the key of this interaction");
        assertEquals(expected, Inner.mismatches(Web.class, "signsWithAnotherKey"));
    }

    @Test
    @Order(2)
    void providerThatAnswersWhatTheContractSays() {
        assertEquals(List.of(), Inner.failures(LoginThatAnswersWhatTheContractSays.class, "verify"));
    }

    @Test
    @Order(2)
    void providerThatAnswersSomethingElse() {
        List<String> expected = List.of("claims:roles expected the claim \"roles\" to be [\"admin\"], but it is [\"guest\"]");
        assertEquals(expected, Inner.mismatches(LoginThatAnswersSomethingElse.class, "verify"));
    }
}

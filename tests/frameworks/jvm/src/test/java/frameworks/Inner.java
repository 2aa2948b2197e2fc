package frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Runs tests as users of pact-jvm write them inside of ours, because some of theirs are to fail. */
final class Inner {
    /** A line of the mock server's error, or of the verifier's. */
    private static final Pattern MISMATCH = Pattern.compile("^(?:body - | *\\d+\\.\\d+\\) body: )(.+)$", Pattern.MULTILINE);

    private Inner() {}

    /** Runs one test, with all that pact-jvm does around it, and returns the messages of its failures. */
    static List<String> failures(Class<?> test, String name) {
        Method method = ReflectionSupport.findMethods(test, it -> it.getName().equals(name), HierarchyTraversalMode.TOP_DOWN).get(0);
        EngineExecutionResults results = EngineTestKit.engine("junit-jupiter").selectors(selectMethod(test, method)).execute();
        List<String> failures = results.allEvents().failed()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow().getMessage())
                .toList();
        assertEquals(failures.isEmpty() ? 1 : 0, results.testEvents().succeeded().count(), "tests that passed");
        return failures;
    }

    /** The mismatches that the failures of a test name, with their paths. They have no order of their own, so they are sorted. */
    static List<String> mismatches(Class<?> test, String name) {
        String failures = String.join("\n", failures(test, name));
        return MISMATCH.matcher(failures).results().map(it -> it.group(1)).sorted().toList();
    }
}

package dev.cria.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs classes of tests with JUnit, as a build would, and tells how that went. */
final class TestRun {
    private final Map<String, String> parameters = new LinkedHashMap<>();

    TestRun with(String parameter, Object value) {
        parameters.put(parameter, value.toString());
        return this;
    }

    static TestRun on(Path model) {
        return new TestRun().with("cria.model", model);
    }

    /** Lets tests run four at once. */
    TestRun parallel() {
        return with("junit.jupiter.execution.parallel.enabled", true)
                .with("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .with("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .with("junit.jupiter.execution.parallel.config.fixed.parallelism", 4);
    }

    EngineExecutionResults of(Class<?>... tests) {
        return EngineTestKit.engine("junit-jupiter").configurationParameters(parameters)
                .selectors(Arrays.stream(tests).map(test -> selectClass(test)).toArray(
                        ClassSelector[]::new))
                .execute();
    }

    /** {@return what the failed tests and containers threw} */
    static List<Throwable> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream().map(event -> event.getRequiredPayload(TestExecutionResult.class)
                .getThrowable().orElseThrow()).toList();
    }

    static String message(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }

    /** {@return a failure as a build prints it, with its stack traces} */
    static String printed(Throwable failure) {
        StringWriter printed = new StringWriter();
        failure.printStackTrace(new PrintWriter(printed));
        return printed.toString();
    }

    static Throwable failure(EngineExecutionResults results) {
        List<Throwable> failures = failures(results);
        if (failures.size() != 1) {
            throw new AssertionError("expected one failure, but there were " + failures);
        }
        return failures.getFirst();
    }

    /** {@return why tests were skipped or aborted} */
    static List<String> reasons(EngineExecutionResults results) {
        List<Event> aborted = results.allEvents().aborted().list();
        if (!aborted.isEmpty()) {
            return aborted.stream().map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable()
                    .orElseThrow().getMessage()).toList();
        }
        return results.allEvents().skipped().stream().map(event -> event.getRequiredPayload(String.class)).toList();
    }
}

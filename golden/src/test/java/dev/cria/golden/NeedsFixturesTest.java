package dev.cria.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The annotation, as a build meets it. The classes of tests inside are not run by themselves. */
class NeedsFixturesTest {
    @TempDir
    private Path folder = Path.of("");

    private EngineExecutionResults run(Class<?> tests) {
        return EngineTestKit.engine("junit-jupiter").configurationParameter("cria.fixtures", folder.toString())
                .selectors(selectClass(tests)).execute();
    }

    private static List<String> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .map(event -> String.valueOf(event.getRequiredPayload(TestExecutionResult.class).getThrowable()
                        .orElseThrow().getMessage()))
                .toList();
    }

    @NeedsFixtures
    static class Comparing {
        private List<JsonNode> before = List.of();

        @BeforeEach
        void read(Fixtures fixtures) {
            before = fixtures.jsonLines("lines.jsonl");
        }

        static Stream<JsonNode> lines(Fixtures fixtures) {
            return fixtures.jsonLines("lines.jsonl").stream();
        }

        @ParameterizedTest
        @MethodSource("lines")
        void compares(JsonNode line, Fixtures fixtures) {
            assertThat(Fixtures.ints(line)).isEqualTo(Fixtures.ints(fixtures.json("one.json")));
        }

        @Test
        void readsEverything(Fixtures fixtures) {
            assertThat(before).hasSize(2);
            assertThat(fixtures.floats("pi.f32.bin")).containsExactly(3.5f);
        }
    }

    @Test
    void whatIsThereIsGivenToTestsAndToThoseThatMakeTheirCases() throws IOException {
        Files.writeString(folder.resolve("lines.jsonl"), "[1,2]\n[1,2]\n");
        Files.writeString(folder.resolve("one.json"), "[1, 2]");
        Files.write(folder.resolve("pi.f32.bin"), new byte[]{0, 0, 0x60, 0x40});

        EngineExecutionResults results = run(Comparing.class);

        assertThat(failures(results)).isEmpty();
        assertThat(results.testEvents().succeeded().count()).isEqualTo(3);
    }

    @Test
    void withoutFixturesEveryMethodIsSkippedAndNoneOfThemIsBegun() {
        folder = folder.resolve("none");

        EngineExecutionResults results = run(Comparing.class);

        assertThat(failures(results)).isEmpty();
        assertThat(results.allEvents().skipped().stream().map(event -> event.getRequiredPayload(String.class)))
                .hasSize(2)
                .containsOnly("they need golden data that are not part of the project (-Dcria.fixtures=DIRECTORY)");
        assertThat(results.testEvents().started().count()).isZero();
    }

    @NeedsFixtures
    static class BeforeAllOfThem {
        @BeforeAll
        static void load(Fixtures fixtures) {
            fixtures.path("");
        }

        @Test
        void test() {}
    }

    @Test
    void whatRunsOnceForAClassGetsNoneWhetherTheyAreThereOrNot() {
        assertThat(failures(run(BeforeAllOfThem.class))).singleElement().asString()
                .contains("runs once for a class").contains("load");
    }

    static class Unannotated {
        @Test
        void test(Fixtures fixtures) {
            fixtures.path("");
        }
    }

    @Test
    void aTestThatDoesNotSayThatItNeedsThemGetsNoneWhetherTheyAreThereOrNot() {
        assertThat(failures(run(Unannotated.class))).singleElement().asString()
                .contains("No ParameterResolver registered for parameter");
    }

    @Test
    void aFileThatIsMissingAmongFixturesIsAFailure() {
        Fixtures fixtures = new Fixtures(folder);
        assertThatThrownBy(() -> fixtures.path("missing.bin")).isInstanceOf(AssertionError.class)
                .hasMessageContaining(folder.toString()).hasMessageContaining("have no missing.bin");
    }
}

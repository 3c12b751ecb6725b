package dev.cria.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;
import javax.xml.stream.XMLStreamException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkippedChecksTest {
    private static final Instant BEGIN = Instant.parse("2026-01-31T12:00:00Z");

    @TempDir
    private Path folder = Path.of("");

    private void report(String module, String name, Instant written, String... reasons) throws IOException {
        Path reports = Files.createDirectories(folder.resolve(module).resolve("target/surefire-reports"));
        Path file = Files.writeString(reports.resolve("TEST-" + name + ".xml"),
                Arrays.stream(reasons).map("""
                          <testcase name="skipped" classname="Test"><skipped message="%s"/></testcase>
                        """::formatted).collect(Collectors.joining("", "<testsuite>\n  <testcase name=\"ran\"/>\n",
                        "</testsuite>\n")));
        Files.setLastModifiedTime(file, FileTime.from(written));
    }

    private String line() throws IOException, XMLStreamException {
        return SkippedChecks.of(folder, BEGIN).orElse("nothing");
    }

    @Test
    void reasonsOfAllModulesAreAddedUp() throws IOException, XMLStreamException {
        report("one", "A", BEGIN, "they need &quot;data&quot;", "llama.cpp is missing");
        report("one", "B", BEGIN);
        report("two/three", "A", BEGIN.plusSeconds(1), "they need &quot;data&quot;",
                "Assumption failed: they need &quot;data&quot;");

        assertThat(line()).isEqualTo(
                "4 checks were skipped: 3 because they need \"data\", 1 because llama.cpp is missing");
    }

    @Test
    void rareReasonsAreAddedUpToo() throws IOException, XMLStreamException {
        report("one", "A", BEGIN, "a", "b", "c", "d", "e", "f", "b");

        assertThat(line()).isEqualTo("7 checks were skipped: 2 because b, 1 because a, 1 because c, 1 because d, "
                + "2 for other reasons");
    }

    @Test
    void reportsOfEarlierBuildsDoNotCount() throws IOException, XMLStreamException {
        report("one", "A", BEGIN.minusSeconds(1), "a");
        assertThat(line()).isEqualTo("nothing");
        report("one", "B", BEGIN);
        assertThat(line()).isEqualTo("No check was skipped.");
        report("one", "C", BEGIN, "a");
        assertThat(line()).isEqualTo("1 check was skipped: 1 because a");
    }
}

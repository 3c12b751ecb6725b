package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.ThreadMXBean;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LlamaModel;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class BrokenFilesTest {
    /** The files have at most 50 kB; what is loaded of a sound one is a few times that. */
    private static final long MOST_ALLOCATED = 16_000_000;

    private static void open(Path path) {
        try (LlamaModel model = LlamaModel.builder(path).threads(1).load()) {
            model.generate("a").temperature(0).maxTokens(2).text();
        }
    }

    /** What a call allocates on the heap, whether it ends well or not. */
    private static long allocated(Runnable call) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            call.run();
        } catch (CriaException e) {
            // asserted elsewhere
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @NeedsFixtures
    @TestFactory
    List<DynamicTest> areRefusedWithTheNameOfTheFileAndWhatIsWrong(Fixtures fixtures) {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode entry : fixtures.json("malformed/index.json")) {
            String name = entry.get("file").textValue();
            Path path = fixtures.path("malformed/" + name);
            if (entry.get("kind").textValue().equals("gguf")) {
                tests.add(DynamicTest.dynamicTest(name + ": " + entry.get("what").textValue(), () -> {
                    assertThat(allocated(() -> open(path))).isLessThan(MOST_ALLOCATED);
                    switch (entry.get("expect").textValue()) {
                        case "reject" -> assertThatThrownBy(() -> open(path)).isInstanceOf(MalformedFileException.class)
                                .hasMessageStartingWith(path.toString());
                        case "load" -> open(path);
                        default -> {
                            try {
                                open(path);
                            } catch (MalformedFileException e) {
                                assertThat(e).hasMessageStartingWith(path.toString());
                            }
                        }
                    }
                }));
            }
        }
        return tests;
    }

    @NeedsFixtures
    @Test
    void changedBytesGiveAModelOrAClearRefusalAndNothingElse(Fixtures fixtures, @TempDir Path folder)
            throws IOException {
        byte[] good = fixtures.bytes("malformed/gguf-valid-base.gguf");
        Random random = new Random(3);
        Path path = folder.resolve("changed.gguf");
        for (int i = 0; i < 500; i++) {
            byte[] changed = good.clone();
            for (int n = random.nextInt(3) + 1; n > 0; n--) {
                changed[random.nextInt(random.nextBoolean() ? 600 : 9000)] = (byte) random.nextInt();
            }
            Files.write(path, changed);
            try {
                open(path);
            } catch (CriaException e) {
                assertThat(e).hasMessageContaining("changed.gguf");
            }
        }
    }

    @Test
    void aMissingFileAndADirectoryAreNamed(@TempDir Path folder) {
        assertThatThrownBy(() -> open(folder.resolve("none.gguf"))).isInstanceOf(CriaException.class)
                .hasMessageContaining("there is no file").hasMessageContaining("none.gguf");
        assertThatThrownBy(() -> open(folder)).isInstanceOf(CriaException.class).hasMessageContaining("is a directory");
    }
}

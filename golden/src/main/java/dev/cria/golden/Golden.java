package dev.cria.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Golden data that are part of the project, in its folder {@code golden/data}: what the code gave when it was seen to
 * agree with other programs. With {@code -Dcria.golden=write} whatever a test finds is written there instead.
 */
public final class Golden {
    private static final Path PROJECT = project();
    private static final String CHANGED = "%s has changed; if it should, write it again (golden/README.md says how)";

    private Golden() {}

    /** The folder of the project, from wherever in it a test runs. */
    private static Path project() {
        Path here = Path.of("").toAbsolutePath();
        return Stream.iterate(here, folder -> folder != null, Path::getParent)
                .filter(folder -> Files.isDirectory(folder.resolve("golden/data"))).findFirst()
                .orElseThrow(() -> new IllegalStateException("no folder above " + here + " is that of the project"));
    }

    /** {@return the trained model that comes with the project, a GGUF file of 3.4 MB with weights of type Q8_0} */
    public static Path tinyModel() {
        return PROJECT.resolve("llama-tiny/src/main/resources/dev/cria/tiny/tiny.gguf");
    }

    /** {@return a file of the golden data, by its path in their folder} */
    public static Path file(String name) {
        return PROJECT.resolve("golden/data").resolve(name);
    }

    /** {@return the lines of a text among the golden data} */
    public static List<String> lines(String name) {
        try {
            return Files.readAllLines(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails unless a text is that of the golden data, or writes it there. */
    public static void check(String name, String found) {
        if (!written(name, found.getBytes(StandardCharsets.UTF_8))) {
            assertThat(found).as(CHANGED, name).isEqualTo(String.join("\n", lines(name)) + "\n");
        }
    }

    /** Fails unless some bytes are those of the golden data, or writes them there. */
    public static void check(String name, byte[] found) {
        if (!written(name, found)) {
            byte[] expected = read(name);
            assertThat(Arrays.mismatch(found, expected)).as(CHANGED + "; the first byte that differs", name)
                    .isEqualTo(-1);
        }
    }

    private static byte[] read(String name) {
        try {
            return Files.readAllBytes(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean written(String name, byte[] found) {
        if (!System.getProperty("cria.golden", "").equals("write")) {
            return false;
        }
        try {
            Files.createDirectories(file(name).getParent());
            Files.write(file(name), found);
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.cria.golden;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Golden data that are part of the project. */
public final class Golden {
    private static final Path PROJECT = project();

    private Golden() {}

    /** The folder of the project, from wherever in it a test runs. */
    private static Path project() {
        Path here = Path.of("").toAbsolutePath();
        return Stream.iterate(here, folder -> folder != null, Path::getParent)
                .filter(folder -> Files.isDirectory(folder.resolve("golden/src"))).findFirst()
                .orElseThrow(() -> new IllegalStateException("no folder above " + here + " is that of the project"));
    }

    /** {@return the trained model that comes with the project, a GGUF file of 3.4 MB with weights of type Q8_0} */
    public static Path tinyModel() {
        return PROJECT.resolve("llama-tiny/src/main/resources/dev/cria/tiny/tiny.gguf");
    }
}

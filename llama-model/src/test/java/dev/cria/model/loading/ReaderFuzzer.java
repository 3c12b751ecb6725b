package dev.cria.model.loading;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What Jazzer calls in a Java process of its own: reads invented content of a reader's choice, or of the choice of the
 * first byte.
 */
public final class ReaderFuzzer {
    /** Where the folders of the readers are. */
    static final String FOLDER = "cria.fuzz.folder";
    /** Which reader; all, one byte in front of the content, where it is not set. */
    static final String READER = "cria.fuzz.reader";

    private static final FuzzedReader[] READERS = FuzzedReader.values();
    private static final Path ROOT = Path.of(System.getProperty(FOLDER, "."));
    private static final String CHOSEN = System.getProperty(READER, "");

    private ReaderFuzzer() {}

    /** Jazzer calls it once. */
    public static void fuzzerInitialize() throws IOException {
        for (FuzzedReader reader : READERS) {
            reader.prepare(Files.createDirectories(ROOT.resolve(reader.name())));
        }
    }

    /** Jazzer calls it for each input. */
    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        if (!CHOSEN.isEmpty()) {
            read(FuzzedReader.valueOf(CHOSEN), data);
        } else if (data.length > 0) {
            read(READERS[Math.floorMod(data[0], READERS.length)], Arrays.copyOfRange(data, 1, data.length));
        }
    }

    private static void read(FuzzedReader reader, byte[] data) throws IOException {
        reader.take(ROOT.resolve(reader.name()), data);
    }

    /** Writes what the fuzzer begins with: contents with which the readers succeed. */
    static void writeSeeds(Path root, Path seeds, List<FuzzedReader> readers) throws IOException {
        for (FuzzedReader reader : readers) {
            int number = 0;
            for (byte[] content : reader.prepare(Files.createDirectories(root.resolve(reader.name())))) {
                byte[] seed = content;
                if (readers.size() > 1) {
                    seed = new byte[content.length + 1];
                    seed[0] = (byte) readers.indexOf(reader);
                    System.arraycopy(content, 0, seed, 1, content.length);
                }
                Files.write(seeds.resolve(reader.name() + number++), seed);
            }
        }
    }
}

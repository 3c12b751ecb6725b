package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightBytesTest {
    private static final long MEMORY = 1L << 40;
    private static final byte[] SOME = {1, 2, 3};

    @TempDir
    private Path folder;

    private final Arena arena = Arena.ofShared();

    private FileSystem jar() throws IOException {
        return FileSystems.newFileSystem(URI.create("jar:" + folder.resolve("app.jar").toUri()),
                Map.of("create", "true"));
    }

    @Test
    void filesOfADiskAreMapped() throws IOException {
        WeightBytes bytes = WeightBytes.open(Files.write(folder.resolve("model"), SOME), "GGUF", arena);
        assertThat(bytes.mapped()).isTrue();
        assertThat(bytes.bytes().isMapped()).isTrue();
        assertThat(bytes.bytes().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(SOME);
    }

    @Test
    void filesOfOtherFileSystemsAreRead() throws IOException {
        byte[] content = new byte[300_000];
        new Random(1).nextBytes(content);
        try (FileSystem zip = jar()) {
            WeightBytes bytes = WeightBytes.open(Files.write(zip.getPath("/model"), content), "GGUF", arena);
            assertThat(bytes.mapped()).isFalse();
            assertThat(bytes.bytes().isNative()).isTrue();
            assertThat(bytes.bytes().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
            assertThat(bytes.tensor("a", QuantType.F32, List.of(1L), 4, 4).files()).isEmpty();
        }
    }

    @Test
    void aFileThatCannotBeMappedAndDoesNotFitIntoMemoryIsRefusedBeforeItIsRead() throws IOException {
        try (FileSystem zip = jar()) {
            Path file = Files.write(zip.getPath("/model"), SOME);
            assertThatThrownBy(() -> WeightBytes.open(file, "GGUF", arena, 3)).isInstanceOf(CriaException.class)
                    .hasMessage(file.toUri() + " has 3 bytes and must be read into memory, because its file system "
                            + "cannot map it, but the machine has 3 bytes of memory; copy it to a disk and load it "
                            + "from there");
        }
    }

    @Test
    void streamsAreReadToTheirEnd() {
        for (int size : new int[]{1, (1 << 24) - 1, 1 << 24, (1 << 25) + 1}) {
            byte[] content = new byte[size];
            new Random(size).nextBytes(content);
            WeightBytes bytes = WeightBytes.read(new ByteArrayInputStream(content), "model", "GGUF", arena, MEMORY);
            assertThat(bytes.bytes().mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
        }
    }

    @Test
    void aStreamOfHalfTheMemoryIsRefused() {
        InputStream zeros = new InputStream() {
            @Override
            public int read() {
                return 0;
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                return length;
            }
        };
        assertThatThrownBy(() -> WeightBytes.read(zeros, "endless", "GGUF", arena, 1L << 26))
                .isInstanceOf(CriaException.class).hasMessageContaining("endless has more than 16777216 bytes")
                .hasMessageContaining("write it to a file and load that");
    }

    @Test
    void aStreamThatFailsIsNamed() {
        InputStream broken = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                throw new IOException("connection reset");
            }
        };
        assertThatThrownBy(() -> WeightBytes.read(broken, "https://example.org/m.gguf", "GGUF", arena))
                .isInstanceOf(CriaException.class)
                .hasMessage("cannot read https://example.org/m.gguf: IOException: connection reset");
    }

    @Test
    void whatIsNoWeightFileIsRefusedWhereverItComesFrom() throws IOException {
        byte[] pointer = "version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.US_ASCII);
        try (FileSystem zip = jar()) {
            for (Path place : new Path[]{folder, zip.getPath("/")}) {
                Path file = place.resolve("model");
                assertThatThrownBy(() -> WeightBytes.open(file, "GGUF", arena))
                        .hasMessageContaining("there is no file ").hasMessageEndingWith("/model");
                assertThatThrownBy(() -> WeightBytes.open(place, "GGUF", arena))
                        .hasMessageEndingWith(" is a directory, not a GGUF file");
                Files.write(file, new byte[0]);
                assertThatThrownBy(() -> WeightBytes.open(file, "GGUF", arena))
                        .isInstanceOf(MalformedFileException.class).hasMessageContaining("it is empty");
                Files.write(file, pointer);
                assertThatThrownBy(() -> WeightBytes.open(file, "GGUF", arena))
                        .isInstanceOf(MalformedFileException.class).hasMessageContaining("git lfs pull");
            }
        }
        assertThatThrownBy(() -> WeightBytes.of(MemorySegment.ofArray(pointer), "model", "GGUF"))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("git lfs pull");
        assertThatThrownBy(() -> WeightBytes.read(new ByteArrayInputStream(new byte[0]), "model", "GGUF", arena))
                .isInstanceOf(MalformedFileException.class)
                .hasMessage("model: the stream has no bytes; perhaps it has been read before");
    }

    @Test
    void memoryOfOneThreadIsRefused() {
        try (Arena confined = Arena.ofConfined()) {
            assertThatThrownBy(() -> WeightBytes.of(confined.allocate(8), "model", "GGUF"))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("memory of one thread")
                    .hasMessageContaining("Arena.ofShared()");
        }
    }

    @Test
    void anInterruptedThreadIsToldAndStaysInterrupted() throws IOException {
        Path file = Files.write(folder.resolve("model"), SOME);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> WeightBytes.open(file, "GGUF", arena)).isInstanceOf(CriaException.class)
                .hasMessage("interrupted while " + file + " was read");
        assertThat(Thread.interrupted()).isTrue();
    }
}

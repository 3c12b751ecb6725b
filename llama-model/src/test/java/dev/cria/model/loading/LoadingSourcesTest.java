package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.model.ModelFile;
import dev.cria.model.SmallModelFile;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.QuantType;
import java.io.ByteArrayInputStream;
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
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model is the same wherever it lies: on a disk, in a jar, in a stream, in memory. */
class LoadingSourcesTest {
    @TempDir
    private Path folder = Path.of("");
    private Path gguf = Path.of("");

    @BeforeEach
    void writeModel() {
        gguf = new SmallModelFile().write(folder.resolve("model.gguf"));
    }

    private static float[] embedding(LlamaModel.Builder builder) {
        try (LlamaModel model = builder.threads(2).load()) {
            return model.embed("Once upon a time");
        }
    }

    private float[] expected() {
        return embedding(LlamaModel.builder(gguf));
    }

    private FileSystem jar() throws IOException {
        return FileSystems.newFileSystem(URI.create("jar:" + folder.resolve("app.jar").toUri()),
                Map.of("create", "true"));
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
        return to;
    }

    @ParameterizedTest
    @EnumSource
    void aModelInAJarIsTheSame(LlamaModel.WeightMemory memory) throws IOException {
        try (FileSystem zip = jar()) {
            Path inside = copy(gguf, zip.getPath("/model.gguf"));
            assertThat(embedding(LlamaModel.builder(inside).weightMemory(memory))).isEqualTo(expected());
        }
    }

    @Test
    void everyLayoutCanLieInAJar() throws IOException {
        RandomLlama random = RandomLlama.of(4, 2, 8, 48, 2, 5);
        try (FileSystem zip = jar()) {
            for (Path layout : new Path[]{random.huggingFace(folder.resolve("hf")),
                random.meta(folder.resolve("meta"), 2)}) {
                RandomLlama.tokenizer(layout.resolve("tokenizer.model"));
                Path inside = copy(layout, zip.getPath("/" + layout.getFileName()));
                assertThat(embedding(LlamaModel.builder(inside))).isEqualTo(embedding(LlamaModel.builder(layout)));
                assertThat(embedding(LlamaModel.builder(inside).quantize(QuantType.F16)))
                        .isEqualTo(embedding(LlamaModel.builder(layout).quantize(QuantType.F16)));
            }
        }
    }

    @Test
    void aStreamIsReadWhenTheModelIsLoaded() throws IOException {
        try (InputStream in = Files.newInputStream(gguf)) {
            LlamaModel.Builder builder = LlamaModel.builder(in, "BOOT-INF/classes/model.gguf");
            assertThat(embedding(builder)).isEqualTo(expected());
            assertThatThrownBy(builder::load).isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith("BOOT-INF/classes/model.gguf: the stream has no bytes");
        }
    }

    @Test
    void memoryIsUsedAsItIsAsOftenAsOneLikes() throws IOException {
        byte[] bytes = Files.readAllBytes(gguf);
        float[] expected = expected();
        LlamaModel.Builder heap = LlamaModel.builder(MemorySegment.ofArray(bytes), "model");
        assertThat(embedding(heap)).isEqualTo(expected);
        assertThat(embedding(heap.weightMemory(LlamaModel.WeightMemory.MAPPED))).isEqualTo(expected);
        try (Arena arena = Arena.ofShared()) {
            // at an odd address, as in the middle of a larger file
            MemorySegment odd = arena.allocate(bytes.length + 1L).asSlice(1);
            MemorySegment.copy(bytes, 0, odd, ValueLayout.JAVA_BYTE, 0, bytes.length);
            assertThat(embedding(LlamaModel.builder(odd, "model"))).isEqualTo(expected);
        }
    }

    @Test
    void anAdapterInAJarIsTheSame() throws IOException {
        float[] a = new float[32];
        float[] b = new float[32];
        for (int i = 0; i < 32; i++) {
            a[i] = (float) new Random(i).nextGaussian();
            b[i] = a[i] / 2;
        }
        LoraAdapter adapter = LoraAdapter.of("test",
                Map.of("blk.0.attn_q.weight", new LoraFactors(1, 32, 32, 1, a, b)));
        Path file = folder.resolve("adapter.gguf");
        Path peft = folder.resolve("peft");
        try (ModelFile model = ModelFile.open(gguf)) {
            adapter.writeGguf(file, model.config());
            adapter.writePeft(peft, model.config());
        }
        float[] expected = embedding(LlamaModel.builder(gguf).lora(adapter, 1));
        assertThat(expected).isNotEqualTo(expected());
        try (FileSystem zip = jar(); InputStream in = Files.newInputStream(file)) {
            for (LoraAdapter other : new LoraAdapter[]{LoraAdapter.load(copy(file, zip.getPath("/adapter.gguf"))),
                LoraAdapter.load(copy(peft, zip.getPath("/peft"))), LoraAdapter.load(in, "adapter.gguf")}) {
                assertThat(embedding(LlamaModel.builder(gguf).lora(other, 1))).isEqualTo(expected);
            }
        }
    }

    @Test
    void whatIsBrokenIsCalledByItsName() throws IOException {
        byte[] cut = new byte[40];
        MemorySegment.copy(MemorySegment.ofArray(Files.readAllBytes(gguf)), 0, MemorySegment.ofArray(cut), 0, 40);
        assertThatThrownBy(() -> LlamaModel.builder(MemorySegment.ofArray(cut), "tiny.gguf in my jar").load())
                .isInstanceOf(MalformedFileException.class).hasMessageStartingWith("tiny.gguf in my jar: ");
        assertThatThrownBy(() -> ModelFile.open(new ByteArrayInputStream(cut), "https://example.org/a.gguf"))
                .isInstanceOf(MalformedFileException.class).hasMessageContaining("example.org/a.gguf: ");
        try (FileSystem zip = jar()) {
            Path inside = Files.write(zip.getPath("/model.gguf"), cut);
            assertThatThrownBy(() -> LlamaModel.load(inside)).isInstanceOf(MalformedFileException.class)
                    .hasMessageStartingWith(inside.toUri() + ": ");
            assertThatThrownBy(() -> LlamaModel.load(zip.getPath("/other.gguf"))).isInstanceOf(CriaException.class)
                    .hasMessage("there is no file " + zip.getPath("/other.gguf").toUri());
        }
    }

    @Test
    void anInterruptedLoadSaysSoAndLeavesTheThreadInterrupted() throws IOException {
        byte[] bytes = Files.readAllBytes(gguf);
        assertInterrupted(LlamaModel.builder(gguf), "interrupted while " + gguf + " was read");
        assertInterrupted(LlamaModel.builder(MemorySegment.ofArray(bytes), "m"), "interrupted while m was loaded");
        try (FileSystem zip = jar()) {
            Path inside = Files.write(zip.getPath("/model.gguf"), bytes);
            assertInterrupted(LlamaModel.builder(inside), "interrupted while " + inside.toUri() + " was loaded");
        }
    }

    private static void assertInterrupted(LlamaModel.Builder builder, String message) {
        for (int threads = 1; threads <= 2; threads++) {
            builder.threads(threads);
            Thread.currentThread().interrupt();
            try {
                assertThatThrownBy(builder::load).isInstanceOf(CriaException.class).hasMessage(message);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }

    @Test
    void aFileWhoseLoadingFailedIsNoLongerMapped() throws IOException {
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.exists(maps), "this system does not show what is mapped");
        LoraAdapter large = LoraAdapter.of("large",
                Map.of("blk.0.attn_q.weight", new LoraFactors(1, 64, 64, 1, new float[64], new float[64])));
        assertThatThrownBy(() -> LlamaModel.builder(gguf).lora(large, 1).load()).isInstanceOf(CriaException.class)
                .hasMessageContaining("does not fit the model");
        Path foreign = folder.resolve("foreign.gguf");
        Files.write(foreign, new String(Files.readAllBytes(gguf), StandardCharsets.ISO_8859_1)
                .replace("llama.block_count", "llama.block_cound").getBytes(
                        StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> LlamaModel.load(foreign)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("llama.block_count is missing");
        assertThat(Files.readString(maps)).doesNotContain(gguf.toString(), foreign.toString());
        try (LlamaModel model = LlamaModel.load(gguf)) {
            assertThat(model.config().layers()).isEqualTo(2);
            assertThat(Files.readString(maps)).contains(gguf.toString());
        }
        assertThat(Files.readString(maps)).doesNotContain(gguf.toString());
    }
}

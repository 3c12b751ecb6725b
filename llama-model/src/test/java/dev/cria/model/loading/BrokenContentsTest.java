package dev.cria.model.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import dev.cria.core.CriaException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A model or an adapter in which all is well but for one thing in one file: that file and that thing are named. */
class BrokenContentsTest {
    /** The files have at most 50 kB; what is loaded of a sound one is a few times that. */
    private static final long MOST_ALLOCATED = 16_000_000;

    @TempDir
    private Path folder = Path.of("");

    /** The content of a file, to be broken. */
    static final class Content {
        private byte[] bytes;

        Content(byte[] bytes) {
            this.bytes = bytes;
        }

        private ByteBuffer buffer() {
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        private int after(String text) {
            String all = new String(bytes, StandardCharsets.ISO_8859_1);
            int at = all.indexOf(text);
            if (at < 0) {
                throw new AssertionError("there is no " + text);
            }
            return at + text.length();
        }

        void keep(int length) {
            bytes = Arrays.copyOf(bytes, length);
        }

        void keepShare(double share) {
            keep((int) (share * bytes.length));
        }

        void add(int length) {
            bytes = Arrays.copyOf(bytes, bytes.length + length);
        }

        void set(String text) {
            bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        }

        void replace(String text, String by) {
            String all = new String(bytes, StandardCharsets.ISO_8859_1);
            assertThat(all).contains(text);
            set(all.replace(text, by));
        }

        void putInt(int at, int value) {
            buffer().putInt(at, value);
        }

        void putLong(int at, long value) {
            buffer().putLong(at, value);
        }

        /** The value of a GGUF key, after its type. */
        void value(String key, int value) {
            putInt(after(key) + 4, value);
        }

        /** The type of a GGUF key. */
        void type(String key, int type) {
            putInt(after(key), type);
        }

        /** An extent of a GGUF tensor, after their number. */
        void extent(String tensor, int dimension, long value) {
            putLong(after(tensor) + 4 + 8 * dimension, value);
        }
    }

    private static Arguments broken(FuzzedReader reader, String what, Consumer<Content> change, String message) {
        return Arguments.of(reader, what, change, message);
    }

    static Stream<Arguments> gguf() {
        FuzzedReader gguf = FuzzedReader.GGUF;
        return Stream.of(
                broken(gguf, "no architecture", c -> c.replace("general.architecture", "general.architectura"),
                        "general.architecture"),
                broken(gguf, "another architecture", c -> c.replace("llama\u000c", "gemma\u000c"), "gemma"),
                broken(gguf, "no number of layers", c -> c.replace("llama.block_count", "llama.block_counx"),
                        "llama.block_count"),
                broken(gguf, "no number of heads", c -> c.replace("attention.head_count\4", "attention.head_counx\4"),
                        "llama.attention.head_count"),
                broken(gguf, "a number as a fraction", c -> c.type("llama.block_count", 6), "llama.block_count"),
                broken(gguf, "no layers", c -> c.value("llama.block_count", 0),
                        "llama.block_count must be a whole number from 1"),
                broken(gguf, "a layer more than there are", c -> c.value("llama.block_count", 3), "blk.2."),
                broken(gguf, "a layer fewer than there are", c -> c.value("llama.block_count", 1), "blk.1."),
                broken(gguf, "heads below zero", c -> c.value("llama.attention.head_count", -2), "head"),
                broken(gguf, "three heads", c -> c.value("llama.attention.head_count", 3), "head"),
                broken(gguf, "no width", c -> c.value("llama.embedding_length", 0), "embedding"),
                broken(gguf, "another width", c -> c.value("llama.embedding_length", 40),
                        "must be the head length 10, but is 8"),
                broken(gguf, "rotations beyond the head", c -> c.value("llama.rope.dimension_count", 64),
                        "llama.rope.dimension_count"),
                broken(gguf, "an epsilon that is no number",
                        c -> c.value("llama.attention.layer_norm_rms_epsilon", 0x7fc00000), "epsilon"),
                broken(gguf, "no embedding", c -> c.replace("token_embd.weight", "token_embd.weighs"),
                        "token_embd.weig"),
                broken(gguf, "no queries", c -> c.replace("blk.0.attn_q.weight", "blk.0.attn_x.weight"),
                        "blk.0.attn_"),
                broken(gguf, "keys of another shape", c -> c.extent("blk.0.attn_k.weight", 1, 8),
                        "blk.0.attn_k.weight"),
                broken(gguf, "a matrix on its side", c -> {
                    c.extent("blk.0.ffn_up.weight", 0, 48);
                    c.extent("blk.0.ffn_up.weight", 1, 32);
                }, "blk.0.ffn_up.weight"),
                broken(gguf, "another kind of tokenizer",
                        c -> c.replace("tokenizer.ggml.model\u0008\0\0\0\5\0\0\0\0\0\0\0llama",
                                "tokenizer.ggml.model\u0008\0\0\0\5\0\0\0\0\0\0\0gpt-2"),
                        "gpt-2"),
                broken(gguf, "cut in the data", c -> c.keepShare(0.7), "the file ends in tensor"));
    }

    static Stream<Arguments> others() {
        return Stream.of(
                broken(FuzzedReader.SAFETENSORS, "seven bytes", c -> c.keep(7), "it has 7 bytes"),
                broken(FuzzedReader.SAFETENSORS, "a header beyond the end", c -> c.putLong(0, 1 << 20),
                        "the length of its header is 1048576"),
                broken(FuzzedReader.SAFETENSORS, "a header of 2^63 bytes", c -> c.putLong(0, Long.MIN_VALUE),
                        "the length of its header is 9223372036854775808"),
                broken(FuzzedReader.SAFETENSORS, "no JSON", c -> c.replace("{\"", "{("), "the header is not JSON"),
                broken(FuzzedReader.SAFETENSORS, "an array as a header", c -> c.set("\2\0\0\0\0\0\0\0[]"),
                        "must be a JSON object, but is of type ARRAY"),
                broken(FuzzedReader.SAFETENSORS, "an unknown type", c -> c.replace("\"F32\"", "\"F37\""),
                        "unknown data type \"F37\""),
                broken(FuzzedReader.SAFETENSORS, "tensors that overlap",
                        c -> c.replace("\"data_offsets\":[0,", "\"data_offsets\":[4,"),
                        "data_offsets"),
                broken(FuzzedReader.SAFETENSORS, "no offsets", c -> c.replace("data_offsets", "data_offsett"),
                        "data_offsets of tensor"),
                broken(FuzzedReader.SAFETENSORS, "half the data", c -> c.keepShare(0.7), "the file ends in tensor"),
                broken(FuzzedReader.SAFETENSORS, "data too much", c -> c.add(8), "8 bytes follow the last tensor"),
                broken(FuzzedReader.SHARD_INDEX, "no JSON", c -> c.keepShare(0.5), "not JSON"),
                broken(FuzzedReader.SHARD_INDEX, "a shard that is not there",
                        c -> c.replace("one.safetensors", "two.safetensors"), "two.safetensors"),
                broken(FuzzedReader.SHARD_INDEX, "a place outside",
                        c -> c.replace("one.safetensors", "../one.safetensors"),
                        "a file beside the index"),
                broken(FuzzedReader.TORCH_ZIP, "cut in half", c -> c.keepShare(0.5), "cut short"),
                broken(FuzzedReader.TORCH_ZIP, "text", c -> c.set("not an archive ".repeat(40)), "not a"),
                broken(FuzzedReader.TORCH_ZIP, "no pickle", c -> c.replace("data.pkl", "data.pxl"), "data.pkl"),
                broken(FuzzedReader.TORCH_PICKLE, "a call", c -> c.replace("torch._utils\n_rebuild_tensor_v2",
                        "builtins\nprint"), "it asks for builtins.print; only tensors are read"),
                broken(FuzzedReader.TORCH_PICKLE, "a list", c -> c.set("\u0080\2]."),
                        "it should hold a dictionary of tensors, but holds a list"),
                broken(FuzzedReader.TORCH_PICKLE, "an early end", c -> c.keepShare(0.5), "ends early"),
                broken(FuzzedReader.LLAMA2C, "ten bytes", c -> c.keep(10), "it has 10 bytes"),
                broken(FuzzedReader.LLAMA2C, "too few weights", c -> c.keepShare(0.9), "but the file has"),
                broken(FuzzedReader.LLAMA2C, "a width below zero", c -> c.putInt(0, -64), "width is -64"),
                broken(FuzzedReader.TOKENIZER_MODEL, "nothing", c -> c.keep(0), "no pieces"),
                broken(FuzzedReader.TOKENIZER_MODEL, "cut in a piece", c -> c.keepShare(0.5), "or cut short"),
                broken(FuzzedReader.TOKENIZER_MODEL, "a piece of 2^60 bytes",
                        c -> c.set("\n\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0080\u0010"), "1152921504606846976"),
                broken(FuzzedReader.TOKENIZER_MODEL, "wire type 7", c -> c.set("\u000f\1\1"), "7"),
                broken(FuzzedReader.TOKENIZER_MODEL, "random bytes", c -> new Random(1).nextBytes(c.bytes), ""),
                broken(FuzzedReader.TOKENIZER_JSON, "cut short", c -> c.keepShare(0.5), "not JSON"),
                broken(FuzzedReader.TOKENIZER_JSON, "another model", c -> c.replace("\"BPE\"", "\"Unigram\""),
                        "Unigram"),
                broken(FuzzedReader.TOKENIZER_BIN, "cut short", c -> c.keepShare(0.5), "not a tokenizer of llama2.c"),
                broken(FuzzedReader.CONFIG_JSON, "cut short", c -> c.keepShare(0.5), "not JSON"),
                broken(FuzzedReader.CONFIG_JSON, "a width as text",
                        c -> c.replace("\"hidden_size\":8", "\"hidden_size\":\"eight\""),
                        "hidden_size"),
                broken(FuzzedReader.CONFIG_JSON, "no layers", c -> c.replace("num_hidden_layers", "num_hidden_layerz"),
                        "num_hidden_layers"),
                broken(FuzzedReader.CONFIG_JSON, "another model", c -> c.replace("\"llama\"", "\"bert\""), "bert"),
                broken(FuzzedReader.TOKENIZER_CONFIG, "cut short", c -> c.keepShare(0.5), "not JSON"),
                broken(FuzzedReader.ADDED_TOKENS, "cut short", c -> c.keepShare(0.5), "not JSON"),
                broken(FuzzedReader.GENERATION_CONFIG, "cut short", c -> c.keepShare(0.5), "not JSON"),
                broken(FuzzedReader.PARAMS_JSON, "an array", c -> c.set("[1]"), "object"),
                broken(FuzzedReader.PARAMS_JSON, "no width", c -> c.replace("\"dim\"", "\"din\""), "dim"),
                broken(FuzzedReader.LORA_GGUF, "no adapter", c -> c.replace("general.type", "general.typo"),
                        "general.type"),
                broken(FuzzedReader.LORA_GGUF, "cut short", c -> c.keepShare(0.9), "the file ends in"),
                broken(FuzzedReader.PEFT_WEIGHTS, "cut short", c -> c.keepShare(0.9), "the file ends in"),
                broken(FuzzedReader.PEFT_CONFIG, "cut short", c -> c.keepShare(0.5), "not JSON"));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource({"gguf", "others"})
    void isRefusedWithTheNameOfTheFileAndOfWhatIsWrong(FuzzedReader reader, String what, Consumer<Content> change,
            String message) throws IOException {
        Content content = new Content(reader.prepare(folder).getFirst().clone());
        change.accept(content);
        Path file = folder.resolve(reader.fileName());
        reader.write(file, content.bytes);

        long before = allocated();
        Throwable failure = catchThrowable(() -> reader.open(folder));

        assertThat(allocated() - before).isLessThan(MOST_ALLOCATED);
        assertThat(failure).as(what).isInstanceOf(CriaException.class).hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** Of every content with which a reader succeeds. */
    @ParameterizedTest
    @EnumSource
    void everyBeginningIsTakenOrRefusedWithTheNameOfAFile(FuzzedReader reader) throws IOException {
        for (byte[] content : reader.prepare(folder)) {
            for (int length = 0; length < content.length; length += 1 + content.length / 50) {
                reader.take(folder, Arrays.copyOf(content, length));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void changedBytesAreTakenOrRefusedWithTheNameOfAFile(FuzzedReader reader) throws IOException {
        Random random = new Random(3);
        for (byte[] content : reader.prepare(folder)) {
            for (int i = 0; i < 60; i++) {
                byte[] changed = content.clone();
                for (int n = random.nextInt(3) + 1; n > 0; n--) {
                    changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                }
                reader.take(folder, changed);
            }
        }
    }
}

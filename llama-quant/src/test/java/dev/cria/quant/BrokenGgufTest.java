package dev.cria.quant;

import static dev.cria.quant.GgufBytes.ARRAY;
import static dev.cria.quant.GgufBytes.STRING;
import static dev.cria.quant.GgufBytes.UINT32;
import static dev.cria.quant.GgufBytes.int32;
import static dev.cria.quant.GgufBytes.int64;
import static dev.cria.quant.GgufBytes.text;
import static dev.cria.quant.GgufBytes.valid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A valid file with one thing wrong, whatever it is, is refused with the name of the file and of the thing. */
class BrokenGgufTest {
    private static final int Q4_0 = 2;

    @TempDir
    private Path folder = Path.of("");

    private static Arguments broken(String what, GgufBytes file, String message) {
        return Arguments.of(what, file.bytes(), message);
    }

    static Stream<Arguments> broken() {
        byte[] whole = valid().bytes();
        return Stream.of(
                broken("other letters", valid().magic(0x58554747), "not a GGUF file"),
                Arguments.of("nothing", new byte[0], "is empty"),
                Arguments.of("the letters only", Arrays.copyOf(whole, 4), "the file ends in the version"),
                Arguments.of("cut in the header", Arrays.copyOf(whole, 17), "the file ends in the number of metadata"),
                Arguments.of("cut in a value", Arrays.copyOf(whole, 66),
                        "the length of the value of general.architecture is 5, but 2 bytes are left"),
                Arguments.of("cut in the data", Arrays.copyOf(whole, whole.length - 8),
                        "the file ends in tensor second: its 32 bytes at offset 32"),
                broken("version 99", valid().version(99), "GGUF version is 99, supported are 2 and 3"),
                broken("version 1", valid().version(1), "GGUF version is 1"),
                broken("big-endian", valid().version(3 << 24), "big-endian"),
                broken("2^60 tensors", valid().countedTensors(1L << 60), "number of tensors is 1152921504606846976"),
                broken("2^64 - 1 keys", valid().countedKeys(-1), "number of metadata keys is 18446744073709551615"),
                broken("a key more than there are", valid().countedKeys(4), "has 0 dimensions"),
                broken("a key fewer than there are", valid().countedKeys(2),
                        "tensor tokenizer.ggml.tokens has 9 dimensions"),
                broken("a key of 2^40 bytes", valid().key(int64(1L << 40), UINT32, int32(1)),
                        "the length of metadata key number 4 is 1099511627776"),
                broken("a text of 2^63 bytes", valid().key("name", STRING, int64(Long.MIN_VALUE)),
                        "the length of the value of name is 9223372036854775808"),
                broken("an empty key", valid().key("", UINT32, int32(1)), "metadata key number 4 is empty"),
                broken("a key twice", valid().key("llama.block_count", UINT32, int32(2)),
                        "llama.block_count occurs twice"),
                broken("2^61 elements", valid().key("list", ARRAY, int32(STRING), int64(1L << 61)),
                        "number of elements of list is 2305843009213693952"),
                broken("arrays in an array",
                        valid().key("list", ARRAY, int32(ARRAY), int64(1), int32(UINT32), int64(0)),
                        "list is an array of arrays"),
                broken("a value of type 77", valid().key("strange", 77, int64(0)),
                        "strange has the unknown value type 77"),
                broken("an array of type 77", valid().key("strange", ARRAY, int32(77), int64(0)),
                        "strange is an array of the unknown value type 77"),
                broken("a truth of 2", valid().key("true", 7, new byte[]{2}), "must be 0 or 1, not 2"),
                broken("tensor of type 999", valid().tensor("third", 999, 64, 8).data(96),
                        "tensor third has the type number 999"),
                broken("no dimension", valid().tensor("third", 0, 64).data(96), "tensor third has 0 dimensions"),
                broken("five dimensions", valid().tensor("third", 0, 64, 2, 1, 1, 1, 1).data(96),
                        "tensor third has 5 dimensions"),
                broken("an extent below zero", valid().tensor("third", 0, 64, -8).data(96),
                        "tensor third has the impossible extent 18446744073709551608"),
                broken("an extent of zero", valid().tensor("third", 0, 64, 0).data(96), "impossible extent 0"),
                broken("extents that multiply beyond all numbers", valid().tensor("third", 0, 64, 1L << 40, 1L << 40),
                        "impossible extent 1099511627776 in dimension 2"),
                broken("rows that are no whole blocks", valid().tensor("third", Q4_0, 64, 8).data(96),
                        "tensor third of type Q4_0 has rows of 8 weights"),
                broken("an offset beyond the end", valid().tensor("third", 0, 1 << 20, 8),
                        "the file ends in tensor third"),
                broken("an offset below zero", valid().tensor("third", 0, -32, 8), "tensor third begins at offset"),
                broken("an offset beside the alignment", valid().tensor("third", 0, 68, 8).data(200),
                        "tensor third begins at offset 68"),
                broken("tensors that overlap", valid().tensor("third", 0, 32, 8), "second and third overlap"),
                broken("a tensor twice", valid().tensor("first", 0, 64, 8).data(96), "tensor first occurs twice"),
                broken("alignment 0", valid().key("general.alignment", UINT32, int32(0)), "general.alignment"),
                broken("alignment 24", valid().key("general.alignment", UINT32, int32(24)), "power of two"),
                broken("alignment 2^31", valid().key("general.alignment", UINT32, int32(1 << 31)),
                        "general.alignment must be a power of two up to 1048576, but is 2147483648"),
                broken("alignment as text", valid().key("general.alignment", STRING, text("32")), "but is 32"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void isRefusedWithTheNameOfTheFileAndOfWhatIsWrong(String what, byte[] bytes, String message) throws IOException {
        Path path = Files.write(folder.resolve("model.gguf"), bytes);

        Throwable failure = catchThrowable(() -> GgufFile.open(path).close());

        assertThat(failure).isInstanceOf(MalformedFileException.class).hasMessageStartingWith(path + ": ")
                .hasMessageContaining(message);
        assertThat(String.valueOf(failure.getMessage()).length()).isLessThan(path.toString().length() + 300);
    }

    @Test
    void theFileThatTheOthersAreMadeFromIsRead() throws IOException {
        try (GgufFile file = GgufFile.open(valid().write(folder.resolve("model.gguf")))) {
            assertThat(file.tensors().keySet()).containsExactly("first", "second");
            assertThat(file.metadata().string("general.architecture")).contains("llama");
            assertThat(file.metadata().integer("llama.block_count")).hasValue(1);
            assertThat(file.metadata().strings("tokenizer.ggml.tokens")).contains(List.of("<unk>", "a"));
        }
    }

    @Test
    void everyPrefixIsRefused() throws IOException {
        byte[] whole = valid().bytes();
        Path path = folder.resolve("cut.gguf");
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThat(catchThrowable(() -> GgufFile.open(path).close())).as("the first %d bytes", length)
                    .isInstanceOf(MalformedFileException.class).hasMessageStartingWith(path + ": ");
        }
    }

    @Test
    void changedBytesGiveAFileOrARefusalThatNamesIt() throws IOException {
        byte[] whole = valid().bytes();
        Random random = new Random(1);
        Path path = folder.resolve("changed.gguf");
        for (int i = 0; i < 2000; i++) {
            byte[] changed = whole.clone();
            for (int n = random.nextInt(3) + 1; n > 0; n--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            Files.write(path, changed);
            Throwable failure = catchThrowable(() -> GgufFile.open(path).close());
            if (failure != null) {
                assertThat(failure).isInstanceOf(CriaException.class).hasMessageStartingWith(path + ": ");
            }
        }
    }
}

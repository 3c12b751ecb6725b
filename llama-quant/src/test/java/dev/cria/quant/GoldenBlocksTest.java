package dev.cria.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.EnumSource;

/** GGML's own blocks, made without an importance matrix, and the floats it makes of them. */
class GoldenBlocksTest {
    @NeedsFixtures
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "F32")
    void decodesToTheSameFloatsAsGgml(QuantType type, Fixtures fixtures) {
        byte[] blocks = fixtures.bytes("quant/" + type + ".bytes.bin");
        float[] expected = fixtures.floats("quant/" + type + ".f32.bin");
        float[] actual = new float[expected.length];

        type.decode(MemorySegment.ofArray(blocks), 0, actual, 0, actual.length);

        assertSameFloats(type, actual, expected);
    }

    @NeedsFixtures
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "F32")
    void encodesToTheSameBytesAsGgml(QuantType type, Fixtures fixtures) {
        byte[] expected = fixtures.bytes("quant/" + type + ".bytes.bin");
        float[] input = fixtures.floats("quant/input.f32.bin");
        byte[] actual = new byte[expected.length];

        type.encode(input, 0, input.length, MemorySegment.ofArray(actual), 0);

        SoftAssertions softly = new SoftAssertions();
        for (JsonNode vector : fixtures.json("quant/index.json").get("vectors")) {
            if (!vector.path("quantise_bytes_portable").asBoolean(true)) {
                continue;
            }
            int first = vector.get("offset").asInt();
            int end = first + vector.get("length").asInt();
            for (int i = first; i < end; i += type.blockSize()) {
                int from = i / type.blockSize() * type.blockBytes();
                byte[] block = Arrays.copyOfRange(actual, from, from + type.blockBytes());
                byte[] golden = Arrays.copyOfRange(expected, from, from + type.blockBytes());
                if (!Arrays.equals(block, golden)) {
                    softly.fail(type + " block at " + i + " of vector " + vector.get("name").asText() + "\n"
                            + Arrays.toString(block) + " instead of\n" + Arrays.toString(golden));
                }
            }
        }
        softly.assertAll();
    }

    @NeedsFixtures
    @ParameterizedTest
    @EnumSource(mode = Mode.INCLUDE, names = {"F16", "BF16"})
    void roundsSpecialValuesAsGgmlDoes(QuantType type, Fixtures fixtures) {
        float[] input = fixtures.floats("quant/special16.input.f32.bin");
        byte[] expectedBytes = fixtures.bytes("quant/special16." + type + ".bytes.bin");
        float[] expected = fixtures.floats("quant/special16." + type + ".f32.bin");
        byte[] bytes = new byte[expectedBytes.length];
        float[] actual = new float[expected.length];

        type.encode(input, 0, input.length, MemorySegment.ofArray(bytes), 0);
        type.decode(MemorySegment.ofArray(bytes), 0, actual, 0, actual.length);

        assertSameFloats(type, actual, expected);
        for (int i = 0; i < input.length; i++) {
            if (!Float.isNaN(input[i])) {
                assertThat(Arrays.copyOfRange(bytes, 2 * i, 2 * i + 2)).as("%s of %s", type, input[i])
                        .isEqualTo(Arrays.copyOfRange(expectedBytes, 2 * i, 2 * i + 2));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsAndWritesNativeMemoryOfAnyAlignment(QuantType type) {
        int count = 2 * type.blockSize();
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) Math.sin(i);
        }
        byte[] onHeap = new byte[2 * type.blockBytes()];
        type.encode(weights, 0, count, MemorySegment.ofArray(onHeap), 0);
        float[] expected = new float[count];
        type.decode(MemorySegment.ofArray(onHeap), 0, expected, 0, count);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment offHeap = arena.allocate(onHeap.length + 3L);

            type.encode(weights, 0, count, offHeap, 3);
            float[] actual = new float[count + 1];
            type.decode(offHeap, 3, actual, 1, count);

            assertThat(offHeap.asSlice(3).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(onHeap);
            assertThat(Arrays.copyOfRange(actual, 1, count + 1)).isEqualTo(expected);
        }
    }

    @Test
    void roundsJustBelowAHalfDownInQ8() {
        float[] weights = new float[32];
        weights[0] = 127;
        weights[1] = Math.nextDown(0.5f);
        weights[2] = -0.5f;
        byte[] block = new byte[34];

        QuantType.Q8_0.encode(weights, 0, 32, MemorySegment.ofArray(block), 0);

        assertThat(Arrays.copyOfRange(block, 2, 5)).containsExactly(127, 0, -1);
    }

    @Test
    void countsBytesOfRows() {
        assertThat(QuantType.Q4_K.rowBytes(4096)).isEqualTo(2304);
        assertThat(QuantType.Q6_K.rowBytes(0)).isZero();
        assertThatThrownBy(() -> QuantType.Q4_K.rowBytes(172)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a row of type Q4_K has a multiple of 256 weights, not 172");
        assertThatThrownBy(() -> QuantType.F32.rowBytes(Long.MAX_VALUE)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void knowsTypesByGgmlsNumbers() {
        assertThat(QuantType.ofGgmlId(23)).contains(QuantType.IQ4_XS);
        assertThat(QuantType.ofGgmlId(16)).isEmpty();
        for (QuantType type : QuantType.values()) {
            assertThat(QuantType.ofGgmlId(type.ggmlId())).contains(type);
        }
    }

    private static void assertSameFloats(QuantType type, float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            boolean same = actual[i] == expected[i]
                    || (Float.isNaN(actual[i]) && Float.isNaN(expected[i]));
            assertThat(same).as("%s weight %d: %s instead of %s", type, i, actual[i], expected[i]).isTrue();
        }
    }
}

package dev.cria.model.transformer;

import static dev.cria.model.transformer.KvPage.POSITIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.Kernels;
import dev.cria.model.config.KvType;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.config.RopeScaling;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What every type of keys and values does, whatever the length of a head. */
@Tag("widths")
class PanelPageTest {
    private static final int[] HEAD_LENGTHS = {2, 8, 16, 32, 48, 64, 80, 100, 128};
    private static final int LAYERS = 2;

    private static ModelConfig config(int kvHeads, int group, int headLength) {
        int heads = kvHeads * group;
        return new ModelConfig("random", heads * headLength, LAYERS, heads, kvHeads, headLength, 32, 32, 512, 1e-5f,
                10_000f, RopeScaling.none(), OptionalInt.empty());
    }

    private static float[] random(Random random, int length) {
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = (float) random.nextGaussian() * (random.nextInt(20) == 0 ? 10 : 1);
        }
        return numbers;
    }

    /** A sequence of random keys and values, kept as they are, and as a type keeps them. */
    private static final class Sequence {
        final GrowingCache cache;
        /** {@code [layers][positions][components]}. */
        final float[][][] keys;
        final float[][][] values;

        Sequence(ModelConfig config, KvType type, int positions, Random random) {
            cache = new GrowingCache(() -> PanelPage.of(config, type), config.contextLength());
            cache.reserve(positions);
            keys = new float[LAYERS][positions][];
            values = new float[LAYERS][positions][];
            for (int layer = 0; layer < LAYERS; layer++) {
                for (int position = 0; position < positions; position++) {
                    keys[layer][position] = random(random, config.kvLength());
                    values[layer][position] = random(random, config.kvLength());
                    page(position).store(layer, position % POSITIONS, keys[layer][position], 0,
                            values[layer][position], 0);
                }
            }
            cache.advance(positions);
        }

        PanelPage page(int position) {
            return (PanelPage) cache.page(position / POSITIONS);
        }
    }

    /** {@return a component as the type keeps it, by the definition} */
    private static float kept(KvType type, float[] vector, int headLength, int component) {
        if (type == KvType.F32) {
            return vector[component];
        }
        if (type == KvType.F16) {
            return Float.float16ToFloat(Float.floatToFloat16(vector[component]));
        }
        int head = component / headLength * headLength;
        int from = head + (component - head) / KvType.GROUP * KvType.GROUP;
        double max = IntStream.range(from, Math.min(from + KvType.GROUP, head + headLength))
                .mapToDouble(i -> Math.abs(vector[i])).max().orElseThrow();
        float scale = Float.float16ToFloat(Float.floatToFloat16((float) max / 127));
        float number = (float) Math.max(-127, Math.min(127, Math.rint(vector[component] * (1 / scale)))) * scale;
        assertThat((double) number).isCloseTo(vector[component], within(max / 127 * 0.501));
        return number;
    }

    @Property(tries = 60)
    void attentionIsThatOfTheNumbersThatAreKept(@ForAll long seed, @ForAll KvType type,
            @ForAll @IntRange(max = 8) int length, @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 2) int group, @ForAll @IntRange(min = 1, max = 70) int positions,
            @ForAll boolean plain) {
        int headLength = HEAD_LENGTHS[length];
        ModelConfig config = config(kvHeads, group, headLength);
        Random random = new Random(seed);
        Sequence sequence = new Sequence(config, type, positions, random);
        GrowingCache floats = new GrowingCache(() -> PanelPage.of(config, KvType.F32), config.contextLength());
        floats.reserve(positions);
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int position = 0; position < positions; position++) {
                ((PanelPage) floats.page(position / POSITIONS)).store(layer, position % POSITIONS,
                        kept(type, sequence.keys[layer][position], headLength), 0,
                        kept(type, sequence.values[layer][position], headLength), 0);
            }
        }
        int rows = 1 + random.nextInt(positions);
        float[] queries = random(random, rows * config.heads() * headLength);
        Kernels kernels = plain ? Kernels.plain() : Kernels.best();
        assertThat(attend(config, kernels, sequence.cache, queries, rows, positions))
                .isEqualTo(attend(config, Kernels.plain(), floats, queries, rows, positions));
    }

    private static float[] kept(KvType type, float[] vector, int headLength) {
        float[] numbers = new float[vector.length];
        for (int i = 0; i < vector.length; i++) {
            numbers[i] = kept(type, vector, headLength, i);
        }
        return numbers;
    }

    private static float[] attend(ModelConfig config, Kernels kernels, KvCache cache, float[] queries, int rows,
            int positions) {
        Attention attention = new Attention(kernels, config, config.heads() * config.headLength(), 1);
        float[] out = new float[queries.length];
        attention.tiles(cache, 0, rows, positions - rows).forEach(
                tile -> attention.attend(tile, LAYERS - 1, queries, out, 0));
        return out;
    }

    @Property(tries = 40)
    void aPageTakesTheBytesThatItsTypeSays(@ForAll KvType type, @ForAll @IntRange(max = 8) int length,
            @ForAll @IntRange(min = 1, max = 3) int kvHeads) throws ReflectiveOperationException {
        ModelConfig config = config(kvHeads, 1, HEAD_LENGTHS[length]);
        PanelPage page = PanelPage.of(config, type);
        long bytes = 0;
        for (RecordComponent component : page.getClass().getRecordComponents()) {
            if (component.getType().isArray()) {
                component.getAccessor().setAccessible(true);
                Object layers = component.getAccessor().invoke(page);
                Class<?> number = component.getType().componentType().componentType();
                int size = number == float.class ? Float.BYTES : number == short.class ? Short.BYTES : Byte.BYTES;
                for (int layer = 0; layer < LAYERS; layer++) {
                    bytes += (long) size * Array.getLength(Array.get(layers, layer));
                }
            }
        }
        assertThat(PanelPage.bytes(config, type)).isEqualTo(bytes);
        assertThat(type.bytes(config, POSITIONS)).isLessThanOrEqualTo(bytes);
        if (config.headLength() % KvType.GROUP == 0) {
            assertThat(type.bytes(config, POSITIONS)).isEqualTo(bytes);
        }
    }

    @Property(tries = 20)
    void aCopyDoesNotFollowTheOriginal(@ForAll long seed, @ForAll KvType type) {
        ModelConfig config = config(2, 1, 48);
        Random random = new Random(seed);
        Sequence sequence = new Sequence(config, type, 20, random);
        GrowingCache copy = new GrowingCache(sequence.page(0)::copy, 512);
        copy.reserve(20);
        float[] queries = random(random, config.kvLength());
        float[] before = attend(config, Kernels.best(), sequence.cache, queries, 1, 20);
        float[] other = random(random, config.kvLength());
        for (int slot = 0; slot < 20; slot++) {
            sequence.page(0).store(LAYERS - 1, slot, other, 0, other, 0);
        }
        assertThat(attend(config, Kernels.best(), sequence.cache, queries, 1, 20)).isNotEqualTo(before);
        assertThat(attend(config, Kernels.best(), copy, queries, 1, 20)).isEqualTo(before);
    }

    @Test
    void eightBitsTake34BytesFor32NumbersAndRoundUpForOtherHeads() {
        assertThat(KvType.Q8.bytesPerHead(128)).isEqualTo(136);
        assertThat(KvType.Q8.bytesPerHead(48)).isEqualTo(52);
        assertThat(KvType.Q8.bytesPerHead(16)).isEqualTo(18);
        assertThat(KvType.Q8.bytes(config(8, 4, 128), 10)).isEqualTo(2L * LAYERS * 8 * 136 * 10);
        assertThat(KvType.F16.bytes(config(8, 4, 128), 10)).isEqualTo(2L * LAYERS * 8 * 256 * 10);
    }

    @Test
    void numbersThatAreZeroTinyOrNotFiniteStayWhatTheyAre() {
        ModelConfig config = config(1, 1, 32);
        for (float number : new float[]{0f, -0f, 1e-30f, Float.MIN_VALUE}) {
            assertThat(attendTo(config, number)).containsOnly(0f);
        }
        for (float number : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e7f}) {
            for (float result : attendTo(config, number)) {
                assertThat(Float.isFinite(result)).isFalse();
            }
        }
        assertThat(attendTo(config, 8e6f)).containsOnly(127 * Float.float16ToFloat(Float.floatToFloat16(8e6f / 127)));
    }

    /** {@return the output of attention to one position whose value has this number everywhere} */
    private static float[] attendTo(ModelConfig config, float number) {
        PanelPage page = PanelPage.of(config, KvType.Q8);
        float[] value = new float[config.kvLength()];
        Arrays.fill(value, number);
        page.store(LAYERS - 1, 0, new float[config.kvLength()], 0, value, 0);
        GrowingCache cache = new GrowingCache(() -> page, 512);
        cache.reserve(1);
        return attend(config, Kernels.best(), cache, new float[config.kvLength()], 1, 1);
    }
}

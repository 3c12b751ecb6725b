package dev.cria.quant.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Many blocks encoded at once, by vectors where there are any, are the blocks that plain Java encodes one by one. */
@Tag("widths")
class EncoderTwinsTest {
    @Provide
    Arbitrary<BlockCodec> codecs() {
        return Arbitraries.of(List.of(new F32(), new F16(), new BF16(), new Q4_0(), new Q4_1(), new Q5_0(), new Q5_1(),
                new Q8_0(), new Q2_K(), new Q3_K(), new Q4_K(), new Q5_K(), new Q6_K(), new IQ4_NL(), new IQ4_XS()));
    }

    @Property(tries = 1000)
    void manyBlocksAreTheBlocksOneByOne(@ForAll("codecs") BlockCodec codec, @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 19) int blocks, @ForAll @IntRange(max = 5) int sourceOffset,
            @ForAll @IntRange(max = 3) int offset) {
        float[] source = weights(new Random(seed), sourceOffset + blocks * codec.size());
        byte[] atOnce = new byte[offset + blocks * codec.bytes()];
        byte[] oneByOne = new byte[atOnce.length];
        // every byte is written, whatever was there before
        Arrays.fill(atOnce, offset, atOnce.length, (byte) 0xa5);

        codec.encode(source, sourceOffset, blocks, MemorySegment.ofArray(atOnce), offset);
        for (int block = 0; block < blocks; block++) {
            codec.encode(source, sourceOffset + block * codec.size(), MemorySegment.ofArray(oneByOne),
                    offset + (long) block * codec.bytes());
        }

        assertThat(atOnce).isEqualTo(oneByOne);
        float[] decoded = new float[sourceOffset + blocks * codec.size()];
        float[] expected = new float[decoded.length];
        codec.decode(MemorySegment.ofArray(atOnce), offset, decoded, sourceOffset, blocks);
        for (int block = 0; block < blocks; block++) {
            codec.decode(MemorySegment.ofArray(atOnce), offset + (long) block * codec.bytes(), expected,
                    sourceOffset + block * codec.size());
        }
        assertThat(decoded).isEqualTo(expected);
    }

    /** Stretches of ordinary weights, of zeros, of equal weights, of wild ranges, and of what no model has. */
    private static float[] weights(Random random, int count) {
        float[] weights = new float[count];
        for (int i = 0; i < count;) {
            int end = Math.min(count, i + 1 + random.nextInt(80));
            int kind = random.nextInt(9);
            float scale = Math.scalb(1f, random.nextInt(60) - 40);
            float equal = scale * (float) random.nextGaussian();
            for (; i < end; i++) {
                weights[i] = switch (kind) {
                    case 0 -> random.nextBoolean() ? 0f : -0f;
                    case 1 -> equal;
                    case 2 -> scale * Math.abs((float) random.nextGaussian());
                    case 3 -> -scale * Math.abs((float) random.nextGaussian());
                    case 4 -> (float) (scale * random.nextGaussian() * Math.exp(4 * random.nextGaussian()));
                    case 5 -> Float.intBitsToFloat(random.nextInt(1 << 23));
                    case 6 -> random.nextInt(16) - 8;
                    default -> scale * (float) random.nextGaussian();
                };
            }
        }
        if (random.nextInt(20) == 0) {
            weights[random.nextInt(count)] = List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
                    Float.MAX_VALUE).get(random.nextInt(4));
        }
        return weights;
    }
}

package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The Vector API kernels and the plain ones give the same bits for every shape. */
@Tag("widths")
class KernelTwinsTest {
    private static final Kernels PLAIN = Kernels.plain();
    private static final Kernels BEST = Kernels.best();

    private static float[] random(Random random, int length, float scale) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian() * scale;
        }
        return values;
    }

    @Property(tries = 200)
    void panelProductsAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 70) int depth,
            @ForAll @IntRange(min = 1, max = 20) int tokens, @ForAll @IntRange(max = 5) int gap) {
        Random random = new Random(seed);
        int xStride = depth + gap;
        int outStride = Matrix.PANEL_ROWS + gap;
        float[] weights = random(random, depth * Matrix.PANEL_ROWS, 1);
        MemorySegment panel = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, weights);
        float[] x = random(random, 5 + tokens * xStride, 1);
        float[] expected = random(random, 7 + tokens * outStride, 1);
        float[] actual = expected.clone();
        PLAIN.panelProduct(panel, depth, x, 5, xStride, tokens, expected, 7, outStride);
        BEST.panelProduct(panel, depth, x, 5, xStride, tokens, actual, 7, outStride);
        assertThat(actual).isEqualTo(expected);
        float[] onePlain = expected.clone();
        float[] one = expected.clone();
        PLAIN.panelRow(weights, depth, x, 5, onePlain, 7);
        BEST.panelRow(weights, depth, x, 5, one, 7);
        assertThat(one).isEqualTo(onePlain);
        BEST.panelProduct(panel, depth, x, 5, xStride, 1, expected, 7, outStride);
        assertThat(one).isEqualTo(expected);
    }

    @Property(tries = 200)
    void normsAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int n) {
        Random random = new Random(seed);
        float[] x = random(random, n + 2, 10);
        float[] weight = random(random, n, 1);
        float[] expected = new float[n + 1];
        float[] actual = new float[n + 1];
        PLAIN.rmsNorm(x, 2, weight, n, 1e-5f, expected, 1);
        BEST.rmsNorm(x, 2, weight, n, 1e-5f, actual, 1);
        assertThat(actual).isEqualTo(expected);
        double squares = 0;
        for (int i = 0; i < n; i++) {
            squares += (double) x[i + 2] * x[i + 2];
        }
        for (int i = 0; i < n; i++) {
            double exact = x[i + 2] / Math.sqrt(squares / n + 1e-5) * weight[i];
            assertThat((double) actual[i + 1]).isCloseTo(exact, within(1e-5 * (1 + Math.abs(exact))));
        }
    }

    @Property(tries = 200)
    void softmaxesAreEqualAndSumToOne(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int n,
            @ForAll @IntRange(min = 1, max = 60) int spread) {
        Random random = new Random(seed);
        float[] expected = random(random, n + 3, spread);
        float[] actual = expected.clone();
        double[] exact = new double[n];
        double sum = 0;
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, expected[i + 3]);
        }
        for (int i = 0; i < n; i++) {
            exact[i] = Math.exp((expected[i + 3] - max) * 0.25);
            sum += exact[i];
        }
        PLAIN.softmax(expected, 3, n, 0.25f);
        BEST.softmax(actual, 3, n, 0.25f);
        assertThat(actual).isEqualTo(expected);
        for (int i = 0; i < n; i++) {
            assertThat((double) actual[i + 3]).isCloseTo(exact[i] / sum, within(1e-6));
        }
    }

    @Property(tries = 200)
    void swiGlusAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int n,
            @ForAll @IntRange(min = 1, max = 80) int spread) {
        Random random = new Random(seed);
        float[] expected = random(random, n + 1, spread);
        float[] gate = expected.clone();
        float[] actual = expected.clone();
        float[] up = random(random, n + 2, 1);
        PLAIN.swiGlu(expected, 1, up, 2, n);
        BEST.swiGlu(actual, 1, up, 2, n);
        assertThat(actual).isEqualTo(expected);
        for (int i = 0; i < n; i++) {
            double g = gate[i + 1];
            double exact = g / (1 + Math.exp(-g)) * up[i + 2];
            assertThat((double) actual[i + 1]).isCloseTo(exact, within(2e-6 * (1 + Math.abs(exact))));
        }
    }

    @Property(tries = 50)
    void halvesAreWidenedAlike(@ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int n) {
        Random random = new Random(seed);
        short[] halves = new short[n];
        float[] actual = new float[n];
        for (int i = 0; i < n; i++) {
            halves[i] = (short) random.nextInt();
        }
        BEST.widen(halves, 0, n, actual, 0);
        for (int i = 0; i < n; i++) {
            assertThat(Float.floatToIntBits(actual[i])).isEqualTo(
                    Float.floatToIntBits(Float.float16ToFloat(halves[i])));
        }
    }

    @Property(tries = 100)
    void wholeNumbersAreWidenedAlike(@ForAll long seed, @ForAll @IntRange(min = 1, max = 130) int depth) {
        Random random = new Random(seed);
        byte[] panel = new byte[3 + depth * Matrix.PANEL_ROWS];
        random.nextBytes(panel);
        float[] scales = random(random, (depth + Matrix.PANEL_ROWS) / Matrix.PANEL_ROWS * Matrix.PANEL_ROWS, 1);
        float[] expected = new float[depth * Matrix.PANEL_ROWS];
        float[] actual = new float[depth * Matrix.PANEL_ROWS];
        PLAIN.widenByLane(panel, 3, depth, scales, expected);
        BEST.widenByLane(panel, 3, depth, scales, actual);
        assertThat(actual).isEqualTo(expected);
        int last = depth - 1;
        byte number = panel[3 + last * Matrix.PANEL_ROWS + 7];
        assertThat(actual[last * Matrix.PANEL_ROWS + 7])
                .isEqualTo(number * scales[last / Matrix.PANEL_ROWS * Matrix.PANEL_ROWS + 7]);
        PLAIN.widenByRow(panel, 3, depth, scales, expected);
        BEST.widenByRow(panel, 3, depth, scales, actual);
        assertThat(actual).isEqualTo(expected);
        assertThat(actual[last * Matrix.PANEL_ROWS + 7]).isEqualTo(number * scales[last]);
    }

    @Property(tries = 200)
    void inputsInEightBitsAreEqualAndClose(@ForAll long seed, @ForAll Set<LevelCoding> codings,
            @ForAll @IntRange(min = 1, max = 9) int blocks,
            @ForAll @IntRange(min = 1, max = 15) int count) {
        Random random = new Random(seed);
        int columns = blocks * QuantizedRows.BLOCK;
        float[] x = random(random, 3 + columns, Math.scalb(1f, random.nextInt(200) - 130));
        QuantizedRows expected = new QuantizedRows();
        QuantizedRows actual = new QuantizedRows();
        for (QuantizedRows rows : new QuantizedRows[]{expected, actual}) {
            rows.resizeForUnpacked(count, columns, codings);
            for (int row = 0; row < count; row++) {
                (rows == expected ? PLAIN : BEST).quantize(x, row % 4, rows, row);
            }
        }
        assertThat(actual.pairs()).isEqualTo(expected.pairs());
        assertThat(actual.scales()).isEqualTo(expected.scales());
        assertThat(actual.weightedSums()).isEqualTo(expected.weightedSums());
        int last = count - 1;
        for (int k = 0; k < columns; k++) {
            float scale = actual.scales()[actual.scaleIndex(last, k)];
            int whole = actual.whole(last, k);
            assertThat(whole).isBetween(-127, 127);
            // half a step, and what rounding twice adds
            assertThat((double) whole * scale).isCloseTo(x[last % 4 + k], within(0.5001 * scale + 1e-36));
        }
    }

    /** Inputs of the same magnitude round up together. */
    @Property(tries = 200)
    void magnitudesOfASumAreBounded(@ForAll long seed, @ForAll LevelCoding coding,
            @ForAll @IntRange(max = 64) int different) {
        Random random = new Random(seed);
        float[] x = new float[8 * QuantizedRows.BLOCK];
        for (int i = 0; i < x.length; i++) {
            x[i] = (random.nextInt(64) < different ? random.nextFloat() : 1) * (random.nextBoolean() ? 1 : -1);
        }
        for (Kernels kernels : new Kernels[]{PLAIN, BEST}) {
            QuantizedRows rows = new QuantizedRows();
            rows.resizeForUnpacked(1, x.length, EnumSet.of(coding));
            kernels.quantize(x, 0, rows, 0);
            for (int first = 0; first < x.length; first += coding.sumColumns()) {
                int magnitudes = 0;
                for (int k = first; k < first + coding.sumColumns(); k++) {
                    magnitudes += Math.abs(rows.whole(0, k));
                }
                assertThat(magnitudes).isBetween(0, coding.mostMagnitudes());
            }
        }
    }

    /** Levels of four bits leave the scale as it is in llama.cpp's Q8_0. */
    @Property(tries = 50)
    void levelsOfFourBitsNeedNoLargerScale(@ForAll long seed) {
        float[] x = random(new Random(seed), QuantizedRows.BLOCK, 1);
        float max = 0;
        for (float value : x) {
            max = Math.max(max, Math.abs(value));
        }
        QuantizedRows rows = new QuantizedRows();
        rows.resizeForUnpacked(1, x.length, EnumSet.of(LevelCoding.FOUR));
        assertThat(rows.bounded()).isFalse();
        BEST.quantize(x, 0, rows, 0);
        assertThat(rows.scales()[0]).isEqualTo(max / 127f);
    }

    @Property(tries = 50)
    void wholeNumbersAreTheSameForPackedAndUnpackedLevels(@ForAll long seed, @ForAll LevelCoding coding,
            @ForAll @IntRange(min = 1, max = 9) int blocks) {
        float[] x = random(new Random(seed), blocks * QuantizedRows.BLOCK, 1);
        for (Kernels kernels : new Kernels[]{PLAIN, BEST}) {
            QuantizedRows unpacked = new QuantizedRows();
            unpacked.resizeForUnpacked(1, x.length, EnumSet.of(coding));
            QuantizedRows packed = new QuantizedRows();
            packed.resizeForPacked(1, x.length, EnumSet.of(coding));
            kernels.quantize(x, 0, unpacked, 0);
            kernels.quantize(x, 0, packed, 0);
            for (int k = 0; k < x.length; k++) {
                assertThat(packed.whole(0, k)).isEqualTo(unpacked.whole(0, k));
            }
            assertThat(packed.scales()).isEqualTo(unpacked.scales());
            assertThat(packed.weightedSums()).isEqualTo(unpacked.weightedSums());
        }
    }

    @Property(tries = 100)
    void factorsOfPackedLevelsAreEqual(@ForAll long seed, @ForAll LevelCoding coding,
            @ForAll @IntRange(min = 1, max = 9) int blocks, @ForAll @IntRange(min = 1, max = 9) int count) {
        Random random = new Random(seed);
        int columns = blocks * QuantizedRows.BLOCK;
        float[] x = random(random, count * columns, 1);
        QuantizedRows expected = new QuantizedRows();
        QuantizedRows actual = new QuantizedRows();
        for (QuantizedRows rows : new QuantizedRows[]{expected, actual}) {
            rows.resizeForPacked(count, columns, EnumSet.of(coding));
            // rows may be filled in any order, as a team does
            for (int row = count - 1; row >= 0; row--) {
                (rows == expected ? PLAIN : BEST).quantize(x, row * columns, rows, row);
            }
        }
        LevelFactors factors = actual.factors(coding);
        int unitFactors = coding.pieces().size();
        for (int row = 0; row < count; row++) {
            for (int column = 0; column < columns; column += coding.columns()) {
                int at = factors.index(row, column);
                assertThat(Arrays.copyOfRange(factors.factors(), at, at + unitFactors))
                        .isEqualTo(Arrays.copyOfRange(expected.factors(coding).factors(), at, at + unitFactors));
            }
        }
        assertThat(factors.corrections()).isEqualTo(expected.factors(coding).corrections());
    }

    @Property(tries = 20)
    void aBlockThatIsNotFiniteHasAScaleThatIsNotEither(@ForAll @IntRange(max = 31) int place) {
        for (float bad : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] x = new float[2 * QuantizedRows.BLOCK];
            x[place] = bad;
            for (Kernels kernels : new Kernels[]{PLAIN, BEST}) {
                QuantizedRows rows = new QuantizedRows();
                rows.resizeForUnpacked(1, x.length, EnumSet.allOf(LevelCoding.class));
                kernels.quantize(x, 0, rows, 0);
                assertThat(rows.scales()[0]).satisfiesAnyOf(scale -> assertThat(scale).isNaN(),
                        scale -> assertThat(scale).isInfinite());
                assertThat(rows.scales()[1]).isZero();
            }
        }
    }

    /**
     * Random numbers, and the largest sums that there can be: the lowest level of 5 bits, or of 6 in groups of 16
     * columns, times inputs of one sign.
     */
    @Property(tries = 100)
    void productsOfLevelsAreEqual(@ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int blocks,
            @ForAll @IntRange(min = 1, max = 20) int rows, @ForAll boolean small, @ForAll boolean summed,
            @ForAll boolean largest) {
        Random random = new Random(seed);
        int firstColumn = 2 * QuantizedRows.BLOCK;
        int columns = blocks * QuantizedRows.BLOCK;
        int groupColumns = small && !summed ? 16 : 32;
        QuantizedRows x = new QuantizedRows();
        x.resizeForUnpacked(rows, firstColumn + columns + QuantizedRows.BLOCK,
                EnumSet.of(groupColumns == 16 ? LevelCoding.SIX : LevelCoding.FIVE));
        for (int row = 0; row < rows; row++) {
            float[] inputs = random(random, x.columns(), 1);
            if (largest) {
                for (int i = 0; i < inputs.length; i++) {
                    inputs[i] = 1 - inputs[i] * inputs[i] * 0x1p-10f;
                }
            }
            PLAIN.quantize(inputs, 0, x, row);
        }
        int outStride = Matrix.PANEL_ROWS + 5;
        float[] start = random(random, 7 + rows * outStride, 1);
        LevelTile[] tiles = {new LevelTile(), new LevelTile()};
        int centre = groupColumns == 16 ? 32 : 16;
        IntUnaryOperator level = bits -> largest ? -centre : (bits & 2 * centre - 1) - centre;
        int[] pairs = random.ints((long) columns / 2 * Matrix.PANEL_ROWS)
                .map(i -> (level.applyAsInt(i) & 0xffff) | level.applyAsInt(i >> Short.SIZE) << Short.SIZE).toArray();
        float[] scales = random(random, 2 * LevelTile.SUMMANDS, 1);
        QuantizedLayout layout = new QuantizedLayout(groupColumns == 16 ? LevelCoding.SIX : LevelCoding.FIVE,
                QuantizedRows.BLOCK, groupColumns, summed);
        float[][] outs = {start.clone(), start.clone()};
        for (int i = 0; i < 2; i++) {
            tiles[i].set(layout, MemorySegment.NULL, 0, firstColumn, columns);
            System.arraycopy(pairs, 0, tiles[i].pairs(), 0, pairs.length);
            System.arraycopy(scales, 0, tiles[i].scales(), 0, scales.length);
            (i == 0 ? PLAIN : BEST).levelProduct(tiles[i], x, rows, outs[i], 7, outStride);
        }
        assertThat(outs[1]).isEqualTo(outs[0]);
    }
}

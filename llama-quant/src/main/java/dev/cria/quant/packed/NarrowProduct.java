package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.QuantizedLayout.HALF;
import static dev.cria.core.QuantizedLayout.LINE;
import static dev.cria.core.QuantizedLayout.STRIP;
import static dev.cria.core.QuantizedLayout.TOGETHER;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.Words.BYTES;

import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedLayout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products with small scales and minima where vectors have less than 512 bits. Four vectors of words at a time, whole
 * cache lines of two panels: half a line each would go twice over the memory, and the lines of one panel would leave
 * out every other one. Memory is only fast when it is read strictly in order. That leaves no registers for floats, so
 * a block of weights is multiplied in two steps: first to sums of levels, putting its scales aside, and then with them.
 *
 * <p>The first step reads each strip from a slice of constant length at constant offsets, so that C2 checks bounds once
 * a strip.
 *
 * @param layout where the parts of a block lie
 * @param sums the first step
 */
record NarrowProduct(QuantizedLayout layout, Sums sums) implements TileStep {
    /** Strips of a block. */
    static final int STRIPS = 8;
    /** The first lane of those together is 0, or this with the narrowest vectors. With it as a mask C2 knows. */
    static final int MOST_LANE = Math.max(0, HALF - 2 * LENGTH);
    /** Bytes from one vector of words to the next. */
    static final int PART = 4 * LENGTH;

    private static final int BLOCK = STRIPS * STRIP;
    /** Vectors of words together, each of two vectors of floats. */
    private static final int PARTS = 2 * TOGETHER;
    /** Where the factors of a block are in {@link LevelTile#scales()}, after the sums of the summands. */
    private static final int FACTORS = 2 * PARTS * LENGTH;

    /** The first step. */
    @FunctionalInterface
    interface Sums {
        /**
         * Multiplies the levels of a block of two panels.
         *
         * @param weights packed weights
         * @param strips offset of its first strip
         * @param firstLane first lane of the first vector of each panel
         * @param factors see {@link LevelFactors}
         * @param factor index of the first
         * @param corrections see {@link LevelFactors}
         * @param correction index of the first
         * @param sums receives {@code [STRIPS][PARTS][LENGTH]} words of sums
         * @param smallScales receives {@code [STRIPS][2 * LINE]} small scales
         */
        void sum(MemorySegment weights, long strips, int firstLane, int[] factors, int factor, int[] corrections,
                int correction, int[] sums, byte[] smallScales);
    }

    @Override
    public void run(LevelTile tile) {
        LevelFactors factors = tile.inputs().factors(layout.coding());
        for (int lane = 0; lane < HALF; lane += 2 * LENGTH) {
            Arrays.fill(tile.scales(), 0, FACTORS, 0f);
            for (int column = 0; column < tile.columns(); column += BLOCK) {
                block(tile, factors, column, lane);
            }
            addSummands(tile, lane);
        }
    }

    private void block(LevelTile tile, LevelFactors factors, int column, int lane) {
        long at = tile.offset() + (long) TOGETHER * (column / BLOCK) * layout.blockBytes();
        copyFactors(tile.weights(), at + 4L * lane, TOGETHER * layout.factorsBytes(), tile.scales());
        int first = tile.firstColumn() + column;
        sums.sum(tile.weights(), at + (long) TOGETHER * layout.factorsBytes(), lane, factors.factors(),
                factors.index(tile.row(), first), factors.corrections(), factors.correctionIndex(tile.row(), first),
                tile.pairs(), tile.smallScales());
        int input = tile.inputScale() + column / STRIP;
        for (int part = 0; part < PARTS; part++) {
            int row = lane + part % TOGETHER * LENGTH;
            multiply(tile.pairs(), part * LENGTH, tile.smallScales(), part / TOGETHER * LINE + row, tile.scales(),
                    part * LENGTH, layout.coding().centre(), tile.inputs().scales(), tile.inputs().weightedSums(),
                    input, tile.out(), tile.outOffset() + part / TOGETHER * PANEL_ROWS + row);
        }
    }

    /** To {@code [factors][halves][PARTS][LENGTH]}. */
    private static void copyFactors(MemorySegment weights, long at, int bytes, float[] target) {
        int to = FACTORS;
        for (int line = 0; line < bytes; line += LINE) {
            FloatVector.fromMemorySegment(FLOATS, weights, at + line, ByteOrder.LITTLE_ENDIAN).intoArray(target, to);
            FloatVector.fromMemorySegment(FLOATS, weights, at + line + PART, ByteOrder.LITTLE_ENDIAN)
                    .intoArray(target, to + LENGTH);
            to += 2 * LENGTH;
        }
    }

    /** The second step for two vectors of rows: more would not stay in registers. */
    private static void multiply(int[] sums, int sumAt, byte[] smallScales, int smallAt, float[] scales, int part,
            float centre, float[] inputs, float[] inputSums, int input, float[] out, int outOffset) {
        FloatVector scaleFactorA = FloatVector.fromArray(FLOATS, scales, FACTORS + part);
        FloatVector minimumFactorA = FloatVector
                .fromArray(FLOATS, scales, FACTORS + 2 * PARTS * LENGTH + part).neg();
        FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
        FloatVector summandsA = FloatVector.fromArray(FLOATS, scales, 2 * part);
        FloatVector scaleFactorB = FloatVector.fromArray(FLOATS, scales, FACTORS + PARTS * LENGTH + part);
        FloatVector minimumFactorB = FloatVector
                .fromArray(FLOATS, scales, FACTORS + 3 * PARTS * LENGTH + part).neg();
        FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
        FloatVector summandsB = FloatVector.fromArray(FLOATS, scales, 2 * part + LENGTH);
        for (int group = 0; group < STRIPS; group++) {
            int small = smallAt + 2 * LINE * group;
            float inputScale = inputs[input + group];
            FloatVector inputSum = FloatVector.broadcast(FLOATS, inputSums[input + group]);
            IntVector sum = IntVector.fromArray(INTS, sums, sumAt + PARTS * LENGTH * group);
            FloatVector scaleA = scaleFactorA.mul(ByteVector.fromArray(BYTES, smallScales, small)
                    .convertShape(VectorOperators.B2F, FLOATS, 0));
            a = ((FloatVector) sum.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA.mul(inputScale), a);
            // the two products are exact, and their difference is rounded once, as in the plain twin
            summandsA = ((FloatVector) ByteVector.fromArray(BYTES, smallScales, small + PANEL_ROWS)
                    .convertShape(VectorOperators.B2F, FLOATS, 0)).fma(minimumFactorA, scaleA.mul(centre))
                    .fma(inputSum, summandsA);
            FloatVector scaleB = scaleFactorB.mul(ByteVector.fromArray(BYTES, smallScales, small + HALF)
                    .convertShape(VectorOperators.B2F, FLOATS, 0));
            b = ((FloatVector) sum.lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB.mul(inputScale), b);
            summandsB = ((FloatVector) ByteVector.fromArray(BYTES, smallScales, small + PANEL_ROWS + HALF)
                    .convertShape(VectorOperators.B2F, FLOATS, 0)).fma(minimumFactorB, scaleB.mul(centre))
                    .fma(inputSum, summandsB);
        }
        a.intoArray(out, outOffset);
        summandsA.intoArray(scales, 2 * part);
        b.intoArray(out, outOffset + HALF);
        summandsB.intoArray(scales, 2 * part + LENGTH);
    }

    private static void addSummands(LevelTile tile, int lane) {
        for (int part = 0; part < PARTS; part++) {
            for (int half = 0; half < 2; half++) {
                int to = tile.outOffset() + part / TOGETHER * PANEL_ROWS + half * HALF + lane
                        + part % TOGETHER * LENGTH;
                FloatVector.fromArray(FLOATS, tile.out(), to)
                        .add(FloatVector.fromArray(FLOATS, tile.scales(), (2 * part + half) * LENGTH))
                        .intoArray(tile.out(), to);
            }
        }
    }
}

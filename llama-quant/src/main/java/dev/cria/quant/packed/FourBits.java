package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.IntegerLayout.WORD_BYTES;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.Words.BYTES;
import static dev.cria.quant.packed.Words.SHORTS;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Products of levels of four bits: see {@link LevelCoding#FOUR}. A strip of 32 columns is a group of 8 words and one sum of 16 bits. */
final class FourBits {
    private FourBits() {}

    /** With binary16 scales. The eight words are written out: in a loop of eight turns C2 would take the first and the last ones out, at a cost of a fifth. */
    record HalfScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FOUR);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.weights(), tile.offset() + 4L * lane, layout.factorsBytes(), tile.groups(),
                        factors.factors(), factors.index(tile.row(), tile.firstColumn()), factors.corrections(),
                        factors.correctionIndex(tile.row(), tile.firstColumn()), tile.inputs().scales(),
                        tile.inputScale(), tile.out(), tile.outOffset() + lane);
            }
        }

        private static void multiply(MemorySegment weights, long offset, int factorsBytes, int groups, int[] factors,
                int factor, int[] corrections, int correction, float[] inputs, int input, float[] out, int outOffset) {
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            long at = offset;
            int f = factor;
            for (int group = 0; group < groups; group++) {
                IntVector scales = IntVector.fromMemorySegment(INTS, weights, at, ByteOrder.LITTLE_ENDIAN);
                at += factorsBytes;
                ShortVector sum = IntVector.broadcast(INTS, corrections[correction + group]).reinterpretAsShorts();
                ShortVector levels = ShortVector.fromMemorySegment(SHORTS, weights, at, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts()));
                levels = ShortVector.fromMemorySegment(SHORTS, weights, at + WORD_BYTES, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 4]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 5]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 6]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 7]).reinterpretAsShorts()));
                levels = ShortVector.fromMemorySegment(SHORTS, weights, at + 2 * WORD_BYTES, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 8]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 9]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 10]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 11]).reinterpretAsShorts()));
                levels = ShortVector.fromMemorySegment(SHORTS, weights, at + 3 * WORD_BYTES, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 12]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 13]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 14]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 15]).reinterpretAsShorts()));
                levels = ShortVector.fromMemorySegment(SHORTS, weights, at + 4 * WORD_BYTES, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 16]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 17]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 18]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 19]).reinterpretAsShorts()));
                levels = ShortVector.fromMemorySegment(SHORTS, weights, at + 5 * WORD_BYTES, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 20]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 21]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 22]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 23]).reinterpretAsShorts()));
                levels = ShortVector.fromMemorySegment(SHORTS, weights, at + 6 * WORD_BYTES, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 24]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 25]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 26]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 27]).reinterpretAsShorts()));
                levels = ShortVector.fromMemorySegment(SHORTS, weights, at + 7 * WORD_BYTES, ByteOrder.LITTLE_ENDIAN);
                sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 28]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                        .mul(IntVector.broadcast(INTS, factors[f + 29]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                        .mul(IntVector.broadcast(INTS, factors[f + 30]).reinterpretAsShorts()));
                sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                        .mul(IntVector.broadcast(INTS, factors[f + 31]).reinterpretAsShorts()));
                at += 8 * WORD_BYTES;
                f += 32;
                IntVector pair = sum.reinterpretAsInts();
                float x = inputs[input + group];
                a = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(scales.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3)
                                .and(Lanes.FLOAT16_BITS).reinterpretAsFloats().mul(Lanes.FLOAT16_BIAS).mul(x), a);
                b = ((FloatVector) pair.lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(scales.lanewise(VectorOperators.ASHR, 3).and(Lanes.FLOAT16_BITS).reinterpretAsFloats()
                                .mul(Lanes.FLOAT16_BIAS).mul(x), b);
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }
    }

    /** With scales and minima that are floats times bytes. Here the words are a loop: written out, there are too many vectors at a time, and C2 keeps them on the stack. */
    record ByteScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FOUR);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.weights(), tile.offset(), lane, tile.groups(), layout.blockShift(), layout.blockBytes(),
                        factors.factors(), factors.index(tile.row(), tile.firstColumn()), factors.corrections(),
                        factors.correctionIndex(tile.row(), tile.firstColumn()), tile.inputs().scales(),
                        tile.inputs().weightedSums(), tile.inputScale(), tile.out(), tile.outOffset() + lane);
            }
        }

        private static void multiply(MemorySegment weights, long offset, int lane, int groups, int blockShift,
                int blockBytes, int[] factors, int factor, int[] corrections, int correction, float[] inputs,
                float[] inputSums, int input, float[] out, int outOffset) {
            FloatVector centre = FloatVector.broadcast(FLOATS, 8f);
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            FloatVector summandsA = FloatVector.zero(FLOATS);
            FloatVector summandsB = FloatVector.zero(FLOATS);
            int f = factor;
            for (int block = 0; block < (groups >> blockShift); block++) {
                long at = offset + (long) block * blockBytes;
                long lanes = at + 4L * lane;
                FloatVector scaleA = FloatVector.fromMemorySegment(FLOATS, weights, lanes, ByteOrder.LITTLE_ENDIAN);
                FloatVector scaleB = FloatVector.fromMemorySegment(FLOATS, weights, lanes + 4 * HALF,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector minimumA = FloatVector.fromMemorySegment(FLOATS, weights, lanes + 4 * PANEL_ROWS,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector minimumB = FloatVector.fromMemorySegment(FLOATS, weights,
                        lanes + 4 * (PANEL_ROWS + HALF), ByteOrder.LITTLE_ENDIAN);
                at += 8 * PANEL_ROWS;
                for (int group = block << blockShift; group < (block + 1) << blockShift; group++) {
                    ShortVector sum = IntVector.broadcast(INTS, corrections[correction + group]).reinterpretAsShorts();
                    long word = at + 2 * PANEL_ROWS + 4L * lane;
                    for (int i = 0; i < 8; i++) {
                        ShortVector levels = ShortVector.fromMemorySegment(SHORTS, weights, word,
                                ByteOrder.LITTLE_ENDIAN);
                        sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts()));
                        sum = sum.add(levels.lanewise(VectorOperators.LSHR, 4)
                                .mul(IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts()));
                        sum = sum.add(levels.lanewise(VectorOperators.LSHR, 8)
                                .mul(IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts()));
                        sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                                .mul(IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts()));
                        word += WORD_BYTES;
                        f += 4;
                    }
                    IntVector pair = sum.reinterpretAsInts();
                    float x = inputs[input + group];
                    float s = inputSums[input + group];
                    FloatVector scale = scaleA
                            .mul(ByteVector.fromMemorySegment(BYTES, weights, at + lane, ByteOrder.LITTLE_ENDIAN)
                                    .convertShape(VectorOperators.B2F, FLOATS, 0));
                    a = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale.mul(x), a);
                    summandsA = centre
                            .fma(scale,
                                    minimumA.mul(ByteVector
                                            .fromMemorySegment(BYTES, weights, at + lane + PANEL_ROWS,
                                                    ByteOrder.LITTLE_ENDIAN)
                                            .convertShape(VectorOperators.B2F, FLOATS, 0)).neg())
                            .fma(FloatVector.broadcast(FLOATS, s), summandsA);
                    scale = scaleB
                            .mul(ByteVector.fromMemorySegment(BYTES, weights, at + lane + HALF, ByteOrder.LITTLE_ENDIAN)
                                    .convertShape(VectorOperators.B2F, FLOATS, 0));
                    b = ((FloatVector) pair.lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F, FLOATS,
                            0)).fma(scale.mul(x), b);
                    summandsB = centre
                            .fma(scale,
                                    minimumB.mul(ByteVector
                                            .fromMemorySegment(BYTES, weights, at + lane + HALF + PANEL_ROWS,
                                                    ByteOrder.LITTLE_ENDIAN)
                                            .convertShape(VectorOperators.B2F, FLOATS, 0)).neg())
                            .fma(FloatVector.broadcast(FLOATS, s), summandsB);
                    at += 2 * PANEL_ROWS + 8 * WORD_BYTES;
                }
            }
            a.add(summandsA).intoArray(out, outOffset);
            b.add(summandsB).intoArray(out, outOffset + HALF);
        }
    }
}

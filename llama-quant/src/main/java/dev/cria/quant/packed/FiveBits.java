package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.IntegerLayout.LINE;
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

/** Products of levels of five bits: see {@link LevelCoding#FIVE}. A strip of 32 columns is a group of twice 5 words, with a sum of 16 bits for each five. */
final class FiveBits {
    private FiveBits() {}

    /** With binary16 scales, two panels at a time. */
    record HalfScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FIVE);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.weights(), tile.offset() + 4L * lane, layout.blockBytes(), layout.factorsBytes(),
                        tile.groups(), factors.factors(), factors.index(tile.row(), tile.firstColumn()),
                        factors.corrections(), factors.correctionIndex(tile.row(), tile.firstColumn()),
                        tile.inputs().scales(), tile.inputScale(), tile.out(), tile.outOffset() + lane);
            }
        }

        private static void multiply(MemorySegment weights, long offset, int blockBytes, int factorsBytes, int groups,
                int[] factors, int factor, int[] corrections, int correction, float[] inputs, int input, float[] out,
                int outOffset) {
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            FloatVector c = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS);
            FloatVector d = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS + HALF);
            long at = offset;
            int f = factor;
            for (int group = 0; group < groups; group++) {
                IntVector scales = IntVector.fromMemorySegment(INTS, weights, at, ByteOrder.LITTLE_ENDIAN);
                IntVector nextScales = IntVector.fromMemorySegment(INTS, weights, at + LINE, ByteOrder.LITTLE_ENDIAN);
                long word = at + 2L * factorsBytes;
                IntVector lowerP = IntVector.zero(INTS);
                IntVector upperP = lowerP;
                IntVector lowerQ = lowerP;
                IntVector upperQ = lowerP;
                for (int unit = 2 * group; unit < 2 * group + 2; unit++) {
                    ShortVector p = IntVector.broadcast(INTS, corrections[correction + unit]).reinterpretAsShorts();
                    ShortVector q = p;
                    for (int i = 0; i < 5; i++) {
                        ShortVector w = ShortVector.fromMemorySegment(SHORTS, weights, word, ByteOrder.LITTLE_ENDIAN);
                        ShortVector v = ShortVector.fromMemorySegment(SHORTS, weights, word + LINE,
                                ByteOrder.LITTLE_ENDIAN);
                        ShortVector x = IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts();
                        p = p.add(w.mul(x));
                        q = q.add(v.mul(x));
                        x = IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts();
                        p = p.add(w.lanewise(VectorOperators.LSHR, 5).mul(x));
                        q = q.add(v.lanewise(VectorOperators.LSHR, 5).mul(x));
                        x = IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts();
                        p = p.add(w.lanewise(VectorOperators.LSHR, 10).mul(x));
                        q = q.add(v.lanewise(VectorOperators.LSHR, 10).mul(x));
                        x = IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts();
                        p = p.add(w.lanewise(VectorOperators.LSHR, 15).mul(x));
                        q = q.add(v.lanewise(VectorOperators.LSHR, 15).mul(x));
                        word += 2 * WORD_BYTES;
                        f += 4;
                    }
                    IntVector pair = p.reinterpretAsInts();
                    lowerP = lowerP.add(pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
                    upperP = upperP.add(pair.lanewise(VectorOperators.ASHR, 16));
                    pair = q.reinterpretAsInts();
                    lowerQ = lowerQ.add(pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
                    upperQ = upperQ.add(pair.lanewise(VectorOperators.ASHR, 16));
                }
                float s = inputs[input + group];
                a = ((FloatVector) lowerP.convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(scales.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3)
                                .and(Lanes.FLOAT16_BITS).reinterpretAsFloats().mul(Lanes.FLOAT16_BIAS).mul(s), a);
                b = ((FloatVector) upperP.convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(scales.lanewise(VectorOperators.ASHR, 3).and(Lanes.FLOAT16_BITS).reinterpretAsFloats()
                                .mul(Lanes.FLOAT16_BIAS).mul(s), b);
                c = ((FloatVector) lowerQ.convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(nextScales.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3)
                                .and(Lanes.FLOAT16_BITS).reinterpretAsFloats().mul(Lanes.FLOAT16_BIAS).mul(s), c);
                d = ((FloatVector) upperQ.convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(nextScales.lanewise(VectorOperators.ASHR, 3).and(Lanes.FLOAT16_BITS).reinterpretAsFloats()
                                .mul(Lanes.FLOAT16_BIAS).mul(s), d);
                at += 2L * blockBytes;
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
            c.intoArray(out, outOffset + PANEL_ROWS);
            d.intoArray(out, outOffset + PANEL_ROWS + HALF);
        }
    }

    /** With scales and minima that are floats times bytes. */
    record ByteScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FIVE);
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
            FloatVector centre = FloatVector.broadcast(FLOATS, 16f);
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
                    IntVector lower = IntVector.zero(INTS);
                    IntVector upper = IntVector.zero(INTS);
                    long word = at + 2 * PANEL_ROWS + 4L * lane;
                    for (int unit = 2 * group; unit < 2 * group + 2; unit++) {
                        ShortVector sum = IntVector.broadcast(INTS, corrections[correction + unit])
                                .reinterpretAsShorts();
                        for (int i = 0; i < 5; i++) {
                            ShortVector levels = ShortVector.fromMemorySegment(SHORTS, weights, word,
                                    ByteOrder.LITTLE_ENDIAN);
                            sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 5)
                                    .mul(IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 10)
                                    .mul(IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 15)
                                    .mul(IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts()));
                            word += WORD_BYTES;
                            f += 4;
                        }
                        IntVector pair = sum.reinterpretAsInts();
                        lower = lower.add(pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
                        upper = upper.add(pair.lanewise(VectorOperators.ASHR, 16));
                    }
                    float x = inputs[input + group];
                    float s = inputSums[input + group];
                    FloatVector scale = scaleA
                            .mul(ByteVector.fromMemorySegment(BYTES, weights, at + lane, ByteOrder.LITTLE_ENDIAN)
                                    .convertShape(VectorOperators.B2F, FLOATS, 0));
                    a = ((FloatVector) lower.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale.mul(x), a);
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
                    b = ((FloatVector) upper.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale.mul(x), b);
                    summandsB = centre
                            .fma(scale,
                                    minimumB.mul(ByteVector
                                            .fromMemorySegment(BYTES, weights, at + lane + HALF + PANEL_ROWS,
                                                    ByteOrder.LITTLE_ENDIAN)
                                            .convertShape(VectorOperators.B2F, FLOATS, 0)).neg())
                            .fma(FloatVector.broadcast(FLOATS, s), summandsB);
                    at += 2 * PANEL_ROWS + 10 * WORD_BYTES;
                }
            }
            a.add(summandsA).intoArray(out, outOffset);
            b.add(summandsB).intoArray(out, outOffset + HALF);
        }
    }
}

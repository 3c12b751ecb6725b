package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.QuantizedLayout.HALF;
import static dev.cria.core.QuantizedLayout.LINE;
import static dev.cria.core.QuantizedLayout.WORD_BYTES;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.NarrowProduct.MOST_LANE;
import static dev.cria.quant.packed.NarrowProduct.PART;
import static dev.cria.quant.packed.NarrowProduct.STRIPS;
import static dev.cria.quant.packed.Words.ALL_BYTES;
import static dev.cria.quant.packed.Words.BELOW_12;
import static dev.cria.quant.packed.Words.BELOW_4;
import static dev.cria.quant.packed.Words.BELOW_8;
import static dev.cria.quant.packed.Words.BYTES;
import static dev.cria.quant.packed.Words.LANE_COUNTS;
import static dev.cria.quant.packed.Words.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedLayout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of levels of four bits: see {@link LevelCoding#FOUR}. A strip of 32 columns is a group of 8 words and one
 * sum of 16 bits.
 */
final class FourBits {
    /** Bytes of a strip of two panels with small scales and minima. */
    private static final int STRIP_BYTES = 18 * LINE;

    /** Bytes from the first vector of words of a group of two panels to the end of the last. */
    private static final int WORDS_BYTES = 15 * LINE + 4 * LENGTH;

    private FourBits() {}

    /** With binary16 scales, two panels at a time. */
    record HalfScales(QuantizedLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FOUR);
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
            ShortVector by4 = ShortVector.broadcast(SHORTS, (short) 4);
            ShortVector by8 = ShortVector.broadcast(SHORTS, (short) 8);
            ShortVector by12 = ShortVector.broadcast(SHORTS, (short) 12);
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            FloatVector c = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS);
            FloatVector d = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS + HALF);
            long at = offset;
            int f = factor;
            for (int group = 0; group < groups; group++) {
                IntVector scales = IntVector.fromMemorySegment(INTS, weights, at, ByteOrder.LITTLE_ENDIAN);
                IntVector nextScales = IntVector.fromMemorySegment(INTS, weights, at + LINE, ByteOrder.LITTLE_ENDIAN);
                long start = at + 2L * factorsBytes;
                // a slice of constant length spares narrow vectors the checks before the loop
                MemorySegment words = LANE_COUNTS ? weights : weights.asSlice(start, WORDS_BYTES);
                long word = LANE_COUNTS ? start : 0;
                ShortVector p = IntVector.broadcast(INTS, corrections[correction + group]).reinterpretAsShorts();
                ShortVector q = p;
                for (int i = 0; i < 8; i++) {
                    ShortVector w = ShortVector.fromMemorySegment(SHORTS, words, word, ByteOrder.LITTLE_ENDIAN);
                    ShortVector v = ShortVector.fromMemorySegment(SHORTS, words, word + LINE,
                            ByteOrder.LITTLE_ENDIAN);
                    ShortVector x = IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts();
                    p = p.add(w.mul(x));
                    q = q.add(v.mul(x));
                    x = IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts();
                    p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by4) : w.lanewise(LSHR, 4)).mul(x));
                    q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by4) : v.lanewise(LSHR, 4)).mul(x));
                    x = IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts();
                    p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by8) : w.lanewise(LSHR, 8)).mul(x));
                    q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by8) : v.lanewise(LSHR, 8)).mul(x));
                    x = IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts();
                    p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by12) : w.lanewise(LSHR, 12)).mul(x));
                    q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by12) : v.lanewise(LSHR, 12)).mul(x));
                    word += 2 * WORD_BYTES;
                    f += 4;
                }
                IntVector first = p.reinterpretAsInts();
                IntVector second = q.reinterpretAsInts();
                float s = inputs[input + group];
                a = ((FloatVector) first.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(scales.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3)
                                .and(Lanes.FLOAT16_BITS).reinterpretAsFloats().mul(Lanes.FLOAT16_BIAS).mul(s), a);
                b = ((FloatVector) first.lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F, FLOATS,
                        0))
                        .fma(scales.lanewise(VectorOperators.ASHR, 3).and(Lanes.FLOAT16_BITS).reinterpretAsFloats()
                                .mul(Lanes.FLOAT16_BIAS).mul(s), b);
                c = ((FloatVector) second.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                        .convertShape(VectorOperators.I2F, FLOATS, 0))
                        .fma(nextScales.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3)
                                .and(Lanes.FLOAT16_BITS).reinterpretAsFloats().mul(Lanes.FLOAT16_BIAS).mul(s), c);
                d = ((FloatVector) second.lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F, FLOATS,
                        0))
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

    /**
     * With scales and minima that are floats times bytes, two panels at a time, for vectors of 512 bits (others take
     * {@link NarrowProduct}). The factors of a block stay in registers: where they were read again for each group,
     * memory was read at half the speed.
     */
    record ByteScales(QuantizedLayout layout) implements TileStep {
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
            ShortVector by4 = ShortVector.broadcast(SHORTS, (short) 4);
            ShortVector by8 = ShortVector.broadcast(SHORTS, (short) 8);
            ShortVector by12 = ShortVector.broadcast(SHORTS, (short) 12);
            FloatVector centre = FloatVector.broadcast(FLOATS, 8f);
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            FloatVector c = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS);
            FloatVector d = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS + HALF);
            FloatVector summandsA = FloatVector.zero(FLOATS);
            FloatVector summandsB = FloatVector.zero(FLOATS);
            FloatVector summandsC = FloatVector.zero(FLOATS);
            FloatVector summandsD = FloatVector.zero(FLOATS);
            for (int block = 0; block < groups >> blockShift; block++) {
                long at = offset + 2L * block * blockBytes;
                long part = at + 4L * lane;
                FloatVector scaleFactorA = FloatVector.fromMemorySegment(FLOATS, weights, part,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector scaleFactorB = FloatVector.fromMemorySegment(FLOATS, weights, part + 2 * LINE,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector scaleFactorC = FloatVector.fromMemorySegment(FLOATS, weights, part + LINE,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector scaleFactorD = FloatVector.fromMemorySegment(FLOATS, weights, part + 3 * LINE,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector minimumFactorA = FloatVector.fromMemorySegment(FLOATS, weights, part + 4 * LINE,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector minimumFactorB = FloatVector.fromMemorySegment(FLOATS, weights, part + 6 * LINE,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector minimumFactorC = FloatVector.fromMemorySegment(FLOATS, weights, part + 5 * LINE,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector minimumFactorD = FloatVector.fromMemorySegment(FLOATS, weights, part + 7 * LINE,
                        ByteOrder.LITTLE_ENDIAN);
                at += 8 * LINE;
                for (int group = block << blockShift; group < (block + 1) << blockShift; group++) {
                    long bytes = at + lane;
                    long words = at + 2 * LINE + 4L * lane;
                    ByteVector smallScaleA = ByteVector.fromMemorySegment(BYTES, weights, bytes,
                            ByteOrder.LITTLE_ENDIAN);
                    ByteVector smallScaleB = ByteVector.fromMemorySegment(BYTES, weights, bytes + HALF,
                            ByteOrder.LITTLE_ENDIAN);
                    ByteVector smallScaleC = ByteVector.fromMemorySegment(BYTES, weights, bytes + LINE,
                            ByteOrder.LITTLE_ENDIAN);
                    ByteVector smallScaleD = ByteVector.fromMemorySegment(BYTES, weights, bytes + LINE + HALF,
                            ByteOrder.LITTLE_ENDIAN);
                    ByteVector smallMinimumA = ByteVector.fromMemorySegment(BYTES, weights, bytes + PANEL_ROWS,
                            ByteOrder.LITTLE_ENDIAN);
                    ByteVector smallMinimumB = ByteVector.fromMemorySegment(BYTES, weights, bytes + PANEL_ROWS + HALF,
                            ByteOrder.LITTLE_ENDIAN);
                    ByteVector smallMinimumC = ByteVector.fromMemorySegment(BYTES, weights, bytes + LINE + PANEL_ROWS,
                            ByteOrder.LITTLE_ENDIAN);
                    ByteVector smallMinimumD = ByteVector.fromMemorySegment(BYTES, weights,
                            bytes + LINE + PANEL_ROWS + HALF,
                            ByteOrder.LITTLE_ENDIAN);
                    ShortVector p = IntVector.broadcast(INTS, corrections[correction + group]).reinterpretAsShorts();
                    ShortVector q = p;
                    for (int i = 0; i < 8; i++) {
                        int f = factor + 32 * group + 4 * i;
                        ShortVector w = ShortVector.fromMemorySegment(SHORTS, weights, words + 2L * LINE * i,
                                ByteOrder.LITTLE_ENDIAN);
                        ShortVector v = ShortVector.fromMemorySegment(SHORTS, weights, words + 2L * LINE * i + LINE,
                                ByteOrder.LITTLE_ENDIAN);
                        ShortVector x = IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts();
                        p = p.add(w.mul(x));
                        q = q.add(v.mul(x));
                        x = IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts();
                        p = p.add(w.lanewise(LSHR, by4).mul(x));
                        q = q.add(v.lanewise(LSHR, by4).mul(x));
                        x = IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts();
                        p = p.add(w.lanewise(LSHR, by8).mul(x));
                        q = q.add(v.lanewise(LSHR, by8).mul(x));
                        x = IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts();
                        p = p.add(w.lanewise(LSHR, by12).mul(x));
                        q = q.add(v.lanewise(LSHR, by12).mul(x));
                    }
                    IntVector first = p.reinterpretAsInts();
                    IntVector second = q.reinterpretAsInts();
                    float inputScale = inputs[input + group];
                    FloatVector inputSum = FloatVector.broadcast(FLOATS, inputSums[input + group]);
                    FloatVector scale = scaleFactorA.mul(smallScaleA.convertShape(VectorOperators.B2F, FLOATS, 0));
                    a = ((FloatVector) first.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale.mul(inputScale), a);
                    summandsA = centre
                            .fma(scale,
                                    minimumFactorA.mul(smallMinimumA.convertShape(VectorOperators.B2F, FLOATS, 0))
                                            .neg())
                            .fma(inputSum, summandsA);
                    scale = scaleFactorB.mul(smallScaleB.convertShape(VectorOperators.B2F, FLOATS, 0));
                    b = ((FloatVector) first.lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F,
                            FLOATS, 0)).fma(scale.mul(inputScale), b);
                    summandsB = centre
                            .fma(scale,
                                    minimumFactorB.mul(smallMinimumB.convertShape(VectorOperators.B2F, FLOATS, 0))
                                            .neg())
                            .fma(inputSum, summandsB);
                    scale = scaleFactorC.mul(smallScaleC.convertShape(VectorOperators.B2F, FLOATS, 0));
                    c = ((FloatVector) second.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                            .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale.mul(inputScale), c);
                    summandsC = centre
                            .fma(scale,
                                    minimumFactorC.mul(smallMinimumC.convertShape(VectorOperators.B2F, FLOATS, 0))
                                            .neg())
                            .fma(inputSum, summandsC);
                    scale = scaleFactorD.mul(smallScaleD.convertShape(VectorOperators.B2F, FLOATS, 0));
                    d = ((FloatVector) second.lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F,
                            FLOATS, 0)).fma(scale.mul(inputScale), d);
                    summandsD = centre
                            .fma(scale,
                                    minimumFactorD.mul(smallMinimumD.convertShape(VectorOperators.B2F, FLOATS, 0))
                                            .neg())
                            .fma(inputSum, summandsD);
                    at += 18 * LINE;
                }
            }
            a.add(summandsA).intoArray(out, outOffset);
            b.add(summandsB).intoArray(out, outOffset + HALF);
            c.add(summandsC).intoArray(out, outOffset + PANEL_ROWS);
            d.add(summandsD).intoArray(out, outOffset + PANEL_ROWS + HALF);
        }
    }

    /**
     * The sums of a block: see {@link NarrowProduct.Sums}. {@link FiveBits} has the same with other counts. They stand
     * in the code: as parameters of one method they make it five times slower, because C2 then does not know the
     * shifts.
     */
    static void narrow(MemorySegment weights, long strips, int firstLane, int[] factors, int factor, int[] corrections,
            int correction, int[] sums, byte[] smallScales) {
        long lane = 4L * (firstLane & MOST_LANE);
        for (int group = 0; group < STRIPS; group++) {
            MemorySegment strip = weights.asSlice(strips + (long) group * STRIP_BYTES, STRIP_BYTES);
            for (int i = 0; i < 2 * LINE; i += SHORTS.vectorByteSize()) {
                ByteVector.fromMemorySegment(ALL_BYTES, strip, i, ByteOrder.LITTLE_ENDIAN).intoArray(smallScales,
                        2 * LINE * group + i);
            }
            ShortVector p = IntVector.broadcast(INTS, corrections[correction + group]).reinterpretAsShorts();
            ShortVector q = p;
            ShortVector r = p;
            ShortVector s = p;
            int first = factor + 32 * group;
            for (int i = 0; i < 32; i += 4) {
                ShortVector w = ShortVector.fromMemorySegment(SHORTS, strip, lane + 2 * LINE + 2 * LINE / 4 * i,
                        ByteOrder.LITTLE_ENDIAN);
                ShortVector v = ShortVector.fromMemorySegment(SHORTS, strip, lane + 2 * LINE + 2 * LINE / 4 * i + PART,
                        ByteOrder.LITTLE_ENDIAN);
                ShortVector u = ShortVector.fromMemorySegment(SHORTS, strip, lane + 2 * LINE + 2 * LINE / 4 * i + LINE,
                        ByteOrder.LITTLE_ENDIAN);
                ShortVector t = ShortVector.fromMemorySegment(SHORTS, strip,
                        lane + 2 * LINE + 2 * LINE / 4 * i + LINE + PART, ByteOrder.LITTLE_ENDIAN);
                ShortVector x = IntVector.broadcast(INTS, factors[first + i]).reinterpretAsShorts();
                p = p.add(w.mul(x));
                q = q.add(v.mul(x));
                r = r.add(u.mul(x));
                s = s.add(t.mul(x));
                x = IntVector.broadcast(INTS, factors[first + i + 1]).reinterpretAsShorts();
                p = p.add(w.reinterpretAsInts().lanewise(LSHR, 4).reinterpretAsShorts().and(BELOW_12).mul(x));
                q = q.add(v.reinterpretAsInts().lanewise(LSHR, 4).reinterpretAsShorts().and(BELOW_12).mul(x));
                r = r.add(u.reinterpretAsInts().lanewise(LSHR, 4).reinterpretAsShorts().and(BELOW_12).mul(x));
                s = s.add(t.reinterpretAsInts().lanewise(LSHR, 4).reinterpretAsShorts().and(BELOW_12).mul(x));
                x = IntVector.broadcast(INTS, factors[first + i + 2]).reinterpretAsShorts();
                p = p.add(w.reinterpretAsInts().lanewise(LSHR, 8).reinterpretAsShorts().and(BELOW_8).mul(x));
                q = q.add(v.reinterpretAsInts().lanewise(LSHR, 8).reinterpretAsShorts().and(BELOW_8).mul(x));
                r = r.add(u.reinterpretAsInts().lanewise(LSHR, 8).reinterpretAsShorts().and(BELOW_8).mul(x));
                s = s.add(t.reinterpretAsInts().lanewise(LSHR, 8).reinterpretAsShorts().and(BELOW_8).mul(x));
                x = IntVector.broadcast(INTS, factors[first + i + 3]).reinterpretAsShorts();
                p = p.add(w.reinterpretAsInts().lanewise(LSHR, 12).reinterpretAsShorts().and(BELOW_4).mul(x));
                q = q.add(v.reinterpretAsInts().lanewise(LSHR, 12).reinterpretAsShorts().and(BELOW_4).mul(x));
                r = r.add(u.reinterpretAsInts().lanewise(LSHR, 12).reinterpretAsShorts().and(BELOW_4).mul(x));
                s = s.add(t.reinterpretAsInts().lanewise(LSHR, 12).reinterpretAsShorts().and(BELOW_4).mul(x));
            }
            p.reinterpretAsInts().intoArray(sums, 4 * group * LENGTH);
            q.reinterpretAsInts().intoArray(sums, (4 * group + 1) * LENGTH);
            r.reinterpretAsInts().intoArray(sums, (4 * group + 2) * LENGTH);
            s.reinterpretAsInts().intoArray(sums, (4 * group + 3) * LENGTH);
        }
    }
}

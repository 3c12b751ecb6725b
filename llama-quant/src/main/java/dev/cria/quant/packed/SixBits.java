package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.QuantizedLayout.HALF;
import static dev.cria.core.QuantizedLayout.LINE;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.Words.BYTES;
import static dev.cria.quant.packed.Words.LANE_COUNTS;
import static dev.cria.quant.packed.Words.SHORTS;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of levels of six bits: see {@link LevelCoding#SIX}. A strip of 32 columns is two groups of twice 3 words,
 * with a sum of 16 bits for each six.
 */
final class SixBits {
    private SixBits() {}

    /** With scales that are floats times bytes, two panels at a time. */
    record ByteScales(QuantizedLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.SIX);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.weights(), tile.offset(), lane, tile.columns() / QuantizedRows.BLOCK,
                        layout.blockShift(), layout.blockBytes(), factors.factors(),
                        factors.index(tile.row(), tile.firstColumn()), factors.corrections(),
                        factors.correctionIndex(tile.row(), tile.firstColumn()), tile.inputs().scales(),
                        tile.inputScale(), tile.out(), tile.outOffset() + lane);
            }
        }

        private static void multiply(MemorySegment weights, long offset, int lane, int strips, int blockShift,
                int blockBytes, int[] factors, int factor, int[] corrections, int correction, float[] inputs,
                int input, float[] out, int outOffset) {
            ShortVector by6 = ShortVector.broadcast(SHORTS, (short) 6);
            ShortVector by12 = ShortVector.broadcast(SHORTS, (short) 12);
            ShortVector by14 = ShortVector.broadcast(SHORTS, (short) 14);
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            FloatVector c = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS);
            FloatVector d = FloatVector.fromArray(FLOATS, out, outOffset + PANEL_ROWS + HALF);
            for (int block = 0; block < strips >> blockShift; block++) {
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
                at += 4 * LINE;
                for (int strip = block << blockShift; strip < (block + 1) << blockShift; strip++) {
                    long bytes = at + lane;
                    long words = at + 2 * LINE + 4L * lane;
                    // a product added to -0 is the product
                    FloatVector stripA = FloatVector.broadcast(FLOATS, -0f);
                    FloatVector stripB = stripA;
                    FloatVector stripC = stripA;
                    FloatVector stripD = stripA;
                    for (int group = 0; group < 2; group++) {
                        ByteVector smallScaleA = ByteVector.fromMemorySegment(BYTES, weights,
                                bytes + (long) group * PANEL_ROWS, ByteOrder.LITTLE_ENDIAN);
                        ByteVector smallScaleB = ByteVector.fromMemorySegment(BYTES, weights,
                                bytes + HALF + (long) group * PANEL_ROWS, ByteOrder.LITTLE_ENDIAN);
                        ByteVector smallScaleC = ByteVector.fromMemorySegment(BYTES, weights,
                                bytes + LINE + (long) group * PANEL_ROWS, ByteOrder.LITTLE_ENDIAN);
                        ByteVector smallScaleD = ByteVector.fromMemorySegment(BYTES, weights,
                                bytes + LINE + HALF + (long) group * PANEL_ROWS, ByteOrder.LITTLE_ENDIAN);
                        ShortVector p = IntVector.broadcast(INTS, corrections[correction + 2 * strip + group])
                                .reinterpretAsShorts();
                        ShortVector q = p;
                        for (int unit = 2 * group; unit < 2 * group + 2; unit++) {
                            int f = factor + 40 * strip + 10 * unit;
                            ShortVector w = ShortVector.fromMemorySegment(SHORTS, weights, words + 6L * LINE * unit,
                                    ByteOrder.LITTLE_ENDIAN);
                            ShortVector v = ShortVector.fromMemorySegment(SHORTS, weights,
                                    words + 6L * LINE * unit + LINE, ByteOrder.LITTLE_ENDIAN);
                            ShortVector x = IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts();
                            p = p.add(w.mul(x));
                            q = q.add(v.mul(x));
                            x = IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts();
                            p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by6) : w.lanewise(LSHR, 6)).mul(x));
                            q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by6) : v.lanewise(LSHR, 6)).mul(x));
                            x = IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts();
                            p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by12) : w.lanewise(LSHR, 12)).mul(x));
                            q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by12) : v.lanewise(LSHR, 12)).mul(x));
                            w = ShortVector.fromMemorySegment(SHORTS, weights, words + 2L * LINE * (3 * unit + 1),
                                    ByteOrder.LITTLE_ENDIAN);
                            v = ShortVector.fromMemorySegment(SHORTS, weights,
                                    words + 2L * LINE * (3 * unit + 1) + LINE, ByteOrder.LITTLE_ENDIAN);
                            x = IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts();
                            p = p.add(w.mul(x));
                            q = q.add(v.mul(x));
                            x = IntVector.broadcast(INTS, factors[f + 4]).reinterpretAsShorts();
                            p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by6) : w.lanewise(LSHR, 6)).mul(x));
                            q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by6) : v.lanewise(LSHR, 6)).mul(x));
                            x = IntVector.broadcast(INTS, factors[f + 5]).reinterpretAsShorts();
                            p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by12) : w.lanewise(LSHR, 12)).mul(x));
                            q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by12) : v.lanewise(LSHR, 12)).mul(x));
                            x = IntVector.broadcast(INTS, factors[f + 6]).reinterpretAsShorts();
                            p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by14) : w.lanewise(LSHR, 14)).mul(x));
                            q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by14) : v.lanewise(LSHR, 14)).mul(x));
                            w = ShortVector.fromMemorySegment(SHORTS, weights, words + 2L * LINE * (3 * unit + 2),
                                    ByteOrder.LITTLE_ENDIAN);
                            v = ShortVector.fromMemorySegment(SHORTS, weights,
                                    words + 2L * LINE * (3 * unit + 2) + LINE, ByteOrder.LITTLE_ENDIAN);
                            x = IntVector.broadcast(INTS, factors[f + 7]).reinterpretAsShorts();
                            p = p.add(w.mul(x));
                            q = q.add(v.mul(x));
                            x = IntVector.broadcast(INTS, factors[f + 8]).reinterpretAsShorts();
                            p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by6) : w.lanewise(LSHR, 6)).mul(x));
                            q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by6) : v.lanewise(LSHR, 6)).mul(x));
                            x = IntVector.broadcast(INTS, factors[f + 9]).reinterpretAsShorts();
                            p = p.add((LANE_COUNTS ? w.lanewise(LSHR, by12) : w.lanewise(LSHR, 12)).mul(x));
                            q = q.add((LANE_COUNTS ? v.lanewise(LSHR, by12) : v.lanewise(LSHR, 12)).mul(x));
                        }
                        IntVector first = p.reinterpretAsInts();
                        IntVector second = q.reinterpretAsInts();
                        stripA = ((FloatVector) first.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(
                                        scaleFactorA.mul(smallScaleA.convertShape(VectorOperators.B2F, FLOATS, 0)),
                                        stripA);
                        stripB = ((FloatVector) first.lanewise(VectorOperators.ASHR, 16)
                                .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(
                                        scaleFactorB.mul(smallScaleB.convertShape(VectorOperators.B2F, FLOATS, 0)),
                                        stripB);
                        stripC = ((FloatVector) second.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(
                                        scaleFactorC.mul(smallScaleC.convertShape(VectorOperators.B2F, FLOATS, 0)),
                                        stripC);
                        stripD = ((FloatVector) second.lanewise(VectorOperators.ASHR, 16)
                                .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(
                                        scaleFactorD.mul(smallScaleD.convertShape(VectorOperators.B2F, FLOATS, 0)),
                                        stripD);
                    }
                    FloatVector inputScale = FloatVector.broadcast(FLOATS, inputs[input + strip]);
                    a = stripA.fma(inputScale, a);
                    b = stripB.fma(inputScale, b);
                    c = stripC.fma(inputScale, c);
                    d = stripD.fma(inputScale, d);
                    at += 26 * LINE;
                }
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
            c.intoArray(out, outOffset + PANEL_ROWS);
            d.intoArray(out, outOffset + PANEL_ROWS + HALF);
        }
    }
}

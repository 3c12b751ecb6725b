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
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** Products of levels of six bits: see {@link LevelCoding#SIX}. A strip of 32 columns is two groups of twice 3 words, with a sum of 16 bits for each three. */
final class SixBits {
    private SixBits() {}

    /** With scales that are floats times bytes. */
    record ByteScales(IntegerLayout layout) implements TileStep {
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
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            int f = factor;
            int c = correction;
            for (int block = 0; block < (strips >> blockShift); block++) {
                long at = offset + (long) block * blockBytes;
                FloatVector scaleA = FloatVector.fromMemorySegment(FLOATS, weights, at + 4L * lane,
                        ByteOrder.LITTLE_ENDIAN);
                FloatVector scaleB = FloatVector.fromMemorySegment(FLOATS, weights, at + 4L * (lane + HALF),
                        ByteOrder.LITTLE_ENDIAN);
                at += 4 * PANEL_ROWS;
                for (int strip = block << blockShift; strip < (block + 1) << blockShift; strip++) {
                    float x = inputs[input + strip];
                    long word = at + 2 * PANEL_ROWS + 4L * lane;
                    for (int group = 0; group < 2; group++) {
                        IntVector lower = IntVector.zero(INTS);
                        IntVector upper = IntVector.zero(INTS);
                        for (int unit = 0; unit < 2; unit++) {
                            ShortVector sum = IntVector.broadcast(INTS, corrections[c]).reinterpretAsShorts();
                            ShortVector levels = ShortVector.fromMemorySegment(SHORTS, weights, word,
                                    ByteOrder.LITTLE_ENDIAN);
                            sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 6)
                                    .mul(IntVector.broadcast(INTS, factors[f + 1]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                                    .mul(IntVector.broadcast(INTS, factors[f + 2]).reinterpretAsShorts()));
                            levels = ShortVector.fromMemorySegment(SHORTS, weights, word + WORD_BYTES,
                                    ByteOrder.LITTLE_ENDIAN);
                            sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 3]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 6)
                                    .mul(IntVector.broadcast(INTS, factors[f + 4]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                                    .mul(IntVector.broadcast(INTS, factors[f + 5]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 14)
                                    .mul(IntVector.broadcast(INTS, factors[f + 6]).reinterpretAsShorts()));
                            levels = ShortVector.fromMemorySegment(SHORTS, weights, word + 2 * WORD_BYTES,
                                    ByteOrder.LITTLE_ENDIAN);
                            sum = sum.add(levels.mul(IntVector.broadcast(INTS, factors[f + 7]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 6)
                                    .mul(IntVector.broadcast(INTS, factors[f + 8]).reinterpretAsShorts()));
                            sum = sum.add(levels.lanewise(VectorOperators.LSHR, 12)
                                    .mul(IntVector.broadcast(INTS, factors[f + 9]).reinterpretAsShorts()));
                            IntVector pair = sum.reinterpretAsInts();
                            lower = lower
                                    .add(pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16));
                            upper = upper.add(pair.lanewise(VectorOperators.ASHR, 16));
                            word += 3 * WORD_BYTES;
                            f += 10;
                            c++;
                        }
                        long scale = at + lane + (long) group * PANEL_ROWS;
                        a = ((FloatVector) lower.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(
                                scaleA.mul(ByteVector.fromMemorySegment(BYTES, weights, scale, ByteOrder.LITTLE_ENDIAN)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0)).mul(x),
                                a);
                        b = ((FloatVector) upper.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB
                                .mul(ByteVector.fromMemorySegment(BYTES, weights, scale + HALF, ByteOrder.LITTLE_ENDIAN)
                                        .convertShape(VectorOperators.B2F, FLOATS, 0))
                                .mul(x), b);
                    }
                    at += 2 * PANEL_ROWS + 12 * WORD_BYTES;
                }
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }
    }
}

package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.IntegerLayout.WORD_BYTES;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** Products of levels of six bits: see {@link LevelCoding#SIX}. A group of 16 columns is twice 3 words and a sum of 16 bits; two groups share a scale of the inputs. */
final class SixBits {
    private SixBits() {}

    /** Words times factors, added up for three words each. */
    record Products() implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.SIX);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.weights(), tile.offset() + 4L * lane, tile.columns(), factors.factors(),
                        factors.index(tile.row(), tile.firstColumn()), tile.shorts(), 2 * lane);
            }
        }

        private static void multiply(MemorySegment weights, long offset, int columns, short[] factors, int factor,
                short[] partial, int to) {
            long at = offset;
            for (int i = 0; i < columns / 8; i++) {
                ShortVector word = Words.load(weights, at);
                int f = factor + 10 * i;
                ShortVector sum = word.mul(Words.broadcast(factors, f));
                sum = sum.add(Words.times(word, 6, factors, f + 1));
                sum = sum.add(Words.times(word, 12, factors, f + 2));
                word = Words.load(weights, at + WORD_BYTES);
                sum = sum.add(word.mul(Words.broadcast(factors, f + 3)));
                sum = sum.add(Words.times(word, 6, factors, f + 4));
                sum = sum.add(Words.times(word, 12, factors, f + 5));
                sum = sum.add(Words.times(word, 14, factors, f + 6));
                word = Words.load(weights, at + 2 * WORD_BYTES);
                sum = sum.add(word.mul(Words.broadcast(factors, f + 7)));
                sum = sum.add(Words.times(word, 6, factors, f + 8));
                sum = sum.add(Words.times(word, 12, factors, f + 9));
                sum.intoArray(partial, to + PANEL_ROWS * i);
                at += 3 * WORD_BYTES;
            }
        }
    }

    /** Adds the two sums of a group and multiplies with scales that are a factor times bytes: see {@link IntegerScales}. */
    record ByteScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.SIX);
            long scales = tile.offset() + layout.scales(0, tile.columns());
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.shorts(), 2 * lane, factors.corrections(),
                        factors.correctionIndex(tile.row(), tile.firstColumn()), tile.weights(), scales + lane,
                        tile.groups(), layout.blockShift(), tile.scales(), IntegerScales.FACTORS + lane,
                        tile.inputs().scales(),
                        tile.inputScale(), tile.out(), tile.outOffset() + lane);
            }
        }

        private static void multiply(short[] partial, int from, short[] corrections, int correction,
                MemorySegment weights, long scales, int groups, int blockShift, float[] factors, int firstFactor,
                float[] inputs,
                int input, float[] out, int outOffset) {
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            for (int group = 0; group < groups; group++) {
                int at = from + group * 2 * PANEL_ROWS;
                IntVector sum = corrected(partial, at, corrections, correction + 2 * group);
                IntVector next = corrected(partial, at + PANEL_ROWS, corrections, correction + 2 * group + 1);
                long scale = scales + (long) group * PANEL_ROWS;
                int factor = firstFactor + (group >> blockShift) * PANEL_ROWS;
                FloatVector lower = FloatVector.fromArray(FLOATS, factors, factor);
                FloatVector upper = FloatVector.fromArray(FLOATS, factors, factor + HALF);
                float x = inputs[input + (group >> 1)];
                a = Words.toFloats(Words.lower(sum).add(Words.lower(next)))
                        .fma(Words.bytes(weights, scale).mul(lower).mul(x), a);
                b = Words.toFloats(Words.upper(sum).add(Words.upper(next)))
                        .fma(Words.bytes(weights, scale + HALF).mul(upper).mul(x), b);
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }

        private static IntVector corrected(short[] partial, int at, short[] corrections, int correction) {
            return Words.load(partial, at).add(Words.broadcast(corrections, correction)).reinterpretAsInts();
        }
    }
}

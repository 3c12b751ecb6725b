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

/** Products of levels of four bits: see {@link LevelCoding#FOUR}. A group of 32 columns is 8 words and one sum of 16 bits. */
final class FourBits {
    /** Partial sums of a group. */
    private static final int GROUP = 4 * PANEL_ROWS;

    private FourBits() {}

    /** Words times factors, added up for two words each: with four, C2 left operations over as calls, at a quarter of the speed. */
    record Products() implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FOUR);
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
                int f = factor + 8 * i;
                ShortVector sum = word.mul(Words.broadcast(factors, f));
                sum = sum.add(Words.times(word, 4, factors, f + 1));
                sum = sum.add(Words.times(word, 8, factors, f + 2));
                sum = sum.add(Words.times(word, 12, factors, f + 3));
                word = Words.load(weights, at + WORD_BYTES);
                sum = sum.add(word.mul(Words.broadcast(factors, f + 4)));
                sum = sum.add(Words.times(word, 4, factors, f + 5));
                sum = sum.add(Words.times(word, 8, factors, f + 6));
                sum = sum.add(Words.times(word, 12, factors, f + 7));
                sum.intoArray(partial, to + PANEL_ROWS * i);
                at += 2 * WORD_BYTES;
            }
        }
    }

    /** Adds the sums of a group and multiplies with binary16 scales. */
    record HalfScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FOUR);
            long scales = tile.offset() + layout.factors(0, tile.columns());
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.shorts(), 2 * lane, factors.corrections(),
                        factors.correctionIndex(tile.row(), tile.firstColumn()), tile.weights(), scales + 4L * lane,
                        tile.groups(), tile.inputs().scales(), tile.inputScale(), tile.out(), tile.outOffset() + lane);
            }
        }

        private static void multiply(short[] partial, int from, short[] corrections, int correction,
                MemorySegment weights, long scales, int groups, float[] inputs, int input, float[] out,
                int outOffset) {
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            for (int group = 0; group < groups; group++) {
                IntVector sum = sum(partial, from + group * GROUP, corrections, correction + group);
                IntVector pair = Lanes.load(weights, scales + (long) group * WORD_BYTES);
                float factor = inputs[input + group];
                a = Words.toFloats(Words.lower(sum)).fma(Lanes.lowFloat16(pair).mul(factor), a);
                b = Words.toFloats(Words.upper(sum)).fma(Lanes.highFloat16(pair).mul(factor), b);
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }
    }

    /** Adds the sums of a group and multiplies with scales that are a factor times bytes: see {@link IntegerScales}. */
    record ByteScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FOUR);
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
                IntVector sum = sum(partial, from + group * GROUP, corrections, correction + group);
                long scale = scales + (long) group * PANEL_ROWS;
                int factor = firstFactor + (group >> blockShift) * PANEL_ROWS;
                FloatVector lower = FloatVector.fromArray(FLOATS, factors, factor);
                FloatVector upper = FloatVector.fromArray(FLOATS, factors, factor + HALF);
                float x = inputs[input + group];
                a = Words.toFloats(Words.lower(sum)).fma(Words.bytes(weights, scale).mul(lower).mul(x), a);
                b = Words.toFloats(Words.upper(sum)).fma(Words.bytes(weights, scale + HALF).mul(upper).mul(x), b);
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }
    }

    private static IntVector sum(short[] partial, int at, short[] corrections, int correction) {
        return Words.load(partial, at).add(Words.load(partial, at + PANEL_ROWS))
                .add(Words.load(partial, at + 2 * PANEL_ROWS)).add(Words.load(partial, at + 3 * PANEL_ROWS))
                .add(Words.broadcast(corrections, correction)).reinterpretAsInts();
    }
}

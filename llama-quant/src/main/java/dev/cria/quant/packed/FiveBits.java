package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.IntegerLayout.WORD_BYTES;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** Products of levels of five bits: see {@link LevelCoding#FIVE}. A group of 32 columns is twice 5 words and a sum of 16 bits. */
final class FiveBits {
    private FiveBits() {}

    /** Words times factors, added up for a word each: five words would be more operations than C2 takes. */
    record Products() implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FIVE);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.weights(), tile.offset() + 4L * lane, tile.columns(), factors.factors(),
                        factors.index(tile.row(), tile.firstColumn()), tile.shorts(), 2 * lane);
            }
        }

        private static void multiply(MemorySegment weights, long offset, int columns, short[] factors, int factor,
                short[] partial, int to) {
            long at = offset;
            for (int i = 0; i < columns / 16 * 5; i++) {
                ShortVector word = Words.load(weights, at);
                int f = factor + 4 * i;
                ShortVector sum = word.mul(Words.broadcast(factors, f));
                sum = sum.add(Words.times(word, 5, factors, f + 1));
                sum = sum.add(Words.times(word, 10, factors, f + 2));
                sum = sum.add(Words.times(word, 15, factors, f + 3));
                sum.intoArray(partial, to + PANEL_ROWS * i);
                at += WORD_BYTES;
            }
        }
    }

    /** Adds the sums of a group. */
    record Sums() implements TileStep {
        @Override
        public void run(LevelTile tile) {
            LevelFactors factors = tile.inputs().factors(LevelCoding.FIVE);
            int correction = factors.correctionIndex(tile.row(), tile.firstColumn());
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                sum(tile.shorts(), 2 * lane, factors.corrections(), correction, tile.groups(), tile.sums(), lane);
            }
        }

        private static void sum(short[] partial, int from, short[] corrections, int correction, int groups,
                float[] sums, int to) {
            int at = from;
            for (int group = 0; group < groups; group++) {
                IntVector sum = five(partial, at, corrections, correction + 2 * group);
                IntVector next = five(partial, at + 5 * PANEL_ROWS, corrections, correction + 2 * group + 1);
                at += 10 * PANEL_ROWS;
                Words.toFloats(Words.lower(sum).add(Words.lower(next))).intoArray(sums, to + group * PANEL_ROWS);
                Words.toFloats(Words.upper(sum).add(Words.upper(next))).intoArray(sums, to + group * PANEL_ROWS + HALF);
            }
        }

        private static IntVector five(short[] partial, int at, short[] corrections, int correction) {
            return Words.load(partial, at).add(Words.load(partial, at + PANEL_ROWS))
                    .add(Words.load(partial, at + 2 * PANEL_ROWS)).add(Words.load(partial, at + 3 * PANEL_ROWS))
                    .add(Words.load(partial, at + 4 * PANEL_ROWS)).add(Words.broadcast(corrections, correction))
                    .reinterpretAsInts();
        }
    }
}

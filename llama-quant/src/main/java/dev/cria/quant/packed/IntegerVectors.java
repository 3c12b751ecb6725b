package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link IntegerPanels} in the Vector API. */
final class IntegerVectors implements IntegerKernel {
    private static final int LOWER = 0xffff;

    private final IntegerLayout layout;
    private final TileStep[] product;
    private final TileStep[] unpacking;
    private final TileStep[] expanding;

    IntegerVectors(IntegerLayout layout) {
        this.layout = layout;
        TileStep sums = switch (layout.coding()) {
            case FOUR -> layout.small() ? new FourBits.HalfScales(layout) : new FourBits.ByteScales(layout);
            case FIVE -> layout.small() ? new FiveBits.HalfScales(layout) : new FiveBits.ByteScales(layout);
            case SIX -> new SixBits.ByteScales(layout);
        };
        List<TileStep> levels = List.of(new Levels(layout));
        product = join(List.of(sums),
                layout.small() && layout.summed() ? List.of(new IntegerScales.SummandProducts(layout)) : List.of());
        unpacking = join(levels, IntegerScales.unpacking(layout, layout.coding().centre()));
        expanding = join(levels, IntegerScales.unpacking(layout, 0));
    }

    private static TileStep[] join(List<TileStep> first, List<TileStep> second) {
        return Stream.concat(first.stream(), second.stream()).toArray(TileStep[]::new);
    }

    /** The single place from which steps are called. */
    private static void run(TileStep[] steps, LevelTile tile) {
        for (TileStep step : steps) {
            step.run(tile);
        }
    }

    @Override
    public void multiply(LevelTile tile) {
        run(product, tile);
    }

    @Override
    public void unpack(LevelTile tile) {
        run(unpacking, tile);
    }

    /**
     * Unpacks levels, less their centre, to {@link LevelTile#pairs()}. On the way they are {@code [columns][PANEL_ROWS]} numbers of 16 bits in the order of the words, a part of the tile at a time
     * because that fits into the L1 cache. Words are copied first, so that one loop serves the units of all strips.
     */
    private record Levels(IntegerLayout layout) implements TileStep {
        private static final int WORDS = TILE_COLUMNS * PANEL_ROWS;

        @Override
        public void run(LevelTile tile) {
            for (int first = 0; first < tile.columns(); first += TILE_COLUMNS) {
                int columns = Math.min(TILE_COLUMNS, tile.columns() - first);
                levels(tile, first, columns);
                for (int lane = 0; lane < HALF; lane += LENGTH) {
                    pair(tile.shorts(), 2 * lane, columns, tile.pairs(), first / 2 * PANEL_ROWS + lane);
                }
            }
        }

        private void levels(LevelTile tile, int first, int columns) {
            LevelCoding coding = layout.coding();
            int word = WORDS;
            for (int column = 0; column < columns; column += coding.columns()) {
                for (int i = 0; i < coding.words(); i++) {
                    MemorySegment.copy(tile.weights(), IntegerLayout.WORD,
                            tile.offset() + layout.apart(layout.word(first + column, i)), tile.shorts(), word,
                            PANEL_ROWS);
                    word += PANEL_ROWS;
                }
            }
            Arrays.fill(tile.shorts(), 0, columns * PANEL_ROWS, (short) -coding.centre());
            for (LevelCoding.Piece piece : coding.pieces()) {
                for (int lane = 0; lane < PANEL_ROWS; lane += 2 * LENGTH) {
                    add(tile.shorts(), WORDS + piece.word() * PANEL_ROWS + lane, coding.words() * PANEL_ROWS,
                            columns / coding.columns(), piece.shift(), (short) ((1 << piece.width()) - 1), piece.bit(),
                            piece.column() * PANEL_ROWS + lane, coding.columns() * PANEL_ROWS);
                }
            }
        }

        /** Adds a piece of a level of every unit. */
        private static void add(short[] shorts, int word, int stride, int units, int shift, short mask, int bit, int to,
                int toStride) {
            for (int i = 0; i < units; i++) {
                Words.load(shorts, to + i * toStride)
                        .add(Words.load(shorts, word + i * stride).lanewise(VectorOperators.LSHR, shift).and(mask)
                                .lanewise(VectorOperators.LSHL, bit))
                        .intoArray(shorts, to + i * toStride);
            }
        }

        /** Puts two columns of a row side by side, where two rows of a column were. */
        private static void pair(short[] levels, int from, int columns, int[] pairs, int to) {
            for (int k = 0; k < columns; k += 2) {
                IntVector even = Words.load(levels, k * PANEL_ROWS + from).reinterpretAsInts();
                IntVector odd = Words.load(levels, (k + 1) * PANEL_ROWS + from).reinterpretAsInts();
                int at = to + k / 2 * PANEL_ROWS;
                even.and(LOWER).or(odd.lanewise(VectorOperators.LSHL, 16)).intoArray(pairs, at);
                even.lanewise(VectorOperators.LSHR, 16).or(odd.and(~LOWER)).intoArray(pairs, at + HALF);
            }
        }
    }

    @Override
    public void expand(LevelTile tile, int first, int count, float[] target, int offset) {
        run(expanding, tile);
        for (int k = first; k < first + count; k += 2) {
            int scale = k / layout.groupColumns() * PANEL_ROWS;
            for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                expand(tile, k / 2 * PANEL_ROWS + lane, scale + lane, tile.summed() ? layout.coding().centre() : 0,
                        target, offset + (k - first) * PANEL_ROWS + lane);
            }
        }
    }

    private static void expand(LevelTile tile, int pair, int scaleAt, int add, float[] target, int to) {
        IntVector levels = IntVector.fromArray(INTS, tile.pairs(), pair);
        FloatVector scale = FloatVector.fromArray(FLOATS, tile.scales(), scaleAt);
        FloatVector summand = tile.summed()
                ? FloatVector.fromArray(FLOATS, tile.scales(), LevelTile.SUMMANDS + scaleAt)
                : FloatVector.zero(FLOATS);
        Words.toFloats(Words.lower(levels).add(add)).fma(scale, summand).intoArray(target, to);
        Words.toFloats(Words.upper(levels).add(add)).fma(scale, summand).intoArray(target, to + PANEL_ROWS);
    }
}

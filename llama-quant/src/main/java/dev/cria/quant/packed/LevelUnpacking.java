package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.QuantizedLayout.HALF;
import static dev.cria.core.QuantizedLayout.WORD_BYTES;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.Words.SHORTS;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Unpacks levels, less their centre, to {@link LevelTile#pairs()}: a column of the first half of a block and that of
 * the second of a row side by side, where words have two rows of a column. The same column of all units of a tile after
 * the other, so that its shifts are the same throughout a loop.
 */
final class LevelUnpacking implements TileStep {
    private static final int LOWER = 0xffff;
    private static final int HALF_BLOCK = QuantizedRows.BLOCK / 2;

    private final LevelCoding coding;
    private final List<Level> levels;
    /**
     * Bytes from the start of a tile to each of its units in the first halves of blocks, and to the one half a block
     * further.
     */
    private final int[] units;
    private final int[] unitsOfSecondHalves;

    /**
     * Where the pieces of the levels of a column are: bytes from the start of the unit to the word, and the bits there
     * and in the level.
     */
    private record Level(int[] word, int[] shift, short[] mask, int[] bit) {
        static Level of(QuantizedLayout layout, int column) {
            List<LevelCoding.Piece> pieces = layout.coding().pieces().stream()
                    .filter(piece -> piece.column() == column).toList();
            int count = pieces.size();
            Level level = new Level(new int[count], new int[count], new short[count], new int[count]);
            for (int i = 0; i < count; i++) {
                LevelCoding.Piece piece = pieces.get(i);
                level.word[i] = layout.apart(piece.word() * WORD_BYTES);
                level.shift[i] = piece.shift();
                level.mask[i] = (short) ((1 << piece.width()) - 1);
                level.bit[i] = piece.bit();
            }
            return level;
        }

        boolean whole() {
            return word.length == 1;
        }
    }

    LevelUnpacking(QuantizedLayout layout) {
        coding = layout.coding();
        levels = IntStream.range(0, coding.columns()).mapToObj(column -> Level.of(layout, column)).toList();
        units = units(layout, 0);
        unitsOfSecondHalves = units(layout, HALF_BLOCK);
    }

    private static int[] units(QuantizedLayout layout, int further) {
        return IntStream.range(0, LevelTile.COLUMNS).filter(column -> column % QuantizedRows.BLOCK < HALF_BLOCK)
                .filter(column -> column % layout.coding().columns() == 0)
                .map(column -> layout.apart(layout.word(column + further, 0))).toArray();
    }

    @Override
    public void run(LevelTile tile) {
        int count = tile.columns() / 2 / coding.columns();
        int stride = coding.columns() * PANEL_ROWS;
        for (int column = 0; column < coding.columns(); column++) {
            Level level = levels.get(column);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                long offset = tile.offset() + 4L * lane;
                int to = column * PANEL_ROWS + lane;
                if (level.whole()) {
                    whole(tile.weights(), offset + level.word[0], units, unitsOfSecondHalves, count, level.shift[0],
                            level.mask[0], (short) coding.centre(), tile.pairs(), to, stride);
                } else {
                    pieces(tile.weights(), offset, units, unitsOfSecondHalves, count, level, (short) coding.centre(),
                            tile.pairs(), to, stride);
                }
            }
        }
    }

    private static void whole(MemorySegment weights, long offset, int[] first, int[] second, int count, int shift,
            short mask, short centre, int[] pairs, int to, int stride) {
        for (int unit = 0; unit < count; unit++) {
            IntVector a = ShortVector
                    .fromMemorySegment(SHORTS, weights, offset + first[unit], ByteOrder.LITTLE_ENDIAN)
                    .lanewise(VectorOperators.LSHR, shift).and(mask).sub(centre).reinterpretAsInts();
            IntVector b = ShortVector
                    .fromMemorySegment(SHORTS, weights, offset + second[unit], ByteOrder.LITTLE_ENDIAN)
                    .lanewise(VectorOperators.LSHR, shift).and(mask).sub(centre).reinterpretAsInts();
            pair(a, b, pairs, to + unit * stride);
        }
    }

    private static void pieces(MemorySegment weights, long offset, int[] first, int[] second, int count, Level level,
            short centre, int[] pairs, int to, int stride) {
        for (int unit = 0; unit < count; unit++) {
            pair(level(weights, offset + first[unit], level, centre),
                    level(weights, offset + second[unit], level, centre), pairs, to + unit * stride);
        }
    }

    private static IntVector level(MemorySegment weights, long at, Level level, short centre) {
        ShortVector sum = ShortVector.broadcast(SHORTS, (short) -centre);
        for (int i = 0; i < level.word.length; i++) {
            sum = sum.add(ShortVector.fromMemorySegment(SHORTS, weights, at + level.word[i], ByteOrder.LITTLE_ENDIAN)
                    .lanewise(VectorOperators.LSHR, level.shift[i]).and(level.mask[i])
                    .lanewise(VectorOperators.LSHL, level.bit[i]));
        }
        return sum.reinterpretAsInts();
    }

    /** The lower halves are rows from 0 on, the upper ones those from {@link QuantizedLayout#HALF} on. */
    private static void pair(IntVector first, IntVector second, int[] pairs, int to) {
        first.and(LOWER).or(second.lanewise(VectorOperators.LSHL, 16)).intoArray(pairs, to);
        first.lanewise(VectorOperators.LSHR, 16).or(second.and(~LOWER)).intoArray(pairs, to + HALF);
    }
}

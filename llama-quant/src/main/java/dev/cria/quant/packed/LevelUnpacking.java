package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.IntegerLayout.WORD_BYTES;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.Words.SHORTS;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Unpacks levels, less their centre, to {@link LevelTile#pairs()}: two neighbouring columns of a row side by side, where words have two rows of a column. Two columns of all units of a tile at a time, so
 * that their shifts are the same throughout a loop.
 */
final class LevelUnpacking implements TileStep {
    private static final int LOWER = 0xffff;

    private final LevelCoding coding;
    private final List<Level> levels;
    /** Bytes from the start of a tile to each of its units. */
    private final int[] units;

    /** Where the pieces of the levels of a column are: bytes from the start of the unit to the word, and the bits there and in the level. */
    private record Level(int[] word, int[] shift, short[] mask, int[] bit) {
        static Level of(IntegerLayout layout, int column) {
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

    LevelUnpacking(IntegerLayout layout) {
        coding = layout.coding();
        levels = IntStream.range(0, coding.columns()).mapToObj(column -> Level.of(layout, column)).toList();
        units = IntStream.range(0, LevelTile.COLUMNS / coding.columns())
                .map(unit -> layout.apart(layout.word(unit * coding.columns(), 0))).toArray();
    }

    @Override
    public void run(LevelTile tile) {
        int count = tile.columns() / coding.columns();
        int stride = coding.columns() / 2 * PANEL_ROWS;
        for (int column = 0; column < coding.columns(); column += 2) {
            Level even = levels.get(column);
            Level odd = levels.get(column + 1);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                long offset = tile.offset() + 4L * lane;
                int to = column / 2 * PANEL_ROWS + lane;
                if (even.whole() && odd.whole()) {
                    whole(tile.weights(), offset, units, count, even.word[0], even.shift[0], odd.word[0], odd.shift[0],
                            even.mask[0], (short) coding.centre(), tile.pairs(), to, stride);
                } else {
                    pieces(tile.weights(), offset, units, count, even, odd, (short) coding.centre(), tile.pairs(), to,
                            stride);
                }
            }
        }
    }

    private static void whole(MemorySegment weights, long offset, int[] units, int count, int evenWord, int evenShift,
            int oddWord, int oddShift, short mask, short centre, int[] pairs, int to, int stride) {
        for (int unit = 0; unit < count; unit++) {
            long at = offset + units[unit];
            IntVector even = ShortVector.fromMemorySegment(SHORTS, weights, at + evenWord, ByteOrder.LITTLE_ENDIAN)
                    .lanewise(VectorOperators.LSHR, evenShift).and(mask).sub(centre).reinterpretAsInts();
            IntVector odd = ShortVector.fromMemorySegment(SHORTS, weights, at + oddWord, ByteOrder.LITTLE_ENDIAN)
                    .lanewise(VectorOperators.LSHR, oddShift).and(mask).sub(centre).reinterpretAsInts();
            pair(even, odd, pairs, to + unit * stride);
        }
    }

    private static void pieces(MemorySegment weights, long offset, int[] units, int count, Level even, Level odd,
            short centre, int[] pairs, int to, int stride) {
        for (int unit = 0; unit < count; unit++) {
            long at = offset + units[unit];
            pair(level(weights, at, even, centre), level(weights, at, odd, centre), pairs, to + unit * stride);
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

    /** The lower halves are rows from 0 on, the upper ones those from {@link IntegerLayout#HALF} on. */
    private static void pair(IntVector even, IntVector odd, int[] pairs, int to) {
        even.and(LOWER).or(odd.lanewise(VectorOperators.LSHL, 16)).intoArray(pairs, to);
        even.lanewise(VectorOperators.LSHR, 16).or(odd.and(~LOWER)).intoArray(pairs, to + HALF);
    }
}

package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Turns the factors and small scales of a tile of {@link IntegerPanels} into the scales and summands of its groups. They are copied to arrays first, so that memory is
 * read in order; methods are small enough for C2.
 */
final class IntegerScales {
    private static final ValueLayout.OfShort HALVES = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Where the factors go as floats. */
    private static final int FACTORS = 2 * LevelTile.SUMMANDS;
    /** Small scales in an int. */
    private static final int PER_WORD = 4;

    private final int columns;
    private final int factors;
    private final int words;
    private final boolean small;

    IntegerScales(GroupLayout layout) {
        columns = layout.columns();
        factors = layout.factors();
        small = layout.scales().isEmpty();
        words = small ? 0 : layout.groups() / PER_WORD;
    }

    /**
     * Reads the scales and summands.
     *
     * @param tile a tile that knows where it is
     * @param levelCentre what was subtracted from the levels of formats with summands
     */
    void read(LevelTile tile, float levelCentre) {
        int count = tile.columns() / columns * PANEL_ROWS;
        MemorySegment.copy(tile.weights(), HALVES, tile.offset(), tile.halves(), 0, factors * count);
        widen(tile.halves(), 0, count, tile.scales(), small ? 0 : FACTORS);
        if (factors == 2) {
            widen(tile.halves(), count, count, tile.scales(), small ? LevelTile.SUMMANDS : FACTORS + PANEL_ROWS);
        }
        if (small) {
            if (factors == 2) {
                addCentre(tile.scales(), count, levelCentre);
            }
            return;
        }
        MemorySegment.copy(tile.weights(), F16Panels.INT, tile.offset() + 2L * factors * count, tile.partial(), 0,
                factors * words * PANEL_ROWS);
        for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
            scales(tile.partial(), lane, words, tile.scales());
            if (factors == 2) {
                minima(tile.partial(), words * PANEL_ROWS + lane, words, levelCentre, tile.scales(), lane);
            }
        }
    }

    /** C2 turns this loop into the machine's own conversion. */
    private static void widen(short[] halves, int from, int count, float[] target, int to) {
        for (int i = 0; i < count; i++) {
            target[to + i] = Float.float16ToFloat(halves[from + i]);
        }
    }

    /** Multiplies the small scales with the first factor. */
    private static void scales(int[] packed, int lane, int words, float[] scales) {
        FloatVector factor = FloatVector.fromArray(FLOATS, scales, FACTORS + lane);
        int to = lane;
        for (int i = 0; i < words; i++) {
            IntVector word = IntVector.fromArray(INTS, packed, i * PANEL_ROWS + lane);
            Lanes.toFloats(word.and(0xff)).mul(factor).intoArray(scales, to);
            word = word.lanewise(VectorOperators.LSHR, 8);
            Lanes.toFloats(word.and(0xff)).mul(factor).intoArray(scales, to + PANEL_ROWS);
            word = word.lanewise(VectorOperators.LSHR, 8);
            Lanes.toFloats(word.and(0xff)).mul(factor).intoArray(scales, to + 2 * PANEL_ROWS);
            word = word.lanewise(VectorOperators.LSHR, 8);
            Lanes.toFloats(word).mul(factor).intoArray(scales, to + 3 * PANEL_ROWS);
            to += 4 * PANEL_ROWS;
        }
    }

    /** Multiplies the small minima with the second factor, and adds the centre of the levels times the scale. */
    private static void minima(int[] packed, int from, int words, float levelCentre, float[] scales, int lane) {
        FloatVector factor = FloatVector.fromArray(FLOATS, scales, FACTORS + PANEL_ROWS + lane).neg();
        FloatVector centre = FloatVector.broadcast(FLOATS, levelCentre);
        int at = lane;
        for (int i = 0; i < words; i++) {
            IntVector word = IntVector.fromArray(INTS, packed, from + i * PANEL_ROWS);
            summand(word.and(0xff), factor, centre, scales, at);
            word = word.lanewise(VectorOperators.LSHR, 8);
            summand(word.and(0xff), factor, centre, scales, at + PANEL_ROWS);
            word = word.lanewise(VectorOperators.LSHR, 8);
            summand(word.and(0xff), factor, centre, scales, at + 2 * PANEL_ROWS);
            word = word.lanewise(VectorOperators.LSHR, 8);
            summand(word, factor, centre, scales, at + 3 * PANEL_ROWS);
            at += 4 * PANEL_ROWS;
        }
    }

    private static void summand(IntVector minimum, FloatVector factor, FloatVector centre, float[] scales, int at) {
        centre.fma(FloatVector.fromArray(FLOATS, scales, at), Lanes.toFloats(minimum).mul(factor)).intoArray(scales,
                LevelTile.SUMMANDS + at);
    }

    /** Makes summands those of levels from which the centre was subtracted. */
    private static void addCentre(float[] scales, int count, float centre) {
        FloatVector factor = FloatVector.broadcast(FLOATS, centre);
        for (int i = 0; i < count; i += LENGTH) {
            factor.fma(FloatVector.fromArray(FLOATS, scales, i),
                    FloatVector.fromArray(FLOATS, scales, LevelTile.SUMMANDS + i))
                    .intoArray(scales, LevelTile.SUMMANDS + i);
        }
    }
}

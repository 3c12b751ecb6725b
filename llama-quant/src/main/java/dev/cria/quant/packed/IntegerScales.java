package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Turns the factors and small scales of a tile of {@link IntegerPanels} into the scales and summands of its groups. They are copied to arrays first, so that memory is
 * read in order.
 */
final class IntegerScales {
    private static final ValueLayout.OfShort HALVES = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Where the factors go as floats. */
    private static final int FACTORS = 2 * LevelTile.SUMMANDS;
    /** Small scales in an int. */
    private static final int PER_WORD = 4;

    private IntegerScales() {}

    /**
     * The steps for a layout.
     *
     * @param layout where the scales lie
     * @param levelCentre what was subtracted from the levels of formats with summands
     */
    static List<TileStep> steps(GroupLayout layout, float levelCentre) {
        if (layout.scales().isEmpty()) {
            return layout.factors() == 1
                    ? List.of(new Factors(layout.columns()))
                    : List.of(new Factors(layout.columns()), new Summands(layout.columns(), levelCentre));
        }
        int words = layout.groups() / PER_WORD;
        Scales scales = new Scales(layout.factors(), words, layout.scaleCentre());
        return layout.factors() == 1 ? List.of(scales) : List.of(scales, new Minima(words, levelCentre));
    }

    /** Factors that are the scales. */
    private record Factors(int columns) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            int count = tile.columns() / columns * PANEL_ROWS;
            widen(tile, tile.offset(), count, 0);
        }
    }

    /** Second factors that are the summands, and what they become when the centre is subtracted from the levels. */
    private record Summands(int columns, float levelCentre) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            int count = tile.columns() / columns * PANEL_ROWS;
            widen(tile, tile.offset() + 2L * count, count, LevelTile.SUMMANDS);
            float[] scales = tile.scales();
            for (int i = 0; i < count; i++) {
                scales[LevelTile.SUMMANDS + i] = Math.fma(levelCentre, scales[i], scales[LevelTile.SUMMANDS + i]);
            }
        }
    }

    /** The first factor of a tile of one block times the small scales. */
    private record Scales(int factors, int words, float centre) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            widen(tile, tile.offset(), factors * PANEL_ROWS, FACTORS);
            read(tile, tile.offset() + 2L * factors * PANEL_ROWS, words);
            for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                multiply(tile.ints(), lane, words, centre, tile.scales());
            }
        }

        private static void multiply(int[] packed, int lane, int words, float centre, float[] scales) {
            FloatVector factor = FloatVector.fromArray(FLOATS, scales, FACTORS + lane);
            int to = lane;
            for (int i = 0; i < words; i++) {
                IntVector word = IntVector.fromArray(INTS, packed, i * PANEL_ROWS + lane);
                Lanes.toFloats(word.and(0xff)).sub(centre).mul(factor).intoArray(scales, to);
                word = word.lanewise(VectorOperators.LSHR, 8);
                Lanes.toFloats(word.and(0xff)).sub(centre).mul(factor).intoArray(scales, to + PANEL_ROWS);
                word = word.lanewise(VectorOperators.LSHR, 8);
                Lanes.toFloats(word.and(0xff)).sub(centre).mul(factor).intoArray(scales, to + 2 * PANEL_ROWS);
                word = word.lanewise(VectorOperators.LSHR, 8);
                Lanes.toFloats(word).sub(centre).mul(factor).intoArray(scales, to + 3 * PANEL_ROWS);
                to += 4 * PANEL_ROWS;
            }
        }
    }

    /** The second factor times the small minima, less the centre of the levels times the scale: what is subtracted. */
    private record Minima(int words, float levelCentre) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            read(tile, tile.offset() + 2L * 2 * PANEL_ROWS + 4L * words * PANEL_ROWS, words);
            for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                multiply(tile.ints(), lane, words, levelCentre, tile.scales());
            }
        }

        private static void multiply(int[] packed, int lane, int words, float levelCentre, float[] scales) {
            FloatVector factor = FloatVector.fromArray(FLOATS, scales, FACTORS + PANEL_ROWS + lane).neg();
            FloatVector centre = FloatVector.broadcast(FLOATS, levelCentre);
            int at = lane;
            for (int i = 0; i < words; i++) {
                IntVector word = IntVector.fromArray(INTS, packed, i * PANEL_ROWS + lane);
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

        private static void summand(IntVector minimum, FloatVector factor, FloatVector centre, float[] scales,
                int at) {
            centre.fma(FloatVector.fromArray(FLOATS, scales, at), Lanes.toFloats(minimum).mul(factor))
                    .intoArray(scales, LevelTile.SUMMANDS + at);
        }
    }

    /** C2 turns this loop into the machine's own conversion. */
    private static void widen(LevelTile tile, long offset, int count, int to) {
        short[] halves = tile.shorts();
        float[] target = tile.scales();
        MemorySegment.copy(tile.weights(), HALVES, offset, halves, 0, count);
        for (int i = 0; i < count; i++) {
            target[to + i] = Float.float16ToFloat(halves[i]);
        }
    }

    private static void read(LevelTile tile, long offset, int words) {
        MemorySegment.copy(tile.weights(), F16Panels.INT, offset, tile.ints(), 0, words * PANEL_ROWS);
    }
}

package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelTile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/**
 * The scales and summands of a tile of {@link IntegerPanels}, unpacked to {@link LevelTile#scales()}. A scale is a binary16 factor, or a float times a small scale. A summand is that of the
 * format plus scale times the centre that was subtracted from the levels.
 */
final class IntegerScales {
    private IntegerScales() {}

    /** The steps that fill {@link LevelTile#scales()}. */
    static List<TileStep> unpacking(IntegerLayout layout, float centre) {
        TileStep scales = layout.small() ? new Halves(layout) : new Products(layout);
        if (!layout.summed()) {
            return List.of(scales);
        }
        return List.of(scales, layout.small() ? new HalfSummands(layout, centre) : new Differences(layout, centre));
    }

    /** The steps that add binary16 summands to a product. */
    static List<TileStep> halfSummands(IntegerLayout layout) {
        return List.of(new Halves(layout), new HalfSummands(layout, layout.coding().centre()), new SummandProducts());
    }

    /** Binary16 scales. */
    private record Halves(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                for (int group = 0; group < tile.groups(); group++) {
                    long at = tile.offset() + layout.block(group * tile.groupColumns()) + 4L * lane;
                    int to = group * PANEL_ROWS + lane;
                    Lanes.lowFloat16(Lanes.load(tile.weights(), at)).intoArray(tile.scales(), to);
                    Lanes.highFloat16(Lanes.load(tile.weights(), at)).intoArray(tile.scales(), to + HALF);
                }
            }
        }
    }

    /** Binary16 summands. */
    private record HalfSummands(IntegerLayout layout, float centre) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                for (int group = 0; group < tile.groups(); group++) {
                    long at = tile.offset() + layout.block(group * tile.groupColumns()) + layout.factorBytes()
                            + 4L * lane;
                    int scale = group * PANEL_ROWS + lane;
                    unpack(Lanes.lowFloat16(Lanes.load(tile.weights(), at)), centre, tile.scales(), scale);
                    unpack(Lanes.highFloat16(Lanes.load(tile.weights(), at)), centre, tile.scales(), scale + HALF);
                }
            }
        }

        private static void unpack(FloatVector summand, float centre, float[] scales, int scale) {
            FloatVector.broadcast(FLOATS, centre).fma(FloatVector.fromArray(FLOATS, scales, scale), summand)
                    .intoArray(scales, LevelTile.SUMMANDS + scale);
        }
    }

    /** Adds the products of unpacked summands and the inputs' sums to the outputs. */
    private record SummandProducts() implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                FloatVector sum = FloatVector.zero(FLOATS);
                for (int group = 0; group < tile.groups(); group++) {
                    sum = FloatVector.fromArray(FLOATS, tile.scales(), LevelTile.SUMMANDS + group * PANEL_ROWS + lane)
                            .fma(FloatVector.broadcast(FLOATS,
                                    tile.inputs().weightedSums()[tile.inputScale() + group]), sum);
                }
                FloatVector.fromArray(FLOATS, tile.out(), tile.outOffset() + lane).add(sum).intoArray(tile.out(),
                        tile.outOffset() + lane);
            }
        }
    }

    private static FloatVector product(LevelTile tile, IntegerLayout layout, int index, int column, int row) {
        MemorySegment weights = tile.weights();
        long factor = tile.offset() + layout.block(column) + index * layout.factorBytes() + 4L * row;
        return Words.bytes(weights, tile.offset() + layout.scale(index, column, row))
                .mul(FloatVector.fromMemorySegment(FLOATS, weights, factor, ByteOrder.LITTLE_ENDIAN));
    }

    /** Scales that are floats times bytes. */
    private record Products(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int group = 0; group < tile.groups(); group++) {
                for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                    product(tile, layout, 0, group * tile.groupColumns(), lane).intoArray(tile.scales(),
                            group * PANEL_ROWS + lane);
                }
            }
        }
    }

    /** Summands of minima that are floats times bytes. */
    private record Differences(IntegerLayout layout, float centre) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int group = 0; group < tile.groups(); group++) {
                for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                    int scale = group * PANEL_ROWS + lane;
                    FloatVector.broadcast(FLOATS, centre)
                            .fma(FloatVector.fromArray(FLOATS, tile.scales(), scale),
                                    product(tile, layout, 1, group * tile.groupColumns(), lane).neg())
                            .intoArray(tile.scales(), LevelTile.SUMMANDS + scale);
                }
            }
        }
    }
}

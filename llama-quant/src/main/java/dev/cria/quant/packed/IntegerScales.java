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
import jdk.incubator.vector.IntVector;

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

    /** Binary16 scales. */
    private record Halves(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                for (int group = 0; group < tile.groups(); group++) {
                    long at = tile.offset() + layout.apart(layout.factor(0, group * tile.groupColumns(), 0))
                            + 4L * lane;
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
                    long at = tile.offset() + layout.apart(layout.factor(1, group * tile.groupColumns(), 0))
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

    /** Adds the products of binary16 summands and the inputs' sums to the outputs of two panels. */
    record SummandProducts(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int panel = 0; panel < IntegerLayout.TOGETHER; panel++) {
                for (int lane = 0; lane < HALF; lane += LENGTH) {
                    add(tile, layout, (long) panel * IntegerLayout.LINE + 4L * lane, panel * PANEL_ROWS + lane);
                }
            }
        }

        private static void add(LevelTile tile, IntegerLayout layout, long lane, int row) {
            FloatVector centre = FloatVector.broadcast(FLOATS, layout.coding().centre());
            FloatVector a = FloatVector.zero(FLOATS);
            FloatVector b = FloatVector.zero(FLOATS);
            for (int group = 0; group < tile.groups(); group++) {
                long at = tile.offset() + layout.apart(layout.factor(0, group * tile.groupColumns(), 0)) + lane;
                IntVector scales = Lanes.load(tile.weights(), at);
                IntVector summands = Lanes.load(tile.weights(), at + layout.apart(layout.factorBytes()));
                FloatVector sum = FloatVector.broadcast(FLOATS,
                        tile.inputs().weightedSums()[tile.inputScale() + group]);
                a = centre.fma(Lanes.lowFloat16(scales), Lanes.lowFloat16(summands)).fma(sum, a);
                b = centre.fma(Lanes.highFloat16(scales), Lanes.highFloat16(summands)).fma(sum, b);
            }
            int to = tile.outOffset() + row;
            FloatVector.fromArray(FLOATS, tile.out(), to).add(a).intoArray(tile.out(), to);
            FloatVector.fromArray(FLOATS, tile.out(), to + HALF).add(b).intoArray(tile.out(), to + HALF);
        }
    }

    private static FloatVector product(LevelTile tile, IntegerLayout layout, int index, int column, int row) {
        MemorySegment weights = tile.weights();
        long factor = tile.offset() + layout.apart(layout.factor(index, column, row));
        return Words.bytes(weights, tile.offset() + layout.apart(layout.scale(index, column, row)))
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

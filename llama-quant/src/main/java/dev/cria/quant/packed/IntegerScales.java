package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.QuantizedLayout.HALF;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntBinaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The scales and summands of a tile of {@link IntegerPanels}, unpacked to {@link LevelTile#scales()}. A scale is a
 * binary16 factor, or a float times a small scale. A summand is that of the format plus scale times the centre that was
 * subtracted from the levels.
 */
final class IntegerScales {
    private IntegerScales() {}

    /** The steps that fill {@link LevelTile#scales()}. */
    static List<TileStep> unpacking(QuantizedLayout layout, float centre) {
        TileStep scales = layout.halfScales()
                ? new Halves(halves(layout, 0))
                : new Products(bytes(layout, 0), floats(layout, 0));
        if (!layout.summed()) {
            return List.of(scales);
        }
        return List.of(scales, layout.halfScales()
                ? new HalfSummands(halves(layout, 1), centre)
                : new Differences(bytes(layout, 1), floats(layout, 1), centre));
    }

    private static int[] halves(QuantizedLayout layout, int index) {
        return places(layout, HALF, (column, lane) -> layout.factor(index, column, 0) + Integer.BYTES * lane);
    }

    private static int[] floats(QuantizedLayout layout, int index) {
        return places(layout, PANEL_ROWS, (column, row) -> layout.factor(index, column, row));
    }

    private static int[] bytes(QuantizedLayout layout, int index) {
        return places(layout, PANEL_ROWS, (column, row) -> layout.scale(index, column, row));
    }

    /**
     * Bytes from the start of a tile to the vectors of its groups, {@code [MOST_GROUPS][lanes / LENGTH]}: finding out
     * takes longer than unpacking.
     */
    private static int[] places(QuantizedLayout layout, int lanes, IntBinaryOperator place) {
        int vectors = lanes / LENGTH;
        int[] places = new int[LevelTile.MOST_GROUPS * vectors];
        for (int i = 0; i < places.length; i++) {
            places[i] = layout.apart(place.applyAsInt(i / vectors * layout.groupColumns(), i % vectors * LENGTH));
        }
        return places;
    }

    /** Binary16 scales. */
    private record Halves(int[] places) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            int at = 0;
            for (int group = 0; group < tile.groups(); group++) {
                for (int lane = 0; lane < HALF; lane += LENGTH) {
                    IntVector halves = Lanes.load(tile.weights(), tile.offset() + places[at++]);
                    int to = group * PANEL_ROWS + lane;
                    Lanes.lowFloat16(halves).intoArray(tile.scales(), to);
                    Lanes.highFloat16(halves).intoArray(tile.scales(), to + HALF);
                }
            }
        }
    }

    /** Binary16 summands. */
    private record HalfSummands(int[] places, float centre) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            int at = 0;
            for (int group = 0; group < tile.groups(); group++) {
                for (int lane = 0; lane < HALF; lane += LENGTH) {
                    IntVector halves = Lanes.load(tile.weights(), tile.offset() + places[at++]);
                    int scale = group * PANEL_ROWS + lane;
                    unpack(Lanes.lowFloat16(halves), centre, tile.scales(), scale);
                    unpack(Lanes.highFloat16(halves), centre, tile.scales(), scale + HALF);
                }
            }
        }

        private static void unpack(FloatVector summand, float centre, float[] scales, int scale) {
            FloatVector.broadcast(FLOATS, centre).fma(FloatVector.fromArray(FLOATS, scales, scale), summand)
                    .intoArray(scales, LevelTile.SUMMANDS + scale);
        }
    }

    /** Adds the products of binary16 summands and the inputs' sums to the outputs of two panels. */
    record SummandProducts(QuantizedLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            for (int panel = 0; panel < QuantizedLayout.TOGETHER; panel++) {
                for (int lane = 0; lane < HALF; lane += LENGTH) {
                    add(tile, layout, (long) panel * QuantizedLayout.LINE + 4L * lane, panel * PANEL_ROWS + lane);
                }
            }
        }

        private static void add(LevelTile tile, QuantizedLayout layout, long lane, int row) {
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

    /** Small scales, or minima, times a factor. */
    private static FloatVector product(LevelTile tile, int bytes, int floats) {
        return Words.bytes(tile.weights(), tile.offset() + bytes)
                .mul(FloatVector.fromMemorySegment(FLOATS, tile.weights(), tile.offset() + floats,
                        ByteOrder.LITTLE_ENDIAN));
    }

    /** Scales that are floats times bytes. */
    private record Products(int[] bytes, int[] floats) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            int count = tile.groups() * PANEL_ROWS / LENGTH;
            for (int i = 0; i < count; i++) {
                product(tile, bytes[i], floats[i]).intoArray(tile.scales(), i * LENGTH);
            }
        }
    }

    /** Summands of minima that are floats times bytes. */
    private record Differences(int[] bytes, int[] floats, float centre) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            int count = tile.groups() * PANEL_ROWS / LENGTH;
            for (int i = 0; i < count; i++) {
                FloatVector.broadcast(FLOATS, centre)
                        .fma(FloatVector.fromArray(FLOATS, tile.scales(), i * LENGTH),
                                product(tile, bytes[i], floats[i]).neg())
                        .intoArray(tile.scales(), LevelTile.SUMMANDS + i * LENGTH);
            }
        }
    }
}

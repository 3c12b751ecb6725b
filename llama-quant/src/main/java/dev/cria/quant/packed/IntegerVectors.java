package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.Kernels;
import dev.cria.core.LevelTile;
import dev.cria.core.MatrixProduct;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import java.util.List;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** {@link IntegerPanels} in the Vector API. */
final class IntegerVectors implements QuantizedKernel {
    private static final int HALF_BLOCK = QuantizedRows.BLOCK / 2;
    /** Whether it takes more than one vector of words for half a panel. */
    private static final boolean NARROW = LENGTH < QuantizedLayout.HALF;

    private final QuantizedLayout layout;
    private final Kernels kernels;
    private final TileStep[] product;
    private final TileStep[] unpacking;
    private final TileStep[] expanding;

    IntegerVectors(QuantizedLayout layout, Kernels kernels) {
        this.layout = layout;
        this.kernels = kernels;
        TileStep sums = switch (layout.coding()) {
            case FOUR -> layout.halfScales()
                    ? new FourBits.HalfScales(layout)
                    : NARROW ? new NarrowProduct(layout, FourBits::narrow) : new FourBits.ByteScales(layout);
            case FIVE -> layout.halfScales()
                    ? new FiveBits.HalfScales(layout)
                    : NARROW ? new NarrowProduct(layout, FiveBits::narrow) : new FiveBits.ByteScales(layout);
            case SIX -> new SixBits.ByteScales(layout);
        };
        List<TileStep> levels = List.of(new LevelUnpacking(layout));
        product = join(List.of(sums),
                layout.halfScales() && layout.summed()
                        ? List.of(new IntegerScales.SummandProducts(layout))
                        : List.of());
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
    public boolean takesQ8Blocks() {
        return false;
    }

    @Override
    public int unpackFrom() {
        return MatrixProduct.UNPACK_FROM;
    }

    @Override
    public void multiplyUnpacked(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset,
            int outStride) {
        kernels.levelProduct(tile, x, rows, out, outOffset, outStride);
    }

    /** The summands of a tile are a sum of their own. */
    @Override
    public int columnsTogether() {
        return layout.summed() ? LevelTile.COLUMNS : Integer.MAX_VALUE;
    }

    @Override
    public void unpack(LevelTile tile) {
        run(unpacking, tile);
    }

    @Override
    public void expand(LevelTile tile, int first, int count, float[] target, int offset) {
        run(expanding, tile);
        for (int k = first; k < first + count; k++) {
            int inBlock = k % QuantizedRows.BLOCK;
            int pair = (k - inBlock) / 2 + inBlock % HALF_BLOCK;
            int scale = k / layout.groupColumns() * PANEL_ROWS;
            for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                IntVector levels = IntVector.fromArray(INTS, tile.pairs(), pair * PANEL_ROWS + lane);
                expand(inBlock < HALF_BLOCK ? Words.lower(levels) : Words.upper(levels), tile, scale + lane,
                        tile.summed() ? layout.coding().centre() : 0, target, offset + (k - first) * PANEL_ROWS + lane);
            }
        }
    }

    private static void expand(IntVector levels, LevelTile tile, int scaleAt, int add, float[] target, int to) {
        FloatVector scale = FloatVector.fromArray(FLOATS, tile.scales(), scaleAt);
        FloatVector summand = tile.summed()
                ? FloatVector.fromArray(FLOATS, tile.scales(), LevelTile.SUMMANDS + scaleAt)
                : FloatVector.zero(FLOATS);
        Words.toFloats(levels.add(add)).fma(scale, summand).intoArray(target, to);
    }
}

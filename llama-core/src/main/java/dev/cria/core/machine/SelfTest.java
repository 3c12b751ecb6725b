package dev.cria.core.machine;

import dev.cria.core.Kernels;
import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;

/**
 * Compares the arithmetic of a layout with the plain one on random tiles, to the bit: whatever a processor, a virtual
 * machine or an emulator does differently, it is found before a result depends on it.
 */
final class SelfTest {
    /** Six at a time, and some that are left over. */
    private static final int ROWS = GemmCode.MOST_ROWS + 3;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final QuantizedLayout layout;
    private final Random random;

    /**
     * @param layout where the parts of a tile lie
     * @param seed of the numbers
     */
    SelfTest(QuantizedLayout layout, long seed) {
        this.layout = layout;
        this.random = new Random(seed);
    }

    /** {@return whether the results are the same} */
    boolean passes(QuantizedKernel kernel) {
        // the summands of 512 columns are a sum of their own
        int columns = layout.summed() ? LevelTile.COLUMNS + layout.blockColumns() : layout.blockColumns();
        return gemv(kernel, columns) && gemm(kernel, layout.blockColumns());
    }

    private boolean gemv(QuantizedKernel kernel, int columns) {
        MemorySegment weights = weights(columns);
        float[] x = floats(columns);
        float[] expected = floats(QuantizedLayout.TOGETHER * Matrix.PANEL_ROWS);
        float[] actual = expected.clone();
        QuantizedKernel plain = Kernels.plain(layout);
        for (int column = 0; column < columns; column += LevelTile.COLUMNS) {
            int count = Math.min(LevelTile.COLUMNS, columns - column);
            LevelTile tile = tile(weights, column, count);
            tile.with(inputs(plain, x, 1, columns), 0, expected, 0);
            plain.multiply(tile);
        }
        LevelTile tile = tile(weights, 0, columns);
        tile.with(inputs(kernel, x, 1, columns), 0, actual, 0);
        kernel.multiply(tile);
        return Arrays.equals(expected, actual);
    }

    private boolean gemm(QuantizedKernel kernel, int columns) {
        MemorySegment weights = weights(columns);
        float[] x = floats(ROWS * columns);
        int stride = Matrix.PANEL_ROWS + 1;
        float[] expected = floats(ROWS * stride);
        float[] actual = expected.clone();
        multiplyUnpacked(Kernels.plain(layout), tile(weights, 0, columns), x, expected, stride);
        multiplyUnpacked(kernel, tile(weights, 0, columns), x, actual, stride);
        return Arrays.equals(expected, actual);
    }

    private void multiplyUnpacked(QuantizedKernel kernel, LevelTile tile, float[] x, float[] out, int stride) {
        kernel.unpack(tile);
        kernel.multiplyUnpacked(tile, inputs(kernel, x, ROWS, tile.columns()), ROWS, out, 0, stride);
    }

    LevelTile tile(MemorySegment weights, int column, int count) {
        LevelTile tile = new LevelTile();
        tile.set(layout, weights, (long) QuantizedLayout.TOGETHER * column / layout.blockColumns()
                * layout.blockBytes(), column, count);
        return tile;
    }

    QuantizedRows inputs(QuantizedKernel kernel, float[] x, int rows, int columns) {
        QuantizedRows inputs = new QuantizedRows();
        if (kernel.takesQ8Blocks()) {
            inputs.resizeForBlocks(rows, columns, Set.of(layout.coding()));
        } else if (rows == 1) {
            inputs.resizeForPacked(rows, columns, Set.of(layout.coding()));
        } else {
            inputs.resizeForUnpacked(rows, columns, Set.of(layout.coding()));
        }
        for (int row = 0; row < rows; row++) {
            Kernels.plain().quantize(x, row * columns, inputs, row);
        }
        return inputs;
    }

    float[] floats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }

    /** Two panels of random bits, but for factors, which are random numbers. */
    MemorySegment weights(int columns) {
        byte[] bytes = new byte[QuantizedLayout.TOGETHER * columns / layout.blockColumns() * layout.blockBytes()];
        random.nextBytes(bytes);
        MemorySegment weights = MemorySegment.ofArray(bytes);
        for (int column = 0; column < columns; column += layout.blockColumns()) {
            int from = QuantizedLayout.TOGETHER * column / layout.blockColumns() * layout.blockBytes();
            int end = from + QuantizedLayout.TOGETHER * layout.factorsBytes();
            for (int at = from; at < end; at += layout.halfScales() ? Short.BYTES : Float.BYTES) {
                float factor = (float) random.nextGaussian() / 64;
                if (layout.halfScales()) {
                    weights.set(SHORT, at, Float.floatToFloat16(factor));
                } else {
                    weights.set(FLOAT, at, factor);
                }
            }
        }
        return weights;
    }
}

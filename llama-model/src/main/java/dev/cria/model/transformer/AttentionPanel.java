package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Space for one panel of keys or values as floats: in native memory, where the kernel for several rows of inputs reads
 * it fastest; for one row it stays in an array, which saves the copy.
 */
public final class AttentionPanel {
    private static final int CACHE_LINE = 64;

    private final float[] array;
    private final float[] scales;
    private final MemorySegment aligned;
    private int rows;

    AttentionPanel(int headLength) {
        array = new float[Math.max(headLength, KvPage.POSITIONS) * PANEL_ROWS];
        scales = new float[(headLength + PANEL_ROWS - 1) / PANEL_ROWS * KvPage.POSITIONS];
        aligned = Arena.ofAuto().allocate(Float.BYTES * (long) array.length, CACHE_LINE);
    }

    void set(float[] source, int index, int count, int inputRows) {
        rows = inputRows;
        if (rows == 1) {
            System.arraycopy(source, index, array, 0, count);
        } else {
            MemorySegment.copy(source, index, aligned, ValueLayout.JAVA_FLOAT, 0, count);
        }
    }

    /** {@return where a page writes its numbers, before it says so by {@link #written}} */
    float[] array() {
        return array;
    }

    /** {@return space for the scales of the keys or values of a head} */
    float[] scales() {
        return scales;
    }

    /** Takes what was written into the array. */
    void written(int count, int inputRows) {
        rows = inputRows;
        if (rows > 1) {
            MemorySegment.copy(array, 0, aligned, ValueLayout.JAVA_FLOAT, 0, count);
        }
    }

    /** Adds the product with the rows of inputs it was set for, see {@link Kernels#panelProduct}. */
    void multiply(Kernels kernels, int depth, float[] x, int xOffset, int xStride, float[] out, int outOffset,
            int outStride) {
        if (rows == 1) {
            kernels.panelRow(array, depth, x, xOffset, out, outOffset);
        } else {
            kernels.panelProduct(aligned, depth, x, xOffset, xStride, rows, out, outOffset, outStride);
        }
    }
}

package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.Kernels;
import dev.cria.model.KvType;
import dev.cria.model.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values in pages of {@value #PAGE} positions, added as the sequence grows. Both are laid out as the panels
 * that the kernels multiply. A key page is, for each head, {@code [headLength][PAGE]}: positions are lanes, so scores
 * of 32 positions come out side by side. A value page is, for each head and each
 * {@value dev.cria.core.Matrix#PANEL_ROWS} components of it, {@code [PAGE][32]}: components are lanes.
 */
public final class PagedKvCache implements KvCache {
    static final int PAGE = PANEL_ROWS;

    private final KvType type;
    private final int kvHeads;
    private final int headLength;
    private final int headPanels;
    private final int capacity;
    private final int layers;
    private final List<Page> pages = new ArrayList<>();
    private int length;

    /** One page of all layers. */
    private sealed interface Page {
        /** A page of floats. */
        record Floats(float[][] keys, float[][] values) implements Page {}

        /** A page of binary16 numbers. */
        record Halves(short[][] keys, short[][] values) implements Page {}
    }

    /**
     * A sequence without positions.
     *
     * @param config sizes
     * @param capacity positions that it may have
     * @param type how keys and values are stored
     */
    public PagedKvCache(ModelConfig config, int capacity, KvType type) {
        this.type = type;
        this.layers = config.layers();
        this.kvHeads = config.kvHeads();
        this.headLength = config.headLength();
        this.headPanels = headPanels(headLength);
        this.capacity = capacity;
    }

    /** {@return the number of panels that hold the components of one head} */
    static int headPanels(int headLength) {
        return (headLength + PANEL_ROWS - 1) / PANEL_ROWS;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("length must be 0 to " + length + ", not " + newLength);
        }
        length = newLength;
        int kept = (newLength + PAGE - 1) / PAGE;
        while (pages.size() > kept) {
            pages.removeLast();
        }
    }

    /**
     * Makes room for positions, without counting them as present.
     *
     * @param end the first for which there need be none
     */
    public void reserve(int end) {
        int keys = kvHeads * headLength * PAGE;
        int values = kvHeads * headPanels * PAGE * PANEL_ROWS;
        int before = pages.size();
        try {
            while (pages.size() * PAGE < end) {
                pages.add(switch (type) {
                    case F32 -> new Page.Floats(new float[layers][keys], new float[layers][values]);
                    case F16 -> new Page.Halves(new short[layers][keys], new short[layers][values]);
                });
            }
        } catch (OutOfMemoryError e) {
            // others may need what this sequence cannot use
            pages.subList(before, pages.size()).clear();
            throw e;
        }
    }

    /** Counts positions up to {@code end} as present. */
    void advance(int end) {
        length = end;
    }

    /**
     * Writes the key and the value of one position, {@code [kvHeads * headLength]} each.
     *
     * @param layer layer index
     * @param position a position for which there is room
     * @param key where the key is
     * @param keyOffset index of its first component
     * @param value where the value is
     * @param valueOffset index of its first component
     */
    public void store(int layer, int position, float[] key, int keyOffset, float[] value, int valueOffset) {
        int slot = position % PAGE;
        switch (pages.get(position / PAGE)) {
            case Page.Floats page -> {
                float[] keys = page.keys[layer];
                float[] values = page.values[layer];
                for (int component = 0; component < kvHeads * headLength; component++) {
                    keys[component * PAGE + slot] = key[keyOffset + component];
                    values[valueIndex(component, slot)] = value[valueOffset + component];
                }
            }
            case Page.Halves page -> {
                short[] keys = page.keys[layer];
                short[] values = page.values[layer];
                for (int component = 0; component < kvHeads * headLength; component++) {
                    keys[component * PAGE + slot] = Float.floatToFloat16(key[keyOffset + component]);
                    values[valueIndex(component, slot)] = Float.floatToFloat16(value[valueOffset + component]);
                }
            }
        }
    }

    private int valueIndex(int component, int slot) {
        int i = component % headLength;
        int panel = component / headLength * headPanels + i / PANEL_ROWS;
        return (panel * PAGE + slot) * PANEL_ROWS + i % PANEL_ROWS;
    }

    /**
     * Space for one panel as floats: in native memory, where the kernel for several rows of inputs reads it fastest;
     * for one row it stays in an array, which saves the copy.
     */
    static final class Panel {
        private static final int CACHE_LINE = 64;

        private final float[] array;
        private final MemorySegment aligned;
        private int rows;

        Panel(int headLength) {
            array = new float[Math.max(headLength, PAGE) * PANEL_ROWS];
            aligned = Arena.ofAuto().allocate(Float.BYTES * (long) array.length, CACHE_LINE);
        }

        private void set(float[] source, int index, int count, int inputRows) {
            rows = inputRows;
            if (rows == 1) {
                System.arraycopy(source, index, array, 0, count);
            } else {
                MemorySegment.copy(source, index, aligned, ValueLayout.JAVA_FLOAT, 0, count);
            }
        }

        private void set(Kernels kernels, short[] halves, int index, int count, int inputRows) {
            rows = inputRows;
            kernels.widen(halves, index, count, array, 0);
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

    /** Copies the keys of a head in a page, {@code [headLength][PAGE]}, for products with some rows of inputs. */
    void keys(int layer, int page, int head, Kernels kernels, int rows, Panel panel) {
        int size = headLength * PAGE;
        switch (pages.get(page)) {
            case Page.Floats p -> panel.set(p.keys[layer], head * size, size, rows);
            case Page.Halves p -> panel.set(kernels, p.keys[layer], head * size, size, rows);
        }
    }

    /**
     * Copies some components of the values of a head in a page, {@code [PAGE][PANEL_ROWS]}, for products with some rows
     * of inputs.
     */
    void values(int layer, int page, int head, int part, Kernels kernels, int rows, Panel panel) {
        int size = PAGE * PANEL_ROWS;
        int index = (head * headPanels + part) * size;
        switch (pages.get(page)) {
            case Page.Floats p -> panel.set(p.values[layer], index, size, rows);
            case Page.Halves p -> panel.set(kernels, p.values[layer], index, size, rows);
        }
    }
}

package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values in pages of {@value #PAGE} positions, added as the sequence grows. Both are laid out as the panels that the
 * kernels multiply. A key page is, for each head, {@code [headLength][PAGE]}: positions are lanes, so scores of 32 positions
 * come out side by side. A value page is, for each head and each {@value dev.cria.core.Matrix#PANEL_ROWS} components of it,
 * {@code [PAGE][32]}: components are lanes.
 */
final class PagedKvCache implements KvCache {
    static final int PAGE = PANEL_ROWS;

    private final int kvHeads;
    private final int headLength;
    private final int headPanels;
    private final int capacity;
    private final int layers;
    private final List<Page> pages = new ArrayList<>();
    private int length;

    /** One page of all layers. */
    private record Page(float[][] keys, float[][] values) {}

    PagedKvCache(ModelConfig config, int capacity) {
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

    /** Makes room for positions up to {@code end}, without counting them as present. */
    void reserve(int end) {
        while (pages.size() * PAGE < end) {
            pages.add(new Page(new float[layers][kvHeads * headLength * PAGE],
                    new float[layers][kvHeads * headPanels * PAGE * PANEL_ROWS]));
        }
    }

    /** Counts positions up to {@code end} as present. */
    void advance(int end) {
        length = end;
    }

    /** Writes the key and the value of one position, {@code [kvHeads * headLength]} each. */
    void store(int layer, int position, float[] key, int keyOffset, float[] value, int valueOffset) {
        Page page = pages.get(position / PAGE);
        int slot = position % PAGE;
        float[] keys = page.keys[layer];
        float[] values = page.values[layer];
        for (int head = 0; head < kvHeads; head++) {
            for (int i = 0; i < headLength; i++) {
                int component = head * headLength + i;
                keys[component * PAGE + slot] = key[keyOffset + component];
                int panel = head * headPanels + i / PANEL_ROWS;
                values[(panel * PAGE + slot) * PANEL_ROWS + i % PANEL_ROWS] = value[valueOffset + component];
            }
        }
    }

    /** {@return the key panels of a page, one for each head, {@code [kvHeads][headLength][PAGE]}} */
    float[] keys(int layer, int page) {
        return pages.get(page).keys[layer];
    }

    /** {@return the value panels of a page, {@code [kvHeads][headPanels][PAGE][PANEL_ROWS]}} */
    float[] values(int layer, int page) {
        return pages.get(page).values[layer];
    }
}

package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.model.transformer.PagedKvCache.PAGE;

import dev.cria.core.Kernels;
import dev.cria.model.ModelConfig;
import java.util.Arrays;

/**
 * Causal attention with grouped queries: for each query, the softmax of its products with the keys up to its own position, or those in the
 * window that ends there, weighs the values. Keys and values are panels, so both products are the same kernel as every other product, and every score and
 * every output is summed in one order, whatever else is in the batch.
 */
final class Attention {
    /**
     * Query rows that share one pass over keys and values: enough to reuse a page from L1 several times, few enough that their
     * scores at 4,096 positions stay in L2.
     */
    private static final int QUERY_ROWS = 48;

    private final Kernels kernels;
    private final int group;
    private final int headLength;
    private final int headPanels;
    private final int queryStride;
    private final float scale;
    private final int window;
    private final Scratch[] scratch;

    private static final class Scratch {
        final PagedKvCache.Panel panel;
        float[] scores = {};
        float[] sums = {};

        Scratch(int headLength) {
            panel = new PagedKvCache.Panel(headLength);
        }
    }

    Attention(Kernels kernels, ModelConfig config, int queryStride, int workers) {
        this.kernels = kernels;
        this.group = config.heads() / config.kvHeads();
        this.headLength = config.headLength();
        this.headPanels = PagedKvCache.headPanels(headLength);
        this.queryStride = queryStride;
        this.scale = (float) (1 / Math.sqrt(headLength));
        this.window = config.slidingWindow().orElse(Integer.MAX_VALUE);
        this.scratch = new Scratch[workers];
        Arrays.setAll(scratch, i -> new Scratch(headLength));
    }

    /** {@return how many rows of a sequence one call of {@link #attend} should be given} */
    int rowsPerTile() {
        return Math.max(1, QUERY_ROWS / group);
    }

    /**
     * Attends from some neighbouring rows of one sequence with the query heads that share one key/value head.
     *
     * @param cache the sequence, which already holds the rows' own keys and values
     * @param layer layer index
     * @param kvHead key/value head
     * @param position position of the first row
     * @param rows number of rows
     * @param queries rotated queries, {@code [rows][queryStride]}
     * @param queryOffset index of the first row's first query
     * @param out receives the weighted values, laid out as the queries
     * @param worker whose scratch space to use
     */
    void attend(PagedKvCache cache, int layer, int kvHead, int position, int rows, float[] queries, int queryOffset,
            float[] out, int worker) {
        int end = position + rows;
        int pages = (end + PAGE - 1) / PAGE;
        int firstPage = firstVisible(position) / PAGE;
        int stride = pages * PAGE;
        int all = group * rows;
        int first = queryOffset + kvHead * group * headLength;
        Scratch own = scratch[worker];
        own.scores = zeros(own.scores, all * stride);
        own.sums = zeros(own.sums, all * headPanels * PANEL_ROWS);

        // scores[head][row][position]; with a single row its heads are the rows of one product
        int products = rows == 1 ? 1 : group;
        int perProduct = all / products;
        int queryStep = rows == 1 ? headLength : queryStride;
        for (int page = firstPage; page < pages; page++) {
            cache.keys(layer, page, kvHead, kernels, own.panel);
            for (int h = 0; h < products; h++) {
                kernels.panelProduct(own.panel.floats, headLength, queries, first + h * headLength,
                        queryStep, perProduct, own.scores, h * rows * stride + page * PAGE, stride);
            }
        }
        for (int h = 0; h < group; h++) {
            for (int row = 0; row < rows; row++) {
                int at = (h * rows + row) * stride;
                int visible = position + row + 1;
                int hidden = firstVisible(position + row);
                Arrays.fill(own.scores, at, at + hidden, 0f);
                kernels.softmax(own.scores, at + hidden, visible - hidden, scale);
                Arrays.fill(own.scores, at + visible, at + stride, 0f);
            }
        }
        int sumStride = headPanels * PANEL_ROWS;
        for (int page = firstPage; page < pages; page++) {
            int depth = Math.min(PAGE, end - page * PAGE);
            for (int panel = 0; panel < headPanels; panel++) {
                cache.values(layer, page, kvHead, panel, kernels, own.panel);
                kernels.panelProduct(own.panel.floats, depth, own.scores,
                        page * PAGE, stride, all, own.sums, panel * PANEL_ROWS, sumStride);
            }
        }
        for (int h = 0; h < group; h++) {
            for (int row = 0; row < rows; row++) {
                System.arraycopy(own.sums, (h * rows + row) * sumStride, out,
                        first + h * headLength + row * queryStride, headLength);
            }
        }
    }

    /** {@return the first position that a query at a position attends to} */
    private int firstVisible(int position) {
        return Math.max(0, position - window + 1);
    }

    private static float[] zeros(float[] array, int length) {
        if (array.length < length) {
            return new float[length + length / 4];
        }
        Arrays.fill(array, 0, length, 0f);
        return array;
    }
}

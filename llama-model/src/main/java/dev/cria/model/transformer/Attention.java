package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.model.transformer.KvPage.POSITIONS;

import dev.cria.core.Kernels;
import dev.cria.model.config.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Causal attention with grouped queries: for each query, the softmax of its products with the keys up to its own
 * position, or those in the window that ends there, weighs the values. Keys and values are panels, so both products are
 * the same kernel as every other product, and every score and every output is summed in one order, whatever else is in
 * the batch.
 */
public final class Attention {
    /**
     * Query rows that share one pass over keys and values: enough to reuse a page from L1 several times, few enough
     * that their scores at 4,096 positions stay in L2.
     */
    private static final int QUERY_ROWS = 48;

    private final Kernels kernels;
    private final int kvHeads;
    private final int group;
    private final int headLength;
    private final int headPanels;
    private final int queryStride;
    private final float scale;
    private final int window;
    private final Scratch[] scratch;

    private static final class Scratch {
        final AttentionPanel panel;
        float[] scores = {};
        float[] sums = {};

        Scratch(int headLength) {
            panel = new AttentionPanel(headLength);
        }
    }

    /**
     * @param kernels the primitives to use
     * @param config sizes
     * @param queryStride distance between the rows of queries
     * @param workers members of the team that attends
     */
    public Attention(Kernels kernels, ModelConfig config, int queryStride, int workers) {
        this.kernels = kernels;
        this.kvHeads = config.kvHeads();
        this.group = config.heads() / kvHeads;
        this.headLength = config.headLength();
        this.headPanels = PageShape.of(config).headPanels();
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
     * Shares out rows of one sequence: a single row so that every member of the team has a part, several head by head.
     *
     * @param cache the sequence
     * @param row first row in the batch
     * @param rows number of rows
     * @param position position of the first row
     * @return the pieces
     */
    public List<Tile> tiles(KvCache cache, int row, int rows, int position) {
        List<Tile> tiles = new ArrayList<>();
        int parts = rows == 1 ? Math.min(kvHeads, scratch.length) : kvHeads;
        for (int part = 0; part < parts; part++) {
            int head = kvHeads * part / parts;
            tiles.add(new Tile(cache, row, rows, position, head, kvHeads * (part + 1) / parts - head));
        }
        return tiles;
    }

    /**
     * A piece of the work: neighbouring rows of one sequence, and the query heads of neighbouring key/value heads. A
     * single row takes many of these, whose keys and values are neighbours in a page, so that memory is read in long
     * runs; several rows take one, or their scores would outgrow the caches.
     *
     * @param cache the sequence, which already holds the rows' own keys and values
     * @param row first row in the batch
     * @param rows number of rows
     * @param position position of the first row
     * @param kvHead first key/value head
     * @param kvHeads number of key/value heads
     */
    public record Tile(KvCache cache, int row, int rows, int position, int kvHead, int kvHeads) {}

    /**
     * Attends from a tile.
     *
     * @param tile rows and heads
     * @param layer layer index
     * @param queries rotated queries of the batch, {@code [rows][queryStride]}
     * @param out receives the weighted values, laid out as the queries
     * @param worker whose scratch space to use
     */
    public void attend(Tile tile, int layer, float[] queries, float[] out, int worker) {
        KvCache cache = tile.cache;
        int rows = tile.rows;
        int position = tile.position;
        int end = position + rows;
        int pages = (end + POSITIONS - 1) / POSITIONS;
        int firstPage = firstVisible(position) / POSITIONS;
        int stride = pages * POSITIONS;
        int heads = group * tile.kvHeads;
        int all = heads * rows;
        int first = tile.row * queryStride + tile.kvHead * group * headLength;
        Scratch own = scratch[worker];
        own.scores = zeros(own.scores, all * stride);
        own.sums = zeros(own.sums, all * headPanels * PANEL_ROWS);

        // scores[head][row][position]; with a single row its heads are the rows of one product
        int products = rows == 1 ? 1 : group;
        int perProduct = group * rows / products;
        int queryStep = rows == 1 ? headLength : queryStride;
        for (int page = firstPage; page < pages; page++) {
            for (int kv = 0; kv < tile.kvHeads; kv++) {
                ((PanelPage) cache.page(page)).keys(layer, tile.kvHead + kv, kernels, perProduct, own.panel);
                for (int h = kv * group; h < kv * group + products; h++) {
                    own.panel.multiply(kernels, headLength, queries, first + h * headLength, queryStep, own.scores,
                            h * rows * stride + page * POSITIONS, stride);
                }
            }
        }
        for (int h = 0; h < heads; h++) {
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
            int depth = Math.min(POSITIONS, end - page * POSITIONS);
            for (int kv = 0; kv < tile.kvHeads; kv++) {
                int head = kv * group * rows;
                for (int panel = 0; panel < headPanels; panel++) {
                    ((PanelPage) cache.page(page)).values(layer, tile.kvHead + kv, panel, kernels, group * rows,
                            own.panel);
                    own.panel.multiply(kernels, depth, own.scores, head * stride + page * POSITIONS, stride, own.sums,
                            head * sumStride + panel * PANEL_ROWS, sumStride);
                }
            }
        }
        for (int h = 0; h < heads; h++) {
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

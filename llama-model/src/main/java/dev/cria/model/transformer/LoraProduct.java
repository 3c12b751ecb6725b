package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;

import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import dev.cria.model.transformer.LoraPanels.Embedding;
import dev.cria.model.transformer.LoraPanels.Group;
import dev.cria.model.transformer.LoraPanels.Part;
import dev.cria.model.transformer.LoraPanels.Place;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Adds the changes of adapters to products: {@code y += scale * B (A x)}, adapter by adapter. Rows of a batch may have
 * different adapters; a row's result does not depend on the others, and a row without adapters is not touched. Every
 * element is one chain of fused multiply-adds, as in {@link dev.cria.core.MatrixProduct}.
 */
final class LoraProduct {
    /** Rows that share one pass over the matrices; few enough that a prompt is spread over a team. */
    private static final int TILE_ROWS = 32;

    private final Kernels kernels;
    private final WorkerTeam team;
    /** What is between A and B, for each member of the team, {@code [TILE_ROWS][padded rank]}. */
    private final float[][] between;

    private int rows;
    private int tiles;
    private int[] starts = new int[2];
    private LoraSet[] sets = {LoraSet.NONE};

    LoraProduct(Kernels kernels, WorkerTeam team) {
        this.kernels = kernels;
        this.team = team;
        between = new float[team.size()][0];
    }

    /**
     * One output of a product.
     *
     * @param out sums, {@code [rows][stride]}
     * @param stride distance between rows, a multiple of {@code PANEL_ROWS}
     */
    record Target(float[] out, int stride) {}

    /** Begins to collect the adapters of rows. */
    void begin() {
        rows = 0;
        tiles = 0;
    }

    /** Adds the adapters of the next row; rows with the same ones are worked on together. */
    void row(LoraSet set) {
        if (tiles == 0 || !sets[tiles - 1].equals(set)
                || rows - starts[tiles - 1] == TILE_ROWS) {
            if (tiles == sets.length) {
                // sets, whose length is the capacity, grow last: there may not be enough memory for both
                starts = Arrays.copyOf(starts, 2 * tiles + 1);
                sets = Arrays.copyOf(sets, 2 * tiles);
            }
            sets[tiles] = set;
            starts[tiles] = rows;
            tiles++;
            for (LoraSet.Entry entry : set.entries()) {
                ensure(entry.panels().largestRank());
            }
        }
        rows++;
        starts[tiles] = rows;
    }

    private void ensure(int rank) {
        int needed = Math.multiplyExact(TILE_ROWS, rank);
        for (int worker = 0; worker < between.length; worker++) {
            if (between[worker].length < needed) {
                between[worker] = new float[needed];
            }
        }
    }

    private boolean hasAdapters() {
        for (int tile = 0; tile < tiles; tile++) {
            if (!sets[tile].isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Adds the changes at a place.
     *
     * @param place where
     * @param layer of which layer
     * @param x inputs, {@code [rows][xStride]}
     * @param xStride distance between the rows of inputs
     * @param targets the outputs of the place
     */
    void add(Place place, int layer, float[] x, int xStride, Target... targets) {
        if (!hasAdapters()) {
            return;
        }
        team.run(tiles, (tile, worker) -> {
            for (LoraSet.Entry entry : sets[tile].entries()) {
                Group group = entry.panels().group(place, layer);
                if (group != null) {
                    add(group, entry.scale(), starts[tile], starts[tile + 1] - starts[tile], x, xStride, targets,
                            between[worker]);
                }
            }
        });
    }

    private void add(Group group, float scale, int first, int count, float[] x, int xStride, Target[] targets,
            float[] low) {
        int stride = group.paddedRank();
        Arrays.fill(low, 0, count * stride, 0f);
        int tile = 0;
        for (int row = 0; row < stride; row += PANEL_ROWS) {
            for (int column = 0; column < group.inputs(); column += TILE_COLUMNS) {
                int columns = Math.min(TILE_COLUMNS, group.inputs() - column);
                kernels.panelProduct(group.a()[tile++], columns, x, first * xStride + column, xStride, count, low, row,
                        stride);
            }
        }
        for (Part part : group.parts()) {
            float factor = (float) (part.scale() * scale);
            for (int i = 0; i < count; i++) {
                for (int r = 0; r < part.rank(); r++) {
                    low[i * stride + part.first() + r] *= factor;
                }
            }
            Target target = targets[part.target()];
            addB(part.b(), part.rank(), low, part.first(), stride, count, target.out,
                    first * target.stride, target.stride);
        }
    }

    private void addB(MemorySegment[] b, int rank, float[] low, int lowOffset, int lowStride, int count,
            float[] out, int outOffset, int outStride) {
        for (int panel = 0; panel < b.length; panel++) {
            kernels.panelProduct(b[panel], rank, low, lowOffset, lowStride, count, out, outOffset + panel * PANEL_ROWS,
                    outStride);
        }
    }

    /** Adds the changes of the embeddings of a batch, whose rows have been collected. */
    void addEmbeddings(Batch batch, float[] hidden, int stride) {
        if (!hasAdapters()) {
            return;
        }
        team.run(tiles, (tile, worker) -> {
            for (LoraSet.Entry entry : sets[tile].entries()) {
                Embedding embedding = entry.panels().embedding();
                if (embedding != null) {
                    addEmbeddings(embedding, entry.scale(), batch, starts[tile], starts[tile + 1], hidden, stride,
                            between[worker]);
                }
            }
        });
    }

    private void addEmbeddings(Embedding embedding, float scale, Batch batch, int first, int end, float[] hidden,
            int stride, float[] low) {
        int rank = embedding.rank();
        float factor = (float) (embedding.scale() * scale);
        for (int row = first; row < end; row++) {
            for (int r = 0; r < rank; r++) {
                low[(row - first) * rank + r] = factor
                        * embedding.a()[r * embedding.vocabulary() + batch.token(row)];
            }
        }
        addB(embedding.b(), rank, low, 0, rank, end - first, hidden, first * stride, stride);
    }
}

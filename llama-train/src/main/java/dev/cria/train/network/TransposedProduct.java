package dev.cria.train.network;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import dev.cria.core.WorkerTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The gradient of the inputs of frozen matrices, in whatever format they are stored: {@code dX[t] += W^T dOut[t]}.
 * Blocks of columns are spread over a team; each is expanded to floats, part of the rows at a time, turned so that
 * columns are lanes, and multiplied by the same kernel as every other product. Every element is one chain of fused
 * multiply-adds, matrix by matrix, rows rising.
 */
final class TransposedProduct {
    /**
     * Columns of a block where the storage format does not want more: narrow matrices too give every thread a share.
     */
    private static final int BLOCK_COLUMNS = 128;
    /** Rows that are expanded at a time: with 128 columns they are 128 KiB, which stay in a second-level cache. */
    private static final int DEPTH = 256;
    /** Tokens that share one pass over the expanded rows: their inputs take 96 KiB beside them. */
    private static final int TOKENS = 96;
    private static final int CACHE_LINE = 64;

    private final Kernels kernels;
    private final WorkerTeam team;
    private final Scratch[] scratch;

    TransposedProduct(Kernels kernels, WorkerTeam team) {
        this.kernels = kernels;
        this.team = team;
        scratch = new Scratch[team.size()];
        Arrays.setAll(scratch, i -> new Scratch());
    }

    /**
     * A matrix and the gradient of its outputs.
     *
     * @param matrix the weights
     * @param dOut gradient of the outputs, {@code [tokens][stride]}
     * @param offset index of the first
     * @param stride distance between the rows
     */
    record Term(Matrix matrix, float[] dOut, int offset, int stride) {}

    /**
     * Space of one worker: a panel as formats expand it, the same turned, and all panels of a block where kernels read
     * them.
     */
    private static final class Scratch {
        private float[] expanded = {};
        private final float[] turned = new float[PANEL_ROWS * PANEL_ROWS];
        private MemorySegment[] panels = {};

        void prepare(int columns) {
            if (panels.length < panelsOf(columns)) {
                long bytes = (long) Float.BYTES * DEPTH * PANEL_ROWS;
                MemorySegment memory = Arena.ofAuto().allocate(panelsOf(columns) * bytes, CACHE_LINE);
                panels = IntStream.range(0, panelsOf(columns)).mapToObj(i -> memory.asSlice(i * bytes, bytes))
                        .toArray(MemorySegment[]::new);
            }
            if (expanded.length < columns * PANEL_ROWS) {
                expanded = new float[columns * PANEL_ROWS];
            }
        }
    }

    private static int panelsOf(int length) {
        return (length + PANEL_ROWS - 1) / PANEL_ROWS;
    }

    /**
     * Adds the gradients of the inputs that some matrices share.
     *
     * @param tokens number of rows
     * @param dX receives the sums, on top of what is there, {@code [tokens][dXStride]}
     * @param dXStride distance between the rows, at least the number of columns in whole panels
     * @param terms the matrices, all with the same number of columns
     */
    void add(int tokens, float[] dX, int dXStride, Term... terms) {
        int columns = terms[0].matrix.columns();
        int block = BLOCK_COLUMNS;
        for (Term term : terms) {
            block = Math.max(block, term.matrix.blockColumns());
        }
        int width = block;
        team.run((columns + width - 1) / width, (piece, worker) -> {
            int first = piece * width;
            int count = Math.min(width, columns - first);
            Scratch own = scratch[worker];
            own.prepare(count);
            for (Term term : terms) {
                add(term, first, count, tokens, dX, dXStride, own);
            }
        });
    }

    private void add(Term term, int firstColumn, int columns, int tokens, float[] dX, int dXStride, Scratch own) {
        int rows = term.matrix.rows();
        for (int firstRow = 0; firstRow < rows; firstRow += DEPTH) {
            int depth = Math.min(DEPTH, rows - firstRow);
            for (int panel = 0; panel < panelsOf(depth); panel++) {
                term.matrix.expand(firstRow / PANEL_ROWS + panel, firstColumn, columns, own.expanded, 0);
                turn(panel, columns, own);
            }
            for (int t = 0; t < tokens; t += TOKENS) {
                int count = Math.min(TOKENS, tokens - t);
                for (int panel = 0; panel < panelsOf(columns); panel++) {
                    kernels.panelProduct(own.panels[panel], depth, term.dOut,
                            term.offset + t * term.stride + firstRow, term.stride, count, dX,
                            t * dXStride + firstColumn + panel * PANEL_ROWS, dXStride);
                }
            }
        }
    }

    /**
     * {@code [columns][32 rows]} to 32 rows of each panel, where columns are lanes; lanes beyond the last column are
     * zero.
     */
    private static void turn(int rowPanel, int columns, Scratch own) {
        float[] turned = own.turned;
        for (int panel = 0; panel < panelsOf(columns); panel++) {
            int from = panel * PANEL_ROWS;
            int lanes = Math.min(PANEL_ROWS, columns - from);
            if (lanes < PANEL_ROWS) {
                Arrays.fill(turned, 0f);
            }
            for (int lane = 0; lane < lanes; lane++) {
                int source = (from + lane) * PANEL_ROWS;
                for (int r = 0; r < PANEL_ROWS; r++) {
                    turned[r * PANEL_ROWS + lane] = own.expanded[source + r];
                }
            }
            MemorySegment.copy(turned, 0, own.panels[panel], ValueLayout.JAVA_FLOAT,
                    (long) Float.BYTES * rowPanel * PANEL_ROWS * PANEL_ROWS, turned.length);
        }
    }
}

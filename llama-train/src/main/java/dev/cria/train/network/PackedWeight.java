package dev.cria.train.network;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import java.util.Arrays;

/**
 * A weight matrix as the panels that kernels multiply: once with its rows as lanes, for outputs, and once with its
 * columns as lanes, for the gradient of the inputs. Packed again after every change, which costs less than a thousandth
 * of a product with a batch.
 */
final class PackedWeight {
    private static final int LEFT = GradientKernels.OUTER_ROWS;
    /**
     * Columns of a tile of the weight's gradient, a few panels, so that small matrices too give every thread a share.
     */
    private static final int TILE_PANELS = 8;

    private final Parameter parameter;
    private final Kernels kernels;
    private final GradientKernels gradients;
    private final float[] byRow;
    private final float[] byColumn;

    /** Scratch space of one worker. */
    static final class Scratch {
        private final PanelCopy panel = new PanelCopy();
        private final float[] left = new float[TILE_COLUMNS * LEFT];
        private final float[] right = new float[TILE_COLUMNS * PANEL_ROWS];
        private float[] out = new float[LEFT * PANEL_ROWS];
    }

    PackedWeight(Parameter parameter, Kernels kernels, GradientKernels gradients) {
        this.parameter = parameter;
        this.kernels = kernels;
        this.gradients = gradients;
        this.byRow = new float[panels(parameter.rows()) * PANEL_ROWS * parameter.columns()];
        this.byColumn = new float[panels(parameter.columns()) * PANEL_ROWS * parameter.rows()];
    }

    private static int panels(int rows) {
        return (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    }

    Parameter parameter() {
        return parameter;
    }

    void pack(WorkerTeam team) {
        int rows = parameter.rows();
        int columns = parameter.columns();
        float[] values = parameter.values();
        int rowPanels = panels(rows);
        team.run(rowPanels + panels(columns), (index, worker) -> {
            if (index < rowPanels) {
                int count = Math.min(PANEL_ROWS, rows - index * PANEL_ROWS);
                int target = index * PANEL_ROWS * columns;
                for (int r = 0; r < count; r++) {
                    int source = (index * PANEL_ROWS + r) * columns;
                    for (int c = 0; c < columns; c++) {
                        byRow[target + c * PANEL_ROWS + r] = values[source + c];
                    }
                }
            } else {
                int first = (index - rowPanels) * PANEL_ROWS;
                int count = Math.min(PANEL_ROWS, columns - first);
                for (int r = 0; r < rows; r++) {
                    System.arraycopy(values, r * columns + first, byColumn, first * rows + r * PANEL_ROWS,
                            count);
                }
            }
        });
    }

    /** {@code out[t] = W x[t]}. */
    void forward(float[] x, int xOffset, int xStride, int tokens, float[] out, int outOffset, int outStride,
            Scratch scratch) {
        clear(out, outOffset, outStride, tokens, parameter.rows());
        forwardAdd(x, xOffset, xStride, tokens, out, outOffset, outStride, scratch);
    }

    /** {@code out[t] += W x[t]}. */
    void forwardAdd(float[] x, int xOffset, int xStride, int tokens, float[] out, int outOffset, int outStride,
            Scratch scratch) {
        product(byRow, parameter.rows(), parameter.columns(), x, xOffset, xStride, tokens, out, outOffset, outStride,
                scratch);
    }

    /** {@code dX[t] = W^T dOut[t]}. */
    void backward(float[] dOut, int dOutOffset, int dOutStride, int tokens, float[] dX, int dXOffset, int dXStride,
            Scratch scratch) {
        clear(dX, dXOffset, dXStride, tokens, parameter.columns());
        backwardAdd(dOut, dOutOffset, dOutStride, tokens, dX, dXOffset, dXStride, scratch);
    }

    /** {@code dX[t] += W^T dOut[t]}. */
    void backwardAdd(float[] dOut, int dOutOffset, int dOutStride, int tokens, float[] dX, int dXOffset, int dXStride,
            Scratch scratch) {
        product(byColumn, parameter.columns(), parameter.rows(), dOut, dOutOffset, dOutStride, tokens, dX, dXOffset,
                dXStride, scratch);
    }

    private static void clear(float[] out, int offset, int stride, int rows, int length) {
        for (int t = 0; t < rows; t++) {
            Arrays.fill(out, offset + t * stride, offset + t * stride + length, 0f);
        }
    }

    private void product(float[] panels, int outputs, int depth, float[] x, int xOffset, int xStride, int tokens,
            float[] out, int outOffset, int outStride, Scratch scratch) {
        for (int first = 0; first < outputs; first += PANEL_ROWS) {
            int count = Math.min(PANEL_ROWS, outputs - first);
            float[] target = out;
            int offset = outOffset + first;
            int stride = outStride;
            if (count < PANEL_ROWS) {
                if (scratch.out.length < tokens * PANEL_ROWS) {
                    scratch.out = new float[tokens * PANEL_ROWS];
                }
                target = scratch.out;
                offset = 0;
                stride = PANEL_ROWS;
                Arrays.fill(target, 0, tokens * PANEL_ROWS, 0f);
                for (int t = 0; t < tokens; t++) {
                    System.arraycopy(out, outOffset + t * outStride + first, target, t * PANEL_ROWS, count);
                }
            }
            for (int k = 0; k < depth; k += TILE_COLUMNS) {
                int columns = Math.min(TILE_COLUMNS, depth - k);
                kernels.panelProduct(scratch.panel.of(panels, first * depth + k * PANEL_ROWS, columns), columns, x,
                        xOffset + k, xStride, tokens, target, offset, stride);
            }
            if (count < PANEL_ROWS) {
                for (int t = 0; t < tokens; t++) {
                    System.arraycopy(target, t * PANEL_ROWS, out, outOffset + t * outStride + first, count);
                }
            }
        }
    }

    /** {@return the number of tiles of the weight's gradient} */
    int tiles() {
        return rowTiles() * columnTiles();
    }

    private int rowTiles() {
        return (parameter.rows() + LEFT - 1) / LEFT;
    }

    private int columnTiles() {
        return (panels(parameter.columns()) + TILE_PANELS - 1) / TILE_PANELS;
    }

    /** Adds one tile of {@code sum over t of dOut[t] x[t]^T} to the gradient, tokens in rising order. */
    void gradientTile(int tile, float[] dOut, float[] x, int tokens, Scratch scratch) {
        gradientTile(tile, dOut, 0, parameter.rows(), x, parameter.columns(), tokens, scratch);
    }

    /** The same where the rows of both have a distance of their own, and those of {@code dOut} begin at an offset. */
    void gradientTile(int tile, float[] dOut, int dOutOffset, int dOutStride, float[] x, int xStride, int tokens,
            Scratch scratch) {
        int rows = parameter.rows();
        int columns = parameter.columns();
        int firstRow = tile % rowTiles() * LEFT;
        int rowCount = Math.min(LEFT, rows - firstRow);
        int firstColumn = tile / rowTiles() * TILE_PANELS * PANEL_ROWS;
        int endColumn = Math.min(columns, firstColumn + TILE_PANELS * PANEL_ROWS);
        float[] gradient = parameter.gradient();
        for (int start = 0; start < tokens; start += TILE_COLUMNS) {
            int depth = Math.min(TILE_COLUMNS, tokens - start);
            for (int t = 0; t < depth; t++) {
                System.arraycopy(dOut, dOutOffset + (start + t) * dOutStride + firstRow, scratch.left, t * LEFT,
                        rowCount);
            }
            for (int column = firstColumn; column < endColumn; column += PANEL_ROWS) {
                int count = Math.min(PANEL_ROWS, endColumn - column);
                for (int t = 0; t < depth; t++) {
                    System.arraycopy(x, (start + t) * xStride + column, scratch.right, t * PANEL_ROWS, count);
                }
                if (count == PANEL_ROWS) {
                    gradients.outerProduct(scratch.left, rowCount, scratch.right, depth, gradient,
                            firstRow * columns + column, columns);
                } else {
                    for (int r = 0; r < rowCount; r++) {
                        System.arraycopy(gradient, (firstRow + r) * columns + column, scratch.out, r * PANEL_ROWS,
                                count);
                    }
                    gradients.outerProduct(scratch.left, rowCount, scratch.right, depth, scratch.out, 0, PANEL_ROWS);
                    for (int r = 0; r < rowCount; r++) {
                        System.arraycopy(scratch.out, r * PANEL_ROWS, gradient, (firstRow + r) * columns + column,
                                count);
                    }
                }
            }
        }
    }
}

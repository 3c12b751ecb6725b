package dev.cria.core.kernel;

import static dev.cria.core.Fma.fma;
import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.Kernels;
import dev.cria.core.LevelTile;
import dev.cria.core.MatrixProduct;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Products of a {@link QuantizedLayout} in plain Java, the specification. */
public final class PlainQuantizedKernel implements QuantizedKernel {
    private final QuantizedLayout layout;

    /** @param layout where the parts of a tile lie */
    public PlainQuantizedKernel(QuantizedLayout layout) {
        this.layout = layout;
    }

    /** Unpacks the scales of the panel that begins at an offset. */
    private void readScales(LevelTile tile) {
        long offset = tile.offset();
        for (int group = 0; group < tile.groups(); group++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(tile.weights(), offset, r, group * tile.groupColumns());
                tile.scales()[group * PANEL_ROWS + r] = scale;
                if (tile.summed()) {
                    tile.scales()[LevelTile.SUMMANDS + group * PANEL_ROWS + r] = centredSummand(tile, offset, r,
                            group * tile.groupColumns(), scale);
                }
            }
        }
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
        Kernels.plain().levelProduct(tile, x, rows, out, outOffset, outStride);
    }

    /** The summands of a tile are a sum of their own. */
    @Override
    public int columnsTogether() {
        return layout.summed() ? LevelTile.COLUMNS : Integer.MAX_VALUE;
    }

    @Override
    public void unpack(LevelTile tile) {
        readScales(tile);
        int half = QuantizedRows.BLOCK / 2;
        for (int pair = 0; pair < tile.columns() / 2; pair++) {
            int column = pair / half * QuantizedRows.BLOCK + pair % half;
            for (int r = 0; r < PANEL_ROWS; r++) {
                int first = centred(tile.weights(), tile.offset(), r, column);
                int second = centred(tile.weights(), tile.offset(), r, column + half);
                tile.pairs()[pair * PANEL_ROWS + r] = (first & 0xffff) | second << 16;
            }
        }
    }

    @Override
    public void multiply(LevelTile tile) {
        for (int panel = 0; panel < QuantizedLayout.TOGETHER; panel++) {
            long offset = tile.offset() + (long) panel * QuantizedLayout.LINE;
            for (int r = 0; r < PANEL_ROWS; r++) {
                int to = tile.outOffset() + panel * PANEL_ROWS + r;
                tile.out()[to] = multiply(tile, offset, r, tile.out()[to]);
            }
        }
    }

    private float multiply(LevelTile tile, long offset, int row, float start) {
        QuantizedRows x = tile.inputs();
        float sum = start;
        float summands = 0;
        for (int column = 0; column < tile.columns(); column += QuantizedRows.BLOCK) {
            int block = tile.inputScale() + column / QuantizedRows.BLOCK;
            float scale = scale(tile.weights(), offset, row, column);
            if (tile.groupColumns() == QuantizedRows.BLOCK) {
                sum = fma(dot(tile, offset, row, column), scale * x.scales()[block], sum);
            } else {
                int next = column + tile.groupColumns();
                sum = fma(
                        fma(dot(tile, offset, row, next), scale(tile.weights(), offset, row, next),
                                dot(tile, offset, row, column) * scale),
                        x.scales()[block], sum);
            }
            if (tile.summed()) {
                summands = fma(centredSummand(tile, offset, row, column, scale), x.weightedSums()[block],
                        summands);
            }
        }
        return tile.summed() ? sum + summands : sum;
    }

    /** Levels of a group times inputs. */
    private int dot(LevelTile tile, long offset, int row, int first) {
        int dot = 0;
        for (int column = first; column < first + tile.groupColumns(); column++) {
            dot += centred(tile.weights(), offset, row, column)
                    * tile.inputs().whole(tile.row(), tile.firstColumn() + column);
        }
        return dot;
    }

    @Override
    public void expand(LevelTile tile, int first, int count, float[] target, int offset) {
        for (int k = 0; k < count; k++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(tile.weights(), tile.offset(), r, first + k);
                target[offset + k * PANEL_ROWS + r] = tile.summed()
                        ? scale * layout.level(tile.weights(), tile.offset(), r, first + k)
                                + summand(tile.weights(), tile.offset(), r, first + k)
                        : scale * centred(tile.weights(), tile.offset(), r, first + k);
            }
        }
    }

    private int centred(MemorySegment weights, long offset, int row, int column) {
        return layout.level(weights, offset, row, column) - layout.coding().centre();
    }

    private float scale(MemorySegment weights, long offset, int row, int column) {
        float factor = layout.factor(weights, offset, 0, row, column);
        return layout.halfScales()
                ? factor
                : factor * weights.get(ValueLayout.JAVA_BYTE, offset + layout.apart(layout.scale(0, column, row)));
    }

    /** The summand of levels that are less their centre. */
    private float centredSummand(LevelTile tile, long offset, int row, int column, float scale) {
        return fma(layout.coding().centre(), scale, summand(tile.weights(), offset, row, column));
    }

    private float summand(MemorySegment weights, long offset, int row, int column) {
        float factor = layout.factor(weights, offset, 1, row, column);
        return layout.halfScales()
                ? factor
                : -factor * weights.get(ValueLayout.JAVA_BYTE, offset + layout.apart(layout.scale(1, column, row)));
    }
}

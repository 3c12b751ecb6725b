package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link IntegerPanels} in plain Java, the specification. */
final class PlainIntegers implements IntegerKernel {
    private final IntegerLayout layout;

    PlainIntegers(IntegerLayout layout) {
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
    public void unpack(LevelTile tile) {
        readScales(tile);
        for (int column = 0; column < tile.columns(); column += 2) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                int even = centred(tile.weights(), tile.offset(), r, column);
                int odd = centred(tile.weights(), tile.offset(), r, column + 1);
                tile.pairs()[column / 2 * PANEL_ROWS + r] = (even & 0xffff) | odd << 16;
            }
        }
    }

    @Override
    public void multiply(LevelTile tile) {
        for (int panel = 0; panel < IntegerLayout.TOGETHER; panel++) {
            long offset = tile.offset() + (long) panel * IntegerLayout.LINE;
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
        for (int group = 0; group < tile.groups(); group++) {
            int from = group * tile.groupColumns();
            int dot = 0;
            for (int column = from; column < from + tile.groupColumns(); column += 2) {
                int inputs = x.pairs()[x.pairIndex(tile.row(), tile.firstColumn() + column)];
                dot += centred(tile.weights(), offset, row, column) * (short) inputs
                        + centred(tile.weights(), offset, row, column + 1) * (inputs >> 16);
            }
            int block = tile.inputScale() + from / QuantizedRows.BLOCK;
            float scale = scale(tile.weights(), offset, row, from);
            sum = Math.fma(dot, scale * x.scales()[block], sum);
            if (tile.summed()) {
                summands = Math.fma(centredSummand(tile, offset, row, from, scale), x.weightedSums()[block], summands);
            }
        }
        return tile.summed() ? sum + summands : sum;
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
        return layout.small()
                ? factor
                : factor * weights.get(ValueLayout.JAVA_BYTE, offset + layout.apart(layout.scale(0, column, row)));
    }

    /** The summand of levels that are less their centre. */
    private float centredSummand(LevelTile tile, long offset, int row, int column, float scale) {
        return Math.fma(layout.coding().centre(), scale, summand(tile.weights(), offset, row, column));
    }

    private float summand(MemorySegment weights, long offset, int row, int column) {
        float factor = layout.factor(weights, offset, 1, row, column);
        return layout.small()
                ? factor
                : -factor * weights.get(ValueLayout.JAVA_BYTE, offset + layout.apart(layout.scale(1, column, row)));
    }
}

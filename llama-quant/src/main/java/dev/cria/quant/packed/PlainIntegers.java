package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.ValueLayout;

/** {@link IntegerPanels} in plain Java, the specification. */
final class PlainIntegers implements IntegerKernel {
    private final IntegerLayout layout;

    PlainIntegers(IntegerLayout layout) {
        this.layout = layout;
    }

    private void readScales(LevelTile tile) {
        for (int group = 0; group < tile.groups(); group++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(tile, r, group * tile.groupColumns());
                tile.scales()[group * PANEL_ROWS + r] = scale;
                if (tile.summed()) {
                    tile.scales()[LevelTile.SUMMANDS + group * PANEL_ROWS + r] = Math.fma(layout.coding().centre(),
                            scale, summand(tile, r, group * tile.groupColumns()));
                }
            }
        }
    }

    @Override
    public void unpack(LevelTile tile) {
        readScales(tile);
        for (int column = 0; column < tile.columns(); column += 2) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                int even = centred(tile, r, column);
                int odd = centred(tile, r, column + 1);
                tile.pairs()[column / 2 * PANEL_ROWS + r] = (even & 0xffff) | odd << 16;
            }
        }
    }

    @Override
    public void multiply(LevelTile tile) {
        readScales(tile);
        QuantizedRows x = tile.inputs();
        int first = tile.firstColumn();
        for (int r = 0; r < PANEL_ROWS; r++) {
            float sum = tile.out()[tile.outOffset() + r];
            for (int group = 0; group < tile.groups(); group++) {
                int from = group * tile.groupColumns();
                int dot = 0;
                for (int column = from; column < from + tile.groupColumns(); column += 2) {
                    int inputs = x.pairs()[x.pairIndex(tile.row(), first + column)];
                    dot += centred(tile, r, column) * (short) inputs + centred(tile, r, column + 1) * (inputs >> 16);
                }
                float inputScale = x.scales()[tile.inputScale() + from / QuantizedRows.BLOCK];
                sum = Math.fma(dot, tile.scales()[group * PANEL_ROWS + r] * inputScale, sum);
            }
            if (tile.summed()) {
                float summands = 0;
                for (int group = 0; group < tile.groups(); group++) {
                    summands = Math.fma(tile.scales()[LevelTile.SUMMANDS + group * PANEL_ROWS + r],
                            x.weightedSums()[tile.inputScale() + group], summands);
                }
                sum += summands;
            }
            tile.out()[tile.outOffset() + r] = sum;
        }
    }

    private int centred(LevelTile tile, int row, int column) {
        return layout.level(tile.weights(), tile.offset(), row, column) - layout.coding().centre();
    }

    @Override
    public void expand(LevelTile tile, int first, int count, float[] target, int offset) {
        for (int k = 0; k < count; k++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(tile, r, first + k);
                int level = layout.level(tile.weights(), tile.offset(), r, first + k);
                target[offset + k * PANEL_ROWS + r] = tile.summed()
                        ? scale * level + summand(tile, r, first + k)
                        : scale * (level - layout.coding().centre());
            }
        }
    }

    private float scale(LevelTile tile, int row, int column) {
        return layout.small()
                ? factor(tile, 0, row, column)
                : factor(tile, 0, row, column) * small(tile, layout.scale(0, column, row));
    }

    private float summand(LevelTile tile, int row, int column) {
        return layout.small()
                ? factor(tile, 1, row, column)
                : -factor(tile, 1, row, column) * small(tile, layout.scale(1, column, row));
    }

    private float factor(LevelTile tile, int index, int row, int column) {
        return layout.factor(tile.weights(), tile.offset(), index, row, column);
    }

    private static byte small(LevelTile tile, int at) {
        return tile.weights().get(ValueLayout.JAVA_BYTE, tile.offset() + at);
    }
}

package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link IntegerPanels} in plain Java, the specification. */
final class PlainIntegers implements IntegerKernel {
    private final IntegerLayout layout;
    private final GroupLayout groups;

    PlainIntegers(IntegerLayout layout) {
        this.layout = layout;
        this.groups = layout.groups();
    }

    private void readScales(LevelTile tile) {
        for (int group = 0; group < tile.groups(); group++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(tile.weights(), tile.offset(), tile.columns(), r, group);
                tile.scales()[group * PANEL_ROWS + r] = scale;
                if (tile.summed()) {
                    tile.scales()[LevelTile.SUMMANDS + group * PANEL_ROWS + r] = Math.fma(layout.coding().centre(),
                            scale,
                            summand(tile.weights(), tile.offset(), tile.columns(), r, group));
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
            for (int group = 0; tile.summed() && group < tile.groups(); group++) {
                sum = Math.fma(tile.scales()[LevelTile.SUMMANDS + group * PANEL_ROWS + r],
                        x.weightedSums()[tile.inputScale() + group], sum);
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
            int group = (first + k) / tile.groupColumns();
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(tile.weights(), tile.offset(), tile.columns(), r, group);
                int level = layout.level(tile.weights(), tile.offset(), r, first + k);
                target[offset + k * PANEL_ROWS + r] = tile.summed()
                        ? scale * level + summand(tile.weights(), tile.offset(), tile.columns(), r, group)
                        : scale * (level - layout.coding().centre());
            }
        }
    }

    private float scale(MemorySegment weights, long tile, int columns, int row, int group) {
        if (layout.small()) {
            return factor(weights, tile, columns, 0, row, group);
        }
        return factor(weights, tile, columns, 0, row, group / groups.groups())
                * small(weights, tile, columns, 0, row, group);
    }

    private float summand(MemorySegment weights, long tile, int columns, int row, int group) {
        if (layout.small()) {
            return factor(weights, tile, columns, 1, row, group);
        }
        return -factor(weights, tile, columns, 1, row, group / groups.groups())
                * small(weights, tile, columns, 1, row, group);
    }

    private float factor(MemorySegment weights, long tile, int columns, int index, int row, int block) {
        return Float.float16ToFloat(weights.get(IntegerLayout.WORD, tile + layout.factors(index, columns)
                + (long) block * IntegerLayout.WORD_BYTES + 2L * IntegerLayout.place(row)));
    }

    private byte small(MemorySegment weights, long tile, int columns, int index, int row, int group) {
        return weights.get(ValueLayout.JAVA_BYTE,
                tile + layout.scales(index, columns) + (long) group * PANEL_ROWS + row);
    }
}

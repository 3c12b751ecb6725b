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
    private final Fields scales;

    PlainIntegers(IntegerLayout layout) {
        this.layout = layout;
        this.groups = layout.groups();
        this.scales = groups.scales().orElse(groups.levels());
    }

    private void readScales(LevelTile tile) {
        for (int group = 0; group < tile.groups(); group++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(tile.weights(), tile.offset(), r, group);
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
                tile.pairs().setAtIndex(ValueLayout.JAVA_INT, (long) column / 2 * PANEL_ROWS + r,
                        (even & 0xffff) | odd << 16);
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
                    int inputs = x.pairs()[tile.row() * x.stride() + (first + column) / 2];
                    dot += centred(tile, r, column) * (short) inputs + centred(tile, r, column + 1) * (inputs >> 16);
                }
                float inputScale = x.scales()[tile.inputScale() + from / QuantizedRows.BLOCK];
                sum = Math.fma(dot, tile.scales()[group * PANEL_ROWS + r] * inputScale, sum);
            }
            tile.out()[tile.outOffset() + r] = sum;
        }
    }

    private int centred(LevelTile tile, int row, int column) {
        return layout.level(tile.weights(), tile.offset(), tile.columns(), row, column) - layout.coding().centre();
    }

    /** Expands tiles to floats; see {@link PanelKernel#expand}. */
    void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        int tileBlocks = layout.tileBlocks();
        for (int block = 0; block < blocks; block += tileBlocks) {
            int columns = Math.min(tileBlocks, blocks - block) * groups.columns();
            long tile = offset + (long) block * groups.blockBytes();
            for (int k = 0; k < columns; k++) {
                int group = k / groups.levels().run();
                for (int r = 0; r < PANEL_ROWS; r++) {
                    float scale = scale(weights, tile, r, group);
                    int level = layout.level(weights, tile, columns, r, k);
                    target[targetOffset + (block * groups.columns() + k) * PANEL_ROWS + r] = groups.factors() == 2
                            ? scale * level + summand(weights, tile, columns, r, group)
                            : scale * (level - layout.coding().centre());
                }
            }
        }
    }

    private float scale(MemorySegment weights, long tile, int row, int group) {
        if (layout.small()) {
            return half(weights, tile, row, group);
        }
        float factor = half(weights, tile, row, 0);
        int scale = scales.get(weights, tile + groups.scaleStart() + 4L * row, group);
        return factor * (scale - groups.scaleCentre());
    }

    private float summand(MemorySegment weights, long tile, int columns, int row, int group) {
        if (layout.small()) {
            return half(weights, tile, row, layout.blocks(columns) + group);
        }
        float factor = half(weights, tile, row, 1);
        return -factor * scales.get(weights, tile + groups.scaleStart() + 4L * row, groups.groups() + group);
    }

    private static float half(MemorySegment weights, long tile, int row, int index) {
        int pair = weights.get(F16Panels.INT, tile + 4L * (IntegerLayout.HALF * index + row / 2));
        return row % 2 == 0 ? Half.lowFloat16(pair) : Half.highFloat16(pair);
    }
}

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

    @Override
    public void load(MemorySegment weights, long offset, int firstColumn, int columns, LevelTile tile) {
        boolean summed = groups.factors() == 2;
        tile.set(weights, offset, firstColumn, columns, summed);
        for (int group = 0; group < tile.groups(); group++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                float scale = scale(weights, offset, r, group);
                tile.scales()[group * PANEL_ROWS + r] = scale;
                if (summed) {
                    tile.scales()[LevelTile.SUMMANDS + group * PANEL_ROWS + r] = Math.fma(IntegerLayout.CENTRE, scale,
                            summand(weights, offset, columns, r, group));
                }
            }
        }
    }

    @Override
    public void levels(LevelTile tile) {
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
    public void dots(LevelTile tile, QuantizedRows x, int row) {
        int from = row * x.stride() + tile.firstColumn() / 2;
        for (int group = 0; group < tile.groups(); group++) {
            for (int r = 0; r < PANEL_ROWS; r++) {
                int even = 0;
                int odd = 0;
                for (int column = group * QuantizedRows.BLOCK; column < (group + 1)
                        * QuantizedRows.BLOCK; column += 2) {
                    int inputs = x.pairs()[from + column / 2];
                    even += centred(tile, r, column) * (short) inputs;
                    odd += centred(tile, r, column + 1) * (inputs >> 16);
                }
                tile.dots()[group * PANEL_ROWS + r] = LevelTile.dots(even, odd);
            }
        }
    }

    private int centred(LevelTile tile, int row, int column) {
        return layout.level(tile.weights(), tile.offset(), tile.columns(), row, column) - IntegerLayout.CENTRE;
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
                            : scale * (level - IntegerLayout.CENTRE);
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
        return factor * scale;
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

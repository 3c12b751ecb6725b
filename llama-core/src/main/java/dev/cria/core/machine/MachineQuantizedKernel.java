package dev.cria.core.machine;

import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.Q8Blocks;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;

/** Products with a {@link QuantizedLayout} in machine code. */
final class MachineQuantizedKernel implements QuantizedKernel {
    /**
     * Columns of a call at most, which then reads half a megabyte: the garbage collector waits for it.
     */
    private static final int MOST_COLUMNS = 16 * LevelTile.COLUMNS;
    /** Rows of inputs from which a tile is unpacked. */
    private static final int UNPACK_FROM = 3;

    private final QuantizedLayout layout;
    private final QuantizedCode code;
    private final QuantizedKernel inJava;

    /**
     * @param code for the layout
     * @param inJava the same in Java; expands tiles to floats
     */
    MachineQuantizedKernel(QuantizedCode code, QuantizedKernel inJava) {
        this.layout = code.layout();
        this.code = code;
        this.inJava = inJava;
    }

    @Override
    public boolean takesQ8Blocks() {
        return true;
    }

    @Override
    public int unpackFrom() {
        return UNPACK_FROM;
    }

    @Override
    public int columnsTogether() {
        return MOST_COLUMNS;
    }

    private int strips(LevelTile tile, int most) {
        int columns = tile.columns();
        if (columns <= 0 || columns > most || columns % layout.blockColumns() != 0) {
            throw new IllegalArgumentException(columns + " columns are not 1 to " + most / layout.blockColumns()
                    + " blocks of " + layout.blockColumns());
        }
        return columns / QuantizedLayout.STRIP;
    }

    /** Bytes from a tile's start to its end, of one panel or two. */
    private long bytes(LevelTile tile, int panels) {
        long bytes = (long) tile.columns() / layout.blockColumns() * layout.blockBytes();
        return QuantizedLayout.TOGETHER * bytes - (QuantizedLayout.TOGETHER - panels) * QuantizedLayout.LINE;
    }

    private static MemorySegment slice(int[] ints, long first, long count) {
        return MemorySegment.ofArray(ints).asSlice(Integer.BYTES * first, Integer.BYTES * count);
    }

    /** The blocks of some rows of inputs for the columns of a tile. */
    private MemorySegment inputs(Q8Blocks blocks, int row, int rows, int firstColumn, int strips) {
        long first = (long) row * blocks.stride() + (long) firstColumn / QuantizedLayout.STRIP * Q8Blocks.INTS;
        return slice(blocks.ints(), first, (rows - 1L) * blocks.stride() + (long) strips * Q8Blocks.INTS);
    }

    @Override
    public void multiply(LevelTile tile) {
        int strips = strips(tile, MOST_COLUMNS);
        MemorySegment weights = tile.weights().asSlice(tile.offset(), bytes(tile, QuantizedLayout.TOGETHER));
        MemorySegment inputs = inputs(tile.inputs().blocks(layout.coding()), tile.row(), 1, tile.firstColumn(),
                strips);
        MemorySegment out = MachineCode.slice(tile.out(), tile.outOffset(), GemvCode.ROWS);
        MemorySegment scratch = tile.lines().asSlice(0, GemvCode.SCRATCH_BYTES);
        try {
            code.gemv().invokeExact(weights, inputs, out, (long) strips, scratch);
        } catch (Throwable e) {
            throw MachineCode.unexpected(e);
        }
    }

    @Override
    public void unpack(LevelTile tile) {
        int strips = strips(tile, LevelTile.COLUMNS);
        long scales = (long) tile.columns() / layout.groupColumns() * Matrix.PANEL_ROWS;
        MemorySegment weights = tile.weights().asSlice(tile.offset(), bytes(tile, 1));
        MemorySegment levels = levels(tile, strips);
        MemorySegment scale = MachineCode.slice(tile.scales(), 0, scales);
        MemorySegment summand = MachineCode.slice(tile.scales(), LevelTile.SUMMANDS, layout.summed() ? scales : 0);
        try {
            code.unpack().invokeExact(weights, levels, scale, summand, (long) strips);
        } catch (Throwable e) {
            throw MachineCode.unexpected(e);
        }
    }

    private static MemorySegment levels(LevelTile tile, int strips) {
        return tile.lines().asSlice(0, (long) strips * UnpackCode.STRIP_BYTES);
    }

    @Override
    public void multiplyUnpacked(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset,
            int outStride) {
        int strips = strips(tile, LevelTile.COLUMNS);
        long scales = (long) tile.columns() / layout.groupColumns() * Matrix.PANEL_ROWS;
        Q8Blocks blocks = x.blocks(layout.coding());
        MemorySegment levels = levels(tile, strips);
        MemorySegment scale = MachineCode.slice(tile.scales(), 0, scales);
        MemorySegment summand = MachineCode.slice(tile.scales(), LevelTile.SUMMANDS, layout.summed() ? scales : 0);
        MemorySegment scratch = tile.lines().asSlice(UnpackCode.TILE_BYTES, GemmCode.SCRATCH_BYTES);
        long inputStride = (long) Integer.BYTES * blocks.stride();
        long stride = (long) Float.BYTES * outStride;
        for (int row = 0; row < rows; row += GemmCode.MOST_ROWS) {
            int count = Math.min(GemmCode.MOST_ROWS, rows - row);
            MemorySegment inputs = inputs(blocks, row, count, tile.firstColumn(), strips);
            MemorySegment to = MachineCode.slice(out, outOffset + (long) row * outStride,
                    (count - 1L) * outStride + Matrix.PANEL_ROWS);
            try {
                code.gemm().get(count - 1).invokeExact(levels, scale, inputs, inputStride, to, stride, (long) strips,
                        scratch);
                if (layout.summed()) {
                    code.summands().get(count - 1).invokeExact(levels, summand, inputs, inputStride, to, stride,
                            (long) strips, scratch);
                }
            } catch (Throwable e) {
                throw MachineCode.unexpected(e);
            }
        }
    }

    @Override
    public void expand(LevelTile tile, int first, int count, float[] target, int offset) {
        inJava.expand(tile, first, count, target, offset);
    }
}

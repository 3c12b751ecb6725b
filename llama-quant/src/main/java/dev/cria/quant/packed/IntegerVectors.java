package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.COLUMNS_PER_WORD;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link IntegerPanels} in the Vector API. A lane of 32 bits is a row, its halves are two columns, and sums of products are kept modulo 2^16: levels are
 * multiplied as they are stored, without a sign, and the centre times the inputs' sum is taken off at the end, which leaves a number that fits. Every word of levels
 * gives sums of its own, which are added later: a loop that carries them from word to word and puts them down at the end of a group is not freed of its bounds
 * checks, and then memory is read at half the speed.
 */
final class IntegerVectors implements IntegerKernel {
    private static final int NIBBLES = 0x000f000f;
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());

    private final IntegerLayout layout;
    private final IntegerScales scales;
    private final boolean summed;
    private final int blockColumns;
    /** Bytes of a block before its levels. */
    private final int blockStart;

    IntegerVectors(IntegerLayout layout) {
        this.layout = layout;
        GroupLayout groups = layout.groups();
        scales = new IntegerScales(groups);
        summed = groups.factors() == 2;
        blockColumns = groups.columns();
        blockStart = groups.levelStart();
    }

    private int levelStart(int columns) {
        return columns / blockColumns * blockStart;
    }

    @Override
    public void load(MemorySegment weights, long offset, int firstColumn, int columns, LevelTile tile) {
        tile.set(weights, offset, firstColumn, columns, summed);
        scales.read(tile, IntegerLayout.CENTRE);
    }

    @Override
    public void dots(LevelTile tile, QuantizedRows x, int row) {
        int columns = tile.columns();
        int x0 = row * x.stride() + tile.firstColumn() / 2;
        int sum = row * x.blocks() + tile.firstColumn() / QuantizedRows.BLOCK;
        long at = tile.offset() + levelStart(columns);
        for (int half = 0; half < PANEL_ROWS; half += HALF) {
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                nibbles(tile.weights(), at + 4L * lane, columns / (2 * COLUMNS_PER_WORD), x.differences(), x0,
                        tile.partial());
                sumTwo(tile.partial(), x.sums(), sum, tile.groups(), tile.dots(), half + lane);
            }
            at += IntegerLayout.halfBytes(columns);
        }
    }

    /** Levels of four bits, two words at a time, without masking them: see {@link QuantizedRows#differences}. {@link #broadcast} is written out: the method must stay larger than what C2 inlines (325 bytes of code). */
    private static void nibbles(MemorySegment weights, long offset, int steps, int[] x, int x0, int[] sums) {
        long at = offset;
        for (int i = 0; i < steps; i++) {
            ShortVector a = load(weights, at);
            ShortVector b = load(weights, at + 4 * HALF);
            int first = x0 + 8 * i;
            ShortVector sum = a.mul(IntVector.broadcast(INTS, x[first]).reinterpretAsShorts());
            sum = sum.add(a.lanewise(VectorOperators.LSHR, 4)
                    .mul(IntVector.broadcast(INTS, x[first + 1]).reinterpretAsShorts()));
            sum = sum.add(a.lanewise(VectorOperators.LSHR, 8)
                    .mul(IntVector.broadcast(INTS, x[first + 2]).reinterpretAsShorts()));
            sum = sum.add(a.lanewise(VectorOperators.LSHR, 12)
                    .mul(IntVector.broadcast(INTS, x[first + 3]).reinterpretAsShorts()));
            sum = sum.add(b.mul(IntVector.broadcast(INTS, x[first + 4]).reinterpretAsShorts()));
            sum = sum.add(b.lanewise(VectorOperators.LSHR, 4)
                    .mul(IntVector.broadcast(INTS, x[first + 5]).reinterpretAsShorts()));
            sum = sum.add(b.lanewise(VectorOperators.LSHR, 8)
                    .mul(IntVector.broadcast(INTS, x[first + 6]).reinterpretAsShorts()));
            sum = sum.add(b.lanewise(VectorOperators.LSHR, 12)
                    .mul(IntVector.broadcast(INTS, x[first + 7]).reinterpretAsShorts()));
            sum.reinterpretAsInts().intoArray(sums, HALF * i);
            at += 8 * HALF;
        }
    }

    private static ShortVector load(MemorySegment weights, long offset) {
        return ShortVector.fromMemorySegment(SHORTS, weights, offset, ByteOrder.LITTLE_ENDIAN);
    }

    private static ShortVector broadcast(int[] pairs, int index) {
        return IntVector.broadcast(INTS, pairs[index]).reinterpretAsShorts();
    }

    private static void sumTwo(int[] partial, int[] inputSums, int sumAt, int groups, int[] dots, int to) {
        for (int group = 0; group < groups; group++) {
            int at = 2 * HALF * group;
            shorts(partial, at).add(shorts(partial, at + HALF))
                    .add(broadcast(inputSums, sumAt + group).mul((short) -IntegerLayout.CENTRE).add(LevelTile.ZERO))
                    .reinterpretAsInts().intoArray(dots, to + PANEL_ROWS * group);
        }
    }

    private static ShortVector shorts(int[] pairs, int index) {
        return IntVector.fromArray(INTS, pairs, index).reinterpretAsShorts();
    }

    @Override
    public void levels(LevelTile tile) {
        int columns = tile.columns();
        long at = tile.offset() + levelStart(columns);
        for (int half = 0; half < PANEL_ROWS; half += HALF) {
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                for (int word = 0; word < columns / COLUMNS_PER_WORD; word++) {
                    unpack(tile.weights(), at + 4L * (lane + HALF * word), tile.pairs(),
                            4L * (4L * word * PANEL_ROWS + half + lane));
                }
            }
            at += IntegerLayout.halfBytes(columns);
        }
    }

    /** Unpacks the four pairs of a word. */
    private static void unpack(MemorySegment weights, long at, MemorySegment pairs, long to) {
        IntVector word = Lanes.load(weights, at);
        for (int n = 0; n < 4; n++) {
            word.and(NIBBLES).reinterpretAsShorts().sub((short) IntegerLayout.CENTRE).reinterpretAsInts()
                    .intoMemorySegment(pairs, to + 4L * n * PANEL_ROWS, ByteOrder.nativeOrder());
            word = word.lanewise(VectorOperators.LSHR, 4);
        }
    }

    /** Expands tiles to floats; see {@link PanelKernel#expand}. */
    void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        LevelTile tile = new LevelTile();
        int tileBlocks = layout.tileBlocks();
        for (int block = 0; block < blocks; block += tileBlocks) {
            int count = Math.min(tileBlocks, blocks - block);
            int columns = count * layout.groups().columns();
            long at = offset + (long) block * layout.groups().blockBytes();
            tile.set(weights, at, 0, columns, summed);
            scales.read(tile, 0);
            levels(tile);
            for (int k = 0; k < columns; k += 2) {
                int scale = k / QuantizedRows.BLOCK * PANEL_ROWS;
                int to = targetOffset + (block * layout.groups().columns() + k) * PANEL_ROWS;
                for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                    expand(tile, k / 2 * PANEL_ROWS + lane, scale + lane, summed ? IntegerLayout.CENTRE : 0, target,
                            to + lane);
                }
            }
        }
    }

    private void expand(LevelTile tile, int pair, int scaleAt, int add, float[] target, int to) {
        IntVector levels = IntVector.fromMemorySegment(INTS, tile.pairs(), 4L * pair, ByteOrder.nativeOrder());
        FloatVector scale = FloatVector.fromArray(FLOATS, tile.scales(), scaleAt);
        FloatVector summand = summed
                ? FloatVector.fromArray(FLOATS, tile.scales(), LevelTile.SUMMANDS + scaleAt)
                : FloatVector.zero(FLOATS);
        toFloats(levels.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16), add)
                .fma(scale, summand).intoArray(target, to);
        toFloats(levels.lanewise(VectorOperators.ASHR, 16), add).fma(scale, summand).intoArray(target,
                to + PANEL_ROWS);
    }

    private static FloatVector toFloats(IntVector levels, int add) {
        return (FloatVector) levels.add(add).convertShape(VectorOperators.I2F, FLOATS, 0);
    }
}

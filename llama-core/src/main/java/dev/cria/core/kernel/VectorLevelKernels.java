package dev.cria.core.kernel;

import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of levels and inputs in 8 bits, in the Vector API. A lane of 32 bits is a row; its halves are two neighbouring columns. The work is cut into methods that C2
 * compiles one by one, with arrays between them: it stops inlining in a method of more than some sixty vector operations, and each of those left over would
 * become an object.
 */
final class VectorLevelKernels {
    private static final int ROWS = Matrix.PANEL_ROWS;
    private static final int SIX = LevelTile.ROWS_AT_A_TIME;
    private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> HALF_SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final int LENGTH = FLOATS.length();
    /** With the exponent of 2^23 above it, a number of up to 23 bits is the float 2^23 plus that number. */
    private static final int EXPONENT = 0x4b000000;
    private static final int LOWER = 0xffff;
    private static final float OFFSET = 0x1p23f - 2 * LevelTile.ZERO;
    private static final int ROW_BYTES = Integer.BYTES * ROWS;

    private VectorLevelKernels() {}

    private static ShortVector load(MemorySegment tile, long offset) {
        return IntVector.fromMemorySegment(INTS, tile, offset, ByteOrder.nativeOrder()).reinterpretAsShorts();
    }

    private static ShortVector broadcast(int[] pairs, int index) {
        return IntVector.broadcast(INTS, pairs[index]).reinterpretAsShorts();
    }

    static void quantize(float[] x, int xOffset, QuantizedRows target, int row) {
        for (int block = 0; block < target.blocks(); block++) {
            int from = xOffset + block * QuantizedRows.BLOCK;
            float max = max(x, from);
            target.scales()[row * target.blocks() + block] = max / 127f;
            round(x, from, PlainKernels.inverse(max), target.pairs(),
                    row * target.stride() + block * QuantizedRows.BLOCK / 2);
        }
        target.sum(row);
    }

    /** Magnitudes are in the same order as their bits. */
    private static float max(float[] x, int from) {
        IntVector max = IntVector.zero(INTS);
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            max = max.max(FloatVector.fromArray(FLOATS, x, from + i).abs().reinterpretAsInts());
        }
        return Float.intBitsToFloat(max.reduceLanes(VectorOperators.MAX));
    }

    private static void round(float[] x, int from, float inverse, int[] pairs, int to) {
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            FloatVector.fromArray(FLOATS, x, from + i).mul(inverse).add(PlainKernels.ROUND).reinterpretAsInts()
                    .sub(PlainKernels.ROUND_BITS).convertShape(VectorOperators.I2S, HALF_SHORTS, 0).reinterpretAsInts()
                    .intoArray(pairs, to + i / 2);
        }
    }

    /** Two groups of 16 columns share a block of inputs. */
    private static int shift(LevelTile tile) {
        return QuantizedRows.BLOCK / tile.groupColumns() - 1;
    }

    static void levelProduct(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride) {
        for (int lane = 0; lane < ROWS; lane += 2 * LENGTH) {
            for (int group = 0; group < tile.groups(); group += LevelTile.GROUPS_AT_A_TIME) {
                groupsProduct(tile, group, lane, x, rows, out, outOffset + lane, outStride);
            }
            if (tile.summed()) {
                addSummands(tile, lane, x, rows, out, outOffset + lane, outStride);
            }
        }
    }

    private static void groupsProduct(LevelTile tile, int first, int lane, QuantizedRows x, int rows, float[] out,
            int outOffset, int outStride) {
        int groups = Math.min(LevelTile.GROUPS_AT_A_TIME, tile.groups() - first);
        int perGroup = tile.groupColumns() / 2;
        long w = (long) first * perGroup * ROW_BYTES + 4L * lane;
        int pair = tile.firstColumn() / 2 + first * perGroup;
        int shift = shift(tile);
        int block = tile.firstColumn() / QuantizedRows.BLOCK + (first >> shift);
        int row = 0;
        for (; row + SIX <= rows; row += SIX) {
            six(tile.pairs(), w, groups * perGroup, perGroup - 1, x.pairs(), row * x.stride() + pair, x.stride(),
                    tile.dots());
            for (int i = 0; i < SIX; i += 2) {
                scaleTwo(tile.dots(), 2 * i * LENGTH, 2 * SIX * LENGTH, groups, tile.scales(), first * ROWS + lane,
                        x.scales(), (row + i) * x.blocks() + block, x.blocks(), shift, out,
                        outOffset + (row + i) * outStride, outStride);
            }
        }
        for (; row < rows; row++) {
            one(tile.pairs(), w, groups * perGroup, perGroup - 1, x.pairs(), row * x.stride() + pair, tile.dots());
            scaleOne(tile.dots(), 0, 2 * LENGTH, groups, tile.scales(), first * ROWS + lane, x.scales(),
                    row * x.blocks() + block, shift, out, outOffset + row * outStride);
        }
    }

    private static void addSummands(LevelTile tile, int lane, QuantizedRows x, int rows, float[] out, int outOffset,
            int outStride) {
        int block = tile.firstColumn() / QuantizedRows.BLOCK;
        int row = 0;
        for (; row + SIX <= rows; row += SIX) {
            addSix(tile.groups(), tile.scales(), LevelTile.SUMMANDS + lane, x.weightedSums(), row * x.blocks() + block,
                    x.blocks(), out, outOffset + row * outStride, outStride);
        }
        for (; row < rows; row++) {
            addOne(tile.groups(), tile.scales(), LevelTile.SUMMANDS + lane, x.weightedSums(), row * x.blocks() + block,
                    out, outOffset + row * outStride);
        }
    }

    private static void one(MemorySegment tile, long w, int pairs, int groupMask, int[] x, int x0, int[] dots) {
        ShortVector zero = ShortVector.broadcast(SHORTS, LevelTile.ZERO);
        ShortVector a = zero;
        ShortVector b = zero;
        long at = w;
        int to = 0;
        for (int k = 0; k < pairs; k++) {
            ShortVector input = broadcast(x, x0 + k);
            a = a.add(load(tile, at).mul(input));
            b = b.add(load(tile, at + 4 * LENGTH).mul(input));
            at += ROW_BYTES;
            if ((k & groupMask) == groupMask) {
                a.reinterpretAsInts().intoArray(dots, to);
                b.reinterpretAsInts().intoArray(dots, to + LENGTH);
                to += 2 * LENGTH;
                a = zero;
                b = zero;
            }
        }
    }

    /** Adds the sums of one row, {@code [groups][stride]}, times their scales. */
    private static void scaleOne(int[] dots, int first, int stride, int groups, float[] scales, int scaleAt,
            float[] xScales, int x0, int shift, float[] out, int o) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, o);
        FloatVector b = FloatVector.fromArray(FLOATS, out, o + LENGTH);
        int dot = first;
        int scale = scaleAt;
        for (int group = 0; group < groups; group++) {
            float input = xScales[x0 + (group >> shift)];
            a = value(dots, dot).fma(FloatVector.fromArray(FLOATS, scales, scale).mul(input), a);
            b = value(dots, dot + LENGTH).fma(FloatVector.fromArray(FLOATS, scales, scale + LENGTH).mul(input), b);
            dot += stride;
            scale += ROWS;
        }
        a.intoArray(out, o);
        b.intoArray(out, o + LENGTH);
    }

    private static void addOne(int groups, float[] summands, int summandAt, float[] sums, int x0, float[] out, int o) {
        FloatVector a = FloatVector.fromArray(FLOATS, out, o);
        FloatVector b = FloatVector.fromArray(FLOATS, out, o + LENGTH);
        int at = summandAt;
        for (int group = 0; group < groups; group++) {
            a = FloatVector.fromArray(FLOATS, summands, at).fma(FloatVector.broadcast(FLOATS, sums[x0 + group]), a);
            b = FloatVector.fromArray(FLOATS, summands, at + LENGTH)
                    .fma(FloatVector.broadcast(FLOATS, sums[x0 + group]), b);
            at += ROWS;
        }
        a.intoArray(out, o);
        b.intoArray(out, o + LENGTH);
    }

    /**
     * Twelve accumulators of 16-bit lanes, as in the product of floats. One loop over all groups, because C2 spends as much on entering and leaving a loop as a group of
     * 16 pairs takes; the sums go to an array at the end of each group.
     */
    private static void six(MemorySegment tile, long w, int pairs, int groupMask, int[] x, int x0, int xStride,
            int[] dots) {
        int x1 = x0 + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        int x4 = x3 + xStride;
        int x5 = x4 + xStride;
        ShortVector zero = ShortVector.broadcast(SHORTS, LevelTile.ZERO);
        ShortVector a0 = zero;
        ShortVector b0 = zero;
        ShortVector a1 = zero;
        ShortVector b1 = zero;
        ShortVector a2 = zero;
        ShortVector b2 = zero;
        ShortVector a3 = zero;
        ShortVector b3 = zero;
        ShortVector a4 = zero;
        ShortVector b4 = zero;
        ShortVector a5 = zero;
        ShortVector b5 = zero;
        long at = w;
        int to = 0;
        for (int k = 0; k < pairs; k++) {
            ShortVector wa = load(tile, at);
            ShortVector wb = load(tile, at + 4 * LENGTH);
            ShortVector input = broadcast(x, x0 + k);
            a0 = a0.add(wa.mul(input));
            b0 = b0.add(wb.mul(input));
            input = broadcast(x, x1 + k);
            a1 = a1.add(wa.mul(input));
            b1 = b1.add(wb.mul(input));
            input = broadcast(x, x2 + k);
            a2 = a2.add(wa.mul(input));
            b2 = b2.add(wb.mul(input));
            input = broadcast(x, x3 + k);
            a3 = a3.add(wa.mul(input));
            b3 = b3.add(wb.mul(input));
            input = broadcast(x, x4 + k);
            a4 = a4.add(wa.mul(input));
            b4 = b4.add(wb.mul(input));
            input = broadcast(x, x5 + k);
            a5 = a5.add(wa.mul(input));
            b5 = b5.add(wb.mul(input));
            at += ROW_BYTES;
            if ((k & groupMask) == groupMask) {
                a0.reinterpretAsInts().intoArray(dots, to + 0 * LENGTH);
                b0.reinterpretAsInts().intoArray(dots, to + 1 * LENGTH);
                a1.reinterpretAsInts().intoArray(dots, to + 2 * LENGTH);
                b1.reinterpretAsInts().intoArray(dots, to + 3 * LENGTH);
                a2.reinterpretAsInts().intoArray(dots, to + 4 * LENGTH);
                b2.reinterpretAsInts().intoArray(dots, to + 5 * LENGTH);
                a3.reinterpretAsInts().intoArray(dots, to + 6 * LENGTH);
                b3.reinterpretAsInts().intoArray(dots, to + 7 * LENGTH);
                a4.reinterpretAsInts().intoArray(dots, to + 8 * LENGTH);
                b4.reinterpretAsInts().intoArray(dots, to + 9 * LENGTH);
                a5.reinterpretAsInts().intoArray(dots, to + 10 * LENGTH);
                b5.reinterpretAsInts().intoArray(dots, to + 11 * LENGTH);
                to += 12 * LENGTH;
                a0 = zero;
                b0 = zero;
                a1 = zero;
                b1 = zero;
                a2 = zero;
                b2 = zero;
                a3 = zero;
                b3 = zero;
                a4 = zero;
                b4 = zero;
                a5 = zero;
                b5 = zero;
            }
        }
    }

    /**
     * Adds the sums of two rows times their scales. {@link #value} is written out: the method must stay larger than what C2 inlines (325 bytes of code), because its callers
     * together have more vector operations than C2 takes.
     */
    private static void scaleTwo(int[] dots, int from, int stride, int groups, float[] scales, int scaleAt,
            float[] xScales, int x0, int xStride, int shift, float[] out, int o0, int outStride) {
        FloatVector a0 = FloatVector.fromArray(FLOATS, out, o0);
        FloatVector b0 = FloatVector.fromArray(FLOATS, out, o0 + LENGTH);
        FloatVector a1 = FloatVector.fromArray(FLOATS, out, o0 + outStride);
        FloatVector b1 = FloatVector.fromArray(FLOATS, out, o0 + outStride + LENGTH);
        int dot = from;
        int scale = scaleAt;
        for (int group = 0; group < groups; group++) {
            FloatVector sa = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector sb = FloatVector.fromArray(FLOATS, scales, scale + LENGTH);
            float input = xScales[x0 + (group >> shift)];
            IntVector pair = IntVector.fromArray(INTS, dots, dot);
            a0 = pair.lanewise(VectorOperators.LSHR, 16).add(pair.and(LOWER).or(EXPONENT)).reinterpretAsFloats()
                    .sub(OFFSET).fma(sa.mul(input), a0);
            pair = IntVector.fromArray(INTS, dots, dot + LENGTH);
            b0 = pair.lanewise(VectorOperators.LSHR, 16).add(pair.and(LOWER).or(EXPONENT)).reinterpretAsFloats()
                    .sub(OFFSET).fma(sb.mul(input), b0);
            input = xScales[x0 + xStride + (group >> shift)];
            pair = IntVector.fromArray(INTS, dots, dot + 2 * LENGTH);
            a1 = pair.lanewise(VectorOperators.LSHR, 16).add(pair.and(LOWER).or(EXPONENT)).reinterpretAsFloats()
                    .sub(OFFSET).fma(sa.mul(input), a1);
            pair = IntVector.fromArray(INTS, dots, dot + 3 * LENGTH);
            b1 = pair.lanewise(VectorOperators.LSHR, 16).add(pair.and(LOWER).or(EXPONENT)).reinterpretAsFloats()
                    .sub(OFFSET).fma(sb.mul(input), b1);
            dot += stride;
            scale += ROWS;
        }
        a0.intoArray(out, o0);
        b0.intoArray(out, o0 + LENGTH);
        a1.intoArray(out, o0 + outStride);
        b1.intoArray(out, o0 + outStride + LENGTH);
    }

    /** The sum of the two halves of pairs as floats: the lower one as the mantissa of 2^23 + n, to which the upper one is added as it is. */
    private static FloatVector value(int[] dots, int index) {
        IntVector pair = IntVector.fromArray(INTS, dots, index);
        return pair.lanewise(VectorOperators.LSHR, 16).add(pair.and(LOWER).or(EXPONENT)).reinterpretAsFloats()
                .sub(OFFSET);
    }

    /** Adds the summands of all groups times the inputs' sums of six rows. */
    private static void addSix(int groups, float[] summands, int summandAt, float[] sums, int x0, int xStride,
            float[] out, int o0, int outStride) {
        int x1 = x0 + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        int x4 = x3 + xStride;
        int x5 = x4 + xStride;
        int o1 = o0 + outStride;
        int o2 = o1 + outStride;
        int o3 = o2 + outStride;
        int o4 = o3 + outStride;
        int o5 = o4 + outStride;
        FloatVector a0 = FloatVector.fromArray(FLOATS, out, o0);
        FloatVector b0 = FloatVector.fromArray(FLOATS, out, o0 + LENGTH);
        FloatVector a1 = FloatVector.fromArray(FLOATS, out, o1);
        FloatVector b1 = FloatVector.fromArray(FLOATS, out, o1 + LENGTH);
        FloatVector a2 = FloatVector.fromArray(FLOATS, out, o2);
        FloatVector b2 = FloatVector.fromArray(FLOATS, out, o2 + LENGTH);
        FloatVector a3 = FloatVector.fromArray(FLOATS, out, o3);
        FloatVector b3 = FloatVector.fromArray(FLOATS, out, o3 + LENGTH);
        FloatVector a4 = FloatVector.fromArray(FLOATS, out, o4);
        FloatVector b4 = FloatVector.fromArray(FLOATS, out, o4 + LENGTH);
        FloatVector a5 = FloatVector.fromArray(FLOATS, out, o5);
        FloatVector b5 = FloatVector.fromArray(FLOATS, out, o5 + LENGTH);
        int summand = summandAt;
        for (int group = 0; group < groups; group++) {
            FloatVector sa = FloatVector.fromArray(FLOATS, summands, summand);
            FloatVector sb = FloatVector.fromArray(FLOATS, summands, summand + LENGTH);
            FloatVector input = FloatVector.broadcast(FLOATS, sums[x0 + group]);
            a0 = sa.fma(input, a0);
            b0 = sb.fma(input, b0);
            input = FloatVector.broadcast(FLOATS, sums[x1 + group]);
            a1 = sa.fma(input, a1);
            b1 = sb.fma(input, b1);
            input = FloatVector.broadcast(FLOATS, sums[x2 + group]);
            a2 = sa.fma(input, a2);
            b2 = sb.fma(input, b2);
            input = FloatVector.broadcast(FLOATS, sums[x3 + group]);
            a3 = sa.fma(input, a3);
            b3 = sb.fma(input, b3);
            input = FloatVector.broadcast(FLOATS, sums[x4 + group]);
            a4 = sa.fma(input, a4);
            b4 = sb.fma(input, b4);
            input = FloatVector.broadcast(FLOATS, sums[x5 + group]);
            a5 = sa.fma(input, a5);
            b5 = sb.fma(input, b5);
            summand += ROWS;
        }
        a0.intoArray(out, o0);
        b0.intoArray(out, o0 + LENGTH);
        a1.intoArray(out, o1);
        b1.intoArray(out, o1 + LENGTH);
        a2.intoArray(out, o2);
        b2.intoArray(out, o2 + LENGTH);
        a3.intoArray(out, o3);
        b3.intoArray(out, o3 + LENGTH);
        a4.intoArray(out, o4);
        b4.intoArray(out, o4 + LENGTH);
        a5.intoArray(out, o5);
        b5.intoArray(out, o5 + LENGTH);
    }
}

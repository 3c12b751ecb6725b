package dev.cria.core.kernel;

import dev.cria.core.LevelCoding;
import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.QuantizedRows;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Products of levels and inputs in 8 bits, in the Vector API. A lane of 32 bits is a row; its halves are two neighbouring columns. */
final class VectorLevelKernels {
    private static final int ROWS = Matrix.PANEL_ROWS;
    private static final int SIX = QuantizedRows.ROWS_AT_A_TIME;
    private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> HALF_SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final int LENGTH = FLOATS.length();

    private VectorLevelKernels() {}

    static void quantize(float[] x, int xOffset, QuantizedRows target, int row) {
        int[] block = new int[QuantizedRows.BLOCK / 2];
        int step = target.step(row);
        for (int column = 0; column < target.columns(); column += QuantizedRows.BLOCK) {
            float max = max(x, xOffset + column);
            float scale = max / 127f;
            int sum = round(x, xOffset + column, PlainKernels.inverse(max), block);
            int index = target.scaleIndex(row, column);
            target.scales()[index] = scale;
            target.weightedSums()[index] = sum * scale;
            int to = target.pairIndex(row, column);
            for (int i = 0; i < block.length; i++) {
                target.pairs()[to + i * step] = block[i];
            }
        }
        for (LevelFactors factors : target.factors()) {
            factors(target, row, factors);
        }
    }

    /** Magnitudes are in the same order as their bits. */
    private static float max(float[] x, int from) {
        IntVector max = IntVector.zero(INTS);
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            max = max.max(FloatVector.fromArray(FLOATS, x, from + i).abs().reinterpretAsInts());
        }
        return Float.intBitsToFloat(max.reduceLanes(VectorOperators.MAX));
    }

    /** Rounds a block, and adds it up. */
    private static int round(float[] x, int from, float inverse, int[] pairs) {
        IntVector sum = IntVector.zero(INTS);
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            IntVector rounded = FloatVector.fromArray(FLOATS, x, from + i).mul(inverse).add(PlainKernels.ROUND)
                    .reinterpretAsInts().sub(PlainKernels.ROUND_BITS);
            rounded.convertShape(VectorOperators.I2S, HALF_SHORTS, 0).reinterpretAsInts().intoArray(pairs, i / 2);
            // what is not finite is cut to 16 bits as in the pairs
            sum = sum.add(rounded.lanewise(VectorOperators.LSHL, Short.SIZE).lanewise(VectorOperators.ASHR,
                    Short.SIZE));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /**
     * Where the factors of the columns that a vector of pairs holds come from, in whole vectors: for each factor the lane of its pair, how far to shift it to the right to take the second input, and
     * then to the left, and the same for what is taken off.
     */
    private record FactorVectors(int count, int[] lane, int[] half, int[] shift, int[] laneBefore, int[] halfBefore,
            int[] shiftBefore) {
        static FactorVectors of(LevelCoding coding) {
            List<LevelCoding.Source> sources = coding.sources();
            int count = COLUMNS / coding.columns() * sources.size();
            int[][] all = new int[6][(count + LENGTH - 1) / LENGTH * LENGTH];
            for (int i = 0; i < count; i++) {
                LevelCoding.Source source = sources.get(i % sources.size());
                int unit = i / sources.size() * coding.columns();
                all[0][i] = (unit + source.column()) / 2;
                all[1][i] = (unit + source.column()) % 2 * Short.SIZE;
                all[2][i] = source.shift();
                all[3][i] = (unit + source.columnBefore()) / 2;
                all[4][i] = (unit + source.columnBefore()) % 2 * Short.SIZE;
                all[5][i] = source.shiftBefore();
            }
            return new FactorVectors(count, all[0], all[1], all[2], all[3], all[4], all[5]);
        }
    }

    /** Columns of a vector of pairs. */
    private static final int COLUMNS = 2 * LENGTH;
    private static final FactorVectors FOUR = FactorVectors.of(LevelCoding.FOUR);
    private static final FactorVectors FIVE = FactorVectors.of(LevelCoding.FIVE);
    private static final FactorVectors SIX_BITS = FactorVectors.of(LevelCoding.SIX);

    private static void factors(QuantizedRows x, int row, LevelFactors target) {
        LevelCoding coding = target.coding();
        if (COLUMNS % coding.columns() != 0) {
            PlainKernels.factors(x, row, target);
            return;
        }
        FactorVectors vectors = switch (coding) {
            case FOUR -> FOUR;
            case FIVE -> FIVE;
            case SIX -> SIX_BITS;
        };
        int[] pairs = x.pairs();
        int from = x.pairIndex(row, 0);
        int to = target.index(row, 0);
        for (int pair = from; pair < from + x.columns() / 2; pair += LENGTH) {
            factors(IntVector.fromArray(INTS, pairs, pair), vectors, target.factors(), to);
            to += vectors.count;
        }
        corrections(x, row, target);
    }

    /** The upper halves of what is shifted hold what is not wanted, and are left out. */
    private static void factors(IntVector pairs, FactorVectors vectors, int[] target, int to) {
        for (int i = 0; i < vectors.count; i += LENGTH) {
            IntVector wanted = IntVector.fromArray(INTS, vectors.lane, i).selectFrom(pairs)
                    .lanewise(VectorOperators.LSHR, IntVector.fromArray(INTS, vectors.half, i))
                    .lanewise(VectorOperators.LSHL, IntVector.fromArray(INTS, vectors.shift, i));
            IntVector before = IntVector.fromArray(INTS, vectors.laneBefore, i).selectFrom(pairs)
                    .lanewise(VectorOperators.LSHR, IntVector.fromArray(INTS, vectors.halfBefore, i))
                    .lanewise(VectorOperators.LSHL, IntVector.fromArray(INTS, vectors.shiftBefore, i));
            IntVector factors = wanted.sub(before).lanewise(VectorOperators.LSHL, Short.SIZE);
            factors.or(factors.lanewise(VectorOperators.LSHR, Short.SIZE)).intoArray(target, to + i);
        }
    }

    private static void corrections(QuantizedRows x, int row, LevelFactors target) {
        int centre = target.coding().centre();
        int each = target.coding().sumColumns() / 2;
        int pair = x.pairIndex(row, 0);
        int to = target.correctionIndex(row, 0);
        for (int end = to + x.columns() / 2 / each; to < end; to++) {
            int sum = 0;
            for (int i = pair; i < pair + each; i++) {
                sum += (short) x.pairs()[i] + (x.pairs()[i] >> Short.SIZE);
            }
            pair += each;
            target.corrections()[to] = PlainKernels.twice(-centre * sum);
        }
    }

    /** Two groups of 16 columns share a block of inputs. */
    private static int shift(LevelTile tile) {
        return QuantizedRows.BLOCK / tile.groupColumns() - 1;
    }

    static void levelProduct(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride) {
        for (int lane = 0; lane < ROWS; lane += 2 * LENGTH) {
            groupsProduct(tile, lane, x, rows, out, outOffset + lane, outStride);
            if (tile.summed()) {
                addSummands(tile, lane, x, rows, out, outOffset + lane, outStride);
            }
        }
    }

    private static void groupsProduct(LevelTile tile, int lane, QuantizedRows x, int rows, float[] out, int outOffset,
            int outStride) {
        int pairs = tile.groupColumns() / 2;
        int shift = shift(tile);
        int first = tile.firstColumn();
        int row = 0;
        for (; row + SIX <= rows && x.step(row) == SIX; row += SIX) {
            six(tile.pairs(), lane, tile.groups(), pairs, x.pairs(), x.pairIndex(row, first), tile.scales(), x.scales(),
                    x.scaleIndex(row, first), shift, out, outOffset + row * outStride, outStride);
        }
        for (; row < rows; row++) {
            one(tile.pairs(), lane, tile.groups(), pairs, x.pairs(), x.pairIndex(row, first), tile.scales(), x.scales(),
                    x.scaleIndex(row, first), x.step(row), shift, out, outOffset + row * outStride);
        }
    }

    private static void addSummands(LevelTile tile, int lane, QuantizedRows x, int rows, float[] out, int outOffset,
            int outStride) {
        int first = tile.firstColumn();
        int row = 0;
        for (; row + SIX <= rows && x.step(row) == SIX; row += SIX) {
            addSix(tile.groups(), tile.scales(), LevelTile.SUMMANDS + lane, x.weightedSums(), x.scaleIndex(row, first),
                    out, outOffset + row * outStride, outStride);
        }
        for (; row < rows; row++) {
            addOne(tile.groups(), tile.scales(), LevelTile.SUMMANDS + lane, x.weightedSums(), x.scaleIndex(row, first),
                    x.step(row), out, outOffset + row * outStride);
        }
    }

    private static ShortVector broadcast(int pair) {
        return IntVector.broadcast(INTS, pair).reinterpretAsShorts();
    }

    private static ShortVector load(int[] levels, int index) {
        return IntVector.fromArray(INTS, levels, index).reinterpretAsShorts();
    }

    /** The sum of the two halves of a pair. */
    private static FloatVector value(ShortVector halves) {
        IntVector pair = halves.reinterpretAsInts();
        return (FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    private static void one(int[] levels, int lane, int groups, int pairs, int[] x, int x0, float[] scales,
            float[] xScales, int s0, int step, int shift, float[] out, int o) {
        FloatVector sumA = FloatVector.fromArray(FLOATS, out, o);
        FloatVector sumB = FloatVector.fromArray(FLOATS, out, o + LENGTH);
        int at = lane;
        int xAt = x0;
        int scale = lane;
        for (int group = 0; group < groups; group++) {
            ShortVector a = ShortVector.zero(SHORTS);
            ShortVector b = ShortVector.zero(SHORTS);
            for (int k = 0; k < pairs; k++) {
                ShortVector input = broadcast(x[xAt]);
                a = a.add(load(levels, at).mul(input));
                b = b.add(load(levels, at + LENGTH).mul(input));
                at += ROWS;
                xAt += step;
            }
            FloatVector input = FloatVector.broadcast(FLOATS, xScales[s0 + (group >> shift) * step]);
            sumA = value(a).fma(FloatVector.fromArray(FLOATS, scales, scale).mul(input), sumA);
            sumB = value(b).fma(FloatVector.fromArray(FLOATS, scales, scale + LENGTH).mul(input), sumB);
            scale += ROWS;
        }
        sumA.intoArray(out, o);
        sumB.intoArray(out, o + LENGTH);
    }

    private static void addOne(int groups, float[] summands, int summandAt, float[] sums, int s0, int step, float[] out,
            int o) {
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = FloatVector.zero(FLOATS);
        int at = summandAt;
        for (int group = 0; group < groups; group++) {
            FloatVector input = FloatVector.broadcast(FLOATS, sums[s0 + group * step]);
            a = FloatVector.fromArray(FLOATS, summands, at).fma(input, a);
            b = FloatVector.fromArray(FLOATS, summands, at + LENGTH).fma(input, b);
            at += ROWS;
        }
        add(a, out, o);
        add(b, out, o + LENGTH);
    }

    private static void add(FloatVector sum, float[] out, int to) {
        FloatVector.fromArray(FLOATS, out, to).add(sum).intoArray(out, to);
    }

    /**
     * Twelve accumulators of 16-bit lanes, as in the product of floats, and twelve of floats for their sums. Everything that is read lies in arrays and in the order in which it is read: a memory segment, or an
     * index for each row, would add as many instructions as the products themselves. {@link #value} is written out: C2 takes so many vector operations into a method only where
     * they are not hidden in methods of ours.
     */
    private static void six(int[] levels, int lane, int groups, int pairs, int[] x, int x0, float[] scales,
            float[] xScales, int s0, int shift, float[] out, int o0, int outStride) {
        int o1 = o0 + outStride;
        int o2 = o1 + outStride;
        int o3 = o2 + outStride;
        int o4 = o3 + outStride;
        int o5 = o4 + outStride;
        FloatVector sumA0 = FloatVector.fromArray(FLOATS, out, o0);
        FloatVector sumB0 = FloatVector.fromArray(FLOATS, out, o0 + LENGTH);
        FloatVector sumA1 = FloatVector.fromArray(FLOATS, out, o1);
        FloatVector sumB1 = FloatVector.fromArray(FLOATS, out, o1 + LENGTH);
        FloatVector sumA2 = FloatVector.fromArray(FLOATS, out, o2);
        FloatVector sumB2 = FloatVector.fromArray(FLOATS, out, o2 + LENGTH);
        FloatVector sumA3 = FloatVector.fromArray(FLOATS, out, o3);
        FloatVector sumB3 = FloatVector.fromArray(FLOATS, out, o3 + LENGTH);
        FloatVector sumA4 = FloatVector.fromArray(FLOATS, out, o4);
        FloatVector sumB4 = FloatVector.fromArray(FLOATS, out, o4 + LENGTH);
        FloatVector sumA5 = FloatVector.fromArray(FLOATS, out, o5);
        FloatVector sumB5 = FloatVector.fromArray(FLOATS, out, o5 + LENGTH);
        ShortVector zero = ShortVector.zero(SHORTS);
        int at = lane;
        int xAt = x0;
        int scale = lane;
        for (int group = 0; group < groups; group++) {
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
            for (int k = 0; k < pairs; k++) {
                ShortVector wa = load(levels, at);
                ShortVector wb = load(levels, at + LENGTH);
                ShortVector input = broadcast(x[xAt]);
                a0 = a0.add(wa.mul(input));
                b0 = b0.add(wb.mul(input));
                input = broadcast(x[xAt + 1]);
                a1 = a1.add(wa.mul(input));
                b1 = b1.add(wb.mul(input));
                input = broadcast(x[xAt + 2]);
                a2 = a2.add(wa.mul(input));
                b2 = b2.add(wb.mul(input));
                input = broadcast(x[xAt + 3]);
                a3 = a3.add(wa.mul(input));
                b3 = b3.add(wb.mul(input));
                input = broadcast(x[xAt + 4]);
                a4 = a4.add(wa.mul(input));
                b4 = b4.add(wb.mul(input));
                input = broadcast(x[xAt + 5]);
                a5 = a5.add(wa.mul(input));
                b5 = b5.add(wb.mul(input));
                at += ROWS;
                xAt += SIX;
            }
            FloatVector sa = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector sb = FloatVector.fromArray(FLOATS, scales, scale + LENGTH);
            int s = s0 + (group >> shift) * SIX;
            FloatVector input = FloatVector.broadcast(FLOATS, xScales[s]);
            IntVector pair = a0.reinterpretAsInts();
            sumA0 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sa.mul(input), sumA0);
            pair = b0.reinterpretAsInts();
            sumB0 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sb.mul(input), sumB0);
            input = FloatVector.broadcast(FLOATS, xScales[s + 1]);
            pair = a1.reinterpretAsInts();
            sumA1 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sa.mul(input), sumA1);
            pair = b1.reinterpretAsInts();
            sumB1 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sb.mul(input), sumB1);
            input = FloatVector.broadcast(FLOATS, xScales[s + 2]);
            pair = a2.reinterpretAsInts();
            sumA2 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sa.mul(input), sumA2);
            pair = b2.reinterpretAsInts();
            sumB2 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sb.mul(input), sumB2);
            input = FloatVector.broadcast(FLOATS, xScales[s + 3]);
            pair = a3.reinterpretAsInts();
            sumA3 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sa.mul(input), sumA3);
            pair = b3.reinterpretAsInts();
            sumB3 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sb.mul(input), sumB3);
            input = FloatVector.broadcast(FLOATS, xScales[s + 4]);
            pair = a4.reinterpretAsInts();
            sumA4 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sa.mul(input), sumA4);
            pair = b4.reinterpretAsInts();
            sumB4 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sb.mul(input), sumB4);
            input = FloatVector.broadcast(FLOATS, xScales[s + 5]);
            pair = a5.reinterpretAsInts();
            sumA5 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sa.mul(input), sumA5);
            pair = b5.reinterpretAsInts();
            sumB5 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)
                    .add(pair.lanewise(VectorOperators.ASHR, 16)).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .fma(sb.mul(input), sumB5);
            scale += ROWS;
        }
        sumA0.intoArray(out, o0);
        sumB0.intoArray(out, o0 + LENGTH);
        sumA1.intoArray(out, o1);
        sumB1.intoArray(out, o1 + LENGTH);
        sumA2.intoArray(out, o2);
        sumB2.intoArray(out, o2 + LENGTH);
        sumA3.intoArray(out, o3);
        sumB3.intoArray(out, o3 + LENGTH);
        sumA4.intoArray(out, o4);
        sumB4.intoArray(out, o4 + LENGTH);
        sumA5.intoArray(out, o5);
        sumB5.intoArray(out, o5 + LENGTH);
    }

    /** Adds the summands of all groups times the inputs' sums of six rows. */
    private static void addSix(int groups, float[] summands, int summandAt, float[] sums, int s0, float[] out, int o0,
            int outStride) {
        int o1 = o0 + outStride;
        int o2 = o1 + outStride;
        int o3 = o2 + outStride;
        int o4 = o3 + outStride;
        int o5 = o4 + outStride;
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector b0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector b1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector b2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector b3 = FloatVector.zero(FLOATS);
        FloatVector a4 = FloatVector.zero(FLOATS);
        FloatVector b4 = FloatVector.zero(FLOATS);
        FloatVector a5 = FloatVector.zero(FLOATS);
        FloatVector b5 = FloatVector.zero(FLOATS);
        int at = summandAt;
        int s = s0;
        for (int group = 0; group < groups; group++) {
            FloatVector sa = FloatVector.fromArray(FLOATS, summands, at);
            FloatVector sb = FloatVector.fromArray(FLOATS, summands, at + LENGTH);
            FloatVector input = FloatVector.broadcast(FLOATS, sums[s]);
            a0 = sa.fma(input, a0);
            b0 = sb.fma(input, b0);
            input = FloatVector.broadcast(FLOATS, sums[s + 1]);
            a1 = sa.fma(input, a1);
            b1 = sb.fma(input, b1);
            input = FloatVector.broadcast(FLOATS, sums[s + 2]);
            a2 = sa.fma(input, a2);
            b2 = sb.fma(input, b2);
            input = FloatVector.broadcast(FLOATS, sums[s + 3]);
            a3 = sa.fma(input, a3);
            b3 = sb.fma(input, b3);
            input = FloatVector.broadcast(FLOATS, sums[s + 4]);
            a4 = sa.fma(input, a4);
            b4 = sb.fma(input, b4);
            input = FloatVector.broadcast(FLOATS, sums[s + 5]);
            a5 = sa.fma(input, a5);
            b5 = sb.fma(input, b5);
            at += ROWS;
            s += SIX;
        }
        FloatVector.fromArray(FLOATS, out, o0).add(a0).intoArray(out, o0);
        FloatVector.fromArray(FLOATS, out, o0 + LENGTH).add(b0).intoArray(out, o0 + LENGTH);
        FloatVector.fromArray(FLOATS, out, o1).add(a1).intoArray(out, o1);
        FloatVector.fromArray(FLOATS, out, o1 + LENGTH).add(b1).intoArray(out, o1 + LENGTH);
        FloatVector.fromArray(FLOATS, out, o2).add(a2).intoArray(out, o2);
        FloatVector.fromArray(FLOATS, out, o2 + LENGTH).add(b2).intoArray(out, o2 + LENGTH);
        FloatVector.fromArray(FLOATS, out, o3).add(a3).intoArray(out, o3);
        FloatVector.fromArray(FLOATS, out, o3 + LENGTH).add(b3).intoArray(out, o3 + LENGTH);
        FloatVector.fromArray(FLOATS, out, o4).add(a4).intoArray(out, o4);
        FloatVector.fromArray(FLOATS, out, o4 + LENGTH).add(b4).intoArray(out, o4 + LENGTH);
        FloatVector.fromArray(FLOATS, out, o5).add(a5).intoArray(out, o5);
        FloatVector.fromArray(FLOATS, out, o5 + LENGTH).add(b5).intoArray(out, o5 + LENGTH);
    }
}

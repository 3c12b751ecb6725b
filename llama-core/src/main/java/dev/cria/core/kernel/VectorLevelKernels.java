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

/**
 * Products of levels and inputs in 8 bits, in the Vector API. A lane of 32 bits is a row; its halves are two columns,
 * half a block apart.
 */
final class VectorLevelKernels {
    private static final int ROWS = Matrix.PANEL_ROWS;
    private static final int SIX = QuantizedRows.ROWS_AT_A_TIME;
    private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());
    private static final VectorSpecies<Short> HALF_SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final int LENGTH = FLOATS.length();
    private static final int HALF_BLOCK = QuantizedRows.BLOCK / 2;
    private static final int UPPER = 0xffff0000;
    private static final float DOWN = 0x1p-16f;

    private VectorLevelKernels() {}

    static void quantize(float[] x, int xOffset, QuantizedRows target, int row) {
        int[] whole = new int[QuantizedRows.BLOCK];
        int[] pairs = new int[HALF_BLOCK];
        int step = target.step(row);
        boolean bounded = target.bounded();
        for (int column = 0; column < target.columns(); column += QuantizedRows.BLOCK) {
            float max = max(x, xOffset + column);
            round(x, xOffset + column, PlainKernels.inverse(max), whole);
            if (bounded) {
                int magnitudes = magnitudes(whole);
                float widening = target.widening(magnitudes & 0xffff, magnitudes >>> Short.SIZE);
                if (widening > 1) {
                    max *= widening;
                    round(x, xOffset + column, PlainKernels.inverse(max), whole);
                }
            }
            float scale = max / 127f;
            int index = target.scaleIndex(row, column);
            target.scales()[index] = scale;
            target.weightedSums()[index] = sum(whole) * scale;
            int to = target.pairIndex(row, column);
            if (target.apart() == 1) {
                neighbours(whole, target.pairs(), to);
            } else {
                halves(whole, pairs);
                for (int i = 0; i < pairs.length; i++) {
                    target.pairs()[to + i * step] = pairs[i];
                }
            }
        }
        for (LevelFactors factors : target.factors()) {
            factors(target, row, factors);
        }
        target.fillBlocks(row);
    }

    /** Magnitudes are in the same order as their bits. */
    private static float max(float[] x, int from) {
        IntVector max = IntVector.zero(INTS);
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            max = max.max(FloatVector.fromArray(FLOATS, x, from + i).abs().reinterpretAsInts());
        }
        return Float.intBitsToFloat(max.reduceLanes(VectorOperators.MAX));
    }

    /** Rounds a block. What is not finite is cut to 16 bits, as in the pairs. */
    private static void round(float[] x, int from, float inverse, int[] whole) {
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            FloatVector.fromArray(FLOATS, x, from + i).mul(inverse).add(PlainKernels.ROUND).reinterpretAsInts()
                    .sub(PlainKernels.ROUND_BITS).lanewise(VectorOperators.LSHL, Short.SIZE)
                    .lanewise(VectorOperators.ASHR, Short.SIZE).intoArray(whole, i);
        }
    }

    /** The magnitudes of the halves of a block, added up in the halves of an int. */
    private static int magnitudes(int[] whole) {
        IntVector sums = IntVector.zero(INTS);
        for (int i = 0; i < HALF_BLOCK; i += LENGTH) {
            sums = sums.add(IntVector.fromArray(INTS, whole, i).abs()).add(
                    IntVector.fromArray(INTS, whole, i + HALF_BLOCK).abs().lanewise(VectorOperators.LSHL, Short.SIZE));
        }
        return sums.reduceLanes(VectorOperators.ADD);
    }

    private static int sum(int[] whole) {
        IntVector sum = IntVector.zero(INTS);
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            sum = sum.add(IntVector.fromArray(INTS, whole, i));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    private static void neighbours(int[] whole, int[] pairs, int to) {
        for (int i = 0; i < QuantizedRows.BLOCK; i += LENGTH) {
            IntVector.fromArray(INTS, whole, i).convertShape(VectorOperators.I2S, HALF_SHORTS, 0).reinterpretAsInts()
                    .intoArray(pairs, to + i / 2);
        }
    }

    private static void halves(int[] whole, int[] pairs) {
        for (int i = 0; i < HALF_BLOCK; i += LENGTH) {
            IntVector.fromArray(INTS, whole, i).and(0xffff)
                    .or(IntVector.fromArray(INTS, whole, i + HALF_BLOCK).lanewise(VectorOperators.LSHL, Short.SIZE))
                    .intoArray(pairs, i);
        }
    }

    /**
     * Where the factors of the columns that a vector of pairs holds come from, in whole vectors: for each factor the
     * lane of its pair, how far to shift it to the right to take the second input, and then to the left, and the same
     * for what is taken off.
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
        boolean twoGroups = tile.groupColumns() == HALF_BLOCK;
        int blocks = tile.columns() / QuantizedRows.BLOCK;
        int first = tile.firstColumn();
        int row = 0;
        for (; row + SIX <= rows && x.step(row) == SIX; row += SIX) {
            int o = outOffset + row * outStride;
            if (twoGroups) {
                sixOfTwoGroups(tile.pairs(), lane, blocks, x.pairs(), x.pairIndex(row, first), tile.scales(),
                        x.scales(), x.scaleIndex(row, first), out, o, outStride);
            } else {
                six(tile.pairs(), lane, blocks, tile.groupColumns() / 2, x.pairs(), x.pairIndex(row, first),
                        tile.scales(), x.scales(),
                        x.scaleIndex(row, first), out, o, outStride);
            }
        }
        for (; row < rows; row++) {
            int o = outOffset + row * outStride;
            if (twoGroups) {
                oneOfTwoGroups(tile.pairs(), lane, blocks, x.pairs(), x.pairIndex(row, first), tile.scales(),
                        x.scales(), x.scaleIndex(row, first), x.step(row), out, o);
            } else {
                one(tile.pairs(), lane, blocks, x.pairs(), x.pairIndex(row, first), tile.scales(), x.scales(),
                        x.scaleIndex(row, first), x.step(row), out, o);
            }
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

    /** The sum of the two halves, which has 16 bits. */
    private static FloatVector both(ShortVector halves) {
        IntVector pair = halves.reinterpretAsInts();
        return (FloatVector) pair.lanewise(VectorOperators.LSHL, Short.SIZE).add(pair)
                .lanewise(VectorOperators.ASHR, Short.SIZE).convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    /** The lower half, times 2^16: clearing the other half would take one more shift. */
    private static FloatVector lower(ShortVector halves) {
        return (FloatVector) halves.reinterpretAsInts().lanewise(VectorOperators.LSHL, Short.SIZE)
                .convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    /** The upper half, times 2^16. */
    private static FloatVector upper(ShortVector halves) {
        return (FloatVector) halves.reinterpretAsInts().and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    /**
     * A scale for {@link #lower} and {@link #upper}: the product is the same to the bit, as scales are whole numbers
     * times binary16 numbers.
     */
    private static FloatVector scale(float[] scales, int index) {
        return FloatVector.fromArray(FLOATS, scales, index).mul(DOWN);
    }

    private static void one(int[] levels, int lane, int blocks, int[] x, int x0, float[] scales, float[] xScales,
            int s0, int step, float[] out, int o) {
        FloatVector sumA = FloatVector.fromArray(FLOATS, out, o);
        FloatVector sumB = FloatVector.fromArray(FLOATS, out, o + LENGTH);
        int at = lane;
        int xAt = x0;
        int scale = lane;
        for (int block = 0; block < blocks; block++) {
            ShortVector a = ShortVector.zero(SHORTS);
            ShortVector b = ShortVector.zero(SHORTS);
            for (int k = 0; k < HALF_BLOCK; k++) {
                ShortVector input = broadcast(x[xAt]);
                a = a.add(load(levels, at).mul(input));
                b = b.add(load(levels, at + LENGTH).mul(input));
                at += ROWS;
                xAt += step;
            }
            FloatVector input = FloatVector.broadcast(FLOATS, xScales[s0 + block * step]);
            sumA = both(a).fma(FloatVector.fromArray(FLOATS, scales, scale).mul(input), sumA);
            sumB = both(b).fma(FloatVector.fromArray(FLOATS, scales, scale + LENGTH).mul(input), sumB);
            scale += ROWS;
        }
        sumA.intoArray(out, o);
        sumB.intoArray(out, o + LENGTH);
    }

    private static void oneOfTwoGroups(int[] levels, int lane, int blocks, int[] x, int x0, float[] scales,
            float[] xScales, int s0, int step, float[] out, int o) {
        FloatVector sumA = FloatVector.fromArray(FLOATS, out, o);
        FloatVector sumB = FloatVector.fromArray(FLOATS, out, o + LENGTH);
        int at = lane;
        int xAt = x0;
        int scale = lane;
        for (int block = 0; block < blocks; block++) {
            ShortVector a = ShortVector.zero(SHORTS);
            ShortVector b = ShortVector.zero(SHORTS);
            for (int k = 0; k < HALF_BLOCK; k++) {
                ShortVector input = broadcast(x[xAt]);
                a = a.add(load(levels, at).mul(input));
                b = b.add(load(levels, at + LENGTH).mul(input));
                at += ROWS;
                xAt += step;
            }
            FloatVector input = FloatVector.broadcast(FLOATS, xScales[s0 + block * step]);
            sumA = upper(a).fma(scale(scales, scale + ROWS), lower(a).mul(scale(scales, scale))).fma(input, sumA);
            sumB = upper(b).fma(scale(scales, scale + ROWS + LENGTH), lower(b).mul(scale(scales, scale + LENGTH)))
                    .fma(input, sumB);
            scale += 2 * ROWS;
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
     * Twelve accumulators of 16-bit lanes, as in the product of floats, and twelve of floats for their sums. Everything
     * that is read lies in arrays and in the order in which it is read: a memory segment, or an index for each row,
     * would add as many instructions as the products themselves. {@link #both} is written out: C2 takes so many vector
     * operations into a method only where they are not hidden in methods of ours.
     */
    private static void six(int[] levels, int lane, int blocks, int pairs, int[] x, int x0, float[] scales,
            float[] xScales,
            int s0, float[] out, int o0, int outStride) {
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
        // with a constant C2 checks all bounds again for each block, without a limit it adds a safepoint
        int count = Math.min(pairs, HALF_BLOCK);
        int at = lane;
        int xAt = x0;
        int scale = lane;
        int s = s0;
        for (int block = 0; block < blocks; block++) {
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
            for (int k = 0; k < count; k++) {
                ShortVector wa = load(levels, at);
                ShortVector wb = load(levels, at + LENGTH);
                ShortVector input = broadcast(x[xAt]);
                a0 = input.mul(wa).add(a0);
                b0 = input.mul(wb).add(b0);
                input = broadcast(x[xAt + 1]);
                a1 = input.mul(wa).add(a1);
                b1 = input.mul(wb).add(b1);
                input = broadcast(x[xAt + 2]);
                a2 = input.mul(wa).add(a2);
                b2 = input.mul(wb).add(b2);
                input = broadcast(x[xAt + 3]);
                a3 = input.mul(wa).add(a3);
                b3 = input.mul(wb).add(b3);
                input = broadcast(x[xAt + 4]);
                a4 = input.mul(wa).add(a4);
                b4 = input.mul(wb).add(b4);
                input = broadcast(x[xAt + 5]);
                a5 = input.mul(wa).add(a5);
                b5 = input.mul(wb).add(b5);
                at += ROWS;
                xAt += SIX;
            }
            FloatVector scaleA = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector scaleB = FloatVector.fromArray(FLOATS, scales, scale + LENGTH);
            FloatVector input = FloatVector.broadcast(FLOATS, xScales[s]);
            IntVector pair = a0.reinterpretAsInts();
            sumA0 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA.mul(input), sumA0);
            pair = b0.reinterpretAsInts();
            sumB0 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB.mul(input), sumB0);
            input = FloatVector.broadcast(FLOATS, xScales[s + 1]);
            pair = a1.reinterpretAsInts();
            sumA1 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA.mul(input), sumA1);
            pair = b1.reinterpretAsInts();
            sumB1 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB.mul(input), sumB1);
            input = FloatVector.broadcast(FLOATS, xScales[s + 2]);
            pair = a2.reinterpretAsInts();
            sumA2 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA.mul(input), sumA2);
            pair = b2.reinterpretAsInts();
            sumB2 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB.mul(input), sumB2);
            input = FloatVector.broadcast(FLOATS, xScales[s + 3]);
            pair = a3.reinterpretAsInts();
            sumA3 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA.mul(input), sumA3);
            pair = b3.reinterpretAsInts();
            sumB3 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB.mul(input), sumB3);
            input = FloatVector.broadcast(FLOATS, xScales[s + 4]);
            pair = a4.reinterpretAsInts();
            sumA4 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA.mul(input), sumA4);
            pair = b4.reinterpretAsInts();
            sumB4 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB.mul(input), sumB4);
            input = FloatVector.broadcast(FLOATS, xScales[s + 5]);
            pair = a5.reinterpretAsInts();
            sumA5 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleA.mul(input), sumA5);
            pair = b5.reinterpretAsInts();
            sumB5 = ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).add(pair).lanewise(VectorOperators.ASHR, 16)
                    .convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scaleB.mul(input), sumB5);
            scale += ROWS;
            s += SIX;
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

    /**
     * {@link #six} where the halves of a block have scales of their own, and {@link #lower} and {@link #upper} are
     * written out.
     */
    private static void sixOfTwoGroups(int[] levels, int lane, int blocks, int[] x, int x0, float[] scales,
            float[] xScales, int s0, float[] out, int o0, int outStride) {
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
        int s = s0;
        for (int block = 0; block < blocks; block++) {
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
            for (int k = 0; k < HALF_BLOCK; k++) {
                ShortVector wa = load(levels, at);
                ShortVector wb = load(levels, at + LENGTH);
                ShortVector input = broadcast(x[xAt]);
                a0 = input.mul(wa).add(a0);
                b0 = input.mul(wb).add(b0);
                input = broadcast(x[xAt + 1]);
                a1 = input.mul(wa).add(a1);
                b1 = input.mul(wb).add(b1);
                input = broadcast(x[xAt + 2]);
                a2 = input.mul(wa).add(a2);
                b2 = input.mul(wb).add(b2);
                input = broadcast(x[xAt + 3]);
                a3 = input.mul(wa).add(a3);
                b3 = input.mul(wb).add(b3);
                input = broadcast(x[xAt + 4]);
                a4 = input.mul(wa).add(a4);
                b4 = input.mul(wb).add(b4);
                input = broadcast(x[xAt + 5]);
                a5 = input.mul(wa).add(a5);
                b5 = input.mul(wb).add(b5);
                at += ROWS;
                xAt += SIX;
            }
            FloatVector scaleA = FloatVector.fromArray(FLOATS, scales, scale).mul(DOWN);
            FloatVector scaleB = FloatVector.fromArray(FLOATS, scales, scale + LENGTH).mul(DOWN);
            FloatVector nextA = FloatVector.fromArray(FLOATS, scales, scale + ROWS).mul(DOWN);
            FloatVector nextB = FloatVector.fromArray(FLOATS, scales, scale + ROWS + LENGTH).mul(DOWN);
            FloatVector input = FloatVector.broadcast(FLOATS, xScales[s]);
            IntVector pair = a0.reinterpretAsInts();
            sumA0 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextA,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA))
                    .fma(input, sumA0);
            pair = b0.reinterpretAsInts();
            sumB0 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextB,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB))
                    .fma(input, sumB0);
            input = FloatVector.broadcast(FLOATS, xScales[s + 1]);
            pair = a1.reinterpretAsInts();
            sumA1 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextA,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA))
                    .fma(input, sumA1);
            pair = b1.reinterpretAsInts();
            sumB1 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextB,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB))
                    .fma(input, sumB1);
            input = FloatVector.broadcast(FLOATS, xScales[s + 2]);
            pair = a2.reinterpretAsInts();
            sumA2 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextA,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA))
                    .fma(input, sumA2);
            pair = b2.reinterpretAsInts();
            sumB2 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextB,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB))
                    .fma(input, sumB2);
            input = FloatVector.broadcast(FLOATS, xScales[s + 3]);
            pair = a3.reinterpretAsInts();
            sumA3 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextA,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA))
                    .fma(input, sumA3);
            pair = b3.reinterpretAsInts();
            sumB3 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextB,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB))
                    .fma(input, sumB3);
            input = FloatVector.broadcast(FLOATS, xScales[s + 4]);
            pair = a4.reinterpretAsInts();
            sumA4 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextA,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA))
                    .fma(input, sumA4);
            pair = b4.reinterpretAsInts();
            sumB4 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextB,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB))
                    .fma(input, sumB4);
            input = FloatVector.broadcast(FLOATS, xScales[s + 5]);
            pair = a5.reinterpretAsInts();
            sumA5 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextA,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleA))
                    .fma(input, sumA5);
            pair = b5.reinterpretAsInts();
            sumB5 = ((FloatVector) pair.and(UPPER).convertShape(VectorOperators.I2F, FLOATS, 0)).fma(nextB,
                    ((FloatVector) pair.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, FLOATS, 0))
                            .mul(scaleB))
                    .fma(input, sumB5);
            scale += 2 * ROWS;
            s += SIX;
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

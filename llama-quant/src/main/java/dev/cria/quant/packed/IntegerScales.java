package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.IntegerLayout.HALF;
import static dev.cria.quant.packed.IntegerLayout.WORD_BYTES;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.LENGTH;

import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The scales and summands of a tile of {@link IntegerPanels}: steps that multiply with them where they lie, and steps that unpack them. A scale is a binary16 factor, or such a factor of
 * 256 columns times a small scale. A summand is that of the format plus scale times the centre that was subtracted from the levels.
 */
final class IntegerScales {
    /** Where the factors of small scales and minima are kept as floats. */
    static final int FACTORS = 2 * LevelTile.SUMMANDS;
    /** From those of scales to those of minima. */
    private static final int NEXT = LevelTile.MOST_BLOCKS * PANEL_ROWS;

    private IntegerScales() {}

    /** The steps that turn {@link LevelTile#shorts()} into outputs, after {@link Factors} with small scales. */
    static List<TileStep> product(IntegerLayout layout) {
        int centre = layout.coding().centre();
        List<TileStep> steps = new ArrayList<>();
        if (!layout.small()) {
            steps.add(new Factors(layout));
        }
        switch (layout.coding()) {
            case FOUR -> steps.add(layout.small() ? new FourBits.HalfScales(layout) : new FourBits.ByteScales(layout));
            case FIVE -> {
                steps.add(new FiveBits.Sums());
                steps.add(layout.small() ? new HalfScales(layout) : new ByteScales(layout, false));
            }
            case SIX -> steps.add(new SixBits.ByteScales(layout));
        }
        if (layout.summed()) {
            steps.add(layout.small()
                    ? new HalfSummands(layout, centre, false)
                    : new ByteSummands(layout, centre, false));
        }
        return steps;
    }

    /** The steps that fill {@link LevelTile#scales()}. */
    static List<TileStep> unpacking(IntegerLayout layout, float centre) {
        if (layout.small()) {
            return layout.summed()
                    ? List.of(new UnpackedHalves(layout), new HalfSummands(layout, centre, true))
                    : List.of(new UnpackedHalves(layout));
        }
        return layout.summed()
                ? List.of(new Factors(layout), new ByteScales(layout, true), new ByteSummands(layout, centre, true))
                : List.of(new Factors(layout), new ByteScales(layout, true));
    }

    private static FloatVector lower(MemorySegment weights, long at) {
        return Lanes.lowFloat16(Lanes.load(weights, at));
    }

    private static FloatVector upper(MemorySegment weights, long at) {
        return Lanes.highFloat16(Lanes.load(weights, at));
    }

    /** Sums times binary16 scales. */
    private record HalfScales(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            long at = tile.offset() + layout.factors(0, tile.columns());
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                multiply(tile.weights(), at + 4L * lane, tile.groups(), tile.sums(), lane, tile.inputs().scales(),
                        tile.inputScale(), tile.out(), tile.outOffset() + lane);
            }
        }

        private static void multiply(MemorySegment weights, long scales, int groups, float[] sums, int sum,
                float[] inputs, int input, float[] out, int outOffset) {
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            for (int group = 0; group < groups; group++) {
                IntVector pair = Lanes.load(weights, scales + (long) group * WORD_BYTES);
                float factor = inputs[input + group];
                a = FloatVector.fromArray(FLOATS, sums, sum + group * PANEL_ROWS)
                        .fma(Lanes.lowFloat16(pair).mul(factor), a);
                b = FloatVector.fromArray(FLOATS, sums, sum + group * PANEL_ROWS + HALF)
                        .fma(Lanes.highFloat16(pair).mul(factor), b);
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }
    }

    /** Binary16 scales as floats. */
    private record UnpackedHalves(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            long at = tile.offset() + layout.factors(0, tile.columns());
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                for (int group = 0; group < tile.groups(); group++) {
                    long from = at + (long) group * WORD_BYTES + 4L * lane;
                    lower(tile.weights(), from).intoArray(tile.scales(), group * PANEL_ROWS + lane);
                    upper(tile.weights(), from).intoArray(tile.scales(), group * PANEL_ROWS + lane + HALF);
                }
            }
        }
    }

    /** Binary16 summands: multiplied with the inputs' sums, or unpacked. */
    private record HalfSummands(IntegerLayout layout, float centre, boolean unpacked) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            long scales = tile.offset() + layout.factors(0, tile.columns());
            long summands = tile.offset() + layout.factors(1, tile.columns());
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                unpack(tile.weights(), scales + 4L * lane, summands + 4L * lane, tile.groups(), centre, tile.scales(),
                        LevelTile.SUMMANDS + lane);
                if (!unpacked) {
                    add(tile.scales(), LevelTile.SUMMANDS + lane, tile);
                    add(tile.scales(), LevelTile.SUMMANDS + lane + HALF, tile);
                }
            }
        }

        private static void unpack(MemorySegment weights, long scales, long summands, int groups, float levelCentre,
                float[] target, int to) {
            FloatVector centre = FloatVector.broadcast(FLOATS, levelCentre);
            for (int group = 0; group < groups; group++) {
                long at = (long) group * WORD_BYTES;
                centre.fma(lower(weights, scales + at), lower(weights, summands + at)).intoArray(target,
                        to + group * PANEL_ROWS);
                centre.fma(upper(weights, scales + at), upper(weights, summands + at)).intoArray(target,
                        to + group * PANEL_ROWS + HALF);
            }
        }

        private static void add(float[] summands, int first, LevelTile tile) {
            QuantizedRows inputs = tile.inputs();
            int outOffset = tile.outOffset() + (first - LevelTile.SUMMANDS);
            FloatVector sum = FloatVector.fromArray(FLOATS, tile.out(), outOffset);
            for (int group = 0; group < tile.groups(); group++) {
                sum = FloatVector.fromArray(FLOATS, summands, first + group * PANEL_ROWS).fma(
                        FloatVector.broadcast(FLOATS, inputs.weightedSums()[tile.inputScale() + group]), sum);
            }
            sum.intoArray(tile.out(), outOffset);
        }
    }

    /** The factors of the blocks of a tile as floats, {@code [factors][MOST_BLOCKS][PANEL_ROWS]}. They are often subnormal, so that the quick conversion would be slow. */
    private record Factors(IntegerLayout layout) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            int blocks = tile.columns() / layout.groups().columns();
            for (int index = 0; index < layout.groups().factors(); index++) {
                long at = tile.offset() + layout.factors(index, tile.columns());
                for (int block = 0; block < blocks; block++) {
                    for (int lane = 0; lane < HALF; lane += LENGTH) {
                        IntVector pair = Lanes.load(tile.weights(), at + (long) block * WORD_BYTES + 4L * lane);
                        int to = FACTORS + index * NEXT + block * PANEL_ROWS + lane;
                        Lanes.float16(pair.lanewise(VectorOperators.LSHL, 16)).intoArray(tile.scales(), to);
                        Lanes.float16(pair).intoArray(tile.scales(), to + HALF);
                    }
                }
            }
        }
    }

    /** Sums times scales that are a factor times bytes, or these scales unpacked. */
    private record ByteScales(IntegerLayout layout, boolean unpacked) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            long scales = tile.offset() + layout.scales(0, tile.columns());
            int shift = QuantizedRows.BLOCK / tile.groupColumns() - 1;
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                if (unpacked) {
                    unpack(tile.weights(), scales + lane, tile.groups(), layout.blockShift(), tile.scales(), lane);
                } else {
                    multiply(tile.weights(), scales + lane, tile.groups(), layout.blockShift(), tile.scales(), lane,
                            tile.sums(),
                            tile.inputs().scales(), tile.inputScale(), shift, tile.out(), tile.outOffset() + lane);
                }
            }
        }

        private static void unpack(MemorySegment weights, long scales, int groups, int blockShift, float[] target,
                int lane) {
            for (int group = 0; group < groups; group++) {
                long at = scales + (long) group * PANEL_ROWS;
                int factor = FACTORS + lane + (group >> blockShift) * PANEL_ROWS;
                int to = lane + group * PANEL_ROWS;
                Words.bytes(weights, at).mul(FloatVector.fromArray(FLOATS, target, factor)).intoArray(target, to);
                Words.bytes(weights, at + HALF).mul(FloatVector.fromArray(FLOATS, target, factor + HALF))
                        .intoArray(target, to + HALF);
            }
        }

        private static void multiply(MemorySegment weights, long scales, int groups, int blockShift, float[] factors,
                int lane, float[] sums, float[] inputs, int input, int shift, float[] out, int outOffset) {
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            for (int group = 0; group < groups; group++) {
                long at = scales + (long) group * PANEL_ROWS;
                float x = inputs[input + (group >> shift)];
                int factor = FACTORS + lane + (group >> blockShift) * PANEL_ROWS;
                FloatVector lower = FloatVector.fromArray(FLOATS, factors, factor);
                FloatVector upper = FloatVector.fromArray(FLOATS, factors, factor + HALF);
                a = FloatVector.fromArray(FLOATS, sums, lane + group * PANEL_ROWS)
                        .fma(Words.bytes(weights, at).mul(lower).mul(x), a);
                b = FloatVector.fromArray(FLOATS, sums, lane + group * PANEL_ROWS + HALF)
                        .fma(Words.bytes(weights, at + HALF).mul(upper).mul(x), b);
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }
    }

    /** The summands of scales and minima that are a factor times bytes: multiplied with the inputs' sums, or unpacked. */
    private record ByteSummands(IntegerLayout layout, float centre, boolean unpacked) implements TileStep {
        @Override
        public void run(LevelTile tile) {
            long scales = tile.offset() + layout.scales(0, tile.columns());
            long minima = tile.offset() + layout.scales(1, tile.columns());
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                if (unpacked) {
                    unpack(tile.weights(), scales + lane, minima + lane, tile.groups(), layout.blockShift(), centre,
                            tile.scales(), lane);
                    unpack(tile.weights(), scales + lane + HALF, minima + lane + HALF, tile.groups(),
                            layout.blockShift(), centre, tile.scales(), lane + HALF);
                } else {
                    multiply(tile.weights(), scales + lane, minima + lane, tile.groups(), layout.blockShift(), centre,
                            tile.scales(), lane, tile.inputs().weightedSums(), tile.inputScale(), tile.out(),
                            tile.outOffset() + lane);
                }
            }
        }

        private static FloatVector summand(MemorySegment weights, long scale, long minimum, float[] factors,
                int factor, FloatVector centre) {
            return centre.fma(Words.bytes(weights, scale).mul(FloatVector.fromArray(FLOATS, factors, factor)),
                    Words.bytes(weights, minimum).mul(FloatVector.fromArray(FLOATS, factors, factor + NEXT)).neg());
        }

        private static void unpack(MemorySegment weights, long scales, long minima, int groups, int blockShift,
                float levelCentre, float[] target, int row) {
            FloatVector centre = FloatVector.broadcast(FLOATS, levelCentre);
            for (int group = 0; group < groups; group++) {
                long at = (long) group * PANEL_ROWS;
                summand(weights, scales + at, minima + at, target, FACTORS + row + (group >> blockShift) * PANEL_ROWS,
                        centre).intoArray(target, LevelTile.SUMMANDS + row + group * PANEL_ROWS);
            }
        }

        private static void multiply(MemorySegment weights, long scales, long minima, int groups, int blockShift,
                float levelCentre, float[] factors, int lane, float[] inputs, int input, float[] out,
                int outOffset) {
            FloatVector centre = FloatVector.broadcast(FLOATS, levelCentre);
            FloatVector a = FloatVector.fromArray(FLOATS, out, outOffset);
            FloatVector b = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
            for (int group = 0; group < groups; group++) {
                long scale = scales + (long) group * PANEL_ROWS;
                long minimum = minima + (long) group * PANEL_ROWS;
                int factor = FACTORS + lane + (group >> blockShift) * PANEL_ROWS;
                FloatVector x = FloatVector.broadcast(FLOATS, inputs[input + group]);
                a = summand(weights, scale, minimum, factors, factor, centre).fma(x, a);
                b = summand(weights, scale + HALF, minimum + HALF, factors, factor + HALF, centre).fma(x, b);
            }
            a.intoArray(out, outOffset);
            b.intoArray(out, outOffset + HALF);
        }
    }
}

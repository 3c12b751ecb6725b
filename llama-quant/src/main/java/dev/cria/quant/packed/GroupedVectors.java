package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.LevelKernel.SUMMANDS;

import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link GroupedPanels} in the Vector API: for up to 256 columns at a time, first the scales and summands of the groups
 * as floats, then a {@link LevelKernel}. They are separate methods, each small enough for C2, and what goes between
 * them goes through an array.
 */
final class GroupedVectors implements PanelKernel {
    /** Where the small scales go as floats, and after them the factors. */
    private static final int RAW = 2 * SUMMANDS;
    private static final int FACTORS = RAW + 2 * SUMMANDS;
    private static final int SCALES = FACTORS + 2 * PANEL_ROWS;

    private final LevelKernel levels;
    private final int columns;
    private final int blockBytes;
    private final int groups;
    private final int levelStart;
    private final int stride;
    private final int blocksPerPiece;
    private final int factors;
    private final float levelCentre;

    private final boolean table;
    private final int run;
    private final int runsPerInts;
    private final int wordBits;
    private final int levelBits;
    private final int levelsPerWord;
    private final int levelWords;

    private final boolean small;
    private final int scaleStart;
    private final int scaleBits;
    private final int scalesPerInt;
    private final int scaleInts;
    private final int lastScales;
    private final float scaleCentre;

    GroupedVectors(GroupLayout layout, LevelKernel levels) {
        this.levels = levels;
        columns = layout.columns();
        blockBytes = layout.blockBytes();
        groups = layout.groups();
        levelStart = layout.levelStart();
        small = layout.scales().isEmpty();
        stride = small ? blockBytes : layout.levels().bytes();
        blocksPerPiece = Matrix.TILE_COLUMNS / columns;
        factors = layout.factors();
        levelCentre = layout.levelCentre();
        table = layout.levelTable();
        Fields packing = layout.levels();
        run = packing.run();
        wordBits = packing.wordBits();
        runsPerInts = 32 / wordBits;
        levelBits = packing.bits();
        levelsPerWord = packing.perWord();
        levelWords = packing.words();
        scaleStart = layout.scaleStart();
        Fields scales = layout.scales().orElse(new Fields(8, 4));
        scaleBits = scales.bits();
        scalesPerInt = scales.perWord();
        scaleInts = scales.words();
        lastScales = scales.run() - scalesPerInt * scaleInts;
        scaleCentre = layout.scaleCentre();
    }

    @Override
    public void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        float[] scales = new float[SCALES];
        for (int block = 0; block < blocks; block += blocksPerPiece) {
            long at = offset + (long) block * blockBytes;
            int count = Math.min(blocksPerPiece, blocks - block);
            scales(weights, at, count, scales);
            for (int group = 0; group < count * groups; group++) {
                long ints = at + levelStart + (long) (group / runsPerInts) * stride;
                int to = targetOffset + (block * columns + group * run) * PANEL_ROWS;
                for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
                    if (table) {
                        TableLevels.expand(weights, ints + 4L * lane, scales, group * PANEL_ROWS + lane, target,
                                to + lane);
                    } else {
                        expand(weights, ints + 4L * lane, group % runsPerInts * wordBits, scales,
                                group * PANEL_ROWS + lane, target, to + lane);
                    }
                }
            }
        }
    }

    private void expand(MemorySegment weights, long at, int start, float[] scales, int scaleAt, float[] target,
            int targetOffset) {
        int bits = levelBits;
        int left = wordBits - levelBits * levelsPerWord;
        int mask = (1 << bits) - 1;
        int leftMask = (1 << left) - 1;
        FloatVector scale = FloatVector.fromArray(FLOATS, scales, scaleAt);
        FloatVector summand = FloatVector.fromArray(FLOATS, scales, SUMMANDS + scaleAt);
        IntVector rest = IntVector.zero(Lanes.INTS);
        int to = targetOffset;
        for (int i = 0; i < levelWords; i++) {
            IntVector word = Lanes.load(weights, at + 4L * i * PANEL_ROWS).lanewise(VectorOperators.LSHR, start);
            for (int k = 0; k < levelsPerWord; k++) {
                Lanes.toFloats(word.and(mask)).fma(scale, summand).intoArray(target, to);
                word = word.lanewise(VectorOperators.LSHR, bits);
                to += PANEL_ROWS;
            }
            rest = rest.or(word.and(leftMask).lanewise(VectorOperators.LSHL, left * i));
        }
        for (int k = levelsPerWord * levelWords; k < run; k++) {
            Lanes.toFloats(rest.and(mask)).fma(scale, summand).intoArray(target, to);
            rest = rest.lanewise(VectorOperators.LSHR, bits);
            to += PANEL_ROWS;
        }
    }

    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset, float[] scratch) {
        for (int block = 0; block < blocks; block += blocksPerPiece) {
            long at = offset + (long) block * blockBytes;
            int count = Math.min(blocksPerPiece, blocks - block);
            scales(weights, at, count, scratch);
            for (int lane = 0; lane < HALF; lane += LENGTH) {
                levels.multiply(weights, at + levelStart + 4L * lane, stride, count * groups, scratch, lane, x,
                        xOffset + block * columns, out, outOffset);
            }
        }
    }

    private void scales(MemorySegment weights, long at, int blocks, float[] scales) {
        int second = small ? SUMMANDS : FACTORS + PANEL_ROWS;
        for (int block = 0; block < blocks; block++) {
            for (int factor = 0; factor < factors; factor++) {
                int to = (small ? 0 : FACTORS) + block * PANEL_ROWS + factor * (second - (small ? 0 : FACTORS));
                factors(weights, at + (long) block * blockBytes + factor * 4 * HALF, scales, to);
            }
        }
        if (small && factors == 1) {
            for (int i = 0; i < blocks * PANEL_ROWS; i++) {
                scales[SUMMANDS + i] = scales[i] * -levelCentre;
            }
        } else if (!small) {
            if (factors == 1) {
                Arrays.fill(scales, second, second + PANEL_ROWS, levelCentre);
            }
            unpack(weights, at + scaleStart, scaleBits, scalesPerInt, scaleInts, lastScales, scales);
            // minima are small numbers times the second factor, or scales times the centre of the levels
            multiply(groups, scaleCentre, factors == 1 ? 0 : RAW + groups * PANEL_ROWS, scales);
        }
    }

    /** Widens the factors of all rows. */
    private static void factors(MemorySegment weights, long at, float[] scales, int to) {
        for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
            IntVector pairs = Lanes.load(weights, at + 4L * (lane % HALF));
            Lanes.float16(pairs.lanewise(VectorOperators.LSHL, lane < HALF ? 16 : 0)).intoArray(scales, to + lane);
        }
    }

    /** Turns the small scales and minima into floats. */
    private static void unpack(MemorySegment weights, long at, int bits, int perInt, int ints, int last,
            float[] target) {
        IntVector mask = IntVector.broadcast(Lanes.INTS, (1 << bits) - 1);
        int left = 32 - bits * perInt;
        for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
            IntVector rest = IntVector.zero(Lanes.INTS);
            int to = RAW + lane;
            for (int i = 0; i < ints; i++) {
                IntVector word = Lanes.load(weights, at + 4L * (i * PANEL_ROWS + lane));
                for (int k = 0; k < perInt; k++) {
                    Lanes.toFloats(word.and(mask)).intoArray(target, to);
                    word = word.lanewise(VectorOperators.LSHR, bits);
                    to += PANEL_ROWS;
                }
                rest = rest.or(word.lanewise(VectorOperators.LSHL, left * i));
            }
            if (last > 0) {
                Lanes.toFloats(rest).intoArray(target, to);
            }
        }
    }

    /** Multiplies the small scales and minima with the factors. */
    private static void multiply(int groups, float scaleCentre, int minima, float[] scales) {
        FloatVector centre = FloatVector.broadcast(FLOATS, scaleCentre);
        for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
            FloatVector factor = FloatVector.fromArray(FLOATS, scales, FACTORS + lane);
            FloatVector second = FloatVector.fromArray(FLOATS, scales, FACTORS + PANEL_ROWS + lane).neg();
            for (int at = lane; at < groups * PANEL_ROWS; at += PANEL_ROWS) {
                FloatVector.fromArray(FLOATS, scales, RAW + at).sub(centre).mul(factor).intoArray(scales, at);
                FloatVector.fromArray(FLOATS, scales, minima + at).mul(second).intoArray(scales, SUMMANDS + at);
            }
        }
    }
}

package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.GroupLayout.MOST_GROUPS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.LevelKernel.SUMMANDS;

import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link GroupedPanels} in the Vector API: for up to 256 columns at a time, first the scales and summands of the groups as floats, then a
 * {@link LevelKernel}. They are separate methods, each small enough for C2, and what goes between them goes through an array.
 */
final class GroupedVectors implements PanelKernel {
    private final LevelKernel levels;
    private final int columns;
    private final int blockBytes;
    private final int groups;
    private final int levelStart;
    private final int stride;
    private final int blocksPerPiece;
    private final boolean affine;
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
        affine = layout.factors() == 2;
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
        float[] scales = new float[2 * SUMMANDS];
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
        if (small) {
            for (int block = 0; block < blocks; block++) {
                factors(weights, at + (long) block * blockBytes, affine, levelCentre, scales, block * PANEL_ROWS);
            }
            return;
        }
        for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
            long first = at + scaleStart + 4L * lane;
            // small minima follow the small scales as summands follow scales, so 16 of each are read to where they belong
            unpack(weights, first, scaleBits, scalesPerInt, scaleInts, lastScales, scales, lane,
                    affine ? groups : 2 * MOST_GROUPS);
            FloatVector factor = Lanes.factor(weights, at, lane);
            if (affine) {
                FloatVector second = Lanes.factor(weights, at + 4 * HALF, lane).neg();
                affine(factor, second, groups, scales, lane);
            } else {
                symmetric(factor, groups, scaleCentre, levelCentre, scales, lane);
            }
        }
    }

    /** The factors of a block of one group are its scale and summand. */
    private static void factors(MemorySegment weights, long at, boolean affine, float levelCentre, float[] scales,
            int to) {
        for (int lane = 0; lane < PANEL_ROWS; lane += LENGTH) {
            FloatVector scale = Lanes.factor(weights, at, lane);
            scale.intoArray(scales, to + lane);
            FloatVector summand = affine ? Lanes.factor(weights, at + 4 * HALF, lane) : scale.mul(-levelCentre);
            summand.intoArray(scales, SUMMANDS + to + lane);
        }
    }

    /** Turns small numbers into floats; from number {@code minima} on they go where the summands are. */
    private static void unpack(MemorySegment weights, long at, int bits, int perInt, int ints, int last, float[] target,
            int lane, int minima) {
        int mask = (1 << bits) - 1;
        int left = 32 - bits * perInt;
        IntVector rest = IntVector.zero(Lanes.INTS);
        int index = 0;
        for (int i = 0; i < ints; i++) {
            IntVector word = Lanes.load(weights, at + 4L * i * PANEL_ROWS);
            rest = rest.lanewise(VectorOperators.LSHR, left).or(word.and(-1 << (32 - left)));
            for (int k = 0; k < perInt; k++) {
                int to = (index < minima ? index * PANEL_ROWS : (index - minima) * PANEL_ROWS + SUMMANDS) + lane;
                Lanes.toFloats(word.and(mask)).intoArray(target, to);
                word = word.lanewise(VectorOperators.LSHR, bits);
                index++;
            }
        }
        if (last > 0) {
            int to = (index < minima ? index * PANEL_ROWS : (index - minima) * PANEL_ROWS + SUMMANDS) + lane;
            Lanes.toFloats(rest.lanewise(VectorOperators.LSHR, 32 - left * ints)).intoArray(target, to);
        }
    }

    private static void affine(FloatVector scale, FloatVector minimum, int groups, float[] scales, int lane) {
        for (int group = 0; group < groups; group++) {
            int at = group * PANEL_ROWS + lane;
            FloatVector.fromArray(FLOATS, scales, at).mul(scale).intoArray(scales, at);
            FloatVector.fromArray(FLOATS, scales, SUMMANDS + at).mul(minimum).intoArray(scales, SUMMANDS + at);
        }
    }

    private static void symmetric(FloatVector factor, int groups, float scaleCentre, float levelCentre, float[] scales,
            int lane) {
        for (int group = 0; group < groups; group++) {
            int at = group * PANEL_ROWS + lane;
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, at).sub(scaleCentre).mul(factor);
            scale.intoArray(scales, at);
            scale.mul(-levelCentre).intoArray(scales, SUMMANDS + at);
        }
    }
}

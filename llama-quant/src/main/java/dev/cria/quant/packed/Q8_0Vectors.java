package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.INTS;
import static dev.cria.quant.packed.Lanes.LENGTH;
import static dev.cria.quant.packed.Q8_0Panels.BYTES;
import static dev.cria.quant.packed.Q8_0Panels.COLUMNS;
import static dev.cria.quant.packed.Q8_0Panels.SCALE_BYTES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Q8_0Panels} in the Vector API. The 8 bits q at bit 8 of an int, with the exponent of 2^15 above them, are the
 * float 32768 + q, so that one fused multiply-add with the scale d and -(32768 + 128) d gives (q - 128) d exactly: both
 * products fit into 24 bits, and the difference is rounded once, where nothing is left to round.
 */
final class Q8_0Vectors implements PanelKernel {
    private static final int INTS_PER_ROW = 8;
    private static final int COLUMNS_PER_INT = 4;
    private static final int BITS = 8;
    private static final int MASK = 0xff00;
    private static final int EXPONENT = 0x47000000;
    private static final float CENTRE = -(32768f + 128);
    /** Turns q into the signed byte q - 128, four at a time. */
    private static final int SIGNS = 0x80808080;
    private static final int TOP = 0xff000000;
    /** Takes a byte at the top of an int down to its own value. */
    private static final float DOWN = 0x1p-24f;

    @Override
    public void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        for (int lane = 0; lane < HALF; lane += LENGTH) {
            expandLanes(weights, offset + 4L * lane, blocks, target, targetOffset + lane);
        }
    }

    private static void expandLanes(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        int to = targetOffset;
        for (int block = 0; block < blocks; block++) {
            long at = offset + (long) block * BYTES;
            IntVector scales = Lanes.load(weights, at);
            FloatVector aScale = Lanes.lowFloat16(scales);
            FloatVector bScale = Lanes.highFloat16(scales);
            FloatVector aCentre = aScale.mul(CENTRE);
            FloatVector bCentre = bScale.mul(CENTRE);
            for (int i = 0; i < INTS_PER_ROW; i++) {
                long ints = at + SCALE_BYTES + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
                for (int k = 0; k < COLUMNS_PER_INT; k++) {
                    weight(a, aScale, aCentre).intoArray(target, to);
                    weight(b, bScale, bCentre).intoArray(target, to + HALF);
                    a = a.lanewise(VectorOperators.ROR, BITS);
                    b = b.lanewise(VectorOperators.ROR, BITS);
                    to += PANEL_ROWS;
                }
            }
        }
    }

    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset, float[] scratch) {
        if (LENGTH == HALF) {
            multiplyTwo(weights, offset, blocks, x, xOffset, out, outOffset);
        } else {
            for (int lane = 0; lane < HALF; lane += 2 * LENGTH) {
                multiplyFour(weights, offset + 4L * lane, blocks, x, xOffset, out, outOffset + lane);
            }
        }
    }

    private static void multiplyTwo(MemorySegment weights, long offset, int blocks, float[] x, int xOffset,
            float[] out, int outOffset) {
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
        for (int block = 0; block < blocks; block++) {
            long at = offset + (long) block * BYTES;
            IntVector scales = Lanes.load(weights, at);
            FloatVector aScale = Lanes.lowFloat16(scales);
            FloatVector bScale = Lanes.highFloat16(scales);
            FloatVector aCentre = aScale.mul(CENTRE);
            FloatVector bCentre = bScale.mul(CENTRE);
            int column = xOffset + block * COLUMNS;
            for (int i = 0; i < INTS_PER_ROW; i++) {
                long ints = at + SCALE_BYTES + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
                for (int k = 0; k < COLUMNS_PER_INT; k++) {
                    FloatVector input = FloatVector.broadcast(FLOATS, x[column + COLUMNS_PER_INT * i + k]);
                    aSum = weight(a, aScale, aCentre).fma(input, aSum);
                    bSum = weight(b, bScale, bCentre).fma(input, bSum);
                    a = a.lanewise(VectorOperators.ROR, BITS);
                    b = b.lanewise(VectorOperators.ROR, BITS);
                }
            }
        }
        aSum.intoArray(out, outOffset);
        bSum.intoArray(out, outOffset + HALF);
    }

    /**
     * Narrow vectors: four at a time, as two sums would wait for their fused multiply-adds, and both halves of a cache
     * line. Bytes become floats at the top of an int, times 2^24, of which a scale times 2^-24 takes nothing away: a
     * fused multiply-add would need a copy of the centre each time, and a rotation is three instructions here. Written
     * out, as methods of ours would be past C2's limit of inlining.
     */
    private static void multiplyFour(MemorySegment weights, long offset, int blocks, float[] x, int xOffset,
            float[] out, int outOffset) {
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + HALF);
        FloatVector cSum = FloatVector.fromArray(FLOATS, out, outOffset + LENGTH);
        FloatVector dSum = FloatVector.fromArray(FLOATS, out, outOffset + LENGTH + HALF);
        for (int block = 0; block < blocks; block++) {
            long at = offset + (long) block * BYTES;
            IntVector scales = Lanes.load(weights, at);
            FloatVector aScale = Lanes.lowFloat16(scales).mul(DOWN);
            FloatVector bScale = Lanes.highFloat16(scales).mul(DOWN);
            scales = Lanes.load(weights, at + 4 * LENGTH);
            FloatVector cScale = Lanes.lowFloat16(scales).mul(DOWN);
            FloatVector dScale = Lanes.highFloat16(scales).mul(DOWN);
            int column = xOffset + block * COLUMNS;
            for (int i = 0; i < INTS_PER_ROW; i++) {
                long ints = at + SCALE_BYTES + 4L * i * PANEL_ROWS;
                IntVector a = IntVector.fromMemorySegment(INTS, weights, ints, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(VectorOperators.XOR, SIGNS);
                IntVector b = IntVector.fromMemorySegment(INTS, weights, ints + 4 * HALF, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(VectorOperators.XOR, SIGNS);
                IntVector c = IntVector.fromMemorySegment(INTS, weights, ints + 4 * LENGTH, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(VectorOperators.XOR, SIGNS);
                IntVector d = IntVector
                        .fromMemorySegment(INTS, weights, ints + 4 * LENGTH + 4 * HALF, ByteOrder.LITTLE_ENDIAN)
                        .lanewise(VectorOperators.XOR, SIGNS);
                FloatVector input = FloatVector.broadcast(FLOATS, x[column]);
                aSum = ((FloatVector) a.lanewise(VectorOperators.LSHL, 16).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(aScale).fma(input, aSum);
                bSum = ((FloatVector) b.lanewise(VectorOperators.LSHL, 16).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(bScale).fma(input, bSum);
                cSum = ((FloatVector) c.lanewise(VectorOperators.LSHL, 16).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(cScale).fma(input, cSum);
                dSum = ((FloatVector) d.lanewise(VectorOperators.LSHL, 16).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(dScale).fma(input, dSum);
                input = FloatVector.broadcast(FLOATS, x[column + 1]);
                aSum = ((FloatVector) a.lanewise(VectorOperators.LSHL, 8).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(aScale).fma(input, aSum);
                bSum = ((FloatVector) b.lanewise(VectorOperators.LSHL, 8).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(bScale).fma(input, bSum);
                cSum = ((FloatVector) c.lanewise(VectorOperators.LSHL, 8).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(cScale).fma(input, cSum);
                dSum = ((FloatVector) d.lanewise(VectorOperators.LSHL, 8).and(TOP).convertShape(VectorOperators.I2F,
                        FLOATS, 0)).mul(dScale).fma(input, dSum);
                input = FloatVector.broadcast(FLOATS, x[column + 2]);
                aSum = ((FloatVector) a.and(TOP).convertShape(VectorOperators.I2F, FLOATS, 0)).mul(aScale).fma(input,
                        aSum);
                bSum = ((FloatVector) b.and(TOP).convertShape(VectorOperators.I2F, FLOATS, 0)).mul(bScale).fma(input,
                        bSum);
                cSum = ((FloatVector) c.and(TOP).convertShape(VectorOperators.I2F, FLOATS, 0)).mul(cScale).fma(input,
                        cSum);
                dSum = ((FloatVector) d.and(TOP).convertShape(VectorOperators.I2F, FLOATS, 0)).mul(dScale).fma(input,
                        dSum);
                input = FloatVector.broadcast(FLOATS, x[column + 3]);
                aSum = ((FloatVector) a.lanewise(VectorOperators.LSHL, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                        .mul(aScale).fma(input, aSum);
                bSum = ((FloatVector) b.lanewise(VectorOperators.LSHL, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                        .mul(bScale).fma(input, bSum);
                cSum = ((FloatVector) c.lanewise(VectorOperators.LSHL, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                        .mul(cScale).fma(input, cSum);
                dSum = ((FloatVector) d.lanewise(VectorOperators.LSHL, 24).convertShape(VectorOperators.I2F, FLOATS, 0))
                        .mul(dScale).fma(input, dSum);
                column += COLUMNS_PER_INT;
            }
        }
        aSum.intoArray(out, outOffset);
        bSum.intoArray(out, outOffset + HALF);
        cSum.intoArray(out, outOffset + LENGTH);
        dSum.intoArray(out, outOffset + LENGTH + HALF);
    }

    private static FloatVector weight(IntVector quants, FloatVector scale, FloatVector centre) {
        return quants.and(MASK).or(EXPONENT).reinterpretAsFloats().fma(scale, centre);
    }
}

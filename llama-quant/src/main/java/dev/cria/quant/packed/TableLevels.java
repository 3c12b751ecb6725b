package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.quant.packed.Lanes.FLOATS;
import static dev.cria.quant.packed.Lanes.HALF;
import static dev.cria.quant.packed.Lanes.LENGTH;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Eight levels an int, 32 a group, that index the table of IQ4. Summands are not used. */
final class TableLevels implements LevelKernel {
    private static final int INTS = 4;
    private static final int PER_INT = 8;
    private static final int BITS = 4;
    private static final int MASK = 15;
    private static final int[] TABLE = Arrays.stream(GroupLayout.table()).map(Float::floatToRawIntBits).toArray();

    @Override
    public void multiply(MemorySegment weights, long at, int stride, int groups, float[] scales, int lane, float[] x,
            int xOffset, float[] out, int outOffset) {
        FloatVector aSum = FloatVector.fromArray(FLOATS, out, outOffset + lane);
        FloatVector bSum = FloatVector.fromArray(FLOATS, out, outOffset + lane + HALF);
        int column = xOffset;
        for (int group = 0; group < groups; group++) {
            int scale = group * PANEL_ROWS + lane;
            FloatVector aScale = FloatVector.fromArray(FLOATS, scales, scale);
            FloatVector bScale = FloatVector.fromArray(FLOATS, scales, scale + HALF);
            for (int i = 0; i < INTS; i++) {
                long ints = at + (long) group * stride + 4L * i * PANEL_ROWS;
                IntVector a = Lanes.load(weights, ints);
                IntVector b = Lanes.load(weights, ints + 4 * HALF);
                for (int k = 0; k < PER_INT; k++) {
                    FloatVector input = FloatVector.broadcast(FLOATS, x[column]);
                    aSum = entries(a).mul(aScale).fma(input, aSum);
                    bSum = entries(b).mul(bScale).fma(input, bSum);
                    a = a.lanewise(VectorOperators.LSHR, BITS);
                    b = b.lanewise(VectorOperators.LSHR, BITS);
                    column++;
                }
            }
        }
        aSum.intoArray(out, outOffset + lane);
        bSum.intoArray(out, outOffset + lane + HALF);
    }

    /** Expands one group for one vector of rows. */
    static void expand(MemorySegment weights, long at, float[] scales, int scaleAt, float[] target, int targetOffset) {
        FloatVector scale = FloatVector.fromArray(FLOATS, scales, scaleAt);
        int to = targetOffset;
        for (int i = 0; i < INTS; i++) {
            IntVector word = Lanes.load(weights, at + 4L * i * PANEL_ROWS);
            for (int k = 0; k < PER_INT; k++) {
                entries(word).mul(scale).intoArray(target, to);
                word = word.lanewise(VectorOperators.LSHR, BITS);
                to += PANEL_ROWS;
            }
        }
    }

    /**
     * The entries of the table that the lowest four bits name; the table takes one vector of 16 lanes or several
     * narrower ones.
     */
    private static FloatVector entries(IntVector words) {
        IntVector index = words.and(MASK);
        IntVector result = index.and(LENGTH - 1).selectFrom(IntVector.fromArray(Lanes.INTS, TABLE, 0));
        for (int from = LENGTH; from < TABLE.length; from += LENGTH) {
            IntVector part = index.and(LENGTH - 1).selectFrom(IntVector.fromArray(Lanes.INTS, TABLE, from));
            result = result.blend(part, index.compare(VectorOperators.GE, from));
        }
        return result.reinterpretAsFloats();
    }
}

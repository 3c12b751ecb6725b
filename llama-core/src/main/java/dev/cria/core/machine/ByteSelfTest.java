package dev.cria.core.machine;

import dev.cria.core.BytePanels;
import dev.cria.core.Fma;
import dev.cria.core.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Compares products of panels of bytes with plain Java on random panels, to the bit: see {@link SelfTest}. */
final class ByteSelfTest {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Random random;

    /** @param seed of the numbers */
    ByteSelfTest(long seed) {
        random = new Random(seed);
    }

    /** {@return whether the results are the same} */
    boolean passes(BytePanels panels, int blocks) {
        MemorySegment weights = weights(blocks);
        float[] x = floats(blocks * BytePanels.COLUMNS);
        float[] expected = floats(Matrix.PANEL_ROWS);
        float[] actual = expected.clone();
        multiply(weights, blocks, x, expected);
        panels.multiply(weights, 0, blocks, x, 0, actual, 0);
        return Arrays.equals(expected, actual);
    }

    /** In plain Java. */
    static void multiply(MemorySegment weights, int blocks, float[] x, float[] out) {
        for (int column = 0; column < blocks * BytePanels.COLUMNS; column++) {
            long block = (long) column / BytePanels.COLUMNS * BytePanels.BLOCK_BYTES;
            long ints = block + BytePanels.SCALE_BYTES
                    + column % BytePanels.COLUMNS / Integer.BYTES * Integer.BYTES * Matrix.PANEL_ROWS;
            for (int row = 0; row < Matrix.PANEL_ROWS; row++) {
                int half = Matrix.PANEL_ROWS / 2;
                short scale = weights.get(SHORT, block + row % half * Integer.BYTES + row / half * Short.BYTES);
                int four = weights.get(INT, ints + (long) row * Integer.BYTES);
                int value = (four >>> BytePanels.firstBit(column % Integer.BYTES) & 0xff) - 128;
                out[row] = Fma.fma(value * Float.float16ToFloat(scale), x[column], out[row]);
            }
        }
    }

    float[] floats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }

    /** A panel of random bits, but for scales, which are random numbers. */
    MemorySegment weights(int blocks) {
        byte[] bytes = new byte[blocks * BytePanels.BLOCK_BYTES];
        random.nextBytes(bytes);
        MemorySegment weights = MemorySegment.ofArray(bytes);
        for (int block = 0; block < blocks; block++) {
            for (int row = 0; row < Matrix.PANEL_ROWS; row++) {
                weights.set(SHORT, (long) block * BytePanels.BLOCK_BYTES + row * Short.BYTES,
                        Float.floatToFloat16((float) random.nextGaussian() / 64));
            }
        }
        return weights;
    }
}

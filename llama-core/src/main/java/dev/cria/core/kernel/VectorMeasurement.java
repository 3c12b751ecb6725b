package dev.cria.core.kernel;

import dev.cria.core.Kernels;
import dev.cria.core.Matrix;
import java.util.Arrays;

/** Measures whether the Vector API becomes vector instructions: small products and activations in both kernels. */
final class VectorMeasurement {
    private static final int DEPTH = 64;

    private final Kernels kernels;
    private final float[] panel = new float[DEPTH * Matrix.PANEL_ROWS];
    private final float[] x = new float[DEPTH];
    private final float[] out = new float[Matrix.PANEL_ROWS];

    private VectorMeasurement(Kernels kernels) {
        this.kernels = kernels;
        Arrays.fill(x, 1f);
    }

    /** {@return whether the vector kernels take no longer than the plain ones} */
    static boolean isFast() {
        return Measurement.isFast(new VectorMeasurement(new VectorKernels())::run,
                new VectorMeasurement(new PlainKernels())::run, 1);
    }

    private double run() {
        kernels.panelRow(panel, DEPTH, x, 0, out, 0);
        kernels.swiGlu(out, 0, x, 0, Matrix.PANEL_ROWS);
        return out[0];
    }
}

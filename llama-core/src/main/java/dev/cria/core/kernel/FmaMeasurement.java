package dev.cria.core.kernel;

/** Measures whether {@link Math#fma} is an instruction. */
final class FmaMeasurement {
    private static final float FACTOR = 0.75f;

    /** {@code Math.fma} without the instruction takes hundreds of times as long as with it. */
    private static final int SLOW = 8;

    private final float[] x = new float[256];

    private FmaMeasurement() {
        for (int i = 0; i < x.length; i++) {
            x[i] = i + 1;
        }
    }

    /** {@return whether it takes about as long as a product and a sum} */
    static boolean isFast() {
        FmaMeasurement measurement = new FmaMeasurement();
        return Measurement.isFast(measurement::fused, measurement::separate, SLOW);
    }

    private double fused() {
        float sum = 0;
        for (float value : x) {
            sum = Math.fma(value, FACTOR, sum);
        }
        return sum;
    }

    private double separate() {
        float sum = 0;
        for (float value : x) {
            sum += value * FACTOR;
        }
        return sum;
    }
}

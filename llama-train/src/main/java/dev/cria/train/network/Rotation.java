package dev.cria.train.network;

import static dev.cria.core.Fma.fma;

import dev.cria.model.config.ModelConfig;

/**
 * Rotary position embedding of neighbouring pairs, as the inference code has it, and its inverse, which is its
 * gradient.
 */
final class Rotation {
    private final int pairs;
    private final float[] cosines;
    private final float[] sines;

    /**
     * @param config sizes
     * @param positions number of positions whose angles are needed
     */
    Rotation(ModelConfig config, int positions) {
        pairs = config.headLength() / 2;
        cosines = new float[positions * pairs];
        sines = new float[positions * pairs];
        double[] frequencies = config.ropeScaling().frequencies(config.ropeBase(), config.headLength());
        double magnitude = config.ropeScaling().magnitude();
        for (int i = 0; i < pairs; i++) {
            for (int p = 0; p < positions; p++) {
                cosines[p * pairs + i] = (float) (magnitude * StrictMath.cos(p * frequencies[i]));
                sines[p * pairs + i] = (float) (magnitude * StrictMath.sin(p * frequencies[i]));
            }
        }
    }

    /** Rotates heads in place, by the angle of the position times {@code direction}, which is 1 or -1. */
    void rotate(float[] row, int offset, int heads, int position, float direction) {
        int angles = position * pairs;
        for (int head = 0; head < heads; head++) {
            int at = offset + head * 2 * pairs;
            for (int i = 0; i < pairs; i++) {
                float x = row[at + 2 * i];
                float y = row[at + 2 * i + 1];
                float cos = cosines[angles + i];
                float sin = sines[angles + i] * direction;
                row[at + 2 * i] = fma(x, cos, -(y * sin));
                row[at + 2 * i + 1] = fma(x, sin, y * cos);
            }
        }
    }
}

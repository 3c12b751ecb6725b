package dev.cria.model.transformer;

import static dev.cria.core.Fma.fma;

import dev.cria.model.config.ModelConfig;
import java.util.Arrays;

/**
 * Rotary position embedding (Su et al. 2021) as Llama has it: components 2i and 2i + 1 of a head form a pair that is
 * rotated by {@code position * base^(-2i / headLength)}, or by what the model's scaling makes of it. Angles are
 * computed in double precision and kept in a table that grows with the positions seen. Not thread-safe while growing.
 */
final class Rope {
    private final int pairs;
    private final double[] frequencies;
    private final double magnitude;
    private int known;
    private float[] cosines = {};
    private float[] sines = {};

    Rope(ModelConfig config) {
        pairs = config.headLength() / 2;
        frequencies = config.ropeScaling().frequencies(config.ropeBase(), config.headLength());
        magnitude = config.ropeScaling().magnitude();
    }

    /** Makes the angles of all positions up to {@code position} known. */
    void prepare(int position) {
        if (position < known) {
            return;
        }
        int end = Math.max(position + 1, 2 * known);
        cosines = Arrays.copyOf(cosines, end * pairs);
        sines = Arrays.copyOf(sines, end * pairs);
        for (int p = known; p < end; p++) {
            for (int i = 0; i < pairs; i++) {
                double angle = p * frequencies[i];
                cosines[p * pairs + i] = (float) (magnitude * StrictMath.cos(angle));
                sines[p * pairs + i] = (float) (magnitude * StrictMath.sin(angle));
            }
        }
        known = end;
    }

    /** Rotates the heads of one row in place. */
    void rotate(float[] row, int offset, int heads, int position) {
        int angles = position * pairs;
        for (int head = 0; head < heads; head++) {
            int at = offset + head * 2 * pairs;
            for (int i = 0; i < pairs; i++) {
                float x = row[at + 2 * i];
                float y = row[at + 2 * i + 1];
                float cos = cosines[angles + i];
                float sin = sines[angles + i];
                row[at + 2 * i] = fma(x, cos, -(y * sin));
                row[at + 2 * i + 1] = fma(x, sin, y * cos);
            }
        }
    }
}

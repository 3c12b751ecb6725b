package dev.cria.model.sampling;

/**
 * The generator behind every draw: SplitMix64 (Steele, Lea and Flood 2014). It is written out here, and not taken from
 * the platform, so that a seed gives the same tokens on every platform and in every version of Java.
 */
public final class SplitMix64 {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    /**
     * Starts a sequence of numbers.
     *
     * @param seed any number
     */
    public SplitMix64(long seed) {
        state = seed;
    }

    /** {@return the next number, at least 0 and less than 1, a multiple of 2^-53} */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    long nextLong() {
        state += GOLDEN_GAMMA;
        long mixed = state;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}

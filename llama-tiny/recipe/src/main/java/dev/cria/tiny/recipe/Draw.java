package dev.cria.tiny.recipe;

import java.util.List;
import java.util.Random;

/**
 * Draws words, phrasings and combinations for one dialog, either those that the model is trained on or those held out from training.
 * What is held out is decided by the text alone, so training can never meet it.
 */
final class Draw {
    /** One combination in this many is held out. */
    private static final int HELD_OUT_ONE_IN = 10;

    private final Random random;
    private final boolean heldOut;

    private Draw(long seed, boolean heldOut) {
        this.random = new Random(mixed(seed));
        this.heldOut = heldOut;
    }

    static Draw forTraining(long seed) {
        return new Draw(seed, false);
    }

    static Draw heldOut(long seed) {
        return new Draw(~seed, true);
    }

    /** {@return draws of the trained kind, for what stands around the matter of an evaluation} */
    Draw ofTraining() {
        return heldOut ? new Draw(random.nextLong(), false) : this;
    }

    /** Neighbouring seeds of {@link Random} give similar first numbers (SplitMix64, Steele, Lea and Flood 2014). */
    private static long mixed(long seed) {
        long z = seed + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    boolean isHeldOut() {
        return heldOut;
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    <T> T one(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** {@return a phrasing of the kind that this draw is for} */
    String phrase(Phrases phrases) {
        return one(heldOut ? phrases.heldOut() : phrases.training());
    }

    /**
     * {@return whether a combination is of the other kind, so that another has to be drawn}
     *
     * @param parts what is combined
     */
    boolean refuses(String... parts) {
        long hash = 17;
        for (char c : String.join("|", parts).toCharArray()) {
            hash = mixed(hash ^ c);
        }
        boolean held = Long.remainderUnsigned(hash, HELD_OUT_ONE_IN) == 0;
        return held != heldOut;
    }
}

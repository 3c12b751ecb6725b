package dev.cria.tiny.recipe;

import java.util.List;
import java.util.Random;

/**
 * Draws words, phrasings and combinations for one dialog, either those that the model is trained on or those held out
 * from training. What is held out is decided by the text alone, so training can never meet it.
 */
final class Draw {
    /** One combination in this many is held out. */
    private static final int HELD_OUT_ONE_IN = 10;

    /**
     * How much is drawn from.
     *
     * @param varied whether further phrasings and kinds of question are drawn
     * @param farSums the share of the sums that may go further than those that are asked for in the end
     */
    record Range(boolean varied, double farSums) {
        static final Range FIRST = new Range(false, 0.1);
        static final Range VARIED = new Range(true, 0.1);
        static final Range FAR = new Range(true, 0.5);
    }

    private final Random random;
    private final boolean heldOut;
    private final Range range;

    private Draw(long seed, boolean heldOut, Range range) {
        this.random = new Random(mixed(seed));
        this.heldOut = heldOut;
        this.range = range;
    }

    static Draw forTraining(long seed, Range range) {
        return new Draw(seed, false, range);
    }

    static Draw heldOut(long seed) {
        return new Draw(~seed, true, Range.FIRST);
    }

    /** {@return draws of the trained kind, for what stands around the matter of an evaluation} */
    Draw ofTraining() {
        return heldOut ? new Draw(random.nextLong(), false, Range.FIRST) : this;
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

    /** {@return whether the further kinds of question are drawn} */
    boolean isVaried() {
        return range.varied;
    }

    /** {@return whether a sum may go further than those that are asked for in the end} */
    boolean goesFar() {
        return !heldOut && chance(range.farSums);
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
        if (heldOut) {
            return one(phrases.heldOut());
        }
        boolean further = range.varied && !phrases.further().isEmpty() && chance(0.6);
        return one(further ? phrases.further() : phrases.training());
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

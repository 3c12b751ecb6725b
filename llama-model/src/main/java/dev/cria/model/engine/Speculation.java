package dev.cria.model.engine;

import java.util.Arrays;
import java.util.List;

/**
 * The guesses for one sequence: how often they come true, and so how many of them are worth rows of a pass. A guess
 * that costs nothing is compared with what comes also where it gets no rows. A drafter that costs time and is not worth
 * it is asked again after a while, and after twice as long if it still is not.
 */
final class Speculation {
    /** Most tokens guessed at once: with the one before them a pass has eight rows. */
    static final int LONGEST = 7;
    /** Tokens that are guessed to see whether a drafter has become better. */
    private static final int TRIAL = 2;
    private static final int SHORTEST_PAUSE = 32;
    private static final int LONGEST_PAUSE = 1_024;
    /** How often a guess comes true, as long as nothing is known. */
    private static final double UNKNOWN = 0.5;
    /** How much the newest token counts. */
    private static final double NEWS = 0.125;

    private final List<Source> sources;

    /** @param drafters who guess; the first that has something worthwhile to say is heard */
    Speculation(List<Drafter> drafters) {
        sources = drafters.stream().map(Source::new).toList();
    }

    /**
     * {@return tokens that are worth rows of the next pass}
     *
     * @param tokens begins with the text
     * @param length tokens of the text
     * @param most most tokens to guess
     * @param outlook what the pass brings and costs so far; learns what these tokens are expected to add
     */
    int[] guess(int[] tokens, int length, int most, Outlook outlook) {
        for (Source source : sources) {
            int[] guess = source.guess(tokens, length, Math.min(most, LONGEST), outlook);
            if (guess.length > 0) {
                outlook.add(guess.length, source.truth, source.drafter.tokenNanos());
                return guess;
            }
        }
        return Drafter.NOTHING;
    }

    /** Learns how the text went on, from the position after those that were known to {@link #guess}. */
    void learn(int[] tokens, int from, int length) {
        sources.forEach(source -> source.learn(tokens, from, length));
    }

    /** Gives back what was kept to guess faster. */
    void release() {
        sources.forEach(source -> source.drafter.release());
    }

    /** A drafter, and how well it does. */
    private static final class Source {
        final Drafter drafter;
        /** How often a token that follows true ones is true itself. */
        double truth = UNKNOWN;
        private int[] guess = Drafter.NOTHING;
        private int rest;
        private int pause = SHORTEST_PAUSE;

        Source(Drafter drafter) {
            this.drafter = drafter;
        }

        int[] guess(int[] tokens, int length, int most, Outlook outlook) {
            if (drafter.isFree()) {
                guess = drafter.draft(tokens, length, LONGEST);
                int room = Math.min(guess.length, most);
                return Arrays.copyOf(guess, outlook.worthwhile(truth, drafter.tokenNanos(), room));
            }
            int count = ration(outlook.worthwhile(truth, drafter.tokenNanos(), most), most);
            guess = count > 0 ? drafter.draft(tokens, length, count) : Drafter.NOTHING;
            return guess;
        }

        private int ration(int worthwhile, int most) {
            if (worthwhile > 0) {
                pause = SHORTEST_PAUSE;
                rest = pause;
                return worthwhile;
            }
            if (rest > 0) {
                rest--;
                return 0;
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE);
            rest = pause;
            return Math.min(TRIAL, most);
        }

        void learn(int[] tokens, int from, int length) {
            int end = Math.min(guess.length, length - from);
            boolean isTrue = true;
            for (int i = 0; i < end && isTrue; i++) {
                isTrue = guess[i] == tokens[from + i];
                truth += NEWS * ((isTrue ? 1 : 0) - truth);
            }
            guess = Drafter.NOTHING;
        }
    }
}

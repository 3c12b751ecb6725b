package dev.cria.model.engine;

/**
 * Guesses that a text goes on as it did before: after the longest of its earlier passages that is also its end, the
 * last of them (prompt look-up, Saxena 2023). Summaries, corrections and code repeat much of what they are about.
 */
final class PromptLookup implements Drafter {
    /** One token alone occurs by chance too often. */
    private static final int SHORTEST = 2;
    /** Beyond this many tokens a longer passage is no better. */
    private static final int LONGEST = 8;

    @Override
    public int[] draft(int[] tokens, int length, int most) {
        int found = 0;
        int longest = SHORTEST - 1;
        for (int next = length - 1; next >= SHORTEST && longest < LONGEST; next--) {
            int common = 0;
            while (common < LONGEST && common < next && tokens[next - 1 - common] == tokens[length - 1 - common]) {
                common++;
            }
            if (common > longest) {
                longest = common;
                found = next;
            }
        }
        if (found == 0) {
            return NOTHING;
        }
        int[] guess = new int[most];
        for (int i = 0; i < most; i++) {
            // a passage that reaches the end repeats itself
            guess[i] = found + i < length ? tokens[found + i] : guess[found + i - length];
        }
        return guess;
    }

    @Override
    public boolean isFree() {
        return true;
    }

    @Override
    public double tokenNanos() {
        return 0;
    }

    @Override
    public void release() {
        // nothing is kept
    }
}

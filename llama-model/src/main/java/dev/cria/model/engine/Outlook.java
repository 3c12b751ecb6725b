package dev.cria.model.engine;

/** What a pass is expected to bring and to take, while it is put together. */
final class Outlook {
    /** How much faster a pass with guesses must be to be worth it. */
    private static final double MARGIN = 1.05;

    private final PassTimes times;
    private int rows;
    private double tokens;
    private double draftNanos;

    /** @param sequences that generate, with a row each */
    Outlook(PassTimes times, int sequences) {
        this.times = times;
        rows = sequences;
        tokens = sequences;
    }

    /** {@return how many rows a pass with guesses may still get} */
    int room() {
        return times.isKnown(rows) ? Math.max(0, PassTimes.MOST_ROWS - rows) : 0;
    }

    /**
     * {@return how many guessed tokens are worth their rows: those with which the pass brings most tokens in its time}
     *
     * @param truth the probability that a guess comes true if those before it do
     * @param tokenNanos how long it takes to guess a token
     * @param most most tokens
     */
    int worthwhile(double truth, double tokenNanos, int most) {
        int best = 0;
        double fastest = MARGIN * tokens / (times.of(rows) + draftNanos);
        for (int count = 1; count <= Math.min(most, PassTimes.MOST_ROWS - rows); count++) {
            double nanos = times.of(rows + count) + draftNanos + count * tokenNanos;
            double speed = (tokens + expected(truth, count)) / nanos;
            if (speed > fastest) {
                fastest = speed;
                best = count;
            }
        }
        return best;
    }

    /** Counts guessed tokens in. */
    void add(int count, double truth, double tokenNanos) {
        rows += count;
        tokens += expected(truth, count);
        draftNanos += count * tokenNanos;
    }

    /** {@return how many of some guesses are expected to come true} */
    private static double expected(double truth, int count) {
        double sum = 0;
        double all = 1;
        for (int i = 0; i < count; i++) {
            all *= truth;
            sum += all;
        }
        return sum;
    }
}

package dev.cria.model.engine;

/**
 * How long passes of generating sequences take, by their number of rows. Rows that check guesses are worth their time
 * or not depending on it, and it differs much: weights that are waited for make further rows cheap, and kernels made
 * for one row make a second one dear.
 */
final class PassTimes {
    /** A pass with guesses has no more rows than this, so a guess is never in the way of so many callers. */
    static final int MOST_ROWS = 16;
    /** What every further row of a pass takes, in passes of one row, as long as that was not measured: not much. */
    private static final double FURTHER_ROW = 0.125;
    /** How much a new measurement counts. */
    private static final double NEWS = 0.25;
    /** Passes after which a measurement is too old to go by. */
    private static final int LIFE = 1_000;

    private final double[] nanos = new double[MOST_ROWS + 1];
    /** The pass in which they were measured last, counted from 1. */
    private final long[] measured = new long[MOST_ROWS + 1];
    private long passes;

    /** Learns how long a pass took. */
    void passed(int rows, long time) {
        passes++;
        if (rows <= MOST_ROWS) {
            double positive = Math.max(1, time);
            nanos[rows] = isKnown(rows) ? nanos[rows] + NEWS * (positive - nanos[rows]) : positive;
            measured[rows] = passes;
        }
    }

    /** {@return whether it is known how long a pass of so many rows takes} */
    boolean isKnown(int rows) {
        return rows <= MOST_ROWS && measured[rows] > 0 && passes - measured[rows] < LIFE;
    }

    /**
     * {@return about how long a pass of so many rows takes: between two numbers that were measured as on a line, beyond
     * them as an optimist hopes, so that it is tried and measured}
     *
     * @param rows at least as many as were measured
     */
    double of(int rows) {
        int below = rows;
        while (below > 1 && !isKnown(below)) {
            below--;
        }
        int above = rows;
        while (above <= MOST_ROWS && !isKnown(above)) {
            above++;
        }
        if (above > MOST_ROWS || below == above) {
            return nanos[below] * (1 + FURTHER_ROW * (rows - 1)) / (1 + FURTHER_ROW * (below - 1));
        }
        return nanos[below] + (nanos[above] - nanos[below]) * (rows - below) / (above - below);
    }
}

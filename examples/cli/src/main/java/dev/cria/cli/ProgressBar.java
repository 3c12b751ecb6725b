package dev.cria.cli;

import dev.cria.quant.Quantizer;
import java.util.Locale;

/** A line in a terminal that fills up. */
final class ProgressBar implements Quantizer.Progress {
    private static final int WIDTH = 40;
    /** The line is drawn again whenever this part of the work has been done. */
    private static final int STEPS = 1000;

    private final ProgressLine line;
    private long shown;

    ProgressBar(ProgressLine line) {
        this.line = line;
    }

    @Override
    public void report(long done, long total) {
        double share = (double) done / total;
        long step = (long) (share * STEPS);
        if (step != shown) {
            shown = step;
            line.show(bar(share), share);
        }
    }

    static String bar(double share) {
        int filled = (int) (share * WIDTH);
        return String.format(Locale.ROOT, "[%s%s] %.1f %%", "#".repeat(filled), " ".repeat(WIDTH - filled),
                share * 100);
    }
}

package dev.cria.cli;

import dev.cria.quant.Quantizer;
import java.io.PrintWriter;

/** A line in a terminal that fills up. */
final class ProgressBar implements Quantizer.Progress {
    private static final int WIDTH = 50;
    private static final int ALL = 100;

    private final PrintWriter out;
    private int shown = -1;

    ProgressBar(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void report(long done, long total) {
        int percent = (int) ((double) done / total * ALL);
        if (percent != shown) {
            shown = percent;
            int filled = percent * WIDTH / ALL;
            out.print("\r[" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + percent + " %");
            out.flush();
        }
    }

    /** Leaves an empty line where the bar was. */
    void clear() {
        out.print("\r" + " ".repeat(WIDTH + 10) + "\r");
        out.flush();
    }
}

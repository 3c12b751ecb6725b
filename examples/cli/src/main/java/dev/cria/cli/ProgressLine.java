package dev.cria.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.jline.terminal.impl.exec.ExecTerminalProvider;
import org.jline.terminal.spi.SystemStream;

/**
 * A line on standard error that says how far a long command has come. Only a terminal shows it; elsewhere nothing is
 * written.
 */
final class ProgressLine implements AutoCloseable {
    private static final String CLEAR = "\r\033[K";

    private final PrintWriter err;
    private final boolean shown;
    private final long start = System.nanoTime();

    ProgressLine(PrintWriter err) {
        this.err = err;
        this.shown = new ExecTerminalProvider().isSystemStream(SystemStream.Error);
    }

    /** Writes over what was shown before: the text and, from the share that is done, the time that is left. */
    void show(String text, double share) {
        if (shown) {
            long left = Math.round((System.nanoTime() - start) / 1e9 * (1 - share) / share);
            err.printf(Locale.ROOT, "%s%s  %d:%02d left", CLEAR, text, left / 60, left % 60);
            err.flush();
        }
    }

    /** Removes the line, so that results begin at the edge. */
    @Override
    public void close() {
        if (shown) {
            err.print(CLEAR);
            err.flush();
        }
    }
}

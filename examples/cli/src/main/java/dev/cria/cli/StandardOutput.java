package dev.cria.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Standard output that does not go on writing when nobody reads it any more, as a {@link PrintWriter} would. */
final class StandardOutput extends OutputStream {
    private final OutputStream target;

    private StandardOutput(OutputStream target) {
        this.target = target;
    }

    /** It could not be written. */
    static final class Failure extends UncheckedIOException {
        private static final long serialVersionUID = 1L;

        private Failure(IOException cause) {
            super("cannot write to standard output: " + cause.getMessage(), cause);
        }

        /** {@return whether the reader has what it wanted, as {@code head} has after some lines} */
        boolean isBrokenPipe() {
            return String.valueOf(getMessage()).toLowerCase(Locale.ROOT).contains("pipe");
        }
    }

    /** {@return a writer of UTF-8, which JSON is whatever the terminal is set to} */
    static PrintWriter writer() {
        return writer(new FileOutputStream(FileDescriptor.out));
    }

    static PrintWriter writer(OutputStream target) {
        return new PrintWriter(new OutputStreamWriter(new StandardOutput(target), StandardCharsets.UTF_8), true);
    }

    @Override
    public void write(int b) {
        write(new byte[]{(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            target.write(bytes, offset, length);
        } catch (IOException e) {
            throw new Failure(e);
        }
    }
}

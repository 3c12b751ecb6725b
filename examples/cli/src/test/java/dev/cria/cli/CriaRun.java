package dev.cria.cli;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/** What a run of the program gave: exit status, standard output, standard error. */
record CriaRun(int status, String out, String err) {
    /** Somebody sits at the terminal, and types nothing. */
    static CriaRun typed(String... arguments) {
        return of(new StandardInput(InputStream.nullInputStream(), true), arguments);
    }

    static CriaRun piped(String input, String... arguments) {
        return piped(input.getBytes(StandardCharsets.UTF_8), arguments);
    }

    static CriaRun piped(byte[] input, String... arguments) {
        return of(new StandardInput(new ByteArrayInputStream(input), false), arguments);
    }

    static CriaRun of(StandardInput in, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Cria.execute(new Shell(in, new PrintWriter(out, true), new PrintWriter(err, true)), arguments);
        return new CriaRun(status, out.toString(), err.toString());
    }
}

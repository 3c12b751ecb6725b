package dev.cria.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a command reads and writes: answers go to standard output, and everything else that is said to standard error,
 * so that a pipe gets answers only.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 */
record Shell(StandardInput in, PrintWriter out, PrintWriter err) {
    /** {@return the shell of the program that a command belongs to} */
    static Shell of(CommandSpec command) {
        return ((Cria) command.root().userObject()).shell();
    }

    /** Says something that is no answer. */
    void remark(String text) {
        err.println("cria: " + text);
    }
}

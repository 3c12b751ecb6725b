package dev.cria.cli;

import dev.cria.core.CriaException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code cria} command line. Exit status: 0 success, 1 failure, 2 wrong usage. */
@Command(name = "cria", mixinStandardHelpOptions = true, version = "cria 0.1.0", description = "Runs Llama 2 models in plain Java.", subcommands = {
    InfoCommand.class, GenerateCommand.class,
    ChatCommand.class, InfillCommand.class, TokenizeCommand.class, ScoreCommand.class,
    PerplexityCommand.class, QuantizeCommand.class, ConvertCommand.class, FinetuneCommand.class, TinyCommand.class})
public final class Cria implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(),
                "say what to do: info, generate, chat, infill, tokenize, score, perplexity, quantize, convert, finetune or tiny");
    }

    /**
     * Runs a command.
     *
     * @param arguments command and options; see {@code --help}
     */
    public static void main(String[] arguments) {
        // always UTF-8: JSON is, and a terminal that is not would show no story in most languages
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        System.exit(execute(out, err, arguments));
    }

    static int execute(PrintWriter out, PrintWriter err, String... arguments) {
        return new CommandLine(new Cria()).setOut(out).setErr(err).setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(
                        (exception, command, result) -> fail(exception, command))
                .execute(arguments);
    }

    /** One clear line for what users can mend; everything else is a defect and shows where it comes from. */
    private static int fail(Exception exception, CommandLine command) {
        switch (exception) {
            case CriaException e -> command.getErr().println("cria: " + e.getMessage());
            case IllegalArgumentException e -> command.getErr().println("cria: " + e.getMessage());
            case java.io.IOException e -> command.getErr().println("cria: " + e.getMessage());
            default -> command.getErr().println("cria: internal error: " + exception + " at "
                    + (exception.getStackTrace().length == 0 ? "?" : exception.getStackTrace()[0]));
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}

package dev.cria.cli;

import dev.cria.core.CriaException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jline.terminal.impl.exec.ExecTerminalProvider;
import org.jline.terminal.spi.SystemStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine;

/** The {@code cria} command line. Exit status: 0 success, 1 failure, 2 wrong usage, 130 ended by Ctrl-C. */
@Command(name = "cria", mixinStandardHelpOptions = true, version = "cria 0.1.0", description = "Runs Llama 2 models in plain Java.", subcommands = {
    InfoCommand.class, GenerateCommand.class,
    ChatCommand.class, InfillCommand.class, EmbedCommand.class, TokenizeCommand.class, RenderCommand.class,
    ScoreCommand.class,
    PerplexityCommand.class, QuantizeCommand.class, ConvertCommand.class, FinetuneCommand.class, TinyCommand.class})
public final class Cria implements Runnable {
    private static final String DEBUG = "CRIA_DEBUG";

    private final Shell shell;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "shows where a failure comes from; so does the environment variable "
            + DEBUG)
    private boolean stackTrace;

    private Cria(Shell shell) {
        this.shell = shell;
    }

    Shell shell() {
        return shell;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(),
                "say what to do: " + String.join(", ", spec.subcommands().keySet()));
    }

    /**
     * Runs a command.
     *
     * @param arguments command and options; see {@code --help}
     */
    public static void main(String[] arguments) {
        StandardInput in = new StandardInput(System.in,
                new ExecTerminalProvider().isSystemStream(SystemStream.Input));
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        System.exit(execute(new Shell(in, StandardOutput.writer(), err), Arguments.inUtf8(arguments)));
    }

    static int execute(Shell shell, String... arguments) {
        Cria cria = new Cria(shell);
        try {
            int status = new CommandLine(cria).setExecutionStrategy(cria::run).setOut(shell.out()).setErr(shell.err())
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .setParameterExceptionHandler((exception, given) -> cria.refuse(exception))
                    .setExecutionExceptionHandler((exception, command, result) -> cria.fail(exception))
                    .execute(arguments);
            shell.out().flush();
            return status;
        } catch (StandardOutput.Failure | Error e) {
            return cria.fail(e);
        }
    }

    /** Help is written here, outside of any command, and may have no reader either. */
    private int run(ParseResult parsed) {
        try {
            return new CommandLine.RunLast().execute(parsed);
        } catch (StandardOutput.Failure e) {
            return fail(e);
        }
    }

    private int refuse(ParameterException exception) {
        shell.remark(oneLine(exception).replaceFirst("^Error: ", ""));
        shell.err().println("Try '" + exception.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    /** One clear line for what users can mend; everything else is a defect. */
    private int fail(Throwable failure) {
        if (failure instanceof StandardOutput.Failure output && output.isBrokenPipe()) {
            return ExitCode.OK;
        }
        shell.remark(switch (failure) {
            case CriaException e -> oneLine(e);
            case IllegalArgumentException e -> oneLine(e);
            case StandardOutput.Failure e -> oneLine(e);
            case OutOfMemoryError e -> "there is not enough memory (" + oneLine(e)
                    + "); give Java more with -Xmx";
            default -> "internal error: " + failure + (failure.getCause() == null
                    ? ""
                    : ", caused by " + failure.getCause()) + "; --stacktrace shows where";
        });
        if (stackTrace || !System.getenv().getOrDefault(DEBUG, "").isEmpty()) {
            failure.printStackTrace(shell.err());
        }
        return ExitCode.SOFTWARE;
    }

    private static String oneLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).strip().replaceAll("\\R\\s*", " ");
    }
}

package dev.cria.cli;

import dev.cria.core.CriaException;
import dev.cria.model.CancellationToken;
import dev.cria.model.Chat;
import dev.cria.model.GenerationResult;
import dev.cria.model.LlamaModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jline.utils.Signals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A conversation in the terminal. */
@Command(name = "chat", mixinStandardHelpOptions = true, description = "Holds a conversation in the terminal.")
final class ChatCommand implements Callable<Integer> {
    private static final String HELP = """
            /help   shows this
            /reset  forgets what was said
            /exit   ends the program; so does the end of input
            Ctrl-C  stops the answer; with no answer under way it ends the program""";

    /** The exit status of a program that Ctrl-C ended: 128 and the number of the signal. */
    private static final int INTERRUPTED = 130;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private ModelOptions.Sampling sampling = new ModelOptions.Sampling();

    @Option(names = "--system", paramLabel = "TEXT", description = "instructions for the whole conversation")
    private Optional<String> system = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME", description = "how dialogs are written down: llama2, codellama, codellama-70b, mistral, mistral-v3, vicuna, alpaca, zephyr, tinyllama or chatml (default: chosen from the file)")
    private Optional<String> template = Optional.empty();

    /** The switch of the answer under way. */
    private volatile Optional<CancellationToken> answering = Optional.empty();

    @Override
    public Integer call() throws IOException {
        Object before = Signals.register("INT", () -> answering.ifPresentOrElse(CancellationToken::cancel,
                () -> Runtime.getRuntime().halt(INTERRUPTED)));
        try (LlamaModel llama = model.load(spec, template)) {
            converse(llama, new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        } finally {
            Signals.unregister("INT", before);
        }
        return 0;
    }

    private void converse(LlamaModel llama, BufferedReader in) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        out.println("Type a message, or /help.");
        Chat chat = begin(llama);
        while (true) {
            out.print("> ");
            out.flush();
            String line = in.readLine();
            if (line == null || line.strip().equals("/exit")) {
                return;
            }
            switch (line.strip()) {
                case "" -> {
                }
                case "/help" -> out.println(HELP);
                case "/reset" -> {
                    chat = begin(llama);
                    out.println("Forgotten.");
                }
                default -> {
                    if (line.startsWith("/")) {
                        out.println("There is no command " + line.strip() + "; try /help.");
                    } else {
                        answer(chat, line, out);
                    }
                }
            }
        }
    }

    private Chat begin(LlamaModel llama) {
        Chat chat = sampling.apply(llama.chat(), spec);
        system.ifPresent(chat::system);
        return chat;
    }

    private void answer(Chat chat, String question, PrintWriter out) {
        CancellationToken token = new CancellationToken();
        answering = Optional.of(token);
        try {
            GenerationResult result = chat.user(question).cancelOn(token).forEach(piece -> {
                out.print(piece);
                out.flush();
            });
            out.println();
            switch (result.finishReason()) {
                case CANCELLED -> out.println("(stopped; this turn is forgotten)");
                case CONTEXT_FULL -> out.println("(the context is full; /reset begins anew)");
                case MAX_TOKENS -> out.println("(cut at the limit of tokens)");
                case STOP_TOKEN, STOP_STRING, TIMEOUT -> {
                }
            }
        } catch (CriaException e) {
            out.println();
            out.println("cria: " + e.getMessage());
        } finally {
            answering = Optional.empty();
        }
    }
}

package dev.cria.cli;

import dev.cria.core.CriaException;
import dev.cria.model.Chat;
import dev.cria.model.ContextOverflow;
import dev.cria.model.LlamaModel;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.GenerationResult;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A conversation in the terminal, or with the lines of a pipe. */
@Command(name = "chat", mixinStandardHelpOptions = true, description = "Holds a conversation in the terminal, or answers the lines of standard input.", footer = ChatCommand.HELP)
final class ChatCommand implements Callable<Integer> {
    static final String HELP = """
            /help         shows this
            /system TEXT  gives instructions, and begins anew
            /reset        forgets what was said
            /exit         ends the program; so does Ctrl-D
            Ctrl-C stops the answer. A line that ends in \\ goes on in the next; \""" begins and ends several lines.""";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private TextOptions options = new TextOptions();

    @Option(names = "--system", paramLabel = "TEXT", description = "instructions for the whole conversation")
    private Optional<String> system = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME", description = "how dialogs are written down: llama2, codellama, codellama-70b, mistral, mistral-v3, vicuna, alpaca, zephyr, tinyllama or chatml (default: chosen from the file)")
    private Optional<String> template = Optional.empty();

    @Option(names = "--no-history", description = "does not keep messages for the arrow keys of the next conversation")
    private boolean withoutHistory;

    /** Messages that the model no longer reads. */
    private int dropped;

    @Override
    public Integer call() {
        Shell shell = Shell.of(spec);
        try (LlamaModel llama = model.load(spec, template); Messages messages = messages(shell)) {
            converse(llama, messages, shell);
        }
        return 0;
    }

    private Messages messages(Shell shell) {
        if (!shell.in().isTerminal()) {
            return new PipedMessages(shell.in());
        }
        shell.err().println("Type a message, or /help.");
        return TypedMessages.inTerminal(history(shell));
    }

    private Optional<Path> history(Shell shell) {
        if (withoutHistory) {
            return Optional.empty();
        }
        try {
            return Optional.of(HistoryFile.made(
                    HistoryFile.place(System.getenv(), System.getProperty("user.home", ""))));
        } catch (CriaException e) {
            shell.remark("messages are not kept for the next time: " + e.getMessage());
            return Optional.empty();
        }
    }

    void converse(LlamaModel llama, Messages messages, Shell shell) {
        Chat chat = begin(llama);
        for (Optional<String> next = messages.next(); next.isPresent(); next = messages.next()) {
            String message = next.get();
            String[] words = message.strip().split("\\s+", 2);
            switch (words[0]) {
                case "" -> {
                }
                case "/exit" -> {
                    return;
                }
                case "/help" -> shell.err().println(HELP);
                case "/reset" -> {
                    chat = begin(llama);
                    shell.err().println("Forgotten.");
                }
                case "/system" -> {
                    system = words.length == 1 ? Optional.empty() : Optional.of(words[1]);
                    chat = begin(llama);
                    shell.err().println("Begun anew.");
                }
                default -> {
                    if (message.startsWith("/")) {
                        shell.err().println("There is no command " + words[0] + "; try /help.");
                    } else {
                        answer(chat, message, llama.contextLength(), messages, shell);
                    }
                }
            }
        }
    }

    private Chat begin(LlamaModel llama) {
        dropped = 0;
        Chat chat = options.apply(llama.chat()).contextOverflow(ContextOverflow.DROP_OLDEST_TURNS);
        system.ifPresent(chat::system);
        return chat;
    }

    private void answer(Chat chat, String message, int context, Messages messages, Shell shell) {
        CancellationToken token = new CancellationToken();
        try {
            messages.answer(() -> {
                GenerationResult result = chat.user(message).cancelOn(token).forEach(piece -> {
                    shell.out().print(piece);
                    shell.out().flush();
                });
                shell.out().println();
                Ending.remark(result, context).ifPresent(remark -> shell.remark(remark + advice(result)));
                if (result.droppedMessages() > dropped) {
                    dropped = result.droppedMessages();
                    shell.remark("the context of " + context + " tokens is full: from now on the model does not read"
                            + " the oldest " + dropped + " messages");
                }
            }, token);
        } catch (CriaException e) {
            if (!messages.isTyped()) {
                throw e;
            }
            shell.remark(String.valueOf(e.getMessage()));
        }
    }

    private static String advice(GenerationResult result) {
        return switch (result.finishReason()) {
            case CANCELLED -> "; this turn is forgotten";
            case CONTEXT_FULL -> "; /reset begins anew";
            default -> "";
        };
    }
}

package dev.cria.cli;

import dev.cria.core.host.FileFailure;
import dev.cria.model.generation.CancellationToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Messages that are typed in a terminal, where a line can be edited and earlier ones come back with the arrow keys.
 * Everything is shown through standard error where that is the terminal, so that standard output may go elsewhere.
 */
final class TypedMessages implements Messages {
    private static final String PROMPT = "> ";
    private static final String FURTHER = ". ";

    private final Terminal terminal;
    private final LineReader reader;

    /**
     * Reads from a terminal.
     *
     * @param terminal the terminal, which is closed with this
     * @param history the file that keeps messages for the next conversation, if they are kept
     */
    TypedMessages(Terminal terminal, Optional<Path> history) {
        this.terminal = terminal;
        LineReaderBuilder builder = LineReaderBuilder.builder().terminal(terminal).appName("cria")
                .parser(new MessageParser()).variable(LineReader.SECONDARY_PROMPT_PATTERN, FURTHER)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
        history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        reader = builder.build();
    }

    /** {@return what is typed in the terminal that the program runs in} */
    static TypedMessages inTerminal(Optional<Path> history) {
        try {
            return new TypedMessages(TerminalBuilder.builder().name("cria").system(true).dumb(true)
                    .systemOutput(TerminalBuilder.SystemOutput.SysErrOrSysOut).encoding(StandardCharsets.UTF_8)
                    .nativeSignals(true).build(), history);
        } catch (IOException e) {
            throw FileFailure.reading("the terminal", e);
        }
    }

    /** Where a line is not a whole message, the next one is asked for, and all of them can be edited together. */
    private static final class MessageParser extends DefaultParser {
        MessageParser() {
            setQuoteChars(new char[0]);
            setEscapeChars(new char[0]);
        }

        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && !MessageText.isWhole(line)) {
                throw new EOFError(-1, -1, "the message goes on");
            }
            return super.parse(line, cursor, context);
        }
    }

    @Override
    public Optional<String> next() {
        while (true) {
            try {
                return Optional.of(MessageText.of(reader.readLine(PROMPT)));
            } catch (UserInterruptException e) {
                // what has been typed so far is dropped, as in a shell
            } catch (EndOfFileException e) {
                return Optional.empty();
            }
        }
    }

    @Override
    public boolean isTyped() {
        return true;
    }

    @Override
    public void answer(Runnable answer, CancellationToken cancel) {
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> cancel.cancel());
        try {
            answer.run();
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
        }
    }

    @Override
    public void close() {
        try {
            reader.getHistory().save();
            terminal.close();
        } catch (IOException e) {
            throw FileFailure.reading("the terminal", e);
        }
    }
}

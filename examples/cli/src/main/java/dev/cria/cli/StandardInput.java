package dev.cria.cli;

import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/** Standard input as text. It is UTF-8 whatever the terminal is set to; bytes that are not are refused. */
final class StandardInput {
    private static final String NAME = "standard input";

    private final InputStream in;
    private final boolean terminal;
    private long number;

    /**
     * @param in the bytes
     * @param terminal whether somebody types them
     */
    StandardInput(InputStream in, boolean terminal) {
        this.in = new BufferedInputStream(in);
        this.terminal = terminal;
    }

    /** {@return whether somebody types what is read} */
    boolean isTerminal() {
        return terminal;
    }

    /** What messages call the line that was read last. */
    private String place() {
        return "line " + number + " of " + NAME;
    }

    /** {@return the next line, without its end; nothing at the end of input} */
    Optional<String> line() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int next = read();
        if (next < 0) {
            return Optional.empty();
        }
        number++;
        for (; next >= 0 && next != '\n'; next = read()) {
            bytes.write(next);
        }
        String line = decode(bytes.toByteArray(), place());
        return Optional.of(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
    }

    private int read() {
        try {
            return in.read();
        } catch (IOException e) {
            throw FileFailure.reading(NAME, e);
        }
    }

    /** Hands over line by line; what is wrong with one is said with its number. */
    void forEachLine(Consumer<String> use) {
        for (Optional<String> line = line(); line.isPresent(); line = line()) {
            try {
                use.accept(line.get());
            } catch (CriaException | IllegalArgumentException e) {
                throw new CriaException(place() + ": " + e.getMessage(), e);
            }
        }
    }

    /** {@return everything that is left, as one text; a line break at its end is not part of it} */
    String text() {
        try {
            return withoutLastBreak(decode(in.readAllBytes(), NAME));
        } catch (IOException e) {
            throw FileFailure.reading(NAME, e);
        }
    }

    /** {@return a text of a file without the line break that editors put at its end} */
    static String withoutLastBreak(String text) {
        int end = text.length();
        if (text.endsWith("\n")) {
            end -= text.endsWith("\r\n") ? 2 : 1;
        }
        return text.substring(0, end);
    }

    private static String decode(byte[] bytes, String name) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new CriaException(name + " is not UTF-8 text", e);
        }
    }

    /** {@return the value of an option for text, for which {@code -} means everything that is left of the input} */
    String orText(String value) {
        return value.equals("-") ? text() : value;
    }
}

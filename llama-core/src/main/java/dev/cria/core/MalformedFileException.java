package dev.cria.core;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A file cannot be used: it is broken, cut short, or not of the kind expected. The message names the file and the place. It is one line of
 * sensible length whatever the file holds: what cannot be printed is escaped, and a long text is cut.
 */
public final class MalformedFileException extends CriaException {
    private static final long serialVersionUID = 1L;

    private static final int LONGEST_PROBLEM = 400;

    /** The file, as text because {@link Path} is not serializable. */
    private final String file;

    /**
     * @param file the file that cannot be used
     * @param problem the field or tensor, what was expected there and what was found
     */
    public MalformedFileException(Path file, String problem) {
        super(file + ": " + printable(problem));
        this.file = file.toString();
    }

    /**
     * @param file the file that cannot be used
     * @param problem the field or tensor, what was expected there and what was found
     * @param cause the failure underneath
     */
    public MalformedFileException(Path file, String problem, Throwable cause) {
        super(file + ": " + printable(problem), cause);
        this.file = file.toString();
    }

    private static String printable(String problem) {
        StringBuilder text = new StringBuilder();
        problem.codePoints().limit(LONGEST_PROBLEM).forEach(character -> {
            switch (Character.getType(character)) {
                case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED ->
                    text.append(
                            String.format(Locale.ROOT, "\\u%04x", character));
                default -> text.appendCodePoint(character);
            }
        });
        return problem.codePointCount(0, problem.length()) > LONGEST_PROBLEM ? text + "\u2026" : text.toString();
    }

    /**
     * Returns the file that cannot be used.
     *
     * @return the path as it was given
     */
    public Path file() {
        return Path.of(file);
    }
}

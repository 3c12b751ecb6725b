package dev.cria.core;

import dev.cria.core.host.FileFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A file cannot be used: it is broken, cut short, or not of the kind expected. The message names the file and the
 * place. It is one line of sensible length whatever the file holds: what cannot be printed is escaped, and of a long
 * text the middle is left out.
 */
public final class MalformedFileException extends CriaException {
    private static final long serialVersionUID = 1L;

    private static final int LONGEST_PROBLEM = 400;
    /** What is wrong often stands behind the name that is too long. */
    private static final int LONGEST_END = 150;

    /** The file, as text because {@link Path} is not serializable. */
    private final String file;

    /**
     * @param file the file that cannot be used
     * @param problem the field or tensor, what was expected there and what was found
     */
    public MalformedFileException(Path file, String problem) {
        super(FileFailure.name(file) + ": " + printable(problem));
        this.file = file.toString();
    }

    /**
     * @param file the file that cannot be used
     * @param problem the field or tensor, what was expected there and what was found
     * @param cause the failure underneath
     */
    public MalformedFileException(Path file, String problem, Throwable cause) {
        super(FileFailure.name(file) + ": " + printable(problem), cause);
        this.file = file.toString();
    }

    private static String printable(String problem) {
        List<String> characters = problem.codePoints().mapToObj(MalformedFileException::printable).toList();
        StringBuilder begin = new StringBuilder();
        int next = 0;
        while (next < characters.size() && begin.length() < LONGEST_PROBLEM - LONGEST_END) {
            begin.append(characters.get(next++));
        }
        StringBuilder end = new StringBuilder();
        int last = characters.size();
        while (last > next && end.length() < LONGEST_END) {
            end.insert(0, characters.get(--last));
        }
        return begin + (last > next ? "\u2026" : "") + end;
    }

    private static String printable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED ->
                String.format(Locale.ROOT, "\\u%04x", character);
            default -> Character.toString(character);
        };
    }

    /**
     * Returns the file that cannot be used.
     *
     * @return the path as it was given, as one of the default file system
     */
    public Path file() {
        return Path.of(file);
    }
}

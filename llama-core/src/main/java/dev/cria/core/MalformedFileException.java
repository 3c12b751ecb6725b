package dev.cria.core;

import java.nio.file.Path;

/** A file cannot be used: it is broken, cut short, or not of the kind expected. The message names the file and the place. */
public final class MalformedFileException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** The file, as text because {@link Path} is not serializable. */
    private final String file;

    /**
     * @param file the file that cannot be used
     * @param problem the field or tensor, what was expected there and what was found
     */
    public MalformedFileException(Path file, String problem) {
        super(file + ": " + problem);
        this.file = file.toString();
    }

    /**
     * @param file the file that cannot be used
     * @param problem the field or tensor, what was expected there and what was found
     * @param cause the failure underneath
     */
    public MalformedFileException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
        this.file = file.toString();
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

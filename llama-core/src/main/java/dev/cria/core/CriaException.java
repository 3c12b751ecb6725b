package dev.cria.core;

/** The root of every failure that Cria reports. Its message is written for the person who reads it. */
public class CriaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what went wrong, and what was expected instead */
    public CriaException(String message) {
        super(message);
    }

    /**
     * @param message what went wrong, and what was expected instead
     * @param cause the failure underneath
     */
    public CriaException(String message, Throwable cause) {
        super(message, cause);
    }
}

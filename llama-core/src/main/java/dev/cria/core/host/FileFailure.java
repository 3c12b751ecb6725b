package dev.cria.core.host;

import dev.cria.core.CriaException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Says in a sentence why a file could not be read or written. */
public final class FileFailure {
    private FileFailure() {}

    /**
     * {@return what a message calls a file: its path, or its URI where the path alone would not say in which file
     * system it is}
     *
     * @param file the file
     */
    public static String name(Path file) {
        return file.getFileSystem().equals(FileSystems.getDefault()) ? file.toString() : file.toUri().toString();
    }

    /**
     * {@return why a file could not be read}
     *
     * <p>If the thread was interrupted, the message says so, and the thread stays interrupted.
     *
     * @param file the file
     * @param cause what its file system said
     */
    public static CriaException reading(Path file, IOException cause) {
        String name = name(file);
        if (cause instanceof NoSuchFileException) {
            return new CriaException("there is no file " + name, cause);
        }
        return !isInterruption(cause) && Files.isDirectory(file)
                ? new CriaException(name + " is a directory, not a file", cause)
                : reading(name, cause);
    }

    /**
     * {@return why something could not be read}
     *
     * <p>If the thread was interrupted, the message says so, and the thread stays interrupted.
     *
     * @param source what was read, such as a stream
     * @param cause what was said
     */
    public static CriaException reading(String source, IOException cause) {
        if (isInterruption(cause)) {
            Thread.currentThread().interrupt();
            return new CriaException("interrupted while " + source + " was read", cause);
        }
        return new CriaException(switch (cause) {
            case AccessDeniedException e -> "there is no permission to read " + source;
            case CharacterCodingException e -> source + " is not UTF-8 text";
            default -> "cannot read " + source + ": " + reason(cause);
        }, cause);
    }

    /**
     * {@return why a file could not be written}
     *
     * <p>If the thread was interrupted, the message says so, and the thread stays interrupted.
     *
     * @param file the file
     * @param cause what its file system said
     */
    public static CriaException writing(Path file, IOException cause) {
        String name = name(file);
        if (isInterruption(cause)) {
            Thread.currentThread().interrupt();
            return new CriaException("interrupted; " + name + " has not been written", cause);
        }
        Optional<Path> missing = Optional.ofNullable(file.toAbsolutePath().getParent())
                .filter(folder -> !Files.isDirectory(folder));
        return new CriaException("cannot write " + name + ": " + (missing.isPresent()
                ? "there is no folder " + name(missing.get())
                : Files.isDirectory(file) ? "it is a directory" : reason(cause)), cause);
    }

    /** A channel or stream that an interruption has ended says it in one of these ways. */
    private static boolean isInterruption(IOException cause) {
        return (cause instanceof ClosedChannelException && Thread.currentThread().isInterrupted())
                || (cause instanceof InterruptedIOException && !(cause instanceof SocketTimeoutException));
    }

    /** The kind says what many messages leave out; that of a file system says the file once more. */
    private static String reason(IOException cause) {
        if (cause instanceof AccessDeniedException) {
            return "there is no permission";
        }
        Optional<String> message = Optional.ofNullable(cause instanceof FileSystemException e
                ? e.getReason()
                : cause.getMessage());
        return cause.getClass().getSimpleName() + message.map(text -> ": " + text).orElse("");
    }
}

package dev.cria.model.transcript;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A file beside another one that exists only while somebody changes that one. Whoever finds it waits until it is gone:
 * other threads and other processes alike. Locks of the operating system would not do, because they belong to a process
 * as a whole, and because a file that is replaced takes its lock with it.
 */
record LockFile(Path file) implements AutoCloseable {
    /** Far longer than anybody needs to rewrite a transcript. */
    static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long PAUSE_MILLIS = 5;

    /**
     * Waits until nobody else changes a file.
     *
     * @param changed the file; its folder exists
     * @param patience how long to wait
     * @return the lock, to be closed after the change
     * @throws IOException if it cannot be made, or was not free in time
     */
    static LockFile acquire(Path changed, Duration patience) throws IOException {
        Path lock = changed.resolveSibling("." + changed.getFileName() + ".lock");
        long begin = System.nanoTime();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return new LockFile(Files.createFile(lock));
                } catch (FileAlreadyExistsException e) {
                    requirePatience(lock, begin, patience);
                } catch (AccessDeniedException e) {
                    // Windows says so of a file that is just being deleted
                    if (!Files.isWritable(lock.toAbsolutePath().getParent())) {
                        throw e;
                    }
                    requirePatience(lock, begin, patience);
                }
                try {
                    Thread.sleep(PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    interrupted = true; // what was answered is not lost for that
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void requirePatience(Path lock, long begin, Duration patience) throws FileSystemException {
        if (System.nanoTime() - begin > patience.toNanos()) {
            throw new FileSystemException(lock.toString(), null, "another process has been writing for "
                    + patience.toSeconds() + " seconds, or was ended while it wrote; in that case delete this file");
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}

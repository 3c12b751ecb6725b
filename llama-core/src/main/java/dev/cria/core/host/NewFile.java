package dev.cria.core.host;

import dev.cria.core.CriaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is written beside the place where it will be, and moved there once it is complete. Until then a file that
 * is there stays as it is; what is not completed is removed.
 */
public final class NewFile implements AutoCloseable {
    private final Path target;
    private final Path path;

    /**
     * Chooses a name beside a file; nothing is written.
     *
     * @param target where the file will be
     * @throws IllegalArgumentException if the path has no name
     * @throws CriaException if there is a directory
     */
    public NewFile(Path target) {
        String name = Optional.ofNullable(target.getFileName()).map(Path::toString)
                .orElseThrow(() -> new IllegalArgumentException(target + " does not name a file"));
        if (Files.isDirectory(target)) {
            throw new CriaException("cannot write " + FileFailure.name(target) + ": it is a directory");
        }
        this.target = target;
        this.path = target.resolveSibling("." + name + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part");
    }

    /** {@return where to write} */
    public Path path() {
        return path;
    }

    /**
     * Gives the file its name, in place of one that had it.
     *
     * @throws IOException if that is not possible
     */
    public void complete() throws IOException {
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes what was not completed. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
    }
}

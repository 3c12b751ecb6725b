package dev.cria.cli;

import dev.cria.core.host.FileFailure;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/** Where a terminal's messages are kept from one conversation to the next, for their owner alone. */
final class HistoryFile {
    private HistoryFile() {}

    /**
     * {@return the place that the system has for such files}
     *
     * @param environment the variables of the process
     * @param home the user's folder
     */
    static Path place(Map<String, String> environment, String home) {
        Path state = Optional.ofNullable(environment.get("XDG_STATE_HOME")).filter(text -> text.startsWith("/"))
                .or(() -> Optional.ofNullable(environment.get("LOCALAPPDATA"))).map(Path::of)
                .orElseGet(() -> Path.of(home, ".local", "state"));
        return state.resolve("cria").resolve("history");
    }

    /**
     * Makes sure that there is a file which nobody else can read.
     *
     * @param file the file
     * @return the file
     * @throws dev.cria.core.CriaException if it cannot be made
     */
    static Path made(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (!Files.exists(file)) {
                Files.createFile(file);
                if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
                }
            }
            return file;
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }
}

package dev.cria.model.loading;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a loaded model does without: fields and files that are broken or useless, but that the answers do not need. It
 * is said in one line of the log, because whoever wonders about a file wants to know.
 */
final class PassedOver {
    private static final System.Logger LOG = System.getLogger("dev.cria.model");

    private final Path path;
    private final List<String> reasons = new ArrayList<>();

    /** @param path what is loaded */
    PassedOver(Path path) {
        this.path = path;
    }

    /** @param reason what is passed over, and why, without the path */
    void add(String reason) {
        reasons.add(reason);
    }

    /** Writes the line, if there is anything to say. */
    void log() {
        if (!reasons.isEmpty()) {
            LOG.log(System.Logger.Level.INFO, "{0}: passed over {1}", path, String.join("; ", reasons));
        }
    }
}

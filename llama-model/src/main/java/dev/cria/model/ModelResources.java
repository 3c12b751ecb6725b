package dev.cria.model;

import dev.cria.core.WorkerTeam;
import dev.cria.core.host.Reclaimer;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.ref.Cleaner.Cleanable;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a loaded model owns besides memory of the heap: its threads, the native memory of its weights and its mapped
 * file. It is freed when the model is closed, or when nobody can reach the model any more, and then a warning says
 * where it was loaded. Refers to nothing that refers to the model.
 */
final class ModelResources implements AutoCloseable {
    /** Places in programs for which there has been a warning: a program that forgets models forgets many. */
    private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

    private final ModelFile file;
    private final Arena arena = Arena.ofShared();
    private final WorkerTeam team;
    private final String loadedAt = caller();
    private final AtomicBoolean freed = new AtomicBoolean();

    /** Takes over an open file; closes it if there are not enough threads. */
    ModelResources(ModelFile file, int threads) {
        this.file = file;
        try {
            team = new WorkerTeam(threads);
        } catch (RuntimeException | Error e) {
            arena.close();
            file.close();
            throw e;
        }
    }

    /** The line that loads the model: the first that is not Cria's. */
    private static String caller() {
        return StackWalker.getInstance().walk(frames -> frames
                .filter(frame -> !frame.getClassName().startsWith("dev.cria.")).findFirst()
                .map(frame -> frame.toStackTraceElement().toString()).orElse("an unknown place"));
    }

    WorkerTeam team() {
        return team;
    }

    /** {@return who owns the weights} */
    Arena arena() {
        return arena;
    }

    /**
     * Frees everything once an object cannot be reached any more.
     *
     * @param user what everybody refers to who computes with the model
     * @return forgets that, when everything has been freed before
     */
    Cleanable freeWith(Object user) {
        return Reclaimer.register(user, this::freeForgotten);
    }

    private void freeForgotten() {
        if (freed.get()) {
            return;
        }
        Path path = file.path();
        close();
        if (WARNED.add(loadedAt)) {
            System.getLogger("dev.cria.model").log(Level.WARNING, "The model " + path + ", loaded at " + loadedAt
                    + ", was never closed; nobody could reach it any more, so it has been freed. Close models, for "
                    + "example by try (LlamaModel model = ...)");
        }
    }

    @Override
    public void close() {
        if (freed.compareAndSet(false, true)) {
            team.close();
            arena.close();
            file.close();
        }
    }
}

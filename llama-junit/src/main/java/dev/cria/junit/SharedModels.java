package dev.cria.junit;

import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import dev.cria.model.Transcript;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * The models and transcripts of a run. They live in the store of the root context, which closes them when all tests
 * have ended.
 */
final class SharedModels {
    private static final Namespace NAMESPACE = Namespace.create(SharedModels.class);

    private final Store store;

    SharedModels(ExtensionContext context) {
        store = context.getRoot().getStore(NAMESPACE);
    }

    /** {@return what answers the tests: the model, or what was recorded of it} */
    LlamaModel model(ModelChoice choice, LlamaTest test, RunSettings settings) {
        if (test.transcript().isEmpty()) {
            return loaded(choice);
        }
        Path file = settings.resources().resolve(test.transcript());
        return switch (settings.transcripts()) {
            case LIVE -> loaded(choice);
            case RECORD -> store.getOrComputeIfAbsent(new RecordingKey(file, choice),
                    _ -> Recording.of(file, loaded(choice)), Recording.class).model;
            case REPLAY -> store.getOrComputeIfAbsent(new ReplayKey(file), _ -> replayed(file), LlamaModel.class);
        };
    }

    private LlamaModel loaded(ModelChoice choice) {
        return store.getOrComputeIfAbsent(choice, ModelChoice::load, LlamaModel.class);
    }

    private static LlamaModel replayed(Path file) {
        if (!Files.exists(file)) {
            throw new CriaException("there is no transcript " + file.toAbsolutePath() + ": run the tests with"
                    + " -Dcria.transcripts=record, which asks the model and writes it");
        }
        return Transcript.read(file).replay();
    }

    private record RecordingKey(Path file, ModelChoice choice) {}

    private record ReplayKey(Path file) {}

    /**
     * A transcript that is written when the run ends. What it had before stays, if it was the same model that answered.
     */
    private record Recording(Path file, Transcript transcript, LlamaModel model) implements AutoCloseable {
        static Recording of(Path file, LlamaModel model) {
            Transcript transcript = new Transcript();
            if (Files.exists(file)) {
                Transcript earlier = Transcript.read(file);
                if (earlier.fits(model)) {
                    transcript = earlier;
                }
            }
            return new Recording(file, transcript, transcript.record(model));
        }

        @Override
        public void close() {
            transcript.write(file);
        }
    }
}

package dev.cria.junit;

import dev.cria.chat.ChatTemplate;
import dev.cria.core.CriaException;
import dev.cria.model.LanguageModel;
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
    LanguageModel model(ModelChoice choice, LlamaTest test, RunSettings settings) {
        if (test.transcript().isEmpty()) {
            return loaded(choice);
        }
        Path file = settings.resources().resolve(test.transcript());
        return switch (settings.transcripts()) {
            case LIVE -> loaded(choice);
            case RECORD -> recorded(file, choice);
            case REPLAY -> replayed(file, choice);
        };
    }

    private LlamaModel loaded(ModelChoice choice) {
        return store.getOrComputeIfAbsent(choice, key -> new Loaded(key.load()), Loaded.class).model;
    }

    private LlamaModel recorded(Path file, ModelChoice choice) {
        LlamaModel model = loaded(choice);
        Recording recording = store.getOrComputeIfAbsent(new RecordingKey(file.toAbsolutePath().normalize()),
                _ -> Recording.of(file, choice, model), Recording.class);
        if (!recording.choice.equals(choice)) {
            throw new CriaException("the transcript " + file + " is to be recorded with two models in this run, "
                    + recording.choice.inWords() + " and " + choice.inWords() + ": give each a transcript of its own");
        }
        return recording.model;
    }

    private LanguageModel replayed(Path file, ModelChoice choice) {
        Replay replay = store.getOrComputeIfAbsent(new ReplayKey(file.toAbsolutePath().normalize()),
                _ -> Replay.of(file), Replay.class);
        replay.requireFits(choice);
        return replay.model;
    }

    private record RecordingKey(Path file) {}

    private record ReplayKey(Path file) {}

    private record Loaded(LlamaModel model) implements RunResource {
        @Override
        public void close() {
            model.close();
        }
    }

    /** A transcript that is added to its file when the run ends. */
    private record Recording(Path file, ModelChoice choice, Transcript transcript, LlamaModel model)
            implements
                RunResource {
        static Recording of(Path file, ModelChoice choice, LlamaModel model) {
            if (Files.exists(file)) {
                Transcript.read(file); // what cannot be added to is refused before anything is asked
            }
            Transcript transcript = new Transcript();
            return new Recording(file, choice, transcript, transcript.record(model));
        }

        @Override
        public void close() {
            transcript.addTo(file);
        }
    }

    /** A transcript that answers. */
    private record Replay(Path file, Transcript transcript, LanguageModel model) {
        static Replay of(Path file) {
            if (!Files.exists(file)) {
                throw new CriaException("there is no transcript " + file.toAbsolutePath() + ": run the tests with"
                        + " -Dcria.transcripts=record, which asks the model and writes it");
            }
            Transcript transcript = Transcript.read(file);
            return new Replay(file, transcript, transcript.replay());
        }

        void requireFits(ModelChoice choice) {
            if (choice.contextLength() != 0) {
                requireSame("context length", model.contextLength(), choice.contextLength());
            }
            if (!choice.chatTemplate().isEmpty()) {
                requireSame("chat template", model.chatTemplate().name(),
                        ChatTemplate.named(choice.chatTemplate()).name());
            }
            if (!transcript.adapters().matches(choice.recordedAdapters())) {
                requireSame("LoRA adapters", transcript.adapters(), choice.adaptersInWords());
            }
        }

        private void requireSame(String setting, Object recorded, Object wanted) {
            if (!recorded.equals(wanted)) {
                throw new CriaException("the transcript " + file + " was recorded with the " + setting + " " + recorded
                        + ", but the tests want " + wanted + ": record it again with -Dcria.transcripts=record");
            }
        }
    }
}

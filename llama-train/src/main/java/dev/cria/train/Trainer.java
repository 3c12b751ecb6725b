package dev.cria.train;

import dev.cria.model.ModelConfig;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Trains a Llama 2 model from nothing. The same sizes, settings and examples give the same weights to the last bit,
 * on any number of threads, in one go or resumed from a checkpoint.
 *
 * {@snippet :
 * try (Trainer trainer = Trainer.builder(config, source).settings(TrainingSettings.defaults().withSteps(5000))
 *         .checkpoint(Path.of("run.checkpoint"), 200).progress(System.out::println).build()) {
 *     trainer.train();
 *     trainer.export(Path.of("model.gguf"), QuantType.Q8_0, vocabulary, Optional.of(chatTemplate), Map.of());
 * }
 * }
 */
public final class Trainer implements AutoCloseable {
    private Trainer() {}

    /**
     * {@return a builder of a run}
     *
     * @param config sizes of the model; its name goes into the exported file
     * @param source what to learn; examples longer than the context are cut
     */
    public static Builder builder(ModelConfig config, ExampleSource source) {
        throw new UnsupportedOperationException();
    }

    /** Settings of a run. */
    public static final class Builder {
        private Builder() {}

        /** @param settings how to train @return this */
        public Builder settings(TrainingSettings settings) {
            throw new UnsupportedOperationException();
        }

        /** @param threads members of the team, at least 1; default all processors @return this */
        public Builder threads(int threads) {
            throw new UnsupportedOperationException();
        }

        /**
         * Where to keep checkpoints. If the file is there already, the run goes on from it.
         *
         * @param file the checkpoint
         * @param every steps between two checkpoints; one more is written at the end
         * @return this
         */
        public Builder checkpoint(Path file, int every) {
            throw new UnsupportedOperationException();
        }

        /** @param listener told of every step @return this */
        public Builder progress(Consumer<TrainingProgress> listener) {
            throw new UnsupportedOperationException();
        }

        /** @return the run, at step 0 or where the checkpoint left it */
        public Trainer build() {
            throw new UnsupportedOperationException();
        }
    }

    /** Trains to the last step. */
    public void train() {
        throw new UnsupportedOperationException();
    }

    /** @param steps steps to do at most @return whether the run is complete */
    public boolean train(int steps) {
        throw new UnsupportedOperationException();
    }

    /** {@return steps done so far} */
    public int step() {
        throw new UnsupportedOperationException();
    }

    /** @param examples held-out examples @return mean cross-entropy of their learnt tokens, in nats */
    public double loss(List<TrainingExample> examples) {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes the model as a GGUF file.
     *
     * @param file where to
     * @param type storage of the matrices: F32, F16 or Q8_0 (norms are always F32)
     * @param vocabulary the tokenizer's tokens, as many as the model has
     * @param chatTemplate Jinja text of {@code tokenizer.chat_template}, or none
     * @param metadata further text metadata, such as {@code general.license}
     */
    public void export(Path file, QuantType type, Vocabulary vocabulary, Optional<String> chatTemplate,
            Map<String, String> metadata) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}

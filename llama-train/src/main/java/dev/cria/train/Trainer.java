package dev.cria.train;

import dev.cria.core.CriaException;
import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.config.RopeScaling;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.Vocabulary;
import dev.cria.train.network.Network;
import dev.cria.train.network.Parameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Trains a Llama 2 model from nothing. The same sizes, settings and examples give the same weights to the last bit,
 * on any number of threads, in one go or resumed from a checkpoint. Not thread-safe.
 *
 * <pre>{@code
 * try (Trainer trainer = Trainer.builder(config, source).settings(TrainingSettings.defaults().withSteps(5000))
 *         .checkpoint(Path.of("run.checkpoint"), 200).progress(System.out::println).build()) {
 *     trainer.train();
 *     trainer.export(Path.of("model.gguf"), QuantType.Q8_0, vocabulary, Optional.of(chatTemplate), Map.of());
 * }
 * }</pre>
 */
public final class Trainer implements AutoCloseable {
    private final ModelConfig config;
    private final TrainingSettings settings;
    private final WorkerTeam team;
    private final Network network;
    private final TrainingRun run;

    private Trainer(Builder builder) {
        config = builder.config;
        settings = builder.settings;
        team = new WorkerTeam(builder.threads);
        try {
            Parameters parameters = Parameters.random(config, settings.tied(), settings.seed());
            builder.start.ifPresent(other -> new Checkpoint(other, config + " ").readWeights(parameters.all()));
            network = new Network(config, parameters, settings.batchTokens(), team, builder.kernels,
                    builder.gradientKernels);
            Optional<Checkpoint> checkpoint = builder.file.map(file -> new Checkpoint(file, config + " " + settings));
            run = new TrainingRun(settings,
                    new TrainingRun.Data(builder.source, config.vocabularySize(), config.contextLength()), network,
                    parameters.all(), team, new TrainingRun.Saving(checkpoint, builder.every), builder.listener);
        } catch (OutOfMemoryError e) {
            team.close();
            throw TrainingRun.outOfMemory(settings, e);
        } catch (RuntimeException | Error e) {
            team.close();
            throw e;
        }
    }

    /**
     * {@return a builder of a run}
     *
     * @param config sizes of the model; its name goes into the exported file
     * @param source what to learn; examples longer than the context are cut
     */
    public static Builder builder(ModelConfig config, ExampleSource source) {
        return new Builder(config, source);
    }

    /** Settings of a run. */
    public static final class Builder {
        private final ModelConfig config;
        private final ExampleSource source;
        private TrainingSettings settings = TrainingSettings.defaults();
        private int threads = Runtime.getRuntime().availableProcessors();
        private Optional<Path> file = Optional.empty();
        private int every = 1;
        private Optional<Path> start = Optional.empty();
        private Consumer<TrainingProgress> listener = progress -> {};
        private Kernels kernels = Kernels.best();
        private GradientKernels gradientKernels = GradientKernels.best();

        private Builder(ModelConfig config, ExampleSource source) {
            this.config = Objects.requireNonNull(config, "config must not be null");
            this.source = Objects.requireNonNull(source, "source must not be null");
        }

        /**
         * Sets how to train; the default is {@link TrainingSettings#defaults()}.
         *
         * @param value the settings
         * @return this builder
         */
        public Builder settings(TrainingSettings value) {
            settings = Objects.requireNonNull(value, "settings must not be null");
            return this;
        }

        /**
         * Sets the number of threads; the default is the number of processors. Results do not depend on it.
         *
         * @param value threads, at least 1
         * @return this builder
         */
        public Builder threads(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("threads must be at least 1, not " + value);
            }
            threads = value;
            return this;
        }

        /**
         * Keeps checkpoints. If the file is there already, the run goes on from it. The default is none.
         *
         * @param path the file; it is replaced only once a new checkpoint is complete
         * @param steps steps between two checkpoints, at least 1; one more is written when training stops
         * @return this builder
         */
        public Builder checkpoint(Path path, int steps) {
            if (steps < 1) {
                throw new IllegalArgumentException("steps between checkpoints must be at least 1, not " + steps);
            }
            file = Optional.of(Objects.requireNonNull(path, "path must not be null"));
            every = steps;
            return this;
        }

        /**
         * Begins with the weights of another run instead of random ones, for a further phase with other settings or
         * examples. Its optimiser's moments are not taken over. Where this run has a checkpoint of its own already, it
         * goes on from that.
         *
         * @param checkpoint checkpoint of a run of a model of the same sizes
         * @return this builder
         */
        public Builder startFrom(Path checkpoint) {
            start = Optional.of(Objects.requireNonNull(checkpoint, "checkpoint must not be null"));
            return this;
        }

        /**
         * Sets who is told of every step; the default is nobody.
         *
         * @param value called by the training thread after each step; what it throws ends {@code train} after the step,
         *        which can go on from there
         * @return this builder
         */
        public Builder progress(Consumer<TrainingProgress> value) {
            listener = Objects.requireNonNull(value, "progress must not be null");
            return this;
        }

        Builder kernels(Kernels products, GradientKernels gradients) {
            kernels = products;
            gradientKernels = gradients;
            return this;
        }

        /**
         * {@return the run, at step 0 or where its checkpoint left it}
         *
         * @throws IllegalArgumentException if a batch has no room for the model's context, or the model has a sliding
         *         window or other RoPE scaling than linear
         * @throws MalformedFileException if the checkpoint is damaged or belongs to other sizes or settings
         * @throws CriaException if the checkpoint cannot be read, or memory does not suffice
         */
        public Trainer build() {
            if (settings.batchTokens() < config.contextLength()) {
                throw new IllegalArgumentException("a batch must have room for a context of " + config.contextLength()
                        + " tokens, but has " + settings.batchTokens());
            }
            if (config.slidingWindow().isPresent()
                    || !config.ropeScaling().equals(RopeScaling.linear(config.ropeScaling().factor()))) {
                throw new IllegalArgumentException(
                        "training knows neither a sliding window nor other RoPE scaling than linear");
            }
            return new Trainer(this);
        }
    }

    /**
     * Trains to the last step.
     *
     * @throws DivergedException if the loss is no number any more, or stays far above its running mean; the last good
     *     checkpoint is kept
     * @throws CriaException if a checkpoint cannot be written, and the last one is kept; or if the thread is
     *         interrupted, and what has been learnt is kept if there are checkpoints
     */
    public void train() {
        train(settings.steps());
    }

    /**
     * Trains for a while.
     *
     * @param steps largest number of steps to do now
     * @return whether the run is complete
     * @throws DivergedException if the loss is no number any more, or stays far above its running mean; the last good
     *     checkpoint is kept
     * @throws CriaException if a checkpoint cannot be written, and the last one is kept; or if the thread is
     *         interrupted, and what has been learnt is kept if there are checkpoints
     */
    public boolean train(int steps) {
        return run.train(steps);
    }

    /** {@return steps done so far} */
    public int step() {
        return run.step();
    }

    /** {@return the number of weights} */
    public long parameterCount() {
        return network.parameters().count();
    }

    /**
     * Measures the model on examples, without learning from them.
     *
     * @param examples held-out examples
     * @return mean cross-entropy of their learnt tokens, in nats
     * @throws IllegalArgumentException if no token of them is learnt
     */
    public double loss(List<TrainingExample> examples) {
        return run.loss(examples);
    }

    /**
     * Writes the model as a GGUF file.
     *
     * @param file where to; a file that is there is replaced once the new one is complete
     * @param type storage of the matrices, such as F32, F16 or Q8_0; norms are always F32
     * @param vocabulary the tokenizer's tokens, as many as the model has
     * @param chatTemplate Jinja text of {@code tokenizer.chat_template}, or none
     * @param metadata further metadata of type string, such as {@code general.license}
     * @throws CriaException if the file cannot be written
     */
    public void export(Path file, QuantType type, Vocabulary vocabulary, Optional<String> chatTemplate,
            Map<String, String> metadata) {
        new GgufExport(config, network.parameters()).write(file, type, vocabulary, chatTemplate, metadata);
    }

    Network network() {
        return network;
    }

    /** Ends the threads. */
    @Override
    public void close() {
        team.close();
    }
}

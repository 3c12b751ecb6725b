package dev.cria.train;

import dev.cria.core.CriaException;
import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.WorkerTeam;
import dev.cria.model.ModelConfig;
import dev.cria.model.RopeScaling;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.Vocabulary;
import dev.cria.train.network.Network;
import dev.cria.train.network.Parameters;
import dev.cria.train.network.TokenBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    /** Share of a new loss in the running mean that a diverging loss is compared with. */
    private static final double MEAN_SHARE = 0.05;
    /** A loss this many times its running mean, and this many nats above it, has diverged. */
    private static final double DIVERGED_FACTOR = 2;
    private static final double DIVERGED_NATS = 2;
    /** Steps in a row that may be that far off: a spike passes, divergence stays. */
    private static final int LARGEST_SUSPECTS = 10;
    /** Share of the last step in the speed that is shown. */
    private static final double SPEED_SHARE = 0.2;

    private final ModelConfig config;
    private final ExampleSource source;
    private final TrainingSettings settings;
    private final Consumer<TrainingProgress> listener;
    private final Optional<Checkpoint> checkpoint;
    private final int checkpointEvery;
    private final WorkerTeam team;
    private final Network network;
    private final AdamW optimiser;
    private final List<TokenBatch> batches = new ArrayList<>();
    private Checkpoint.Position position = new Checkpoint.Position(0, 0, 0);
    private int savedStep = -1;
    /** Steps in a row whose loss was far above its mean; none of them is saved. */
    private int suspects;
    private double secondsPerToken;
    private double secondsPerStep;

    private Trainer(Builder builder) {
        config = builder.config;
        source = builder.source;
        settings = builder.settings;
        listener = builder.listener;
        checkpoint = builder.file.map(file -> new Checkpoint(file, config, settings));
        checkpointEvery = builder.every;
        team = new WorkerTeam(builder.threads);
        try {
            Parameters parameters = Parameters.random(config, settings.tied(), settings.seed());
            optimiser = new AdamW(settings, parameters.all(), team);
            Optional<Checkpoint.Position> own = checkpoint.flatMap(file -> file.read(optimiser.states()));
            own.ifPresent(found -> {
                position = found;
                savedStep = found.step();
            });
            if (own.isEmpty()) {
                builder.start.ifPresent(
                        other -> new Checkpoint(other, config, settings).readWeights(optimiser.states()));
            }
            network = new Network(config, parameters, settings.batchTokens(), team, builder.kernels,
                    builder.gradientKernels);
        } catch (RuntimeException | Error e) {
            team.close();
            throw e;
        }
        for (int i = 0; i < settings.accumulation(); i++) {
            batches.add(new TokenBatch(settings.batchTokens()));
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
            this.config = config;
            this.source = source;
        }

        /**
         * Sets how to train; the default is {@link TrainingSettings#defaults()}.
         *
         * @param value the settings
         * @return this builder
         */
        public Builder settings(TrainingSettings value) {
            settings = value;
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
            file = Optional.of(path);
            every = steps;
            return this;
        }

        /**
         * Begins with the weights of another run instead of random ones, for a further phase with other settings or examples. Its
         * optimiser's moments are not taken over. Where this run has a checkpoint of its own already, it goes on from that.
         *
         * @param checkpoint checkpoint of a run of a model of the same sizes
         * @return this builder
         */
        public Builder startFrom(Path checkpoint) {
            start = Optional.of(checkpoint);
            return this;
        }

        /**
         * Sets who is told of every step; the default is nobody.
         *
         * @param value called by the training thread after each step
         * @return this builder
         */
        public Builder progress(Consumer<TrainingProgress> value) {
            listener = value;
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
         * @throws IllegalArgumentException if a batch has no room for the model's context, or the model has a sliding window or other RoPE
         *         scaling than linear
         * @throws MalformedFileException if the checkpoint is damaged or belongs to other sizes or settings
         * @throws CriaException if the checkpoint cannot be read
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
     * @throws DivergedException if the loss is no number any more, or stays far above its running mean; the last good checkpoint is kept
     * @throws CriaException if a checkpoint cannot be written; the last one is kept
     */
    public void train() {
        train(settings.steps());
    }

    /**
     * Trains for a while.
     *
     * @param steps largest number of steps to do now
     * @return whether the run is complete
     * @throws DivergedException if the loss is no number any more, or stays far above its running mean; the last good checkpoint is kept
     * @throws CriaException if a checkpoint cannot be written; the last one is kept
     */
    public boolean train(int steps) {
        for (int done = 0; done < steps && position.step() < settings.steps(); done++) {
            learn();
            if (position.step() % checkpointEvery == 0) {
                save();
            }
        }
        save();
        return position.step() == settings.steps();
    }

    private void save() {
        if (savedStep != position.step() && suspects == 0) {
            checkpoint.ifPresent(file -> file.write(position, optimiser.states()));
            savedStep = position.step();
        }
    }

    private void learn() {
        long start = System.nanoTime();
        int step = position.step();
        long next = fill(position.example());
        int learnt = batches.stream().mapToInt(TokenBatch::learnt).sum();
        int tokens = batches.stream().mapToInt(TokenBatch::size).sum();
        if (learnt == 0) {
            throw new IllegalArgumentException("no token of the examples from " + position.example() + " to "
                    + (next - 1) + " is to be learnt");
        }
        double loss = 0;
        for (TokenBatch batch : batches) {
            loss += network.learn(batch, 1f / learnt);
        }
        loss /= learnt;
        double norm = optimiser.gradientNorm();
        boolean suspect = isSuspect(step, loss, norm);
        optimiser.step(step, norm);
        network.weightsChanged();
        double mean = position.meanLoss();
        if (!suspect) {
            mean = step == 0 ? loss : mean + MEAN_SHARE * (loss - mean);
        }
        position = new Checkpoint.Position(step + 1, next, mean);
        report(step, loss, norm, tokens, (System.nanoTime() - start) * 1e-9);
    }

    /** Packs examples into the step's batches; answers the number of the first that did not fit. */
    private long fill(long first) {
        long index = first;
        for (TokenBatch batch : batches) {
            batch.clear();
            while (batch.add(checked(source.example(index), index), config.contextLength())) {
                index++;
            }
        }
        return index;
    }

    private TrainingExample checked(TrainingExample example, long index) {
        for (int token : example.tokens()) {
            if (token < 0 || token >= config.vocabularySize()) {
                throw new IllegalArgumentException("token ids are 0 to " + (config.vocabularySize() - 1)
                        + ", but example " + index + " has " + token);
            }
        }
        return example;
    }

    /** Answers whether the loss is far above its mean, and throws if it is no number or has been for some steps. */
    private boolean isSuspect(int step, double loss, double norm) {
        boolean finite = Double.isFinite(loss) && Double.isFinite(norm);
        boolean far = step > 0
                && loss > Math.max(DIVERGED_FACTOR * position.meanLoss(), position.meanLoss() + DIVERGED_NATS);
        suspects = far ? suspects + 1 : 0;
        if (!finite || suspects > LARGEST_SUSPECTS) {
            String kept = checkpoint.map(file -> savedStep >= 0
                    ? "the checkpoint of step " + savedStep + " is kept in " + file.file()
                    : "there is no checkpoint yet").orElse("no checkpoints were asked for");
            throw new DivergedException("training diverged at step " + (step + 1) + ": the loss is " + loss
                    + " after a mean of " + position.meanLoss() + ", the norm of the gradient " + norm
                    + "; lower the learning rate (" + kept + ")");
        }
        return far;
    }

    private void report(int step, double loss, double norm, int tokens, double seconds) {
        double share = secondsPerStep == 0 ? 1 : SPEED_SHARE;
        secondsPerStep += share * (seconds - secondsPerStep);
        secondsPerToken += share * (seconds / tokens - secondsPerToken);
        long left = Math.round((settings.steps() - step - 1) * secondsPerStep * 1000);
        listener.accept(new TrainingProgress(step + 1, settings.steps(), loss, settings.learningRate(step), norm,
                1 / secondsPerToken, Duration.ofMillis(left)));
    }

    /** {@return steps done so far} */
    public int step() {
        return position.step();
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
        TokenBatch batch = batches.getFirst();
        batch.clear();
        double loss = 0;
        long learnt = 0;
        for (int i = 0; i < examples.size(); i++) {
            TrainingExample example = checked(examples.get(i), i);
            if (!batch.add(example, config.contextLength())) {
                loss += network.loss(batch);
                learnt += batch.learnt();
                batch.clear();
                batch.add(example, config.contextLength());
            }
        }
        if (batch.size() > 0) {
            loss += network.loss(batch);
            learnt += batch.learnt();
        }
        if (learnt == 0) {
            throw new IllegalArgumentException("no token of the examples is learnt");
        }
        return loss / learnt;
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

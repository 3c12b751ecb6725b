package dev.cria.train;

import dev.cria.core.CriaException;
import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.Matrix;
import dev.cria.core.WorkerTeam;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.Weights;
import dev.cria.train.network.AdapterParameters;
import dev.cria.train.network.LoraNetwork;
import dev.cria.train.network.Parameter;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Fine-tunes a loaded model with LoRA (Hu et al. 2021): its weights stay as they are, quantised or not, packed or
 * mapped, and a small adapter learns the answers of some dialogs. The same model, dialogs and settings give the same
 * adapter to the last bit, on any number of threads, in one go or resumed from a checkpoint. Not thread-safe; the model
 * may be used meanwhile, and must stay open.
 *
 * <pre>{@code
 * try (LlamaModel model = LlamaModel.load(path);
 *         LoraTrainer trainer = LoraTrainer.builder(model, DialogFile.read(Path.of("pirate.jsonl"))).epochs(3)
 *                 .progress(System.out::println).build()) {
 *     trainer.train();
 *     trainer.adapter("pirate").writeGguf(Path.of("pirate.gguf"), model.config());
 * }
 * }</pre>
 *
 * <p>Memory: besides the model, 4 bytes × tokens of a batch × (layers × embedding length + about 8 × feed-forward
 * length), because what is inside a layer is computed again when its gradients are.
 */
public final class LoraTrainer implements AutoCloseable {
    /** A warm-up takes at most this share of a run whose length comes from its epochs. */
    private static final int LARGEST_WARMUP_SHARE = 10;

    private final LlamaModel model;
    private final DialogEncoder encoder;
    private final LoraSettings settings;
    private final int longest;
    private final WorkerTeam team;
    private final AdapterParameters parameters;
    private final TrainingRun run;

    private LoraTrainer(Builder builder) {
        model = builder.model;
        Weights weights = model.weights();
        ModelConfig config = model.config();
        encoder = new DialogEncoder(model.tokenizer(), model.chatTemplate());
        TrainingSettings given = builder.settings.training();
        longest = Math.min(Math.min(config.contextLength(), config.slidingWindow().orElse(Integer.MAX_VALUE)),
                given.batchTokens());
        if (builder.dialogs.isEmpty()) {
            throw new IllegalArgumentException("there is no dialog to learn from");
        }
        List<TrainingExample> examples = encode(builder.dialogs);
        ShuffledExamples source = new ShuffledExamples(examples, given.seed());
        TrainingSettings training = builder.epochs.isEmpty()
                ? given
                : lasting(given,
                        source.steps(builder.epochs.getAsInt(), given.batchTokens(), given.accumulation()));
        settings = builder.settings.withTraining(training);
        parameters = builder.start.map(adapter -> AdapterParameters.of(adapter, config))
                .orElseGet(() -> AdapterParameters.random(config, settings.modules(), settings.rank(), settings.alpha(),
                        training.seed()));
        Optional<Checkpoint> checkpoint = builder.file
                .map(file -> new Checkpoint(file, description(config, weights, examples)));
        team = new WorkerTeam(builder.threads);
        try {
            LoraNetwork network = new LoraNetwork(config, weights, parameters, training.batchTokens(), longest, team,
                    builder.kernels, builder.gradientKernels);
            run = new TrainingRun(training, new TrainingRun.Data(source, config.vocabularySize(), longest), network,
                    parameters.all(), team, new TrainingRun.Saving(checkpoint, builder.every), builder.listener);
        } catch (OutOfMemoryError e) {
            team.close();
            throw TrainingRun.outOfMemory(training, e);
        } catch (RuntimeException | Error e) {
            team.close();
            throw e;
        }
    }

    private static TrainingSettings lasting(TrainingSettings given, int steps) {
        int warmup = Math.min(given.warmupSteps(), Math.max(1, steps / LARGEST_WARMUP_SHARE));
        return given.withSteps(steps).withLearningRate(given.learningRate(), given.finalLearningRate(),
                Math.min(warmup, given.warmupSteps()));
    }

    private List<TrainingExample> encode(List<TrainingDialog> dialogs) {
        List<TrainingExample> examples = new ArrayList<>();
        for (TrainingDialog dialog : dialogs) {
            for (TrainingExample example : encoder.encode(dialog)) {
                int inputs = example.tokens().length - 1;
                if (inputs > longest) {
                    throw new CriaException(
                            dialog.origin() + ": the dialog has " + inputs + " tokens, but there is room for "
                                    + longest + ": the model reads " + model.config().contextLength()
                                    + model.config().slidingWindow().stream().mapToObj(w -> " (" + w + " at a time)")
                                            .findFirst()
                                            .orElse("")
                                    + ", and a batch takes the batch tokens that were asked for");
                }
                examples.add(example);
            }
        }
        return examples;
    }

    /** What must not change within a run. Numbers of which there are too many to show are told apart by a checksum. */
    private String description(ModelConfig config, Weights weights, List<TrainingExample> examples) {
        CRC32C data = new CRC32C();
        for (TrainingExample example : examples) {
            ByteBuffer bytes = ByteBuffer.allocate(5 * example.tokens().length);
            for (int i = 0; i < example.tokens().length; i++) {
                bytes.putInt(example.tokens()[i]).put((byte) (example.learnt()[i] ? 1 : 0));
            }
            data.update(bytes.flip());
        }
        CRC32C base = new CRC32C();
        update(base, weights.outputNorm());
        for (Weights.Layer layer : weights.layers()) {
            update(base, layer.attentionNorm());
            update(base, layer.ffnNorm());
            for (Matrix matrix : List.of(layer.wq(), layer.wk(), layer.wv(), layer.wo(), layer.ffnGate(), layer.ffnUp(),
                    layer.ffnDown())) {
                float[] row = new float[matrix.columns()];
                matrix.row(0, row, 0);
                update(base, row);
            }
        }
        CRC32C start = new CRC32C();
        start.update(parameters.description().getBytes(StandardCharsets.UTF_8));
        for (Parameter parameter : parameters.all()) {
            update(start, parameter.values());
        }
        return config + " " + settings + " weights " + Long.toHexString(base.getValue()) + " start "
                + Long.toHexString(start.getValue()) + " examples " + examples.size() + " "
                + Long.toHexString(data.getValue());
    }

    private static void update(CRC32C sum, float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
        bytes.asFloatBuffer().put(values);
        sum.update(bytes);
    }

    /**
     * {@return a builder of a run}
     *
     * @param model the model, loaded without adapters; it must stay open
     * @param dialogs what to learn, in the model's own chat template
     */
    public static Builder builder(LlamaModel model, List<TrainingDialog> dialogs) {
        return new Builder(model, dialogs);
    }

    /** Settings of a run. */
    public static final class Builder {
        private final LlamaModel model;
        private final List<TrainingDialog> dialogs;
        private LoraSettings settings = LoraSettings.defaults();
        private OptionalInt epochs = OptionalInt.empty();
        private int threads = Runtime.getRuntime().availableProcessors();
        private Optional<Path> file = Optional.empty();
        private int every = 1;
        private Optional<LoraAdapter> start = Optional.empty();
        private Consumer<TrainingProgress> listener = progress -> {};
        private Kernels kernels = Kernels.best();
        private GradientKernels gradientKernels = GradientKernels.best();

        private Builder(LlamaModel model, List<TrainingDialog> dialogs) {
            this.model = Objects.requireNonNull(model, "model must not be null");
            this.dialogs = List.copyOf(Objects.requireNonNull(dialogs, "dialogs must not be null"));
        }

        /**
         * Sets how to train; the default is {@link LoraSettings#defaults()}.
         *
         * @param value the settings
         * @return this builder
         */
        public Builder settings(LoraSettings value) {
            settings = Objects.requireNonNull(value, "settings must not be null");
            return this;
        }

        /**
         * Sets the length of the run by how often every dialog is seen, in place of the steps of the settings; a
         * warm-up of more than a tenth of the run is shortened to that. The default is the steps of the settings.
         *
         * @param value times, at least 1, and no more than make 100,000,000 examples in all; the last step may begin
         *        another round
         * @return this builder
         */
        public Builder epochs(int value) {
            epochs = OptionalInt.of(atLeastOne("epochs", value));
            return this;
        }

        /**
         * Sets the number of threads; the default is the number of processors. Results do not depend on it.
         *
         * @param value threads, at least 1
         * @return this builder
         */
        public Builder threads(int value) {
            threads = atLeastOne("threads", value);
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
            every = atLeastOne("steps between checkpoints", steps);
            file = Optional.of(Objects.requireNonNull(path, "path must not be null"));
            return this;
        }

        /**
         * Begins with an adapter rather than with one that changes nothing. Its matrices, ranks and scales take the
         * place of those of the settings.
         *
         * @param adapter the adapter; it is not changed itself
         * @return this builder
         */
        public Builder startFrom(LoraAdapter adapter) {
            start = Optional.of(Objects.requireNonNull(adapter, "adapter must not be null"));
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

        private static int atLeastOne(String what, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(what + " must be at least 1, not " + value);
            }
            return value;
        }

        /**
         * {@return the run, at step 0 or where its checkpoint left it}
         *
         * @throws IllegalArgumentException if there is no dialog, or there are too many epochs or batch tokens
         * @throws IllegalStateException if the model has been closed, or was loaded with adapters
         * @throws MalformedFileException if the checkpoint is damaged or belongs to another model, other dialogs or
         *     settings
         * @throws CriaException if the checkpoint cannot be read, a dialog is longer than the model's context or a
         *         batch, the model's chat template is not known, the adapter to start from does not fit the model, or
         *         memory does not suffice
         */
        public LoraTrainer build() {
            return new LoraTrainer(this);
        }
    }

    /**
     * Trains to the last step.
     *
     * @throws DivergedException if the loss is no number any more, or stays far above its running mean; the last good
     *     checkpoint is kept
     * @throws CriaException if a checkpoint cannot be written, and the last one is kept; or if the thread is
     *         interrupted, and what has been learnt is kept if there are checkpoints
     * @throws IllegalStateException if the model is closed meanwhile
     */
    public void train() {
        train(settings.training().steps());
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
     * @throws IllegalStateException if the model is closed meanwhile
     */
    public boolean train(int steps) {
        try {
            return run.train(steps);
        } finally {
            // the weights are freed once nobody can reach the model
            Reference.reachabilityFence(model);
        }
    }

    /** {@return steps done so far} */
    public int step() {
        return run.step();
    }

    /** {@return the settings, with the steps of the whole run} */
    public LoraSettings settings() {
        return settings;
    }

    /** {@return the number of weights of the adapter} */
    public long parameterCount() {
        return parameters.count();
    }

    /**
     * Measures model and adapter on dialogs, without learning from them.
     *
     * @param dialogs held-out dialogs
     * @return mean cross-entropy of the tokens of their answers, in nats
     * @throws CriaException if a dialog is longer than the model's context or a batch
     */
    public double loss(List<TrainingDialog> dialogs) {
        try {
            return run.loss(encode(dialogs));
        } finally {
            Reference.reachabilityFence(model);
        }
    }

    /**
     * {@return a copy of the adapter as it is now}
     *
     * @param name name of the adapter, for files and messages
     */
    public LoraAdapter adapter(String name) {
        return parameters.adapter(name);
    }

    /** Ends the threads. The model stays open. */
    @Override
    public void close() {
        team.close();
    }
}

package dev.cria.train;

import dev.cria.core.CriaException;
import dev.cria.core.WorkerTeam;
import dev.cria.train.network.Parameter;
import dev.cria.train.network.TokenBatch;
import dev.cria.train.network.TrainableNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The steps of a run, whatever it trains: batches, loss, optimiser, checkpoints, progress. Not thread-safe. */
final class TrainingRun {
    /** Share of a new loss in the running mean that a diverging loss is compared with. */
    private static final double MEAN_SHARE = 0.05;
    /** A loss this many times its running mean, and this many nats above it, has diverged. */
    private static final double DIVERGED_FACTOR = 2;
    private static final double DIVERGED_NATS = 2;
    /** Steps in a row that may be that far off: a spike passes, divergence stays. */
    private static final int LARGEST_SUSPECTS = 10;
    /** Share of the last step in the speed that is shown. */
    private static final double SPEED_SHARE = 0.2;

    private final TrainingSettings settings;
    private final ExampleSource source;
    private final int vocabularySize;
    private final int context;
    private final TrainableNetwork network;
    private final AdamW optimiser;
    private final Saving saving;
    private final Consumer<TrainingProgress> listener;
    private final List<TokenBatch> batches = new ArrayList<>();
    private Checkpoint.Position position = new Checkpoint.Position(0, 0, 0);
    private int savedStep = -1;
    /** Steps in a row whose loss was far above its mean; none of them is saved. */
    private int suspects;
    private double secondsPerToken;
    private double secondsPerStep;

    /**
     * Where and when checkpoints are written.
     *
     * @param checkpoint the file, if there are to be any
     * @param every steps between two of them
     */
    record Saving(Optional<Checkpoint> checkpoint, int every) {}

    /**
     * What is learnt.
     *
     * @param source the examples; longer ones are cut
     * @param vocabularySize number of token ids
     * @param context largest number of tokens of an example that are inputs
     */
    record Data(ExampleSource source, int vocabularySize, int context) {}

    /**
     * Begins a run, or goes on with it where its checkpoint left it.
     *
     * @param settings how to train
     * @param data what is learnt
     * @param network what is trained
     * @param parameters the network's parameters
     * @param team who does the work
     * @param saving checkpoints
     * @param listener who is told of every step
     */
    TrainingRun(TrainingSettings settings, Data data, TrainableNetwork network, List<Parameter> parameters,
            WorkerTeam team, Saving saving, Consumer<TrainingProgress> listener) {
        this.settings = settings;
        this.source = data.source;
        this.vocabularySize = data.vocabularySize;
        this.context = data.context;
        this.network = network;
        this.saving = saving;
        this.listener = listener;
        optimiser = new AdamW(settings, parameters, team);
        saving.checkpoint.flatMap(file -> file.read(optimiser.states())).ifPresent(found -> {
            position = found;
            savedStep = found.step();
            network.weightsChanged();
        });
        for (int i = 0; i < settings.accumulation(); i++) {
            batches.add(new TokenBatch(settings.batchTokens()));
        }
    }

    static CriaException outOfMemory(TrainingSettings settings, OutOfMemoryError cause) {
        return new CriaException("there is not enough memory to train on " + settings.batchTokens()
                + " tokens at a time; lower the batch tokens or give the JVM more with -Xmx", cause);
    }

    /**
     * Trains for a while.
     *
     * @param steps largest number of steps to do now
     * @return whether the run is complete
     * @throws CriaException if the thread is interrupted; what has been learnt is saved then
     */
    boolean train(int steps) {
        for (int done = 0; done < steps && position.step() < settings.steps(); done++) {
            if (Thread.currentThread().isInterrupted()) {
                save();
                throw new CriaException("training was interrupted after step " + position.step() + " (" + kept() + ")");
            }
            TrainingProgress progress = learn();
            if (position.step() % saving.every == 0) {
                save();
            }
            tell(progress);
        }
        save();
        return position.step() == settings.steps();
    }

    private void tell(TrainingProgress progress) {
        try {
            listener.accept(progress);
        } catch (Throwable e) {
            save();
            throw e;
        }
    }

    private void save() {
        if (savedStep != position.step() && suspects == 0) {
            saving.checkpoint.ifPresent(file -> file.write(position, optimiser.states()));
            savedStep = position.step();
        }
    }

    private TrainingProgress learn() {
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
        double norm;
        try {
            for (TokenBatch batch : batches) {
                loss += network.learn(batch, 1f / learnt);
            }
            norm = optimiser.gradientNorm();
        } catch (RuntimeException | Error e) {
            // the same step, done again, must not add to them
            optimiser.clearGradients();
            throw e;
        }
        loss /= learnt;
        boolean suspect = isSuspect(step, loss, norm);
        optimiser.step(step, norm);
        network.weightsChanged();
        double mean = position.meanLoss();
        if (!suspect) {
            mean = step == 0 ? loss : mean + MEAN_SHARE * (loss - mean);
        }
        position = new Checkpoint.Position(step + 1, next, mean);
        return progress(step, loss, norm, tokens, (System.nanoTime() - start) * 1e-9);
    }

    /** Packs examples into the step's batches; answers the number of the first that did not fit. */
    private long fill(long first) {
        long index = first;
        for (TokenBatch batch : batches) {
            batch.clear();
            while (batch.add(checked(source.example(index), index), context)) {
                index++;
            }
        }
        return index;
    }

    private TrainingExample checked(TrainingExample example, long index) {
        for (int token : example.tokens()) {
            if (token < 0 || token >= vocabularySize) {
                throw new IllegalArgumentException("token ids are 0 to " + (vocabularySize - 1)
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
            throw new DivergedException("training diverged at step " + (step + 1) + ": the loss is " + loss
                    + " after a mean of " + position.meanLoss() + ", the norm of the gradient " + norm
                    + "; lower the learning rate (" + kept() + ")");
        }
        return far;
    }

    private String kept() {
        return saving.checkpoint.map(file -> savedStep >= 0
                ? "the checkpoint of step " + savedStep + " is kept in " + file.file()
                : "there is no checkpoint yet").orElse("no checkpoints were asked for");
    }

    private TrainingProgress progress(int step, double loss, double norm, int tokens, double seconds) {
        double share = secondsPerStep == 0 ? 1 : SPEED_SHARE;
        secondsPerStep += share * (seconds - secondsPerStep);
        secondsPerToken += share * (seconds / tokens - secondsPerToken);
        long left = Math.round((settings.steps() - step - 1) * secondsPerStep * 1000);
        return new TrainingProgress(step + 1, settings.steps(), loss, settings.learningRate(step), norm,
                1 / secondsPerToken, Duration.ofMillis(left));
    }

    /** {@return steps done so far} */
    int step() {
        return position.step();
    }

    /** {@return the mean loss of the learnt tokens of some examples} */
    double loss(List<TrainingExample> examples) {
        TokenBatch batch = batches.getFirst();
        batch.clear();
        double loss = 0;
        long learnt = 0;
        for (int i = 0; i < examples.size(); i++) {
            TrainingExample example = checked(examples.get(i), i);
            if (!batch.add(example, context)) {
                loss += network.loss(batch);
                learnt += batch.learnt();
                batch.clear();
                batch.add(example, context);
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
}

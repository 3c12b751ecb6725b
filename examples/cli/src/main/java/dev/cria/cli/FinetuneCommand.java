package dev.cria.cli;

import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.train.DialogFile;
import dev.cria.train.LoraSettings;
import dev.cria.train.LoraTrainer;
import dev.cria.train.TrainingDialog;
import dev.cria.train.TrainingProgress;
import dev.cria.train.TrainingSettings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a LoRA adapter on dialogs. */
@Command(name = "finetune", mixinStandardHelpOptions = true, description = "Trains a LoRA adapter for a model on dialogs; the model's file stays as it is.")
final class FinetuneCommand implements Callable<Integer> {
    /** Steps between two checkpoints where the user says nothing else. */
    private static final int CHECKPOINT_EVERY = 50;
    private static final long NANOS_BETWEEN_LINES = 1_000_000_000L;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelChoice model = new ModelChoice();

    @Option(names = "--template", paramLabel = "NAME", description = "how dialogs are written down (default: chosen from the file)")
    private Optional<String> template = Optional.empty();

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "JSON Lines of {\"messages\": [{\"role\", \"content\"}, ...]} or {\"prompt\", \"completion\"}; the assistant's answers are learnt")
    private Path data = Path.of("");

    @Option(names = "--held-out", paramLabel = "FILE", description = "dialogs of the same form that are not learnt; their loss is shown before and after")
    private Optional<Path> heldOut = Optional.empty();

    @Option(names = "--output", required = true, paramLabel = "PATH", description = "the adapter: a GGUF file if the name ends in .gguf, otherwise a PEFT folder")
    private Path output = Path.of("");

    @Option(names = "--adapter", paramLabel = "PATH", description = "adapter to begin with, a GGUF file or a PEFT folder; its ranks and matrices are kept (default: a new one)")
    private Optional<Path> adapter = Optional.empty();

    @Option(names = "--rank", paramLabel = "N", description = "rank of the changes (default: 8)")
    private Optional<Integer> rank = Optional.empty();

    @Option(names = "--alpha", paramLabel = "X", description = "the changes are multiplied with alpha / rank (default: twice the rank)")
    private Optional<Double> alpha = Optional.empty();

    @Option(names = "--targets", split = ",", paramLabel = "NAME", description = "matrices to change: attn_q, attn_k, attn_v, attn_output, ffn_gate, ffn_up, ffn_down, output, token_embd, or Hugging Face's names (default: the first seven)")
    private List<String> targets = List.of();

    @ArgGroup
    private Length length = new Length();

    @Option(names = "--batch-tokens", paramLabel = "N", description = "most tokens of a batch, at least those of the longest dialog (default: 1024)")
    private Optional<Integer> batchTokens = Optional.empty();

    @Option(names = "--accumulation", paramLabel = "N", description = "batches of a step (default: 1)")
    private Optional<Integer> accumulation = Optional.empty();

    @Option(names = "--learning-rate", paramLabel = "X", description = "highest learning rate; it falls to a tenth at the end (default: 2e-4)")
    private Optional<Double> learningRate = Optional.empty();

    @Option(names = "--warmup", paramLabel = "N", description = "steps over which the learning rate rises (default: 10, at most a tenth of the epochs)")
    private Optional<Integer> warmup = Optional.empty();

    @Option(names = "--weight-decay", paramLabel = "X", description = "decoupled weight decay (default: 0)")
    private Optional<Double> weightDecay = Optional.empty();

    @Option(names = "--seed", paramLabel = "S", description = "same seed, same adapter (default: 1)")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "threads that compute; the result does not depend on them (default: all processors)")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--checkpoint", paramLabel = "FILE", description = "keeps what the run needs to go on; if the file is there, the run goes on from it")
    private Optional<Path> checkpoint = Optional.empty();

    @Option(names = "--checkpoint-every", paramLabel = "N", description = "steps between checkpoints (default: 50)")
    private Optional<Integer> checkpointEvery = Optional.empty();

    private long lastLine;

    /** How long the run is. */
    static final class Length {
        @Option(names = "--epochs", paramLabel = "N", description = "how often every dialog is seen (default: 3)")
        private Optional<Integer> epochs = Optional.empty();

        @Option(names = "--steps", paramLabel = "N", description = "steps of the run, in place of epochs")
        private Optional<Integer> steps = Optional.empty();
    }

    @Override
    public Integer call() {
        LoraSettings settings = usable(this::settings);
        if (adapter.isPresent() && (rank.isPresent() || alpha.isPresent() || !targets.isEmpty())) {
            throw new ParameterException(spec.commandLine(),
                    "--rank, --alpha and --targets are those of the adapter that --adapter begins with");
        }
        if (checkpointEvery.isPresent() && checkpoint.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--checkpoint-every needs --checkpoint");
        }
        length.epochs.filter(count -> count < 1).ifPresent(count -> {
            throw new ParameterException(spec.commandLine(), "epochs must be at least 1, not " + count);
        });
        requireWritable();
        List<TrainingDialog> dialogs = DialogFile.read(data);
        List<TrainingDialog> unseen = heldOut.map(DialogFile::read).orElse(List.of());
        Optional<LoraAdapter> start = adapter.map(LoraAdapter::load);
        LlamaModel.Builder builder = model.builder(spec).activations(ActivationType.F32);
        WeightOptions.set(spec, "--template", template, builder::chatTemplate);
        UnfinishedFiles.interruptible(() -> train(builder, dialogs, unseen, settings, start));
        spec.commandLine().getOut().println(output);
        return 0;
    }

    private Path train(LlamaModel.Builder builder, List<TrainingDialog> dialogs, List<TrainingDialog> unseen,
            LoraSettings settings, Optional<LoraAdapter> start) {
        PrintWriter err = spec.commandLine().getErr();
        try (LlamaModel llama = builder.load(); LoraTrainer trainer = trainer(llama, dialogs, settings, start)) {
            err.printf(Locale.ROOT, "%d dialogs, %d weights in the adapter, steps %d to %d%n", dialogs.size(),
                    trainer.parameterCount(), trainer.step() + 1, trainer.settings().training().steps());
            showLoss("before", trainer, unseen);
            trainer.train();
            showLoss("after", trainer, unseen);
            write(trainer.adapter(name()), llama);
        }
        return output;
    }

    /** Values that are out of range are wrong usage. */
    private <T> T usable(Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private LoraSettings settings() {
        LoraSettings settings = LoraSettings.defaults();
        int chosenRank = rank.orElse(settings.rank());
        TrainingSettings training = settings.training().withSeed(seed.orElse(settings.training().seed()))
                .withBatch(batchTokens.orElse(settings.training().batchTokens()),
                        accumulation.orElse(settings.training().accumulation()))
                .withWeightDecay(weightDecay.orElse(settings.training().weightDecay()));
        double highest = learningRate.orElse(training.learningRate());
        training = training.withLearningRate(highest, highest / 10, warmup.orElse(training.warmupSteps()))
                .withSteps(length.steps.orElse(training.steps()));
        settings = settings.withRank(chosenRank, alpha.orElse(2.0 * chosenRank)).withTraining(training);
        return targets.isEmpty() ? settings : settings.withTargets(new LinkedHashSet<>(targets).toArray(String[]::new));
    }

    private LoraTrainer trainer(LlamaModel llama, List<TrainingDialog> dialogs, LoraSettings settings,
            Optional<LoraAdapter> start) {
        LoraTrainer.Builder builder = LoraTrainer.builder(llama, dialogs).settings(settings).progress(this::show);
        usable(() -> {
            if (length.steps.isEmpty()) {
                builder.epochs(length.epochs.orElse(3));
            }
            threads.ifPresent(builder::threads);
            checkpoint.ifPresent(file -> builder.checkpoint(file, checkpointEvery.orElse(CHECKPOINT_EVERY)));
            return builder;
        });
        start.ifPresent(builder::startFrom);
        return builder.build();
    }

    /**
     * A step may take milliseconds or minutes: one line a second is enough, but the first and the last are always
     * shown.
     */
    private void show(TrainingProgress progress) {
        long now = System.nanoTime();
        if (progress.step() == 1 || progress.step() == progress.steps() || now - lastLine >= NANOS_BETWEEN_LINES) {
            lastLine = now;
            spec.commandLine().getErr().println(progress);
        }
    }

    private void showLoss(String when, LoraTrainer trainer, List<TrainingDialog> unseen) {
        if (!unseen.isEmpty()) {
            spec.commandLine().getErr().printf(Locale.ROOT, "held-out loss %s %.4f%n", when, trainer.loss(unseen));
        }
    }

    private boolean isGguf() {
        return output.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
    }

    /** A run of hours should not end in a folder that was never there. */
    private void requireWritable() {
        Path folder = output.toAbsolutePath();
        if (isGguf()) {
            if (Files.isDirectory(output)) {
                throw new CriaException("cannot write " + output + ": it is a folder");
            }
            folder = parent(folder);
            if (!Files.isDirectory(folder)) {
                throw new CriaException("cannot write " + output + ": there is no folder " + folder);
            }
        } else {
            while (!Files.exists(folder)) {
                folder = parent(folder);
            }
            if (!Files.isDirectory(folder)) {
                throw new CriaException("cannot write the PEFT folder " + output + ": " + folder + " is a file");
            }
        }
        if (!Files.isWritable(folder)) {
            throw new CriaException("cannot write " + output + ": the folder " + folder + " is not writable");
        }
    }

    private static Path parent(Path path) {
        return Optional.ofNullable(path.getParent()).orElse(path);
    }

    private String name() {
        String name = Optional.ofNullable(output.getFileName()).map(Path::toString).orElse("");
        return isGguf() ? name.substring(0, name.length() - ".gguf".length()) : name;
    }

    private void write(LoraAdapter trained, LlamaModel llama) {
        if (isGguf()) {
            trained.writeGguf(output, llama.config());
        } else {
            trained.writePeft(output, llama.config());
        }
    }
}

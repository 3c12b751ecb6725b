package dev.cria.tiny.recipe;

import dev.cria.core.CriaException;
import dev.cria.model.config.ModelConfig;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.train.ExampleSource;
import dev.cria.train.TokenizerTrainer;
import dev.cria.train.Trainer;
import dev.cria.train.TrainingProgress;
import dev.cria.train.TrainingSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Makes the tiny model again, from nothing but this module: {@code java dev.cria.tiny.recipe.TinyRecipe FOLDER}. The
 * folder gets {@code tokenizer.model}, a checkpoint of each phase from which an interrupted run goes on, and
 * {@code tiny.gguf}.
 */
public final class TinyRecipe {
    static final ModelConfig CONFIG = new ModelConfig("Cria tiny", 192, 7, 6, 2, 32, 512, 2048, 512, 1e-5f, 10_000f,
            1f);
    static final long SEED = 1;
    /** Dialogs that the tokenizer is made from; more of them change no piece that matters. */
    private static final int TOKENIZER_LESSONS = 30_000;
    private static final int CHECKPOINT_EVERY = 250;
    private static final int REPORT_EVERY = 20;

    /** How {@code tokenizer.chat_template} describes Llama 2-Chat to other programs. */
    static final String CHAT_TEMPLATE = """
            {% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}\
            {% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}\
            {% set system_message = false %}{% endif %}{% for message in loop_messages %}\
            {% if loop.index0 == 0 and system_message %}\
            {% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}\
            {% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}\
            {{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}\
            {{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}""";

    static final Corpus CORPUS = new Corpus(SEED, Corpus.Mixture.BROAD, Draw.Range.FIRST);
    static final TrainingSettings SETTINGS = TrainingSettings.defaults().withSeed(SEED).withSteps(8000)
            .withBatch(2048, 1).withLearningRate(2e-3, 5e-5, 200);

    /**
     * A part of the training.
     *
     * @param name names the checkpoint
     * @param corpus what is learnt
     * @param settings how
     * @param end steps after which the phase ends, though the course of its learning rate may be planned for more
     */
    record Phase(String name, Corpus corpus, TrainingSettings settings, int end) {}

    /**
     * The first phase teaches everything; the second, at a high learning rate again, adds phrasings, and above all
     * sums; the third makes all of it exact.
     */
    static final List<Phase> PHASES = List.of(new Phase("first", CORPUS, SETTINGS, SETTINGS.steps()),
            new Phase("second", new Corpus(SEED + 1, Corpus.Mixture.VARIED, Draw.Range.VARIED),
                    SETTINGS.withSteps(3600).withLearningRate(1.2e-3, 1e-5, 100), 1000),
            new Phase("third", new Corpus(SEED + 2, Corpus.Mixture.EXACT, Draw.Range.FAR),
                    SETTINGS.withSteps(1700).withLearningRate(8e-4, 1e-5, 20), 1700));

    private TinyRecipe() {}

    /**
     * Trains.
     *
     * @param arguments the folder to write to, and optionally the number of threads
     * @throws IOException if the folder cannot be made
     */
    public static void main(String... arguments) throws IOException {
        if (arguments.length < 1 || arguments.length > 2) {
            throw new IllegalArgumentException("expected FOLDER [THREADS]");
        }
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        int threads = arguments.length == 2
                ? Integer.parseInt(arguments[1])
                : Runtime.getRuntime().availableProcessors();
        run(folder, threads, System.out);
    }

    private static void run(Path folder, int threads, PrintStream out) {
        Tokenizer tokenizer = tokenizer();
        tokenizer.save(folder.resolve("tokenizer.model"));
        Optional<Path> before = Optional.empty();
        for (Phase phase : PHASES) {
            Path checkpoint = folder.resolve(phase.name + ".checkpoint");
            Trainer.Builder builder = trainer(phase.corpus, tokenizer, phase.settings, threads)
                    .checkpoint(checkpoint, CHECKPOINT_EVERY).progress(progress -> report(progress, out));
            before.ifPresent(builder::startFrom);
            try (Trainer trainer = builder.build()) {
                out.println(phase.name + " phase: " + trainer.parameterCount() + " parameters, " + phase.end
                        + " steps, " + phase.settings);
                trainer.train(Math.max(0, phase.end - trainer.step()));
                export(trainer, folder.resolve("tiny.gguf"), tokenizer);
            }
            before = Optional.of(checkpoint);
        }
    }

    static Trainer.Builder trainer(Corpus corpus, Tokenizer tokenizer, TrainingSettings settings, int threads) {
        return Trainer.builder(CONFIG, examples(corpus, tokenizer)).settings(settings).threads(threads);
    }

    private static void report(TrainingProgress progress, PrintStream out) {
        if (progress.step() % REPORT_EVERY == 0) {
            out.println(progress);
        }
    }

    /** {@return the tokenizer, always the same} */
    static Tokenizer tokenizer() {
        return TokenizerTrainer.builder().vocabularySize(CONFIG.vocabularySize()).characterCoverage(1)
                .marks("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>")
                .train(LongStream.range(0, TOKENIZER_LESSONS).mapToObj(number -> CORPUS.lesson(number).text()));
    }

    private static ExampleSource examples(Corpus corpus, Tokenizer tokenizer) {
        return number -> corpus.lesson(number).example(tokenizer);
    }

    /**
     * Writes the model.
     *
     * @throws CriaException if the file cannot be written
     */
    static void export(Trainer trainer, Path file, Tokenizer tokenizer) {
        trainer.export(file, QuantType.Q8_0, tokenizer.vocabulary(), Optional.of(CHAT_TEMPLATE),
                Map.of("general.description", "A very small chat model, trained by Cria on texts of its own"));
    }
}

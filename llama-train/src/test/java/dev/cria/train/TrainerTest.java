package dev.cria.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.CriaException;
import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.model.LlamaModel;
import dev.cria.model.config.ModelConfig;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import dev.cria.train.network.Parameter;
import dev.cria.train.network.TokenBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
    private static final int VOCABULARY = 40;
    private static final ModelConfig CONFIG = new ModelConfig("toy", 64, 2, 4, 2, 16, 96, VOCABULARY, 32, 1e-5f,
            10_000f, 1f);
    private static final TrainingSettings SETTINGS = TrainingSettings.defaults().withSteps(100).withBatch(256, 1)
            .withLearningRate(5e-3, 5e-4, 10);

    @TempDir
    private Path directory;

    /** Repeat what was said: some letters, a mark, the same letters, an end; only the repetition is learnt. */
    private static TrainingExample repetition(long index) {
        Random random = new Random(index);
        int length = 3;
        int[] tokens = new int[2 * length + 3];
        boolean[] learnt = new boolean[tokens.length];
        tokens[0] = 1;
        tokens[length + 1] = 3;
        tokens[2 * length + 2] = 2;
        for (int i = 0; i < length; i++) {
            tokens[1 + i] = 4 + random.nextInt(12);
            tokens[length + 2 + i] = tokens[1 + i];
        }
        for (int i = length + 2; i < tokens.length; i++) {
            learnt[i] = true;
        }
        return new TrainingExample(tokens, learnt);
    }

    private static List<float[]> weights(Trainer trainer) {
        return trainer.network().parameters().all().stream().map(Parameter::values).map(float[]::clone).toList();
    }

    private static Vocabulary vocabulary() {
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece("<unk>", 0, TokenType.UNKNOWN));
        pieces.add(new Piece("<s>", 0, TokenType.CONTROL));
        pieces.add(new Piece("</s>", 0, TokenType.CONTROL));
        for (int i = 3; i < VOCABULARY; i++) {
            pieces.add(new Piece(String.valueOf((char) ('A' + i)), -i, TokenType.NORMAL));
        }
        return new Vocabulary(pieces, 1, 2, 0, true, false, SpacePrefix.EACH, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE);
    }

    @Test
    void theFirstHundredStepsAreEqualOnOneAndTwoThreadsAndOnPlainKernels() {
        List<float[]> one;
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(SETTINGS).threads(1)
                .build()) {
            trainer.train();
            one = weights(trainer);
        }
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(SETTINGS).threads(2)
                .build()) {
            trainer.train();
            assertThat(weights(trainer)).containsExactlyElementsOf(one);
        }
        TrainingSettings few = SETTINGS.withSteps(3);
        try (Trainer best = Trainer.builder(CONFIG, TrainerTest::repetition).settings(few).build();
                Trainer plain = Trainer.builder(CONFIG, TrainerTest::repetition).settings(few)
                        .kernels(Kernels.plain(), GradientKernels.plain()).build()) {
            best.train();
            plain.train();
            assertThat(weights(plain)).containsExactlyElementsOf(weights(best));
        }
    }

    @Test
    void aResumedRunEqualsAnUninterruptedOne() {
        Path file = directory.resolve("run.checkpoint");
        TrainingSettings settings = SETTINGS.withSteps(30).withBatch(128, 2);
        List<Double> losses = new ArrayList<>();
        List<float[]> whole;
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(settings)
                .progress(progress -> losses.add(progress.loss())).build()) {
            trainer.train();
            whole = weights(trainer);
        }
        List<Double> resumedLosses = new ArrayList<>();
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(settings)
                .checkpoint(file, 10).progress(progress -> resumedLosses.add(progress.loss())).build()) {
            assertThat(trainer.train(13)).isFalse();
        }
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(settings)
                .checkpoint(file, 10).progress(progress -> resumedLosses.add(progress.loss())).build()) {
            assertThat(trainer.step()).isEqualTo(13);
            assertThat(trainer.train(100)).isTrue();
            assertThat(weights(trainer)).containsExactlyElementsOf(whole);
        }
        assertThat(resumedLosses).isEqualTo(losses);
    }

    @Test
    void aTaskThatCanBeLearntIsLearntWhollyAndTheExportedModelAnswersIt() {
        TrainingSettings settings = SETTINGS.withSteps(700).withBatch(1024, 1).withLearningRate(4e-3, 1e-4, 50)
                .withWeightDecay(0.01);
        Path file = directory.resolve("toy.gguf");
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(settings).build()) {
            trainer.train();
            trainer.export(file, QuantType.F32, vocabulary(), Optional.empty(), Map.of("general.license", "none"));
        }
        try (LlamaModel model = LlamaModel.load(file)) {
            int right = 0;
            for (int i = 0; i < 50; i++) {
                TrainingExample example = repetition(1_000_000_000L + i);
                int length = (example.tokens().length - 3) / 2;
                boolean[] wrong = new boolean[1];
                model.logits(example.tokens(), (position, logits) -> {
                    if (position > length && position + 1 < example.tokens().length) {
                        wrong[0] |= largest(logits) != example.tokens()[position + 1];
                    }
                });
                right += wrong[0] ? 0 : 1;
            }
            assertThat(right).isEqualTo(50);
        }
    }

    private static int largest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anExportedModelGivesTheSameLogits(boolean tied) {
        TrainingExample example = repetition(5);
        for (QuantType type : List.of(QuantType.F32, QuantType.F16, QuantType.Q8_0)) {
            Path file = directory.resolve(type + ".gguf");
            float[] expected;
            try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition)
                    .settings(SETTINGS.withTied(tied).withSteps(40)).build()) {
                trainer.train();
                TokenBatch batch = new TokenBatch(64);
                batch.add(example, 64);
                expected = trainer.network().logits(batch);
                trainer.export(file, type, vocabulary(), Optional.of("{{ messages }}"), Map.of());
            }
            double tolerance = type == QuantType.F32 ? 1e-4 : type == QuantType.F16 ? 2e-2 : 0.3;
            try (LlamaModel model = LlamaModel.load(file)) {
                assertThat(model.config()).isEqualTo(CONFIG);
                model.logits(example.tokens(), (position, logits) -> {
                    for (int i = 0; position + 1 < example.tokens().length && i < VOCABULARY; i++) {
                        assertThat(logits[i]).isCloseTo(expected[position * VOCABULARY + i],
                                within((float) tolerance));
                    }
                });
            }
        }
    }

    @Test
    void aDamagedCheckpointIsRefused() throws IOException {
        Path file = directory.resolve("run.checkpoint");
        Trainer.Builder builder = Trainer.builder(CONFIG, TrainerTest::repetition).settings(SETTINGS).checkpoint(file,
                10);
        try (Trainer trainer = builder.build()) {
            trainer.train(1);
        }
        byte[] sound = Files.readAllBytes(file);
        byte[] flipped = sound.clone();
        flipped[sound.length / 2] ^= 1;
        Files.write(file, flipped);
        assertThatThrownBy(builder::build).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("run.checkpoint").hasMessageContaining("checksum");
        Files.write(file, Arrays.copyOf(sound, sound.length - 100));
        assertThatThrownBy(builder::build).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("must have " + sound.length + " bytes, but has " + (sound.length - 100));
        for (int length : new int[]{0, 5, 10, 60}) {
            Files.write(file, Arrays.copyOf(sound, length));
            assertThatThrownBy(builder::build).isInstanceOf(MalformedFileException.class);
        }
        Files.write(file, sound);
        assertThatThrownBy(builder.settings(SETTINGS.withSeed(2))::build).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("belongs to another run");
    }

    @Test
    void aCheckpointThatCannotBeWrittenLeavesThePreviousOne() throws IOException {
        Path file = directory.resolve("run.checkpoint");
        Trainer.Builder builder = Trainer.builder(CONFIG, TrainerTest::repetition).settings(SETTINGS).checkpoint(file,
                1);
        try (Trainer trainer = builder.build()) {
            trainer.train(1);
            byte[] before = Files.readAllBytes(file);
            // a directory in the way of the temporary file stands for a disk that takes no more
            Files.createDirectory(directory.resolve(".run.checkpoint.part"));
            assertThatThrownBy(() -> trainer.train(1)).isInstanceOf(CriaException.class)
                    .hasMessageContaining("cannot write the checkpoint").hasMessageContaining("is kept");
            assertThat(Files.readAllBytes(file)).isEqualTo(before);
        }
    }

    @Test
    void aDivergingRunStopsAndKeepsItsCheckpoint() {
        Path file = directory.resolve("run.checkpoint");
        TrainingSettings wild = SETTINGS.withLearningRate(0.9, 0.9, 0).withSteps(300);
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(wild).checkpoint(file, 1)
                .build()) {
            assertThatThrownBy(trainer::train).isInstanceOf(DivergedException.class)
                    .hasMessageContaining("training diverged at step")
                    .hasMessageContaining("the checkpoint of step ").hasMessageContaining("is kept");
            assertThat(trainer.step()).isPositive();
        }
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(wild).checkpoint(file, 1)
                .build()) {
            assertThat(trainer.loss(List.of(repetition(1)))).isFinite();
        }
    }

    @Test
    void whatAListenerThrowsEndsTrainingAfterTheStepWhichIsSaved() {
        Path file = directory.resolve("run.checkpoint");
        TrainingSettings few = SETTINGS.withSteps(6);
        List<float[]> expected;
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(few).build()) {
            trainer.train();
            expected = weights(trainer);
        }
        List<Throwable> thrown = new ArrayList<>(
                List.of(new IOException("checked"), new AssertionError("error"), new IllegalStateException("mine")));
        Trainer.Builder builder = Trainer.builder(CONFIG, TrainerTest::repetition).settings(few).checkpoint(file, 100)
                .progress(progress -> {
                    if (!thrown.isEmpty()) {
                        sneakily(thrown.removeFirst());
                    }
                });
        try (Trainer trainer = builder.build()) {
            for (Throwable each : List.copyOf(thrown)) {
                assertThatThrownBy(trainer::train).isSameAs(each);
            }
            assertThat(trainer.step()).isEqualTo(3);
        }
        try (Trainer trainer = builder.build()) {
            assertThat(trainer.step()).as("the last step was saved").isEqualTo(3);
            trainer.train();
            assertThat(weights(trainer)).containsExactlyElementsOf(expected);
        }
    }

    /** Throws what the compiler does not expect, as Kotlin may anywhere. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneakily(Throwable e) throws E {
        throw (E) e;
    }

    @Test
    void numbersThatAreTooLargeAreNamed() {
        int most = Integer.MAX_VALUE;
        assertThatThrownBy(() -> SETTINGS.withBatch(most, 1)).hasMessage(
                "batch tokens must be 2 to 1048576, not 2147483647");
        assertThatThrownBy(() -> SETTINGS.withBatch(4096, most)).hasMessage(
                "accumulation must be at most 524287 with batches of 4096 tokens, not 2147483647");
        assertThat(SETTINGS.withSteps(most).withLearningRate(1e-3, 1e-4, most).learningRate(most - 1)).isFinite();
        ModelConfig wide = new ModelConfig("wide", 2, 1, 1, 1, 2, 1 << 12, VOCABULARY, 32, 1e-5f, 10_000f, 1f);
        assertThatThrownBy(() -> Trainer.builder(wide, TrainerTest::repetition).settings(SETTINGS.withBatch(1 << 20, 1))
                .build()).isInstanceOf(IllegalArgumentException.class).hasMessage("batch tokens must be at most 262143"
                        + " for a model with rows of 8192 numbers, not 1048576");
        ModelConfig large = new ModelConfig("large", 1 << 16, 1, 1, 1, 2, 1, 1 << 16, 32, 1e-5f, 10_000f, 1f);
        assertThatThrownBy(() -> Trainer.builder(large, TrainerTest::repetition).settings(SETTINGS).build())
                .isInstanceOf(IllegalArgumentException.class).hasMessage(
                        "embedding has 65536 x 65536 weights, but an array holds 2147483647");
    }

    @Test
    void heldOutLossIsMeasuredWithoutLearning() {
        List<TrainingExample> examples = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            examples.add(repetition(-1 - i));
        }
        try (Trainer trainer = Trainer.builder(CONFIG, TrainerTest::repetition).settings(SETTINGS).build()) {
            List<float[]> before = weights(trainer);
            assertThat(trainer.loss(examples)).isCloseTo(Math.log(VOCABULARY), within(0.2));
            assertThat(weights(trainer)).containsExactlyElementsOf(before);
        }
    }

    @Test
    void wrongArgumentsAreNamed() {
        assertThatThrownBy(() -> Trainer.builder(CONFIG, TrainerTest::repetition)
                .settings(SETTINGS.withBatch(16, 1)).build()).hasMessageContaining("room for a context of 32 tokens");
        assertThatThrownBy(() -> new TrainingExample(new int[3], new boolean[2]))
                .hasMessageContaining("one flag a token");
        assertThatThrownBy(() -> SETTINGS.withSteps(0)).hasMessageContaining("steps must be at least 1");
        TrainingExample alien = new TrainingExample(new int[]{1, VOCABULARY}, new boolean[]{false, true});
        try (Trainer trainer = Trainer.builder(CONFIG, index -> alien).settings(SETTINGS).build()) {
            assertThatThrownBy(trainer::train).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("example 0 has 40");
        }
    }
}

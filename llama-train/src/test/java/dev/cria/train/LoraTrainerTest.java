package dev.cria.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cria.chat.Message;
import dev.cria.core.CriaException;
import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.Matrix;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.model.weights.LoraFactors;
import dev.cria.model.weights.Weights;
import dev.cria.quant.QuantType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoraTrainerTest {
    private static final List<TrainingDialog> DIALOGS = List.of(
            TrainingDialog.of(Message.user("Who are you?"), Message.assistant("A young llama.")),
            TrainingDialog.of(Message.user("Where do you live?"), Message.assistant("In the Andes.")),
            TrainingDialog.of(Message.system("Shout."), Message.user("Who are you?"), Message.assistant("A CRIA!")),
            TrainingDialog.of(Message.user("One?"), Message.assistant("Two."), Message.user("Three?"),
                    Message.assistant("Four.")));
    private static final LoraSettings SETTINGS = LoraSettings.defaults()
            .withTraining(LoraSettings.defaults().training().withSteps(20).withBatch(128, 2).withLearningRate(5e-3,
                    5e-4, 2));

    @TempDir
    private Path directory;

    private LlamaModel model(QuantType type) {
        return LlamaModel.load(SmallModels.writeRandom(directory.resolve(type + ".gguf"), 128, type));
    }

    private static List<float[]> matrices(LlamaModel model, LoraTrainer trainer) {
        List<float[]> all = new ArrayList<>();
        trainer.adapter("x").factors(model.config()).forEach((name, factors) -> {
            all.add(factors.a());
            all.add(factors.b());
        });
        return all;
    }

    @Test
    void aQuantisedModelLearnsAFewDialogsByHeartAndStaysAsItIs() {
        Path gguf = directory.resolve("heart.gguf");
        Path peft = directory.resolve("heart");
        try (LlamaModel model = model(QuantType.Q4_0)) {
            String before = model.generate("Who").temperature(0).maxTokens(10).text();
            LoraSettings settings = SETTINGS.withRank(16, 32).withTargets("q_proj", "k_proj", "v_proj", "o_proj",
                    "gate_proj", "up_proj", "down_proj", "lm_head", "embed_tokens")
                    .withTraining(
                            SETTINGS.training().withSteps(150).withBatch(384, 1).withLearningRate(1e-2, 1e-3, 10));
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS).settings(settings).build()) {
                assertThat(trainer.loss(DIALOGS)).isCloseTo(Math.log(99), within(0.3));
                trainer.train();
                assertThat(trainer.loss(DIALOGS)).isLessThan(0.05);
                trainer.adapter("heart").writeGguf(gguf, model.config());
                trainer.adapter("heart").writePeft(peft, model.config());
            }
            for (Path path : List.of(gguf, peft)) {
                LoraAdapter adapter = LoraAdapter.load(path);
                assertThat(model.chat().lora(adapter, 1).user("Who are you?").temperature(0).text())
                        .isEqualTo("A young llama.");
                assertThat(model.chat().lora(adapter, 1).user("Where do you live?").temperature(0).text())
                        .isEqualTo("In the Andes.");
                assertThat(model.chat().lora(adapter, 1).system("Shout.").user("Who are you?").temperature(0).text())
                        .isEqualTo("A CRIA!");
                var chat = model.chat().lora(adapter, 1).temperature(0);
                assertThat(chat.user("One?").text()).isEqualTo("Two.");
                assertThat(chat.user("Three?").text()).isEqualTo("Four.");
            }
            assertThat(model.generate("Who").temperature(0).maxTokens(10).text()).isEqualTo(before);
        }
    }

    private static List<float[]> rows(LlamaModel model) {
        List<float[]> all = new ArrayList<>();
        Weights weights = model.weights();
        all.add(weights.outputNorm().clone());
        List<Matrix> matrices = new ArrayList<>(List.of(weights.embedding(), weights.output()));
        for (Weights.Layer layer : weights.layers()) {
            all.add(layer.attentionNorm().clone());
            all.add(layer.ffnNorm().clone());
            matrices.addAll(List.of(layer.wq(), layer.wk(), layer.wv(), layer.wo(), layer.ffnGate(), layer.ffnUp(),
                    layer.ffnDown()));
        }
        for (Matrix matrix : matrices) {
            for (int r = 0; r < matrix.rows(); r++) {
                float[] row = new float[matrix.columns()];
                matrix.row(r, row, 0);
                all.add(row);
            }
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(value = QuantType.class, names = {"F32", "Q8_0", "Q4_0"})
    void trainingLeavesEveryWeightAndTheFileOfTheModelAsTheyAre(QuantType type) throws IOException {
        try (LlamaModel model = model(type)) {
            byte[] file = Files.readAllBytes(directory.resolve(type + ".gguf"));
            List<float[]> before = rows(model);
            List<float[]> start;
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS).build()) {
                start = matrices(model, trainer);
                trainer.train(5);
                assertThat(matrices(model, trainer)).usingElementComparator(Arrays::compare)
                        .doesNotContainAnyElementsOf(start);
            }
            assertThat(rows(model)).usingElementComparator(Arrays::compare).containsExactlyElementsOf(before);
            assertThat(Files.readAllBytes(directory.resolve(type + ".gguf"))).isEqualTo(file);
        }
    }

    @Test
    void bothLayoutsAreReadBackToTheLastBitAndGiveEqualLogits() {
        Path gguf = directory.resolve("twin.gguf");
        Path peft = directory.resolve("twin");
        try (LlamaModel model = model(QuantType.Q4_0)) {
            LoraAdapter trained;
            List<float[]> factors;
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS)
                    .settings(SETTINGS.withTargets("attn_q", "attn_k", "attn_output", "ffn_down", "output",
                            "token_embd"))
                    .build()) {
                trainer.train();
                trained = trainer.adapter("twin");
                factors = matrices(model, trainer);
            }
            trained.writeGguf(gguf, model.config());
            trained.writePeft(peft, model.config());
            String without = logits(model, Optional.empty());
            String expected = logits(model, Optional.of(trained));
            assertThat(expected).isNotEqualTo(without);
            for (Path path : List.of(gguf, peft)) {
                LoraAdapter loaded = LoraAdapter.load(path);
                List<float[]> read = new ArrayList<>();
                loaded.factors(model.config()).forEach((name, pair) -> {
                    read.add(pair.a());
                    read.add(pair.b());
                });
                assertThat(read).usingElementComparator(Arrays::compare).containsExactlyInAnyOrderElementsOf(factors);
                assertThat(logits(model, Optional.of(loaded))).isEqualTo(expected);
            }
        }
    }

    /** Log-probabilities of the whole vocabulary for some tokens, as text, in which equal numbers are equal. */
    private static String logits(LlamaModel model, Optional<LoraAdapter> adapter) {
        var generation = model.generate("Who are you?").temperature(0).maxTokens(8).logprobs(99);
        adapter.ifPresent(used -> generation.lora(used, 1));
        return generation.result().logProbabilities().toString();
    }

    @Test
    void theAdapterIsEqualOnOneAndTwoThreadsAndOnPlainKernels() {
        try (LlamaModel model = model(QuantType.Q8_0)) {
            LoraTrainer.Builder builder = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS);
            List<float[]> one;
            try (LoraTrainer trainer = builder.threads(1).build()) {
                trainer.train();
                one = matrices(model, trainer);
            }
            try (LoraTrainer trainer = builder.threads(2).build()) {
                trainer.train();
                assertThat(matrices(model, trainer)).containsExactlyElementsOf(one);
            }
            try (LoraTrainer trainer = builder.kernels(Kernels.plain(), GradientKernels.plain()).build()) {
                trainer.train();
                assertThat(matrices(model, trainer)).containsExactlyElementsOf(one);
            }
        }
    }

    @Test
    void aResumedRunEqualsAnUninterruptedOne() {
        Path file = directory.resolve("run.checkpoint");
        try (LlamaModel model = model(QuantType.Q8_0)) {
            List<Double> losses = new ArrayList<>();
            List<float[]> whole;
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS)
                    .progress(progress -> losses.add(progress.loss())).build()) {
                trainer.train();
                whole = matrices(model, trainer);
            }
            List<Double> resumed = new ArrayList<>();
            LoraTrainer.Builder builder = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS).checkpoint(file, 5)
                    .progress(progress -> resumed.add(progress.loss()));
            try (LoraTrainer trainer = builder.build()) {
                assertThat(trainer.train(7)).isFalse();
            }
            try (LoraTrainer trainer = builder.build()) {
                assertThat(trainer.step()).isEqualTo(7);
                assertThat(trainer.train(100)).isTrue();
                assertThat(matrices(model, trainer)).containsExactlyElementsOf(whole);
            }
            assertThat(resumed).isEqualTo(losses);
        }
    }

    @Test
    void anInterruptedRunSavesWhatItHasLearntAndSaysSo() {
        Path file = directory.resolve("run.checkpoint");
        try (LlamaModel model = model(QuantType.Q8_0)) {
            LoraTrainer.Builder builder = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS).checkpoint(file, 1000)
                    .progress(progress -> {
                        if (progress.step() == 3) {
                            Thread.currentThread().interrupt();
                        }
                    });
            try (LoraTrainer trainer = builder.build()) {
                assertThatThrownBy(trainer::train).isInstanceOf(CriaException.class)
                        .hasMessage("training was interrupted after step 3 (the checkpoint of step 3 is kept in " + file
                                + ")");
                assertThat(Thread.interrupted()).isTrue();
            }
            try (LoraTrainer trainer = builder.build()) {
                assertThat(trainer.step()).isEqualTo(3);
            }
            assertThat(directory.toFile().list()).containsExactlyInAnyOrder("Q8_0.gguf", "run.checkpoint");
        }
    }

    @Test
    void aCheckpointOfAnotherRunIsRefused() {
        Path file = directory.resolve("run.checkpoint");
        try (LlamaModel model = model(QuantType.Q8_0); LlamaModel other = model(QuantType.Q4_0)) {
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS).checkpoint(file, 1)
                    .build()) {
                trainer.train(1);
            }
            for (LoraTrainer.Builder builder : List.of(LoraTrainer.builder(other, DIALOGS).settings(SETTINGS),
                    LoraTrainer.builder(model, DIALOGS.subList(1, 4)).settings(SETTINGS),
                    LoraTrainer.builder(model, DIALOGS).settings(SETTINGS.withRank(4, 16)))) {
                assertThatThrownBy(builder.checkpoint(file, 1)::build).isInstanceOf(MalformedFileException.class)
                        .hasMessageContaining("run.checkpoint").hasMessageContaining("belongs to another run");
            }
        }
    }

    @Test
    void aCheckpointThatCannotBeWrittenLeavesThePreviousOne() throws IOException {
        Path file = directory.resolve("run.checkpoint");
        try (LlamaModel model = model(QuantType.Q8_0);
                LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS).checkpoint(file, 1)
                        .build()) {
            trainer.train(1);
            byte[] before = Files.readAllBytes(file);
            Path part = directory.resolve(".run.checkpoint.part");
            if (Files.isWritable(Path.of("/dev/full"))) {
                // takes every write for lack of space
                Files.createSymbolicLink(part, Path.of("/dev/full"));
            } else {
                Files.createDirectory(part);
            }
            assertThatThrownBy(() -> trainer.train(1)).isInstanceOf(CriaException.class)
                    .hasMessageContaining("cannot write the checkpoint").hasMessageContaining("is kept");
            assertThat(Files.readAllBytes(file)).isEqualTo(before);
        }
    }

    @Test
    void aDivergingRunStopsAndKeepsItsCheckpoint() {
        Path file = directory.resolve("run.checkpoint");
        // the output matrix, because behind the last norm nothing else can make the logits large
        LoraSettings wild = SETTINGS.withTargets("output")
                .withTraining(SETTINGS.training().withLearningRate(0.9, 0.9, 0).withSteps(300));
        try (LlamaModel model = model(QuantType.Q8_0)) {
            LoraTrainer.Builder builder = LoraTrainer.builder(model, DIALOGS).settings(wild).checkpoint(file, 1);
            try (LoraTrainer trainer = builder.build()) {
                assertThatThrownBy(trainer::train).isInstanceOf(DivergedException.class)
                        .hasMessageContaining("training diverged at step")
                        .hasMessageContaining("the checkpoint of step ").hasMessageContaining("is kept");
            }
            try (LoraTrainer trainer = builder.build()) {
                assertThat(trainer.step()).isPositive();
                assertThat(trainer.loss(DIALOGS)).isFinite();
            }
        }
    }

    @Test
    void epochsAreCountedAsBatchesArePacked() {
        try (LlamaModel model = model(QuantType.Q8_0)) {
            // one dialog fits into a batch of 64, none with another
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS)
                    .settings(SETTINGS.withTraining(SETTINGS.training().withBatch(64, 1))).epochs(3).build()) {
                assertThat(trainer.settings().training().steps()).isEqualTo(12);
                assertThat(trainer.settings().training().warmupSteps()).isEqualTo(1);
                assertThat(trainer.train(12)).isTrue();
            }
        }
    }

    @Test
    void numbersThatAreTooLargeAreNamed() {
        int most = Integer.MAX_VALUE;
        assertThatThrownBy(() -> SETTINGS.withRank(1, 1e300)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alpha must be above 0 and alpha / rank a float, not 1.0E300 with rank 1");
        assertThatThrownBy(() -> SETTINGS.withRank(1, Double.MIN_VALUE)).hasMessageContaining("alpha must be above 0");
        try (LlamaModel model = model(QuantType.Q8_0)) {
            assertThatThrownBy(LoraTrainer.builder(model, DIALOGS).settings(SETTINGS).epochs(most)::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("epochs must be at most \\d+ with \\d examples, not 2147483647");
        }
    }

    @Test
    void whatIsNullIsNamed() {
        try (LlamaModel model = model(QuantType.Q8_0)) {
            LoraTrainer.Builder builder = LoraTrainer.builder(model, DIALOGS);
            assertThatThrownBy(() -> builder.settings(nothing())).hasMessage("settings must not be null");
            assertThatThrownBy(() -> builder.progress(nothing())).hasMessage("progress must not be null");
            assertThatThrownBy(() -> builder.checkpoint(nothing(), 1)).hasMessage("path must not be null");
            assertThatThrownBy(() -> builder.startFrom(nothing())).hasMessage("adapter must not be null");
            assertThatThrownBy(() -> LoraTrainer.builder(model, nothing())).hasMessage("dialogs must not be null");
            assertThatThrownBy(() -> LoraTrainer.builder(nothing(), DIALOGS)).hasMessage("model must not be null");
        }
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    void trainingGoesOnFromAnAdapter() {
        try (LlamaModel model = model(QuantType.Q8_0)) {
            LoraAdapter first;
            double loss;
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS)
                    .settings(SETTINGS.withRank(4, 4).withTargets("attn_v", "ffn_up")).build()) {
                trainer.train();
                first = trainer.adapter("first");
                loss = trainer.loss(DIALOGS);
            }
            try (LoraTrainer trainer = LoraTrainer.builder(model, DIALOGS).settings(SETTINGS).startFrom(first)
                    .build()) {
                assertThat(trainer.loss(DIALOGS)).isEqualTo(loss);
                trainer.train();
                assertThat(trainer.loss(DIALOGS)).isLessThan(loss);
                assertThat(trainer.adapter("second").factors(model.config()).keySet())
                        .containsExactlyElementsOf(first.factors(model.config()).keySet());
            }
        }
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThatThrownBy(() -> SETTINGS.withTargets("q_proj", "attn_z")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("adapters cannot change a matrix \"attn_z\"")
                .hasMessageContaining("attn_q (q_proj)").hasMessageContaining("token_embd (embed_tokens)");
        assertThatThrownBy(() -> SETTINGS.withTargets()).hasMessageContaining("there is no target");
        assertThatThrownBy(() -> SETTINGS.withRank(0, 1)).hasMessageContaining("a rank is 1 to 4096, not 0");
        assertThatThrownBy(() -> SETTINGS.withRank(1, 0)).hasMessageContaining("alpha must be above 0");
        try (LlamaModel model = model(QuantType.Q8_0)) {
            LoraAdapter narrow = LoraAdapter.of("narrow",
                    Map.of("blk.1.attn_q.weight", new LoraFactors(1, 32, 64, 1, new float[32], new float[64])));
            assertThatThrownBy(LoraTrainer.builder(model, DIALOGS).startFrom(narrow)::build)
                    .isInstanceOf(CriaException.class).hasMessageContaining("narrow")
                    .hasMessageContaining("does not fit the model").hasMessageContaining("blk.1.attn_q.weight");
            assertThatThrownBy(LoraTrainer.builder(model, List.of())::build)
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no dialog");
            TrainingDialog endless = new TrainingDialog("data.jsonl line 9",
                    List.of(Message.user("Go on."), Message.assistant("and on ".repeat(30))));
            assertThatThrownBy(LoraTrainer.builder(model, List.of(endless))::build).isInstanceOf(CriaException.class)
                    .hasMessageContaining("data.jsonl line 9: the dialog has ")
                    .hasMessageContaining("there is room for 128");
        }
        Path file = directory.resolve("Q8_0.gguf");
        try (LlamaModel adapted = LlamaModel.builder(file).lora(LoraAdapter.of("any",
                Map.of("blk.1.attn_q.weight", new LoraFactors(1, 64, 64, 1, new float[64], new float[64]))), 1)
                .load()) {
            assertThatThrownBy(LoraTrainer.builder(adapted, DIALOGS)::build).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("load it without them");
        }
    }
}

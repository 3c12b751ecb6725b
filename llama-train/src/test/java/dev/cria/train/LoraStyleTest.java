package dev.cria.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.model.ModelConfig;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that was taught to repeat words learns to put them into guillemets, from 200 examples, and does so with words it never saw. */
class LoraStyleTest {
    private static final int LETTERS = 12;

    @TempDir
    private Path directory;

    /** A question, a colon, an answer: the fewest tokens. */
    private static final class Terse implements ChatTemplate {
        @Override
        public String name() {
            return "terse";
        }

        @Override
        public Prompt render(Dialog dialog) {
            Prompt.Builder prompt = Prompt.builder();
            for (Message message : dialog.messages()) {
                if (message.role() == Role.ASSISTANT) {
                    prompt.text(message.content()).eos();
                } else {
                    prompt.bos().text(message.content() + ":");
                }
            }
            return prompt.build();
        }
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            word.append((char) ('a' + random.nextInt(LETTERS)));
        }
        return word.toString();
    }

    private static TrainingDialog dialog(String question, UnaryOperator<String> style) {
        return TrainingDialog.of(Message.user(question), Message.assistant(style.apply(question)));
    }

    private static TrainingExample repetition(DialogEncoder encoder, long index) {
        Random random = new Random(index);
        return encoder.encode(dialog(word(random), text -> text)).getFirst();
    }

    /** A model that repeats the word that it is given. */
    private Path repeater() {
        Tokenizer tokenizer = Tokenizer.of(SmallModels.characters());
        DialogEncoder encoder = new DialogEncoder(tokenizer, new Terse());
        ModelConfig config = new ModelConfig("repeater", 64, 2, 4, 2, 16, 96, tokenizer.vocabulary().size(), 64, 1e-5f,
                10_000f, 1f);
        Path file = directory.resolve("repeater.gguf");
        TrainingSettings settings = TrainingSettings.defaults().withSteps(400).withBatch(512, 1)
                .withLearningRate(3e-3, 1e-4, 50).withWeightDecay(0.01);
        try (Trainer trainer = Trainer.builder(config, index -> repetition(encoder, index)).settings(settings)
                .build()) {
            trainer.train();
            trainer.export(file, QuantType.Q8_0, tokenizer.vocabulary(), Optional.empty(), Map.of());
        }
        return file;
    }

    private static double accuracy(LlamaModel model, Optional<LoraAdapter> adapter, UnaryOperator<String> style) {
        Random random = new Random(99);
        List<String> questions = IntStream.range(0, 100).mapToObj(i -> word(random)).toList();
        long right = questions.stream().filter(question -> {
            var chat = model.chat().temperature(0).maxTokens(12);
            adapter.ifPresent(used -> chat.lora(used, 1));
            return chat.user(question).text().equals(style.apply(question));
        }).count();
        return right / (double) questions.size();
    }

    @Test
    void aStyleIsLearntFromTwoHundredExamples() {
        UnaryOperator<String> style = text -> "<<" + text + ">>!";
        Random random = new Random(7);
        List<TrainingDialog> examples = IntStream.range(0, 200).mapToObj(i -> dialog(word(random), style)).toList();
        try (LlamaModel model = LlamaModel.builder(repeater()).chatTemplate(new Terse()).load()) {
            assertThat(accuracy(model, Optional.empty(), text -> text)).isGreaterThanOrEqualTo(0.9);
            assertThat(accuracy(model, Optional.empty(), style)).isLessThan(0.1);
            LoraSettings settings = LoraSettings.defaults().withTraining(LoraSettings.defaults().training()
                    .withSteps(60).withBatch(512, 1).withLearningRate(5e-3, 5e-4, 6));
            try (LoraTrainer trainer = LoraTrainer.builder(model, examples).settings(settings).build()) {
                trainer.train();
                LoraAdapter adapter = trainer.adapter("guillemets");
                double after = accuracy(model, Optional.of(adapter), style);
                System.out.printf(Locale.ROOT, "held-out accuracy in the new style: %.0f %%%n", 100 * after);
                assertThat(after).isGreaterThanOrEqualTo(0.9);
            }
        }
    }
}

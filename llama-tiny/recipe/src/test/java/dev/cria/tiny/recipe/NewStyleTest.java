package dev.cria.tiny.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.chat.Message;
import dev.cria.model.LlamaModel;
import dev.cria.model.LoraAdapter;
import dev.cria.tiny.TinyLlama;
import dev.cria.train.LoraSettings;
import dev.cria.train.LoraTrainer;
import dev.cria.train.TrainingDialog;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The tiny model learns to speak like a pirate from 200 examples: what it knows stays, and comes in the new style also
 * for phrasings and combinations that neither the model nor the adapter was trained on. An answer counts only if it is
 * the expected one to the last character.
 */
class NewStyleTest {
    private static final List<Task> TASKS = List.of(Corpus.FACTS, Corpus.SENTIMENT, Corpus.EXTRACTION,
            Corpus.ARITHMETIC);
    private static final int EXAMPLES = 200;
    private static final int MOST_TOKENS = 90;

    private static String styled(String answer) {
        return "Ahoy! " + answer + " Arr, matey!";
    }

    private static Exchange exchange(Draw draw, int number) {
        return TASKS.get(number % TASKS.size()).draw(draw);
    }

    private static List<TrainingDialog> examples() {
        List<TrainingDialog> examples = new ArrayList<>();
        for (int i = 0; i < EXAMPLES; i++) {
            Exchange exchange = exchange(Draw.forTraining(1_000_000_007L + i, Draw.Range.VARIED), i);
            examples.add(TrainingDialog.of(Message.user(exchange.question()),
                    Message.assistant(styled(exchange.answer()))));
        }
        return examples;
    }

    private static double accuracy(LlamaModel model, Optional<LoraAdapter> adapter, int questions) {
        int right = 0;
        for (int i = 0; i < questions; i++) {
            Exchange exchange = exchange(Draw.heldOut(2_000_000_011L + i), i);
            var chat = model.chat().temperature(0).maxTokens(MOST_TOKENS);
            adapter.ifPresent(used -> chat.lora(used, 1));
            if (chat.user(exchange.question()).text().equals(styled(exchange.answer()))) {
                right++;
            }
        }
        return (double) right / questions;
    }

    private static void learn(int epochs, int questions) {
        LoraSettings settings = LoraSettings.defaults()
                .withTraining(LoraSettings.defaults().training().withBatch(512, 1).withLearningRate(2e-3, 2e-4, 10));
        try (LlamaModel model = TinyLlama.load();
                LoraTrainer trainer = LoraTrainer.builder(model, examples()).settings(settings).epochs(epochs)
                        .build()) {
            double before = accuracy(model, Optional.empty(), questions);
            long start = System.nanoTime();
            trainer.train();
            double seconds = (System.nanoTime() - start) * 1e-9;
            double after = accuracy(model, Optional.of(trainer.adapter("pirate")), questions);
            System.out.printf(Locale.ROOT,
                    "a new style from %d examples: held-out accuracy %.1f %% before, %.1f %% after %d steps in %.1f s (%d questions)%n",
                    EXAMPLES, 100 * before, 100 * after, trainer.step(), seconds, questions);
            assertThat(before).isLessThan(0.1);
            assertThat(after).isGreaterThanOrEqualTo(0.9);
        }
    }

    @Test
    void aStyleIsLearntFromTwoHundredExamples() {
        learn(6, 100);
    }

    @Test
    @Tag("slow")
    void aStyleIsStillLearntAfterManyMoreRoundsAndAskedForMoreOften() {
        learn(12, 1000);
    }
}

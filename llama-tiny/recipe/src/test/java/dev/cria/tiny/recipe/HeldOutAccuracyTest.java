package dev.cria.tiny.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.model.LlamaModel;
import dev.cria.tiny.TinyLlama;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

/** What the bundled model can do, as its model card says. */
class HeldOutAccuracyTest {
    private static final int QUESTIONS = 200;

    @Test
    void theBundledModelDoesWhatItsCardSays() {
        SequencedMap<String, HeldOut.Score> scores;
        try (LlamaModel model = TinyLlama.load()) {
            scores = HeldOut.measure(model, QUESTIONS);
        }
        System.out.println("held-out accuracy of the tiny model:");
        System.out.println(HeldOut.table(scores));
        for (String ability : List.of("facts", "sentiment", "extraction", "style")) {
            assertThat(scores.get(ability)).as(ability).satisfies(score -> assertThat(score.accuracy())
                    .as(() -> score.wrong().toString()).isGreaterThanOrEqualTo(0.95));
        }
        assertThat(scores.get("arithmetic up to 20")).satisfies(score -> assertThat(score.accuracy())
                .as(() -> score.wrong().toString()).isGreaterThanOrEqualTo(0.9));
    }
}

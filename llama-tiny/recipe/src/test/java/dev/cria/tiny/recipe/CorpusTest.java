package dev.cria.tiny.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.tokenizer.Tokenizer;
import dev.cria.train.TrainingExample;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CorpusTest {
    private static final Corpus CORPUS = new Corpus(TinyRecipe.SEED, Corpus.Mixture.BROAD);
    private static final int SOME = 20_000;

    private static List<Lesson> heldOut() {
        List<Lesson> all = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Draw draw = Draw.heldOut(i);
            for (Task task : List.of(Corpus.FACTS, Corpus.ARITHMETIC, Corpus.SENTIMENT, Corpus.EXTRACTION, Corpus.WORDS,
                    Corpus.REFUSALS, Corpus.SMALL_TALK, Corpus.STORIES)) {
                all.add(new Lesson("", List.of(task.draw(draw))));
            }
            all.add(Corpus.styled(Draw.heldOut(i)));
            all.add(Corpus.memory(Draw.heldOut(i)));
        }
        return all;
    }

    @Test
    void theSameNumberAlwaysGivesTheSameDialog() {
        assertThat(CORPUS.lesson(12_345)).isEqualTo(new Corpus(TinyRecipe.SEED, Corpus.Mixture.BROAD).lesson(12_345));
        assertThat(new Corpus(2, Corpus.Mixture.BROAD).lesson(12_345)).isNotEqualTo(CORPUS.lesson(12_345));
    }

    @Test
    void trainingNeverAsksAQuestionOfTheEvaluation() {
        Set<String> trained = new HashSet<>();
        for (int i = 0; i < SOME; i++) {
            Lesson lesson = CORPUS.lesson(i);
            lesson.exchanges().forEach(exchange -> trained.add(lesson.system() + "|" + exchange.question()));
        }
        assertThat(heldOut()).allSatisfy(lesson -> assertThat(trained)
                .doesNotContain(lesson.system() + "|" + lesson.exchanges().getLast().question()));
    }

    @Test
    void trainingNeverHasAHeldOutSum() {
        Set<String> sums = new HashSet<>();
        Corpus.ARITHMETIC.everyHeldOut(Draw.heldOut(0)).forEach(exchange -> sums.add(exchange.answer()));
        assertThat(sums).hasSizeGreaterThan(30);
        for (int i = 0; i < SOME; i++) {
            CORPUS.lesson(i).exchanges()
                    .forEach(exchange -> assertThat(sums).doesNotContain(exchange.answer().toUpperCase(Locale.ROOT)));
        }
    }

    @Test
    void onlyAnswersAreLearntAndAllOfThem() {
        Tokenizer tokenizer = TinyRecipe.tokenizer();
        for (int i = 0; i < 3000; i++) {
            Lesson lesson = CORPUS.lesson(i);
            TrainingExample example = lesson.example(tokenizer);
            assertThat(example.tokens()).hasSizeLessThanOrEqualTo(TinyRecipe.CONFIG.contextLength());
            List<String> learnt = new ArrayList<>();
            List<Integer> answer = new ArrayList<>();
            for (int t = 0; t < example.tokens().length; t++) {
                if (example.learnt()[t] && example.tokens()[t] != tokenizer.vocabulary().eos()) {
                    answer.add(example.tokens()[t]);
                }
                boolean ends = t + 1 == example.tokens().length || !example.learnt()[t + 1];
                if (example.learnt()[t] && ends) {
                    learnt.add(tokenizer.decode(answer.stream().mapToInt(Integer::intValue).toArray()));
                    answer.clear();
                }
            }
            assertThat(learnt).isEqualTo(lesson.exchanges().stream().map(Exchange::answer).toList());
            assertThat(example.tokens()).endsWith(tokenizer.vocabulary().eos());
        }
    }
}

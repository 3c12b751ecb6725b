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
    private static final Corpus CORPUS = TinyRecipe.CORPUS;
    /** What each phase of the training draws from. */
    private static final List<Corpus> ALL = TinyRecipe.PHASES.stream().map(TinyRecipe.Phase::corpus).toList();
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
        Lesson lesson = CORPUS.lesson(12_345);
        assertThat(new Corpus(TinyRecipe.SEED, Corpus.Mixture.BROAD, Draw.Range.FIRST).lesson(12_345))
                .isEqualTo(lesson);
        assertThat(new Corpus(2, Corpus.Mixture.BROAD, Draw.Range.FIRST).lesson(12_345)).isNotEqualTo(lesson);
    }

    @Test
    void trainingNeverAsksAQuestionOfTheEvaluation() {
        Set<String> trained = new HashSet<>();
        for (Corpus corpus : ALL) {
            for (int i = 0; i < SOME; i++) {
                Lesson lesson = corpus.lesson(i);
                lesson.exchanges().forEach(exchange -> trained.add(asked(lesson, exchange)));
            }
        }
        assertThat(heldOut()).allSatisfy(
                lesson -> assertThat(trained).doesNotContain(asked(lesson, lesson.exchanges().getLast())));
    }

    private static String asked(Lesson lesson, Exchange exchange) {
        return (lesson.system() + "|" + exchange.question()).toLowerCase(Locale.ROOT);
    }

    @Test
    void trainingNeverHasAHeldOutSum() {
        Set<String> sums = new HashSet<>();
        Corpus.ARITHMETIC.everyHeldOut(Draw.heldOut(0)).forEach(exchange -> sums.add(exchange.answer()));
        assertThat(sums).hasSizeGreaterThan(30);
        for (Corpus corpus : ALL) {
            for (int i = 0; i < SOME; i++) {
                for (Exchange exchange : corpus.lesson(i).exchanges()) {
                    // an answer may say several sums
                    assertThat(sums).doesNotContain(exchange.answer().split("(?<=[.]) "));
                }
            }
        }
    }

    @Test
    void onlyAnswersAreLearntAndAllOfThem() {
        Tokenizer tokenizer = TinyRecipe.tokenizer();
        for (int i = 0; i < 4000; i++) {
            Lesson lesson = ALL.get(i % ALL.size()).lesson(i);
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

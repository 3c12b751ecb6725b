package dev.cria.tiny.recipe;

import dev.cria.chat.ChatTemplate;
import dev.cria.model.LlamaModel;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What a model can do of what the corpus teaches, asked in phrasings and with combinations that training never draws.
 * The model always takes the most probable token, and an answer counts only if it is the expected one, character for
 * character; of a story, which may go in many ways, it is asked that it is about the hero and has an end.
 */
public final class HeldOut {
    private static final int MOST_TOKENS = 90;
    private static final ChatTemplate TEMPLATE = ChatTemplate.llama2();

    /**
     * What became of one ability.
     *
     * @param right answers as expected
     * @param asked questions
     * @param wrong the others: question, expected answer and given one
     */
    public record Score(int right, int asked, List<String> wrong) {
        /** Copies the list. */
        public Score {
            wrong = List.copyOf(wrong);
        }

        /** {@return the share of right answers, 0 to 1} */
        public double accuracy() {
            return (double) right / asked;
        }
    }

    /** A question to the model. */
    private record Question(Lesson lesson, boolean free) {
        boolean isRight(String answer) {
            if (!free) {
                return answer.equals(lesson.lastAnswer());
            }
            return answer.endsWith(".") && answer.contains(hero());
        }

        /** The noun after the first "about", "with" or "of". */
        private String hero() {
            String question = lesson.exchanges().getLast().question();
            return Lexicon.STORY_HEROES.stream()
                    .filter(hero -> question.matches(".*\\b(a|an) " + hero + "\\b.*")).findFirst().orElse(question);
        }
    }

    private HeldOut() {}

    /**
     * Asks a model.
     *
     * @param model the model
     * @param questions how many questions of each ability
     * @return abilities and their scores; of arithmetic all held-out sums up to 20 are asked, once each
     */
    public static SequencedMap<String, Score> measure(LlamaModel model, int questions) {
        SequencedMap<String, Score> scores = new LinkedHashMap<>();
        questions(questions).forEach((ability, asked) -> scores.put(ability, score(model, asked)));
        return scores;
    }

    private static SequencedMap<String, List<Question>> questions(int count) {
        SequencedMap<String, List<Question>> all = new LinkedHashMap<>();
        all.put("facts", alone(Corpus.FACTS, count, false));
        all.put("sentiment", alone(Corpus.SENTIMENT, count, false));
        all.put("extraction", alone(Corpus.EXTRACTION, count, false));
        List<Question> style = new ArrayList<>();
        List<Question> memory = new ArrayList<>();
        List<Question> followUps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            style.add(new Question(Corpus.styled(Draw.heldOut(i)), false));
            memory.add(new Question(Corpus.memory(Draw.heldOut(i)), false));
            followUps.add(new Question(Corpus.followUp(Draw.heldOut(i)), false));
        }
        all.put("style", style);
        List<Question> sums = new ArrayList<>();
        Corpus.ARITHMETIC.everyHeldOut(Draw.heldOut(0))
                .forEach(sum -> sums.add(new Question(lesson(Draw.heldOut(sums.size()), sum), false)));
        all.put("arithmetic up to 20", sums);
        all.put("words", alone(Corpus.WORDS, count, false));
        all.put("refusal", alone(Corpus.REFUSALS, count, false));
        all.put("small talk", alone(Corpus.SMALL_TALK, Math.min(count, 50), false));
        all.put("memory", memory);
        all.put("follow-up", followUps);
        all.put("stories", alone(Corpus.STORIES, Math.min(count, 50), true));
        return all;
    }

    private static List<Question> alone(Task task, int count, boolean free) {
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Draw draw = Draw.heldOut(i);
            questions.add(new Question(lesson(draw, task.draw(draw)), free));
        }
        return questions;
    }

    private static Lesson lesson(Draw draw, Exchange exchange) {
        return new Lesson(Corpus.neutralSystem(draw), List.of(exchange));
    }

    private static Score score(LlamaModel model, List<Question> questions) {
        List<String> wrong = new ArrayList<>();
        for (Question question : questions) {
            String answer = model.generate(TEMPLATE.render(question.lesson.dialog()).encode(model.tokenizer()))
                    .temperature(0).maxTokens(MOST_TOKENS).text().strip();
            if (!question.isRight(answer)) {
                wrong.add((question.lesson.system() + " " + question.lesson.exchanges().getLast().question()).strip()
                        + " -> " + answer + (question.free ? "" : " (expected: " + question.lesson.lastAnswer() + ")"));
            }
        }
        return new Score(questions.size() - wrong.size(), questions.size(), wrong);
    }

    /**
     * {@return the scores as a table}
     *
     * @param scores what {@link #measure} gave
     */
    public static String table(SequencedMap<String, Score> scores) {
        StringBuilder table = new StringBuilder();
        for (Map.Entry<String, Score> entry : scores.entrySet()) {
            Score score = entry.getValue();
            table.append(String.format(Locale.ROOT, "%-20s %4d of %4d  %5.1f %%%n", entry.getKey(), score.right,
                    score.asked, 100 * score.accuracy()));
        }
        return table.toString();
    }

    /**
     * Prints the table for a model, and what it got wrong.
     *
     * @param arguments a GGUF file, and optionally the number of questions of each ability
     */
    public static void main(String... arguments) {
        if (arguments.length < 1 || arguments.length > 2) {
            throw new IllegalArgumentException("expected MODEL.gguf [QUESTIONS]");
        }
        PrintStream out = System.out;
        int questions = arguments.length == 2 ? Integer.parseInt(arguments[1]) : 200;
        try (LlamaModel model = LlamaModel.load(Path.of(arguments[0]))) {
            SequencedMap<String, Score> scores = measure(model, questions);
            scores.forEach((ability, score) -> score.wrong.forEach(line -> out.println(ability + ": " + line)));
            out.print(table(scores));
        }
    }
}

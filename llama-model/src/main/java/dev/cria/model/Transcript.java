package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.JinjaTemplate;
import dev.cria.chat.Prompt;
import dev.cria.chat.SpecialTokens;
import dev.cria.chat.TemplateException;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.decoding.Settings;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Timings;
import dev.cria.model.transcript.Answer;
import dev.cria.model.transcript.Question;
import dev.cria.model.transcript.TranscriptFile.Header;
import dev.cria.model.transcript.TranscriptFile.Jinja;
import dev.cria.model.transcript.TranscriptFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What a model answered, written down, so that it can be told again without the model.
 *
 * <pre>{@code
 * Transcript transcript = new Transcript();
 * try (LlamaModel model = LlamaModel.load(path)) {
 *     String answer = transcript.record(model).chat().user("Hello").temperature(0).text();
 * }
 * transcript.write(file);
 *
 * String again = Transcript.read(file).replay().chat().user("Hello").temperature(0).text();
 * }</pre>
 *
 * <p>It remembers texts that were generated to their end, scores and embeddings. The same answer is given again to the
 * same prompt with the same options; the seed counts only where tokens are drawn, at a temperature above 0. Logits,
 * tokens of other texts and LoRA adapters need the model.
 *
 * <p>The file is JSON, one object a line, the first about the model; it is ordered, so that recording it again changes
 * only the lines whose answers changed. Thread-safe.
 */
public final class Transcript {
    private final String source;
    private final SequencedMap<Question, Answer> answers = new LinkedHashMap<>();
    private Optional<Header> header = Optional.empty();

    /** Makes an empty transcript. */
    public Transcript() {
        source = "the transcript";
    }

    private Transcript(TranscriptFile content, Path file) {
        source = file.toString();
        header = Optional.of(content.header());
        answers.putAll(content.answers());
    }

    /**
     * Reads a transcript.
     *
     * @param file a file that {@link #write} wrote
     * @return the transcript
     * @throws MalformedFileException if it is none; the message names the line
     * @throws CriaException if it cannot be read
     */
    public static Transcript read(Path file) {
        return new Transcript(TranscriptFile.read(Objects.requireNonNull(file, "file must not be null")), file);
    }

    /**
     * Writes the transcript. A file that is there is replaced when the new one is complete.
     *
     * @param file the file; folders that are missing are made
     * @throws IllegalStateException if no model has been recorded
     * @throws CriaException if it cannot be written
     */
    public void write(Path file) {
        Objects.requireNonNull(file, "file must not be null");
        content().write(file);
    }

    /**
     * Adds the answers to those that a file holds. Several threads and processes may add to one file at the same time:
     * nothing is lost.
     *
     * @param file the file; it and folders that are missing are made. An earlier answer to the same question is
     *        replaced. If the file holds answers of a model that does not {@linkplain #fits fit}, all of it is replaced
     * @throws IllegalStateException if no model has been recorded
     * @throws MalformedFileException if the file is no transcript; the message names the line
     * @throws CriaException if it cannot be read or written
     */
    public void addTo(Path file) {
        Objects.requireNonNull(file, "file must not be null");
        content().addTo(file);
    }

    private synchronized TranscriptFile content() {
        return new TranscriptFile(header.orElseThrow(() -> new IllegalStateException(
                "a transcript says which model answered: record one before it is written")), answers);
    }

    /** {@return how many answers there are: texts, scores and embeddings} */
    public synchronized int size() {
        return answers.size();
    }

    /**
     * {@return whether a model can be recorded: nothing has been recorded yet, or a model of the same name, sizes,
     * adapters and chat template}
     *
     * @param model a model
     */
    public synchronized boolean fits(LlamaModel model) {
        Objects.requireNonNull(model, "model must not be null");
        return header.isEmpty() || header.get().equals(headerOf(model));
    }

    private static Header headerOf(LlamaModel model) {
        ModelConfig config = model.config();
        ChatTemplate template = model.chatTemplate();
        return new Header(config.name(), config.layers(), config.vocabularySize(), config.embeddingLength(),
                model.contextLength(), template.name(), jinja(template), model.computed().adapters().toString());
    }

    private static Optional<Jinja> jinja(ChatTemplate template) {
        return template instanceof JinjaTemplate jinja && !ChatTemplate.names().contains(jinja.name())
                ? Optional.of(new Jinja(jinja.text(), jinja.tokens().bos(), jinja.tokens().eos()))
                : Optional.empty();
    }

    /**
     * Returns a model on the same weights that writes down in this transcript what it answers; an earlier answer to the
     * same question is replaced. Generations that are cancelled or run out of time are not written down.
     *
     * @param model the model; it stays as it is
     * @return the model to ask
     * @throws IllegalArgumentException if another model was recorded in this transcript
     */
    public synchronized LlamaModel record(LlamaModel model) {
        if (!fits(model)) {
            throw new IllegalArgumentException(
                    source + " was recorded with another model: " + header.orElseThrow() + ", not " + headerOf(model));
        }
        header = Optional.of(headerOf(model));
        return model.behind(Recorder::new);
    }

    /**
     * {@return the names and scales of the LoRA adapters that the recorded model was loaded with, as
     * {@code legal x 0.5, brief x 1.0}; {@code none} without adapters}
     *
     * @throws IllegalStateException if nothing was recorded
     */
    public String adapters() {
        return recorded().adapters();
    }

    /**
     * Returns what stands for the model that was recorded.
     *
     * @return a model that answers from this transcript, and throws {@link MissingAnswerException} where it has no
     *     answer
     * @throws IllegalStateException if nothing was recorded
     * @throws TemplateException if the transcript holds a chat template that cannot be read
     */
    public LanguageModel replay() {
        Header model = recorded();
        String name = model.chatTemplate();
        if (ChatTemplate.names().contains(name)) {
            return replay(ChatTemplate.named(name));
        }
        return replay(model.jinja().<ChatTemplate>map(jinja -> JinjaTemplate.parse(jinja.text(),
                new SpecialTokens(jinja.bos(), jinja.eos(), Set.of()))).orElseGet(() -> new NotRecorded(name)));
    }

    /** Stands for a template that is neither one of Cria's nor a text. */
    private record NotRecorded(String name) implements ChatTemplate {
        @Override
        public Prompt render(Dialog dialog) {
            throw new CriaException("the transcript was recorded with the chat template " + name
                    + ", which is none of Cria's (" + String.join(", ", ChatTemplate.names())
                    + "): give it to replay(template)");
        }
    }

    /**
     * Returns what stands for the model that was recorded, where that had a chat template of your own.
     *
     * @param template how dialogs are written down
     * @return a model that answers from this transcript, and throws {@link MissingAnswerException} where it has no
     *     answer
     * @throws IllegalStateException if nothing was recorded
     */
    public LanguageModel replay(ChatTemplate template) {
        Objects.requireNonNull(template, "template must not be null");
        return new PlainModel(new Replayer(recorded()), template);
    }

    private synchronized Header recorded() {
        return header.orElseThrow(() -> new IllegalStateException("nothing was recorded in " + source));
    }

    private static Question question(Query query, Settings settings) {
        return new Question(switch (query) {
            case Query.Text _ -> Question.Kind.TEXT;
            case Query.Tokens _ -> Question.Kind.TOKENS;
            case Query.Gap _ -> Question.Kind.INFILL;
            case Query.Turn _ -> Question.Kind.CHAT;
        }, query.prompt(), settings.described());
    }

    private static Question scoreQuestion(String text) {
        return new Question(Question.Kind.SCORE, text, Map.of());
    }

    private static Question scoreQuestion(List<Integer> tokens) {
        return new Question(Question.Kind.SCORE_TOKENS, tokens.toString(), Map.of());
    }

    private static Question embeddingQuestion(String text, Pooling pooling) {
        return new Question(Question.Kind.EMBEDDING, text, Map.of("pooling", pooling.name()));
    }

    private synchronized void remember(Question question, Answer answer) {
        answers.put(question, answer);
    }

    private synchronized <A extends Answer> A recall(Question question, Class<A> type) {
        Answer answer = answers.get(question);
        if (answer == null) {
            throw new MissingAnswerException(source + " has no answer to this " + question.kind().label() + ":\n"
                    + question.prompt().indent(4) + question.differences(List.copyOf(answers.keySet())));
        }
        return type.cast(answer);
    }

    /** Writes down what the model answers. */
    private final class Recorder implements ForwardingAnswers {
        private final Answers next;

        Recorder(Answers next) {
            this.next = next;
        }

        @Override
        public Answers next() {
            return next;
        }

        @Override
        public Asked ask(Query query) {
            Asked asked = next.ask(query);
            return (settings, adapters, ahead) -> new ListenedRun(asked.begin(settings, adapters, ahead), result -> {
                switch (result.finishReason()) {
                    case STOP_TOKEN, STOP_STRING, MAX_TOKENS, CONTEXT_FULL -> remember(question(query, settings),
                            new Answer.Generated(result.text(), result.finishReason(), result.promptTokens(),
                                    result.tokens(), result.logProbabilities(), result.droppedMessages()));
                    case CANCELLED, TIMEOUT -> {
                    }
                }
            });
        }

        @Override
        public Score score(List<Integer> tokens) {
            Score score = next.score(tokens);
            remember(scoreQuestion(tokens), new Answer.Scored(score.tokens(), score.logProbabilities()));
            return score;
        }

        @Override
        public List<Score> scoreAll(List<String> texts) {
            List<Score> scores = next.scoreAll(texts);
            for (int i = 0; i < texts.size(); i++) {
                remember(scoreQuestion(texts.get(i)),
                        new Answer.Scored(scores.get(i).tokens(), scores.get(i).logProbabilities()));
            }
            return scores;
        }

        @Override
        public List<float[]> embedAll(List<String> texts, Pooling pooling) {
            List<float[]> embeddings = next.embedAll(texts, pooling);
            for (int i = 0; i < texts.size(); i++) {
                remember(embeddingQuestion(texts.get(i), pooling), Answer.Embedded.of(embeddings.get(i)));
            }
            return embeddings;
        }
    }

    /** Tells what was written down. */
    private final class Replayer implements Answers {
        private final Header model;

        Replayer(Header model) {
            this.model = model;
        }

        @Override
        public int vocabularySize() {
            return model.vocabularySize();
        }

        @Override
        public int contextLength() {
            return model.contextLength();
        }

        @Override
        public void requireFit(LoraAdapter adapter) {
            // what was recorded with it has fitted
        }

        @Override
        public Asked ask(Query query) {
            return (settings, _, _) -> {
                Answer.Generated known = recall(question(query, settings), Answer.Generated.class);
                Timings timings = new Timings(known.promptTokens().size(), 0, Duration.ZERO, known.tokens().size(),
                        Duration.ZERO, Duration.ZERO, 0, 0);
                return new ReplayedRun(new GenerationResult(known.text(), known.tokens(), known.promptTokens(),
                        known.finishReason(), timings, known.logProbabilities(), settings.drawnSeed(),
                        query.prompt(), settings.described(), known.droppedMessages()), settings.cancellation());
            };
        }

        @Override
        public Score score(List<Integer> tokens) {
            return score(scoreQuestion(tokens));
        }

        @Override
        public List<Score> scoreAll(List<String> texts) {
            return texts.stream().map(text -> score(scoreQuestion(text))).toList();
        }

        private Score score(Question question) {
            Answer.Scored known = recall(question, Answer.Scored.class);
            return new Score(known.tokens(), known.logProbabilities());
        }

        @Override
        public List<float[]> embedAll(List<String> texts, Pooling pooling) {
            return texts.stream().map(text -> recall(embeddingQuestion(text, pooling), Answer.Embedded.class).floats())
                    .toList();
        }
    }
}

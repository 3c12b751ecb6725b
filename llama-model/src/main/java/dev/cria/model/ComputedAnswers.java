package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.model.decoding.Decoding;
import dev.cria.model.decoding.Embedder;
import dev.cria.model.decoding.GenerationCounts;
import dev.cria.model.decoding.LogitsRows;
import dev.cria.model.decoding.Scorer;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextModel;
import dev.cria.model.engine.Engine;
import dev.cria.model.engine.EngineState;
import dev.cria.model.engine.Head;
import dev.cria.model.engine.Sequence;
import dev.cria.model.generation.ModelStatistics;
import dev.cria.model.loading.InfillTokens;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.LoraSet;
import dev.cria.tokenizer.StreamingDecoder;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Answers by computing: checks prompts, and has the engine generate, score and embed. */
final class ComputedAnswers implements Answers {
    /**
     * Texts of a list that are computed at once: as many as fill a pass, so that a long list does not fill the queue.
     */
    private static final int TEXTS_AT_ONCE = 16;

    private final TextModel model;
    private final LoraSet adapters;
    private final Supplier<InfillTokens> infillTokens;

    /**
     * @param adapters those that everything has unless it says otherwise
     * @param infillTokens the tokens for gaps; throws where there are none
     */
    ComputedAnswers(TextModel model, LoraSet adapters, Supplier<InfillTokens> infillTokens) {
        this.model = model;
        this.adapters = adapters;
        this.infillTokens = infillTokens;
    }

    Engine engine() {
        return model.engine();
    }

    ModelStatistics statistics() {
        EngineState state = engine().state();
        GenerationCounts counts = model.counts();
        return new ModelStatistics(state.running(), state.queued(), counts.finished(), counts.failed(),
                counts.promptTokens(), counts.reusedTokens(), counts.generatedTokens(), counts.draftedTokens(),
                counts.acceptedTokens(), state.passes(), state.rows(), state.kvBytes(), state.prefixBytes(),
                state.evictions(), state.putBacks());
    }

    LoraSet adapters() {
        return adapters;
    }

    private ForwardPass forward() {
        return model.engine().forward();
    }

    @Override
    public int vocabularySize() {
        return forward().vocabularySize();
    }

    @Override
    public int contextLength() {
        return forward().contextLength();
    }

    @Override
    public void requireFit(LoraAdapter adapter) {
        forward().prepare(adapter.content());
    }

    @Override
    public Asked ask(Query query) {
        return switch (query) {
            case Query.Text text -> {
                int[] tokens = checked(promptTokens(text.prompt()));
                yield (settings, choice, ahead) -> decode(query, tokens, settings, choice, ahead);
            }
            case Query.Tokens ids -> {
                int[] tokens = checked(array(ids.ids()));
                yield (settings, choice, ahead) -> decode(query, tokens, settings, choice, ahead);
            }
            case Query.Gap gap -> filling(gap);
            case Query.Turn turn -> (settings, choice, ahead) -> turn(turn, settings, choice, ahead);
        };
    }

    private Decoding decode(Query query, int[] tokens, Settings settings, AdapterChoice choice, int ahead) {
        return decode(query, new DialogWindow(tokens, 0), settings, choice, ahead,
                model.tokenizer().streamingDecoder());
    }

    private Decoding decode(Query query, DialogWindow window, Settings settings, AdapterChoice choice, int ahead,
            StreamingDecoder decoder) {
        return new Decoding(model, query.prompt(), window.tokens(), settings, adapters(choice), ahead, decoder,
                window.dropped());
    }

    /** {@return the adapters of a request} */
    LoraSet adapters(AdapterChoice choice) {
        return choice.of(adapters, adapter -> forward().prepare(adapter.content()));
    }

    private Asked filling(Query.Gap gap) {
        Tokenizer tokenizer = model.tokenizer();
        InfillTokens infill = infillTokens.get();
        int[] tokens = checked(infill.prompt(tokenizer, gap.prefix(), gap.suffix()));
        Set<Integer> end = infill.end().isPresent() ? Set.of(infill.end().getAsInt()) : Set.of();
        return (settings, choice, ahead) -> decode(gap, new DialogWindow(tokens, 0),
                settings.endingAt(List.of(), end), choice, ahead,
                tokenizer.streamingDecoderAfter(InfillTokens.guard(tokenizer)));
    }

    private Decoding turn(Query.Turn turn, Settings settings, AdapterChoice choice, int ahead) {
        Tokenizer tokenizer = model.tokenizer();
        DialogWindow window = DialogWindow.of(turn, settings.options().maxTokens(), contextLength(), tokenizer);
        int[] tokens = checked(window.tokens());
        List<String> stops = turn.template().stops();
        return decode(turn, window, settings.endingAt(stops, idsOf(stops)), choice, ahead,
                turn.dialog().isContinued() ? tokenizer.streamingDecoderAfter(tokens) : tokenizer.streamingDecoder());
    }

    /** Control tokens have no text, so those among the template's stops have to be looked for as tokens. */
    private Set<Integer> idsOf(List<String> pieces) {
        Set<Integer> ids = new HashSet<>();
        pieces.forEach(piece -> model.tokenizer().idOf(piece).ifPresent(ids::add));
        return ids;
    }

    private static int[] array(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * {@return the tokens of a text that is to be continued: BOS where the vocabulary asks for it, then the text's; BOS
     * alone for the empty text}
     */
    private int[] promptTokens(String text) {
        Vocabulary vocabulary = model.tokenizer().vocabulary();
        int[] ids = model.tokenizer().encode(text);
        if (!vocabulary.addBos() && ids.length > 0) {
            return ids;
        }
        int[] prompt = new int[ids.length + 1];
        prompt[0] = vocabulary.bos();
        System.arraycopy(ids, 0, prompt, 1, ids.length);
        return prompt;
    }

    /** {@return the tokens of a whole text: those to continue, then EOS where the vocabulary asks for it} */
    int[] textTokens(String text) {
        int[] ids = promptTokens(text);
        Vocabulary vocabulary = model.tokenizer().vocabulary();
        if (!vocabulary.addEos()) {
            return ids;
        }
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = vocabulary.eos();
        return ended;
    }

    private int[] checked(int[] tokens) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException("a prompt needs at least one token: begin it with BOS");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabularySize()) {
                throw new IllegalArgumentException("token ids are 0 to " + (vocabularySize() - 1) + ", but token " + i
                        + " of the prompt is " + tokens[i]);
            }
        }
        if (tokens.length > contextLength()) {
            throw new ContextOverflowException(tokens.length, contextLength());
        }
        return tokens;
    }

    @Override
    public Score score(List<Integer> tokens) {
        return scoring(array(tokens)).result();
    }

    @Override
    public List<Score> scoreAll(List<String> texts) {
        return computeAll(texts, text -> scoring(textTokens(text)));
    }

    private Reading<Score> scoring(int[] tokens) {
        Scorer scorer = new Scorer(checked(tokens), 1, vocabularySize());
        // nobody has said how probable the first token is
        Optional<Sequence> sequence = tokens.length == 1
                ? Optional.empty()
                : Optional.of(sequence(scorer.read(), scorer));
        return new Reading<>(sequence, "a text was scored", () -> new Score(Arrays.stream(tokens).boxed().toList(),
                Arrays.stream(scorer.logProbabilities()).boxed().toList()));
    }

    List<Double> scoreContinuations(int[] prompt, List<int[]> continuations) {
        checked(prompt);
        return computeAll(continuations, continuation -> {
            if (continuation.length == 0) {
                throw new IllegalArgumentException("a continuation needs at least one token");
            }
            int[] all = checked(IntStream.concat(IntStream.of(prompt), IntStream.of(continuation)).toArray());
            Scorer scorer = new Scorer(all, prompt.length, vocabularySize());
            return new Reading<>(Optional.of(sequence(scorer.read(), scorer)), "continuations were scored",
                    () -> Arrays.stream(scorer.logProbabilities()).sum());
        });
    }

    @Override
    public List<float[]> embedAll(List<String> texts, Pooling pooling) {
        return computeAll(texts, text -> embedding(textTokens(text), pooling));
    }

    private Reading<float[]> embedding(int[] tokens, Pooling pooling) {
        Embedder embedder = new Embedder(forward().embeddingLength(), pooling != Pooling.MEAN);
        return new Reading<>(Optional.of(sequence(checked(tokens), embedder)), "a text was embedded",
                embedder::embedding);
    }

    /** {@return what comes of many texts, of which some are computed at once} */
    private static <T, R> List<R> computeAll(List<T> texts, Function<T, Reading<R>> reading) {
        List<Reading<R>> begun = new ArrayList<>();
        try {
            List<R> results = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                while (begun.size() < Math.min(texts.size(), i + TEXTS_AT_ONCE)) {
                    begun.add(reading.apply(texts.get(begun.size())));
                    begun.getLast().begin();
                }
                results.add(begun.get(i).result());
            }
            return results;
        } finally {
            // after a failure nobody wants the others
            begun.forEach(Reading::leave);
        }
    }

    /**
     * A text on its way through the model.
     *
     * @param sequence its tokens; empty if there is nothing to compute
     * @param doing what is done, for whoever interrupts it
     * @param outcome what came of it, once the sequence has ended
     */
    private record Reading<R>(Optional<Sequence> sequence, String doing, Supplier<R> outcome) {
        void begin() {
            sequence.ifPresent(Sequence::begin);
        }

        R result() {
            sequence.ifPresent(begun -> finish(begun, doing));
            return outcome.get();
        }

        void leave() {
            sequence.ifPresent(Sequence::leave);
        }
    }

    private Sequence sequence(int[] tokens, Head head) {
        return engine().sequence(tokens, adapters, true, head, () -> false);
    }

    /** Waits until a sequence has news for its reader, or has ended. */
    private static void await(Sequence sequence, String doing) {
        try {
            sequence.await(Sequence.FOREVER);
        } catch (InterruptedException e) {
            sequence.leave();
            Thread.currentThread().interrupt();
            throw new CriaException("the thread was interrupted while " + doing);
        }
    }

    private static void finish(Sequence sequence, String doing) {
        while (!sequence.isEnded()) {
            await(sequence, doing);
        }
    }

    Perplexity perplexity(String text, int context, PerplexityListener listener) {
        Vocabulary vocabulary = model.tokenizer().vocabulary();
        PerplexityMeasurement measurement = new PerplexityMeasurement(forward(), context);
        return measurement.measure(promptTokens(text), vocabulary.addBos(), vocabulary.bos(), listener,
                scorer -> finish(sequence(scorer.read(), scorer), "a perplexity was measured"));
    }

    void logits(int[] tokens, LogitsListener listener) {
        LogitsRows rows = new LogitsRows(vocabularySize());
        Sequence sequence = sequence(checked(tokens), rows);
        try {
            for (int position = 0; position < tokens.length; position++) {
                Optional<float[]> row = sequence.read(rows::take);
                while (row.isEmpty()) {
                    sequence.isEnded(); // says so if it has failed
                    await(sequence, "a text was scored");
                    row = sequence.read(rows::take);
                }
                listener.accept(position, row.get());
            }
        } finally {
            sequence.leave();
        }
    }
}

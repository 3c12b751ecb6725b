package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Message;
import dev.cria.core.CriaException;
import dev.cria.model.decoding.Embedder;
import dev.cria.model.decoding.LogitsRows;
import dev.cria.model.decoding.Request;
import dev.cria.model.decoding.Scorer;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextModel;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.engine.Head;
import dev.cria.model.engine.Sequence;
import dev.cria.model.loading.InfillTokens;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.LoraSet;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a model does once it is loaded, wherever its weights came from: checks prompts, generates, chats, scores and
 * embeds.
 */
final class Inference {
    /**
     * Texts of a list that are computed at once: as many as fill a pass, so that a long list does not fill the queue.
     */
    private static final int TEXTS_AT_ONCE = 16;

    private final ForwardPass forward;
    /** What computes; empty where a transcript is replayed. */
    private final Optional<TextModel> model;
    private final ChatTemplate template;
    private final LoraSet adapters;
    private final List<Consumer<? super GenerationOptions<?>>> defaults;
    private final Interceptor interceptor;
    private final Lifetime lifetime;

    Inference(TextModel model, ChatTemplate template, LoraSet adapters) {
        this(model.engine().forward(), Optional.of(model), template, adapters, List.of(), Interceptor.NONE,
                new Lifetime());
    }

    private Inference(ForwardPass forward, Optional<TextModel> model, ChatTemplate template, LoraSet adapters,
            List<Consumer<? super GenerationOptions<?>>> defaults, Interceptor interceptor, Lifetime lifetime) {
        this.forward = forward;
        this.model = model;
        this.template = template;
        this.adapters = adapters;
        this.defaults = List.copyOf(defaults);
        this.interceptor = interceptor;
        this.lifetime = lifetime;
    }

    /** {@return one without a model, for which somebody else answers} */
    static Inference replaying(ForwardPass forward, ChatTemplate template, Interceptor answers) {
        return new Inference(forward, Optional.empty(), template, LoraSet.NONE, List.of(), answers, new Lifetime());
    }

    /** {@return the same, with more options set at the beginning of each generation and chat} */
    Inference withDefaults(Consumer<? super GenerationOptions<?>> more) {
        List<Consumer<? super GenerationOptions<?>>> all = new ArrayList<>(defaults);
        all.add(more);
        return new Inference(forward, model, template, adapters, all, interceptor, lifetime.within());
    }

    /** {@return the same, with somebody before it} */
    Inference behind(Interceptor first) {
        return new Inference(forward, model, template, adapters, defaults, interceptor.behind(first),
                lifetime.within());
    }

    /** Refuses everything from now on, and ends what is running: within a pass once the caller closes that. */
    void close() {
        lifetime.end();
    }

    Lifetime lifetime() {
        return lifetime;
    }

    ForwardPass forward() {
        return forward;
    }

    ChatTemplate template() {
        return template;
    }

    /** {@return the adapters that everything has unless it says otherwise} */
    LoraSet adapters() {
        return adapters;
    }

    void requireOpen() {
        lifetime.requireOpen();
    }

    /** Begins to answer. The run ends with the model. */
    TextRun begin(Request request, Settings settings, Supplier<TextRun> run) {
        requireOpen();
        return new OpenRun(interceptor.generate(request, settings, run), this, settings.cancellation());
    }

    TextModel openModel() {
        requireOpen();
        return model.orElseThrow(ReplayedForwardPass::withoutModel);
    }

    /** {@return the ids of those pieces that are tokens of the vocabulary} */
    Set<Integer> idsOf(List<String> pieces) {
        Set<Integer> ids = new HashSet<>();
        model.ifPresent(known -> pieces.forEach(piece -> known.tokenizer().idOf(piece).ifPresent(ids::add)));
        return ids;
    }

    /** {@return the tokens of a whole text: those to continue, then EOS where the vocabulary asks for it} */
    int[] textTokens(String text) {
        int[] ids = promptTokens(text);
        Vocabulary vocabulary = model.orElseThrow(ReplayedForwardPass::withoutModel).tokenizer().vocabulary();
        if (!vocabulary.addEos()) {
            return ids;
        }
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = vocabulary.eos();
        return ended;
    }

    /**
     * {@return the tokens of a text that is to be continued: BOS where the vocabulary asks for it, then the text's; BOS
     * alone for the empty text}
     */
    int[] promptTokens(String text) {
        Tokenizer tokenizer = model.orElseThrow(ReplayedForwardPass::withoutModel).tokenizer();
        Vocabulary vocabulary = tokenizer.vocabulary();
        int[] ids = tokenizer.encode(text);
        if (!vocabulary.addBos() && ids.length > 0) {
            return ids;
        }
        int[] prompt = new int[ids.length + 1];
        prompt[0] = vocabulary.bos();
        System.arraycopy(ids, 0, prompt, 1, ids.length);
        return prompt;
    }

    void checkPrompt(int[] tokens) {
        int vocabularySize = forward.vocabularySize();
        if (tokens.length == 0) {
            throw new IllegalArgumentException("a prompt needs at least one token: begin it with BOS");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabularySize) {
                throw new IllegalArgumentException("token ids are 0 to " + (vocabularySize - 1) + ", but token " + i
                        + " of the prompt is " + tokens[i]);
            }
        }
        int contextLength = forward.contextLength();
        if (tokens.length > contextLength) {
            throw new ContextOverflowException(tokens.length, contextLength);
        }
    }

    Generation generate(String prompt) {
        requireOpen();
        return generation(new Request(Request.Kind.TEXT, prompt), () -> promptTokens(prompt), Optional.empty());
    }

    Generation generate(int[] prompt) {
        requireOpen();
        return generation(new Request(Request.Kind.TOKENS, Arrays.toString(prompt)), prompt::clone, Optional.empty());
    }

    Generation infill(Supplier<InfillTokens> supplier, String prefix, String suffix) {
        requireOpen();
        Optional<InfillTokens> tokens = model.map(_ -> supplier.get());
        return generation(new Request(Request.Kind.INFILL, prefix + Request.GAP + suffix),
                () -> tokens.orElseThrow().prompt(openModel().tokenizer(), prefix, suffix), tokens);
    }

    /** Turns the prompt into ids and checks them where there is a vocabulary. */
    private Generation generation(Request request, Supplier<int[]> prompt, Optional<InfillTokens> infill) {
        int[] tokens = {};
        if (model.isPresent()) {
            tokens = prompt.get();
            checkPrompt(tokens);
        }
        return withDefaults(new Generation(this, request, tokens, infill));
    }

    Chat chat() {
        return chat(template);
    }

    Chat chat(ChatTemplate other) {
        requireOpen();
        return withDefaults(new Chat(this, other));
    }

    Chat chat(List<Message> messages) {
        requireOpen();
        return withDefaults(new Chat(this, template, messages));
    }

    private <S extends GenerationOptions<S>> S withDefaults(S options) {
        defaults.forEach(each -> each.accept(options));
        return options;
    }

    Score score(String text) {
        requireOpen();
        return scoreAll(List.of(text)).getFirst();
    }

    Score score(int[] tokens) {
        requireOpen();
        return interceptor.score(new Request(Request.Kind.TOKENS, Arrays.toString(tokens)),
                () -> scoring(tokens).result());
    }

    List<Score> scoreAll(List<String> texts) {
        requireOpen();
        return computeAll(texts, text -> scoring(textTokens(text)),
                (text, model) -> interceptor.score(new Request(Request.Kind.TEXT, text), model));
    }

    private Reading<Score> scoring(int[] tokens) {
        checkText(tokens);
        Scorer scorer = new Scorer(tokens, 1, forward.vocabularySize());
        // nobody has said how probable the first token is
        Optional<Sequence> sequence = tokens.length == 1
                ? Optional.empty()
                : Optional.of(sequence(scorer.read(), scorer));
        return new Reading<>(sequence, "a text was scored", () -> new Score(Arrays.stream(tokens).boxed().toList(),
                Arrays.stream(scorer.logProbabilities()).boxed().toList()));
    }

    /**
     * Asks about many texts, of which some are computed at once.
     *
     * @param reading what is to be computed for a text
     * @param ask gives the answer for a text, by waiting for what is computed if it is the model that knows
     */
    private <R> List<R> computeAll(List<String> texts, Function<String, Reading<R>> reading,
            BiFunction<String, Supplier<R>, R> ask) {
        List<Reading<R>> begun = new ArrayList<>();
        try {
            List<R> results = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                while (model.isPresent() && begun.size() < Math.min(texts.size(), i + TEXTS_AT_ONCE)) {
                    begun.add(reading.apply(texts.get(begun.size())));
                    begun.getLast().begin();
                }
                int index = i;
                results.add(ask.apply(texts.get(i), () -> {
                    openModel();
                    return begun.get(index).result();
                }));
            }
            return results;
        } finally {
            // after a failure nobody wants the others
            begun.forEach(Reading::leave);
        }
    }

    private void checkText(int[] tokens) {
        openModel();
        checkPrompt(tokens);
    }

    private Sequence sequence(int[] tokens, Head head) {
        return openModel().engine().sequence(tokens, adapters, head, () -> false);
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

    Perplexity perplexity(String text, int context, PerplexityListener listener) {
        Vocabulary vocabulary = openModel().tokenizer().vocabulary();
        PerplexityMeasurement measurement = new PerplexityMeasurement(forward, context);
        return measurement.measure(promptTokens(text), vocabulary.addBos(), vocabulary.bos(), listener, scorer -> {
            finish(sequence(scorer.read(), scorer), "a perplexity was measured");
        });
    }

    void logits(int[] tokens, LogitsListener listener) {
        checkText(tokens);
        LogitsRows rows = new LogitsRows(forward.vocabularySize());
        Sequence sequence = sequence(tokens, rows);
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

    float[] embed(String text, Pooling pooling) {
        requireOpen();
        return embedAll(List.of(text), pooling).getFirst();
    }

    List<float[]> embedAll(List<String> texts, Pooling pooling) {
        requireOpen();
        return computeAll(texts, text -> embedding(textTokens(text), pooling),
                (text, model) -> interceptor.embed(text, pooling, model));
    }

    private Reading<float[]> embedding(int[] tokens, Pooling pooling) {
        checkText(tokens);
        Embedder embedder = new Embedder(forward.embeddingLength(), pooling != Pooling.MEAN);
        return new Reading<>(Optional.of(sequence(tokens, embedder)), "a text was embedded", embedder::embedding);
    }
}

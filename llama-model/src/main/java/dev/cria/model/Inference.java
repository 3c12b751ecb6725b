package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.core.CriaException;
import dev.cria.model.decoding.Engine;
import dev.cria.model.decoding.Request;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.loading.InfillTokens;
import dev.cria.model.sampling.LogProbabilities;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.LoraSet;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What a model does once it is loaded, wherever its weights came from: checks prompts, generates, chats, scores and
 * embeds.
 */
final class Inference {
    /**
     * Rows whose logits are wanted at a time: enough to read the weights seldom, few enough to hold 32000 logits each.
     */
    private static final int SCORED_ROWS = 32;

    private final ForwardPass forward;
    /** What computes; empty where a transcript is replayed. */
    private final Optional<Engine> engine;
    private final ChatTemplate template;
    private final LoraSet adapters;
    private final List<Consumer<? super GenerationOptions<?>>> defaults;
    private final Interceptor interceptor;
    /** What ends its use: that it is closed, or one that it was made from. */
    private final List<Signal> closings;

    Inference(ForwardPass forward, Tokenizer tokenizer, ChatTemplate template) {
        this(forward, tokenizer, template, LoraSet.NONE);
    }

    Inference(ForwardPass forward, Tokenizer tokenizer, ChatTemplate template, LoraSet adapters) {
        this(forward, tokenizer, template, adapters, System::nanoTime);
    }

    Inference(ForwardPass forward, Tokenizer tokenizer, Set<Integer> endTokens, ChatTemplate template,
            LoraSet adapters) {
        this(new Engine(forward, tokenizer, endTokens, System::nanoTime), template, adapters);
    }

    Inference(ForwardPass forward, Tokenizer tokenizer, ChatTemplate template, LoraSet adapters,
            LongSupplier nanoTime) {
        this(new Engine(forward, tokenizer, Set.of(tokenizer.vocabulary().eos()), nanoTime), template, adapters);
    }

    private Inference(Engine engine, ChatTemplate template, LoraSet adapters) {
        this(engine.forward(), Optional.of(engine), template, adapters, List.of(), Interceptor.NONE, List.of());
    }

    private Inference(ForwardPass forward, Optional<Engine> engine, ChatTemplate template, LoraSet adapters,
            List<Consumer<? super GenerationOptions<?>>> defaults, Interceptor interceptor, List<Signal> others) {
        this.forward = forward;
        this.engine = engine;
        this.template = template;
        this.adapters = adapters;
        this.defaults = List.copyOf(defaults);
        this.interceptor = interceptor;
        closings = Stream.concat(Stream.of(new Signal()), others.stream()).toList();
    }

    /** {@return one without a model, for which somebody else answers} */
    static Inference replaying(ForwardPass forward, ChatTemplate template, Interceptor answers) {
        return new Inference(forward, Optional.empty(), template, LoraSet.NONE, List.of(), answers, List.of());
    }

    /** {@return the same, with more options set at the beginning of each generation and chat} */
    Inference withDefaults(Consumer<? super GenerationOptions<?>> more) {
        requireOpen();
        List<Consumer<? super GenerationOptions<?>>> all = new ArrayList<>(defaults);
        all.add(more);
        return new Inference(forward, engine, template, adapters, all, interceptor, closings);
    }

    /** {@return the same, with somebody before it} */
    Inference behind(Interceptor first) {
        requireOpen();
        return new Inference(forward, engine, template, adapters, defaults, interceptor.behind(first), closings);
    }

    /** Refuses everything from now on, and ends what is running: within a pass once the caller closes that. */
    void close() {
        closings.getFirst().raise();
    }

    /** Calls the listener when the model is closed, or at once if it has been; perhaps twice. */
    void whenClosed(Runnable listener) {
        closings.forEach(closing -> closing.listen(listener));
    }

    void forget(Runnable listener) {
        closings.forEach(closing -> closing.forget(listener));
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
        if (isClosed()) {
            throw new IllegalStateException("the model has been closed");
        }
    }

    boolean isClosed() {
        return closings.stream().anyMatch(Signal::isRaised);
    }

    /** Begins to answer. The run ends with the model. */
    TextRun begin(Request request, Settings settings, Supplier<TextRun> model) {
        requireOpen();
        return new OpenRun(interceptor.generate(request, settings, model), this);
    }

    Engine openEngine() {
        requireOpen();
        return engine.orElseThrow(ReplayedForwardPass::withoutModel);
    }

    /** {@return the ids of those pieces that are tokens of the vocabulary} */
    Set<Integer> idsOf(List<String> pieces) {
        Set<Integer> ids = new HashSet<>();
        engine.ifPresent(known -> pieces.forEach(piece -> known.tokenizer().idOf(piece).ifPresent(ids::add)));
        return ids;
    }

    /** {@return the tokens of a whole text: those to continue, then EOS where the vocabulary asks for it} */
    int[] textTokens(String text) {
        int[] ids = promptTokens(text);
        Vocabulary vocabulary = engine.orElseThrow(ReplayedForwardPass::withoutModel).tokenizer().vocabulary();
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
        Tokenizer tokenizer = engine.orElseThrow(ReplayedForwardPass::withoutModel).tokenizer();
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
        Optional<InfillTokens> tokens = engine.map(_ -> supplier.get());
        return generation(new Request(Request.Kind.INFILL, prefix + Request.GAP + suffix),
                () -> tokens.orElseThrow().prompt(openEngine().tokenizer(), prefix, suffix), tokens);
    }

    /** Turns the prompt into ids and checks them where there is a vocabulary. */
    private Generation generation(Request request, Supplier<int[]> prompt, Optional<InfillTokens> infill) {
        int[] tokens = {};
        if (engine.isPresent()) {
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

    private <S extends GenerationOptions<S>> S withDefaults(S options) {
        defaults.forEach(each -> each.accept(options));
        return options;
    }

    Score score(String text) {
        requireOpen();
        return interceptor.score(new Request(Request.Kind.TEXT, text), () -> computeScore(textTokens(text)));
    }

    Score score(int[] tokens) {
        requireOpen();
        return interceptor.score(new Request(Request.Kind.TOKENS, Arrays.toString(tokens)), () -> computeScore(tokens));
    }

    private Score computeScore(int[] tokens) {
        List<Double> logProbabilities = new ArrayList<>();
        logits(tokens, (position, logits) -> {
            if (position + 1 < tokens.length) {
                logProbabilities.add(new LogProbabilities(logits).of(tokens[position + 1]));
            }
        });
        return new Score(Arrays.stream(tokens).boxed().toList(), logProbabilities);
    }

    Perplexity perplexity(String text, int context, PerplexityListener listener) {
        Vocabulary vocabulary = openEngine().tokenizer().vocabulary();
        PerplexityMeasurement measurement = new PerplexityMeasurement(forward, adapters, context);
        return measurement.measure(promptTokens(text), vocabulary.addBos(), vocabulary.bos(), listener);
    }

    void logits(int[] tokens, LogitsListener listener) {
        openEngine();
        checkPrompt(tokens);
        int chunk = Math.min(SCORED_ROWS, forward.maximumRows());
        int vocabularySize = forward.vocabularySize();
        float[] rows = new float[Math.min(chunk, tokens.length) * vocabularySize];
        float[] row = new float[vocabularySize];
        KvCache cache = forward.newCache();
        Batch batch = new Batch(chunk);
        Thread runner = Thread.currentThread();
        for (int start = 0; start < tokens.length; start += chunk) {
            batch.clear();
            int end = Math.min(start + chunk, tokens.length);
            for (int position = start; position < end; position++) {
                batch.add(tokens[position], position, cache, true, adapters);
            }
            if (!forward.run(batch, rows, runner::isInterrupted)) {
                throw new CriaException("the thread was interrupted while a text was scored");
            }
            for (int position = start; position < end; position++) {
                System.arraycopy(rows, (position - start) * vocabularySize, row, 0, vocabularySize);
                listener.accept(position, row);
            }
        }
    }

    float[] embed(String text, Pooling pooling) {
        requireOpen();
        return interceptor.embed(text, pooling, () -> computeEmbedding(textTokens(text), pooling));
    }

    private float[] computeEmbedding(int[] tokens, Pooling pooling) {
        openEngine();
        checkPrompt(tokens);
        int width = forward.embeddingLength();
        int chunk = Math.min(tokens.length, forward.maximumRows());
        float[] rows = new float[chunk * width];
        double[] sum = new double[width];
        KvCache cache = forward.newCache();
        Batch batch = new Batch(chunk);
        Thread runner = Thread.currentThread();
        for (int start = 0; start < tokens.length; start += chunk) {
            batch.clear();
            int end = Math.min(start + chunk, tokens.length);
            for (int position = start; position < end; position++) {
                boolean counts = pooling == Pooling.MEAN || position == tokens.length - 1;
                batch.add(tokens[position], position, cache, counts, adapters);
            }
            if (!forward.hidden(batch, rows, runner::isInterrupted)) {
                throw new CriaException("the thread was interrupted while a text was embedded");
            }
            for (int row = 0; row < batch.logitsRows(); row++) {
                for (int i = 0; i < width; i++) {
                    sum[i] += rows[row * width + i];
                }
            }
        }
        double squares = 0;
        for (double component : sum) {
            squares += component * component;
        }
        float[] embedding = new float[width];
        for (int i = 0; i < width; i++) {
            // a sum has the direction of the mean
            embedding[i] = squares == 0 ? 0 : (float) (sum[i] / Math.sqrt(squares));
        }
        return embedding;
    }
}

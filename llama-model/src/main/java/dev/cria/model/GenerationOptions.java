package dev.cria.model;

import dev.cria.core.host.DaemonThreads;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.sampling.SamplingSettings;
import dev.cria.model.transformer.LoraSet;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * How text is generated, and in which form it is wanted: any number of options, then one ending.
 *
 * <p>The simplest ending is {@link #text}; {@link #result} tells more, {@link #stream} and {@link #forEach} do not wait
 * for the end, {@link #async} and {@link #publish} do not wait at all. Each ending generates anew. It takes the options
 * when it is called, the seed among them: what is set later has no bearing on it.
 *
 * <p>Tokens are chosen in this order: logit bias, penalties, temperature, top-k, typical, top-p, min-p, draw. Among
 * equally probable tokens the lowest id counts as the best. The same prompt, options and {@link #seed} give the same
 * tokens, on every platform and on any number of threads.
 *
 * <p>A generation also ends, as {@linkplain FinishReason#CANCELLED cancelled}, when the thread that generates is
 * interrupted; the thread's interrupt status stays set.
 *
 * <p>The options are not thread-safe: set them in one thread.
 *
 * @param <S> the type that the option methods return: {@link Generation} or {@link Chat}
 */
public abstract sealed class GenerationOptions<S extends GenerationOptions<S>> permits Generation, Chat {
    /** Meta's reference defaults; the others change nothing. */
    private static final double DEFAULT_TEMPERATURE = 0.6;
    private static final double DEFAULT_TOP_P = 0.9;
    private static final int DEFAULT_PENALTY_WINDOW = 64;

    private final Inference inference;
    private final int vocabularySize;

    private int maxTokens = Integer.MAX_VALUE;
    private double temperature = DEFAULT_TEMPERATURE;
    private int topK;
    private double topP = DEFAULT_TOP_P;
    private double minP;
    private double typicalP = 1;
    private double repeatPenalty = 1;
    private double frequencyPenalty;
    private double presencePenalty;
    private int penaltyWindow = DEFAULT_PENALTY_WINDOW;
    private Map<Integer, Double> logitBias = Map.of();
    private OptionalLong seed = OptionalLong.empty();
    private List<String> stops = List.of();
    private Set<Integer> stopTokens = Set.of();
    private Optional<Duration> timeout = Optional.empty();
    private OptionalInt logprobs = OptionalInt.empty();
    private Optional<CancellationToken> cancellation = Optional.empty();
    private LoraSet adapters;
    /** Those of the model, which need no mention. */
    private final LoraSet modelAdapters;

    GenerationOptions(Inference inference) {
        this.inference = inference;
        vocabularySize = inference.forward().vocabularySize();
        modelAdapters = inference.adapters();
        adapters = modelAdapters;
    }

    void copyOptions(GenerationOptions<?> other) {
        maxTokens = other.maxTokens;
        temperature = other.temperature;
        topK = other.topK;
        topP = other.topP;
        minP = other.minP;
        typicalP = other.typicalP;
        repeatPenalty = other.repeatPenalty;
        frequencyPenalty = other.frequencyPenalty;
        presencePenalty = other.presencePenalty;
        penaltyWindow = other.penaltyWindow;
        logitBias = other.logitBias;
        seed = other.seed;
        stops = other.stops;
        stopTokens = other.stopTokens;
        timeout = other.timeout;
        logprobs = other.logprobs;
        cancellation = other.cancellation;
        adapters = other.adapters;
    }

    abstract S self();

    /** Fixes what an ending needs: the question and the options, the seed among them. */
    abstract Prepared prepare();

    /** Sees to it that a generation can begin, or refuses it before it takes anything. */
    abstract void makeRoom();

    private TextRun start(Reader reader) {
        inference.requireOpen();
        makeRoom();
        return prepare().start().apply(reader);
    }

    /** {@return the options as they are now, with a seed} */
    Settings settings(List<String> moreStops, Set<Integer> moreStopTokens, boolean echo) {
        SamplingSettings sampling = new SamplingSettings(temperature, topK, topP, minP, typicalP, repeatPenalty,
                frequencyPenalty, presencePenalty, penaltyWindow, logitBias);
        long drawn = seed.orElseGet(() -> ThreadLocalRandom.current().nextLong());
        return new Settings(sampling, drawn, maxTokens,
                Stream.concat(stops.stream(), moreStops.stream()).toList(),
                Stream.concat(stopTokens.stream(), moreStopTokens.stream()).collect(Collectors.toSet()), timeout,
                logprobs, echo, adapters, cancellation.orElseGet(CancellationToken::new), described(drawn, echo));
    }

    private SequencedMap<String, String> described(long drawn, boolean echo) {
        SequencedMap<String, String> described = new LinkedHashMap<>();
        described.put("temperature", number(temperature));
        if (temperature > 0) {
            describe(described, "topK", topK, 0);
            describe(described, "topP", topP, 1);
            describe(described, "minP", minP, 0);
            describe(described, "typicalP", typicalP, 1);
        }
        describe(described, "repeatPenalty", repeatPenalty, 1);
        describe(described, "frequencyPenalty", frequencyPenalty, 0);
        describe(described, "presencePenalty", presencePenalty, 0);
        if (repeatPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0) {
            described.put("penaltyWindow", Integer.toString(penaltyWindow));
        }
        describe(described, "logitBias", new TreeMap<>(logitBias), Map.of());
        describe(described, "maxTokens", maxTokens, Integer.MAX_VALUE);
        describe(described, "stop", stops, List.of());
        describe(described, "stopTokens", new TreeSet<>(stopTokens), Set.of());
        describe(described, "echo", echo, false);
        logprobs.ifPresent(top -> described.put("logprobs", Integer.toString(top)));
        if (!adapters.equals(modelAdapters)) {
            described.put("lora", adapters.toString());
        }
        describeMore(described);
        described.put("seed", Long.toString(drawn));
        return described;
    }

    /** Adds options that only some have. */
    void describeMore(SequencedMap<String, String> described) {
        // generations have none
    }

    static void describe(Map<String, String> described, String option, Object value, Object neutral) {
        if (!value.equals(neutral)) {
            described.put(option, value.toString());
        }
    }

    private static void describe(Map<String, String> described, String option, double value, double neutral) {
        if (value != neutral) {
            described.put(option, number(value));
        }
    }

    /**
     * Sets the most tokens to generate. Default: until the context is full.
     *
     * @param count 0 or more
     * @return this
     * @throws IllegalArgumentException if the count is negative
     */
    public S maxTokens(int count) {
        maxTokens = atLeast("maxTokens", count, 0);
        return self();
    }

    /**
     * Sets how freely tokens are chosen. 0 always takes the most probable one (greedy decoding). Default 0.6.
     *
     * @param value 0 or more; above 1 the improbable becomes more probable than the model thinks
     * @return this
     * @throws IllegalArgumentException if the value is negative, infinite or not a number
     */
    public S temperature(double value) {
        temperature = inRange("temperature", value, value >= 0 && value < Double.POSITIVE_INFINITY, "0 or more");
        return self();
    }

    /**
     * Considers only the most probable tokens. Default 0: all.
     *
     * @param count how many; 0 for all
     * @return this
     * @throws IllegalArgumentException if the count is negative
     */
    public S topK(int count) {
        topK = atLeast("topK", count, 0);
        return self();
    }

    /**
     * Considers only the most probable tokens that have this probability together (nucleus sampling, Holtzman et al.
     * 2019). Default 0.9.
     *
     * @param probability above 0, up to 1; 1 for all tokens
     * @return this
     * @throws IllegalArgumentException if the probability is out of range
     */
    public S topP(double probability) {
        topP = inRange("topP", probability, probability > 0 && probability <= 1, "above 0 and at most 1");
        return self();
    }

    /**
     * Considers only tokens that are at least this fraction as probable as the most probable one. Default 0: all.
     *
     * @param fraction from 0 to 1
     * @return this
     * @throws IllegalArgumentException if the fraction is out of range
     */
    public S minP(double fraction) {
        minP = inRange("minP", fraction, fraction >= 0 && fraction <= 1, "from 0 to 1");
        return self();
    }

    /**
     * Considers only the tokens whose surprise is closest to the expected one and that have this probability together
     * (locally typical sampling, Meister et al. 2022). Default 1: all.
     *
     * @param probability above 0, up to 1
     * @return this
     * @throws IllegalArgumentException if the probability is out of range
     */
    public S typicalP(double probability) {
        typicalP = inRange("typicalP", probability, probability > 0 && probability <= 1, "above 0 and at most 1");
        return self();
    }

    /**
     * Makes tokens that occurred lately, in prompt or answer, less probable: their logits are divided by the penalty if
     * positive and multiplied with it otherwise (Keskar et al. 2019). Default 1: no change.
     *
     * @param penalty above 0; less than 1 favours repetition
     * @return this
     * @throws IllegalArgumentException if the penalty is not above 0, infinite or not a number
     */
    public S repeatPenalty(double penalty) {
        repeatPenalty = inRange("repeatPenalty", penalty, penalty > 0 && penalty < Double.POSITIVE_INFINITY,
                "above 0");
        return self();
    }

    /**
     * Lowers the logit of a token by this much for each time it occurred lately, in prompt or answer. Default 0.
     *
     * @param penalty any finite number; negative favours repetition
     * @return this
     * @throws IllegalArgumentException if the penalty is infinite or not a number
     */
    public S frequencyPenalty(double penalty) {
        frequencyPenalty = inRange("frequencyPenalty", penalty, Double.isFinite(penalty), "a finite number");
        return self();
    }

    /**
     * Lowers the logit of a token by this much if it occurred lately, in prompt or answer. Default 0.
     *
     * @param penalty any finite number; negative favours repetition
     * @return this
     * @throws IllegalArgumentException if the penalty is infinite or not a number
     */
    public S presencePenalty(double penalty) {
        presencePenalty = inRange("presencePenalty", penalty, Double.isFinite(penalty), "a finite number");
        return self();
    }

    /**
     * Sets how many tokens, of prompt and answer, the penalties look back. Default 64.
     *
     * @param tokens 0 or more; 0 turns the penalties off
     * @return this
     * @throws IllegalArgumentException if the number is negative or above 16777216
     */
    public S penaltyWindow(int tokens) {
        int most = 1 << 24; // more than any context; the window is allocated
        penaltyWindow = (int) inRange("penaltyWindow", tokens, tokens >= 0 && tokens <= most, "from 0 to " + most);
        return self();
    }

    /**
     * Adds a number to the logit of a token before anything else. Default: no bias. A later bias for the same token
     * replaces the earlier one.
     *
     * @param token token id
     * @param bias any finite number, or {@link Double#NEGATIVE_INFINITY} to forbid the token
     * @return this
     * @throws IllegalArgumentException if the token is not in the vocabulary or the bias is out of range
     */
    public S logitBias(int token, double bias) {
        checkToken("logitBias", token);
        inRange("logitBias", bias, bias < Double.POSITIVE_INFINITY, "a finite number or minus infinity");
        Map<Integer, Double> biases = new LinkedHashMap<>(logitBias);
        biases.put(token, bias);
        logitBias = Map.copyOf(biases);
        return self();
    }

    /**
     * Sets the seed of the draws. Default: another one each time; {@link GenerationResult#seed} tells which.
     *
     * @param value any number
     * @return this
     */
    public S seed(long value) {
        seed = OptionalLong.of(value);
        return self();
    }

    /**
     * Ends the generation where one of these strings appears in the generated text, on whatever token borders. The
     * string and what follows are left out of the text, and no beginning of it is ever handed out by a streaming
     * ending. Replaces the strings of an earlier call. Default: none.
     *
     * @param strings texts, none empty
     * @return this
     * @throws IllegalArgumentException if a string is empty
     */
    public S stop(String... strings) {
        Objects.requireNonNull(strings, "stop must not be null");
        for (String string : strings) {
            Objects.requireNonNull(string, "a string of stop must not be null");
            if (string.isEmpty()) {
                throw new IllegalArgumentException(
                        "stop must not be the empty string: it would end every text at once");
            }
        }
        stops = List.of(strings);
        return self();
    }

    /**
     * Ends the generation when one of these tokens is chosen, as EOS always does. Replaces the tokens of an earlier
     * call. Default: none but EOS.
     *
     * @param tokens token ids
     * @return this
     * @throws IllegalArgumentException if a token is not in the vocabulary
     */
    public S stopTokens(int... tokens) {
        Objects.requireNonNull(tokens, "stopTokens must not be null");
        for (int token : tokens) {
            checkToken("stopTokens", token);
        }
        stopTokens = Arrays.stream(tokens).boxed().collect(Collectors.toUnmodifiableSet());
        return self();
    }

    /**
     * Limits the time from the first step of the generation on. It takes effect between two layers of the model.
     * Default: no limit.
     *
     * @param limit more than zero
     * @return this
     * @throws IllegalArgumentException if the limit is zero or negative
     */
    public S timeout(Duration limit) {
        Objects.requireNonNull(limit, "timeout must not be null");
        if (!limit.isPositive()) {
            throw new IllegalArgumentException("timeout must be more than zero, but was " + limit);
        }
        timeout = Optional.of(limit);
        return self();
    }

    /**
     * Asks for the log-probability of every generated token. Default: none.
     *
     * @param top how many of the most probable tokens to report at each place besides the chosen one, from 0 to the
     *        size of the vocabulary
     * @return this
     * @throws IllegalArgumentException if the number is out of range
     */
    public S logprobs(int top) {
        logprobs = OptionalInt
                .of((int) inRange("logprobs", top, top >= 0 && top <= vocabularySize, "from 0 to " + vocabularySize));
        return self();
    }

    /**
     * Lets another thread end the generation. Default: nobody can, except where the ending says so.
     *
     * @param token the switch
     * @return this
     */
    public S cancelOn(CancellationToken token) {
        cancellation = Optional.of(Objects.requireNonNull(token, "token must not be null"));
        return self();
    }

    /**
     * Changes the model by an adapter, besides those that were given before, here or to
     * {@link LlamaModel.Builder#lora}. Several changes add up. An adapter that is already there gets the new scale.
     *
     * @param adapter the adapter
     * @param scale how much of the change is wanted: 1 is what it was trained for, 0 none; finite
     * @return this
     * @throws IllegalArgumentException if the scale is infinite or not a number
     * @throws dev.cria.core.CriaException if the adapter does not fit the model; the message names the tensor
     */
    public S lora(LoraAdapter adapter, double scale) {
        Objects.requireNonNull(adapter, "adapter must not be null");
        float checked = LoraAdapter.checkedScale(scale);
        adapters = adapters.with(inference.forward().prepare(adapter.content()), checked);
        return self();
    }

    /**
     * Takes all adapters away, also those that were given to {@link LlamaModel.Builder#lora}: the model as it is in its
     * file.
     *
     * @return this
     */
    public S withoutLora() {
        adapters = LoraSet.NONE;
        return self();
    }

    private void checkToken(String option, int token) {
        inRange(option + " token", token, token >= 0 && token < vocabularySize,
                "a token id from 0 to " + (vocabularySize - 1));
    }

    private static int atLeast(String option, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(option + " must be " + least + " or more, but was " + value);
        }
        return value;
    }

    private static double inRange(String option, double value, boolean isInRange, String range) {
        if (!isInRange) {
            throw new IllegalArgumentException(option + " must be " + range + ", but was " + number(value));
        }
        return value;
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /**
     * Generates, and waits for the end.
     *
     * @return the text; when the generation was cancelled or timed out, the text so far
     * @throws IllegalStateException if the model has been closed
     * @throws dev.cria.core.CriaException if the generation fails
     */
    public String text() {
        return result().text();
    }

    /**
     * Generates, and waits for the end.
     *
     * @return text, tokens, why it ended, timings and log-probabilities
     * @throws IllegalStateException if the model has been closed
     * @throws dev.cria.core.CriaException if the generation fails
     */
    public GenerationResult result() {
        return read(Reader.FAR_AHEAD, _ -> {});
    }

    /**
     * Generates, hands every piece of text to the listener as soon as it is certain, and waits for the end. The pieces
     * join to {@link GenerationResult#text}. What the listener throws ends the generation and is thrown to the caller.
     *
     * @param listener receives the pieces, none of them empty, in the calling thread
     * @return what {@link #result} returns
     * @throws IllegalStateException if the model has been closed
     * @throws dev.cria.core.CriaException if the generation fails
     */
    public GenerationResult forEach(Consumer<String> listener) {
        return read(Reader.ONE_AHEAD, Objects.requireNonNull(listener, "listener must not be null"));
    }

    private GenerationResult read(int ahead, Consumer<String> listener) {
        try (TextRun run = start(new BlockedReader(Thread.currentThread(), ahead))) {
            while (run.advance()) {
                listener.accept(run.piece());
            }
            return run.result();
        }
    }

    /**
     * Generates piece by piece, at the pace of whoever consumes the stream: at most two tokens further than was read.
     * The pieces join to {@link GenerationResult#text}. Closing the stream ends the generation; close it unless you
     * read it to the end.
     *
     * @return a sequential stream of texts, none of them empty
     * @throws IllegalStateException if the model has been closed; also from the stream's operations, as every failure
     *     of the generation
     */
    public Stream<String> stream() {
        StreamReader reader = new StreamReader(this::start);
        return StreamSupport.stream(reader, false).onClose(reader::close);
    }

    /**
     * Generates in a thread of its own.
     *
     * @return completes with what {@link #result} would have returned or thrown, whatever that is; cancelling or
     *     completing this very future, also by its own time limits, ends the generation. What depends on it does not
     * @throws IllegalStateException if the model has been closed
     */
    public CompletableFuture<GenerationResult> async() {
        FutureReader reader = new FutureReader();
        TextRun run = start(reader);
        Thread thread = thread(() -> reader.read(run));
        reader.isRunBy(thread);
        return launch(reader, run, thread::start);
    }

    /**
     * Generates in a task of an executor.
     *
     * @param executor runs the one task
     * @return completes with what {@link #result} would have returned or thrown, whatever that is; cancelling or
     *     completing this very future, also by its own time limits, ends the generation. What depends on it does not
     * @throws IllegalStateException if the model has been closed
     * @throws java.util.concurrent.RejectedExecutionException if the executor refuses the task
     */
    public CompletableFuture<GenerationResult> async(Executor executor) {
        Objects.requireNonNull(executor, "executor must not be null");
        FutureReader reader = new FutureReader();
        TextRun run = start(reader);
        return launch(reader, run, () -> executor.execute(() -> reader.read(run)));
    }

    private CompletableFuture<GenerationResult> launch(FutureReader reader, TextRun run, Runnable start) {
        var _ = reader.future().whenComplete((_, _) -> run.cancel());
        try {
            start.run();
        } catch (Throwable e) {
            run.close();
            throw e;
        }
        return reader.future();
    }

    /**
     * Offers the text to reactive code. Each subscriber gets a generation of its own, with the same seed and so the
     * same text; that of a chat is a turn, see {@link Chat}. The pieces join to {@link GenerationResult#text}.
     *
     * <p>A generation goes on only as far as its subscriber asks for, and a few tokens further. It has a thread while
     * it waits for a piece, and none while nothing is asked for. Cancelling the subscription ends it; one that is
     * neither read on nor cancelled is kept until its time is over or the model is closed.
     *
     * <p>Whatever goes wrong is told to the subscriber, also what it throws itself, and also while it asks for nothing:
     * closing the model is an {@link IllegalStateException}. Where the {@link #timeout} passes or the {@link
     * CancellationToken} is cancelled meanwhile, the text is complete with the pieces that were asked for by then.
     *
     * @return a publisher that generates with the options as they are now
     */
    public Flow.Publisher<String> publish() {
        return new TextPublisher(inference, prepare(), task -> thread(task).start());
    }

    private static Thread thread(Runnable task) {
        return DaemonThreads.named("cria-generation").unstarted(task);
    }
}

package dev.cria.model;

import dev.cria.core.host.DaemonThreads;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationOptions;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Option;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
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
public abstract sealed class TextRequest<S extends TextRequest<S>> permits Generation, Chat {
    private final AnsweringModel model;
    private GenerationOptions options = GenerationOptions.DEFAULTS;
    private AdapterChoice adapters = AdapterChoice.MODELS;
    private Optional<CancellationToken> cancellation = Optional.empty();
    private Optional<Consumer<? super GenerationResult>> listener = Optional.empty();

    TextRequest(AnsweringModel model) {
        this.model = model;
    }

    void copyOptions(TextRequest<?> other) {
        options = other.options;
        adapters = other.adapters;
        cancellation = other.cancellation;
        listener = other.listener;
    }

    abstract S self();

    /** Fixes what an ending needs: the question and the options, the seed among them. */
    abstract Prepared prepare();

    /** Sees to it that an answer can begin, or refuses it before it takes anything. */
    abstract void makeRoom();

    private TextRun start(Reader reader) {
        model.lifetime().requireOpen();
        makeRoom();
        return prepare().start().apply(reader);
    }

    /** {@return the run, whose result the listener hears of} */
    private TextRun listened(TextRun run) {
        return listener.<TextRun>map(each -> new ListenedRun(run, each)).orElse(run);
    }

    AdapterChoice adapters() {
        return adapters;
    }

    /**
     * {@return what an ending needs, with the options as they are now}
     *
     * @param echo whether the text begins with the prompt
     * @param more options that only some requests have, by name, unless they have their defaults
     * @param begin begins the answer
     */
    Prepared prepared(boolean echo, Map<String, String> more, Beginning begin) {
        long seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
        SequencedMap<String, String> described = options.described();
        described.putAll(more);
        if (!adapters.equals(AdapterChoice.MODELS)) {
            described.put("lora", adapters.described());
        }
        if (options.isDrawn()) {
            described.put("seed", Long.toString(seed));
        }
        Settings settings = new Settings(options, seed, echo, cancellation.orElseGet(CancellationToken::new),
                described);
        AdapterChoice chosen = adapters;
        return new Prepared(model.lifetime(), settings,
                reader -> listened(begin.begin(settings, chosen, reader)));
    }

    /** Begins an answer for a reader. */
    interface Beginning {
        TextRun begin(Settings settings, AdapterChoice adapters, Reader reader);
    }

    /**
     * {@return the options that are set; what cannot be written down is not among them: adapters, switches, listeners}
     */
    public GenerationOptions options() {
        return options;
    }

    /**
     * Sets options. Those that are not set in them stay as they are.
     *
     * @param values the options
     * @return this
     * @throws IllegalArgumentException if they name a token that is not in the vocabulary, or more alternatives than
     *     there are tokens
     */
    public S options(GenerationOptions values) {
        Objects.requireNonNull(values, "options must not be null");
        values.logitBias().keySet().forEach(token -> checkToken(Option.LOGIT_BIAS, token));
        values.stopTokens().forEach(token -> checkToken(Option.STOP_TOKENS, token));
        int tokens = model.answers().vocabularySize();
        if (values.logprobs().orElse(0) > tokens) {
            throw new IllegalArgumentException(
                    "logprobs must be from 0 to " + tokens + ", but was " + values.logprobs().getAsInt());
        }
        options = options.overrideWith(values);
        return self();
    }

    private <T> S set(Option<T> option, T value) {
        return options(GenerationOptions.DEFAULTS.with(option, value));
    }

    private void checkToken(Option<?> option, int token) {
        int tokens = model.answers().vocabularySize();
        if (token < 0 || token >= tokens) {
            throw new IllegalArgumentException(
                    option + " token must be a token id from 0 to " + (tokens - 1) + ", but was " + token);
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
        return set(Option.MAX_TOKENS, count);
    }

    /**
     * Sets how freely tokens are chosen. 0 always takes the most probable one (greedy decoding). Default 0.6.
     *
     * @param value 0 or more; above 1 the improbable becomes more probable than the model thinks
     * @return this
     * @throws IllegalArgumentException if the value is negative, infinite or not a number
     */
    public S temperature(double value) {
        return set(Option.TEMPERATURE, value);
    }

    /**
     * Considers only the most probable tokens. Default 0: all.
     *
     * @param count how many; 0 for all
     * @return this
     * @throws IllegalArgumentException if the count is negative
     */
    public S topK(int count) {
        return set(Option.TOP_K, count);
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
        return set(Option.TOP_P, probability);
    }

    /**
     * Considers only tokens that are at least this fraction as probable as the most probable one. Default 0: all.
     *
     * @param fraction from 0 to 1
     * @return this
     * @throws IllegalArgumentException if the fraction is out of range
     */
    public S minP(double fraction) {
        return set(Option.MIN_P, fraction);
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
        return set(Option.TYPICAL_P, probability);
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
        return set(Option.REPEAT_PENALTY, penalty);
    }

    /**
     * Lowers the logit of a token by this much for each time it occurred lately, in prompt or answer. Default 0.
     *
     * @param penalty any finite number; negative favours repetition
     * @return this
     * @throws IllegalArgumentException if the penalty is infinite or not a number
     */
    public S frequencyPenalty(double penalty) {
        return set(Option.FREQUENCY_PENALTY, penalty);
    }

    /**
     * Lowers the logit of a token by this much if it occurred lately, in prompt or answer. Default 0.
     *
     * @param penalty any finite number; negative favours repetition
     * @return this
     * @throws IllegalArgumentException if the penalty is infinite or not a number
     */
    public S presencePenalty(double penalty) {
        return set(Option.PRESENCE_PENALTY, penalty);
    }

    /**
     * Sets how many tokens, of prompt and answer, the penalties look back. Default 64.
     *
     * @param tokens 0 or more; 0 turns the penalties off
     * @return this
     * @throws IllegalArgumentException if the number is negative or above 16777216
     */
    public S penaltyWindow(int tokens) {
        return set(Option.PENALTY_WINDOW, tokens);
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
        checkToken(Option.LOGIT_BIAS, token);
        Map<Integer, Double> biases = new HashMap<>(options.logitBias());
        biases.put(token, bias);
        return set(Option.LOGIT_BIAS, Map.copyOf(biases));
    }

    /**
     * Sets the seed of the draws. Default: another one each time; {@link GenerationResult#seed} tells which.
     *
     * @param value any number
     * @return this
     */
    public S seed(long value) {
        return set(Option.SEED, value);
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
        }
        return set(Option.STOP, List.of(strings));
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
        Arrays.stream(tokens).forEach(token -> checkToken(Option.STOP_TOKENS, token));
        return set(Option.STOP_TOKENS, Arrays.stream(tokens).boxed().collect(Collectors.toUnmodifiableSet()));
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
        return set(Option.TIMEOUT, Objects.requireNonNull(limit, "timeout must not be null"));
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
        return set(Option.LOGPROBS, top);
    }

    /**
     * Sets whether keys and values of earlier prompts that begin alike are used, and those of this text kept for later
     * ones. The text does not depend on it, only the time. Without it every turn of a chat reads the whole
     * conversation. Default true, unless the model was loaded with {@link LlamaModel.Builder#prefixReuse} false.
     *
     * @param on false to read all and keep nothing, as for measuring, or for a text that should not stay in memory
     * @return this
     */
    public S prefixReuse(boolean on) {
        return set(Option.PREFIX_REUSE, on);
    }

    /**
     * Sets whether the next tokens are guessed from the prompt and the answer so far, so that one pass can check
     * several: faster where the answer repeats what is there, as in a summary or a correction. The answer is the same.
     * Default: {@link LlamaModel.Builder#promptLookup}.
     *
     * @param on whether to guess; guesses that are not worth their time are given up in any case
     * @return this
     */
    public S promptLookup(boolean on) {
        return set(Option.PROMPT_LOOKUP, on);
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
     * Tells a listener the result when the text has come to its end, whichever ending is used: so that those that hand
     * out pieces, {@link #stream} and {@link #publish}, can tell more than the text. Replaces the listener of an
     * earlier call. Default: nobody is told.
     *
     * @param result called once an answer, by the thread that reads its end, with what {@link #result} returns; what it
     *     throws reaches whoever reads
     * @return this
     */
    public S onResult(Consumer<? super GenerationResult> result) {
        listener = Optional.of(Objects.requireNonNull(result, "result must not be null"));
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
        model.answers().requireFit(adapter);
        adapters = adapters.with(adapter, checked);
        return self();
    }

    /**
     * Takes all adapters away, also those that were given to {@link LlamaModel.Builder#lora}: the model as it is in its
     * file.
     *
     * @return this
     */
    public S withoutLora() {
        adapters = AdapterChoice.NONE;
        return self();
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
     * Generates piece by piece, at the pace of whoever consumes the stream: at most two tokens further than was read,
     * or as far as one pass gets by {@linkplain #promptLookup guessing}. The pieces join to
     * {@link GenerationResult#text}. Closing the stream ends the generation; close it unless you read it to the end.
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
        return new TextPublisher(prepare(), task -> thread(task).start());
    }

    private static Thread thread(Runnable task) {
        return DaemonThreads.named("cria-generation").unstarted(task);
    }
}

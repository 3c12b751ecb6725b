package dev.cria.model.decoding;

import dev.cria.model.FinishReason;
import dev.cria.model.GenerationResult;
import dev.cria.model.Timings;
import dev.cria.model.TokenLogProbability;
import dev.cria.model.TokenLogProbability.Alternative;
import dev.cria.model.sampling.Candidates;
import dev.cria.model.sampling.LogProbabilities;
import dev.cria.model.sampling.RecentTokens;
import dev.cria.model.sampling.Sampler;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvCache;
import dev.cria.tokenizer.StreamingDecoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One generation: processes the prompt, then chooses tokens and turns them into text until there is a reason to end.
 */
public final class Decoding implements TextRun {
    private final Engine engine;
    private final KvCache cache;
    private final Request request;
    private final int[] prompt;
    private final int reusedTokens;
    private final Settings settings;

    private final Batch batch;
    private final float[] logits;
    private final RecentTokens recent;
    private final Sampler sampler;
    private final StreamingDecoder decoder;
    private final StopStrings stops;

    private final List<Integer> tokens = new ArrayList<>();
    private final List<TokenLogProbability> logProbabilities = new ArrayList<>();
    private final Candidates ranking;
    private final StringBuilder text = new StringBuilder();
    private String piece = "";
    private @Nullable FinishReason finishReason;

    private volatile boolean started;
    private volatile long startNanos;
    private long promptNanos;
    private long generationNanos;
    private int processedPromptTokens;
    private volatile boolean cancelled;

    /**
     * Prepares a generation; nothing is computed before the first {@link #advance}.
     *
     * @param engine the model
     * @param cache holds a beginning of the prompt, made with the same adapters, or nothing; at least the prompt's last
     *     token must be missing
     * @param request what is asked, as it is reported in the result
     * @param prompt token ids, at least one and no more than the context holds
     * @param settings the options
     */
    public Decoding(Engine engine, KvCache cache, Request request, int[] prompt, Settings settings) {
        this(engine, cache, request, prompt, settings, engine.tokenizer().streamingDecoder());
    }

    /**
     * Prepares a generation whose text is decoded in a way of its own.
     *
     * @param engine the model
     * @param cache holds a beginning of the prompt, or nothing; at least the prompt's last token must be missing
     * @param request what is asked, as it is reported in the result
     * @param prompt token ids, at least one and no more than the context holds
     * @param settings the options
     * @param decoder turns the tokens into text
     */
    public Decoding(Engine engine, KvCache cache, Request request, int[] prompt, Settings settings,
            StreamingDecoder decoder) {
        this.engine = engine;
        this.cache = cache;
        this.request = request;
        this.prompt = prompt.clone();
        this.settings = settings;
        reusedTokens = cache.length();
        ForwardPass forward = engine.forward();
        int vocabularySize = forward.vocabularySize();
        batch = new Batch(Math.min(forward.maximumRows(), prompt.length));
        logits = new float[vocabularySize];
        recent = new RecentTokens(settings.sampling().penaltyWindow(), vocabularySize);
        Arrays.stream(prompt).forEach(recent::add);
        sampler = new Sampler(vocabularySize, settings.sampling().chain(recent), settings.seed());
        this.decoder = decoder;
        stops = new StopStrings(settings.stops());
        ranking = new Candidates(settings.logprobs().orElse(0) > 0 ? vocabularySize : 0);
    }

    @Override
    public boolean advance() {
        piece = "";
        Thread runner = Thread.currentThread();
        while (piece.isEmpty() && finishReason == null) {
            step(runner);
        }
        text.append(piece);
        return !piece.isEmpty();
    }

    private void step(Thread runner) {
        if (!started) {
            startNanos = engine.nanoTime().getAsLong();
            started = true;
            if (settings.echo()) {
                piece = decodePrompt();
                return;
            }
        }
        if (tokens.size() >= settings.maxTokens()) {
            end(FinishReason.MAX_TOKENS);
        } else if (prompt.length + tokens.size() >= engine.forward().contextLength()) {
            end(FinishReason.CONTEXT_FULL);
        } else if (isInterrupted(runner) || !evaluate(runner)) {
            end(isTimedOut() && !isCancelled(runner) ? FinishReason.TIMEOUT : FinishReason.CANCELLED);
        } else {
            generate();
        }
    }

    private String decodePrompt() {
        StringBuilder decoded = new StringBuilder();
        for (int token : prompt) {
            decoded.append(decoder.accept(token));
        }
        return decoded.toString();
    }

    private boolean isInterrupted(Thread runner) {
        return isCancelled(runner) || isTimedOut();
    }

    private boolean isCancelled(Thread runner) {
        return isCancelled() || runner.isInterrupted();
    }

    private boolean isCancelled() {
        return cancelled || settings.cancellation().isCancelled();
    }

    private boolean isTimedOut() {
        return settings.timeout().isPresent() && !timeLeft(settings.timeout().get()).isPositive();
    }

    @Override
    public Optional<Duration> timeLeft() {
        return isCancelled() ? Optional.of(Duration.ZERO) : settings.timeout().map(this::timeLeft);
    }

    private Duration timeLeft(Duration limit) {
        return started ? limit.minusNanos(engine.nanoTime().getAsLong() - startNanos) : limit;
    }

    /** Brings the cache up to date with prompt and tokens, which leaves the logits after the last of them. */
    private boolean evaluate(Thread runner) {
        long before = engine.nanoTime().getAsLong();
        int length = prompt.length + tokens.size();
        try {
            while (cache.length() < length) {
                int start = cache.length();
                int end = start + Math.min(length - start, engine.forward().maximumRows());
                batch.clear();
                for (int position = start; position < end; position++) {
                    batch.add(tokenAt(position), position, cache, position == length - 1, settings.adapters());
                }
                if (!engine.forward().run(batch, logits, () -> isInterrupted(runner))) {
                    return false;
                }
            }
            return true;
        } finally {
            long nanos = engine.nanoTime().getAsLong() - before;
            if (tokens.isEmpty()) {
                promptNanos += nanos;
                processedPromptTokens = cache.length() - reusedTokens;
            } else {
                generationNanos += nanos;
            }
        }
    }

    private int tokenAt(int position) {
        return position < prompt.length ? prompt[position] : tokens.get(position - prompt.length);
    }

    private void generate() {
        long before = engine.nanoTime().getAsLong();
        int token = sampler.sample(logits);
        if (engine.endTokens().contains(token) || settings.stopTokens().contains(token)) {
            end(FinishReason.STOP_TOKEN);
        } else {
            settings.logprobs().ifPresent(top -> logProbabilities.add(logProbability(token, top)));
            recent.add(token);
            tokens.add(token);
            piece = stops.accept(decoder.accept(token));
            if (stops.matched()) {
                finishReason = FinishReason.STOP_STRING;
            }
        }
        generationNanos += engine.nanoTime().getAsLong() - before;
    }

    private TokenLogProbability logProbability(int token, int top) {
        LogProbabilities probabilities = new LogProbabilities(logits);
        List<Alternative> alternatives = new ArrayList<>();
        if (top > 0) {
            probabilities.largest(top, ranking,
                    (logProbability, id) -> alternatives.add(new Alternative(id, logProbability)));
        }
        return new TokenLogProbability(token, probabilities.of(token), alternatives);
    }

    /** Ends the text with what was held back: half a character, or what might have become a stop string. */
    private void end(FinishReason reason) {
        String tail = stops.accept(decoder.finish());
        finishReason = stops.matched() ? FinishReason.STOP_STRING : reason;
        piece = tail + stops.finish();
    }

    @Override
    public String piece() {
        return piece;
    }

    @Override
    public GenerationResult result() {
        if (finishReason == null) {
            throw new IllegalStateException("the generation has not ended yet");
        }
        return new GenerationResult(text.toString(), tokens, Arrays.stream(prompt).boxed().toList(), finishReason,
                new Timings(processedPromptTokens, reusedTokens, Duration.ofNanos(promptNanos), tokens.size(),
                        Duration.ofNanos(generationNanos)),
                logProbabilities, settings.seed(), request.prompt(), settings.described());
    }

    /** {@return the tokens whose keys and values are in the cache} */
    public int[] evaluatedTokens() {
        return IntStream.range(0, Math.min(cache.length(), prompt.length + tokens.size())).map(this::tokenAt).toArray();
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public void close() {
        cancel();
    }
}

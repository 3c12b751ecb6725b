package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.model.decoding.Decoding;
import dev.cria.model.decoding.Request;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextModel;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.loading.InfillTokens;
import dev.cria.tokenizer.StreamingDecoder;
import dev.cria.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The continuation of a prompt: options, then one ending, as in
 * {@code model.generate("Once upon a time").maxTokens(64).text()}. See {@link GenerationOptions} for both. A generation
 * may be used several times; each ending starts again from the prompt.
 */
public final class Generation extends GenerationOptions<Generation> {
    private final Inference inference;
    private final Request request;
    private final int[] prompt;
    private final Optional<InfillTokens> infill;
    private boolean echo;

    Generation(Inference inference, Request request, int[] prompt, Optional<InfillTokens> infill) {
        super(inference);
        this.inference = inference;
        this.request = request;
        this.prompt = prompt;
        this.infill = infill;
    }

    /**
     * Sets whether the text begins with the prompt's. The continuation then keeps the space before its first word. Stop
     * strings are looked for after the prompt only. Default false.
     *
     * @param on whether the prompt comes first
     * @return this
     * @throws IllegalStateException if the text fills a gap: its prompt is not what comes before it
     */
    public Generation echo(boolean on) {
        if (on && request.kind() == Request.Kind.INFILL) {
            throw new IllegalStateException(
                    "a text that fills a gap cannot echo its prompt, in which both sides of the gap come"
                            + " first: put it between prefix and suffix instead");
        }
        echo = on;
        return this;
    }

    /**
     * Generates several texts for the same prompt at once, each with a seed of its own: the one that is set, or drawn,
     * and those that follow it. The prompt is read once. At a temperature of 0 all are the same.
     *
     * @param count how many, at least 1
     * @return what {@link #result} would return for each seed, in their order
     * @throws IllegalArgumentException if the count is less than 1
     * @throws IllegalStateException if the model has been closed
     * @throws CriaException if a generation fails, or the thread is interrupted, which ends all of them
     */
    public List<GenerationResult> candidates(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("candidates must be at least 1, but was " + count);
        }
        long first = prepare().settings().seed();
        List<CompletableFuture<GenerationResult>> futures = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                Generation each = new Generation(inference, request, prompt, infill).echo(echo);
                each.copyOptions(this);
                futures.add(each.seed(first + i).async());
            }
            List<GenerationResult> results = new ArrayList<>();
            for (CompletableFuture<GenerationResult> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CriaException("the thread was interrupted while candidates were generated", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException known -> throw known;
                case Error known -> throw known;
                case null, default -> throw new CriaException("a candidate could not be generated", e);
            }
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    @Override
    Generation self() {
        return this;
    }

    @Override
    Prepared prepare() {
        Set<Integer> end = infill.isPresent() && infill.get().end().isPresent()
                ? Set.of(infill.get().end().getAsInt())
                : Set.of();
        Settings settings = settings(List.of(), end, echo);
        return new Prepared(settings,
                reader -> inference.begin(request, settings, () -> decode(settings, reader.ahead())));
    }

    @Override
    void makeRoom() {
        // generations do not share anything
    }

    private TextRun decode(Settings settings, int ahead) {
        TextModel model = inference.openModel();
        Tokenizer tokenizer = model.tokenizer();
        StreamingDecoder decoder = infill.isPresent()
                ? tokenizer.streamingDecoderAfter(InfillTokens.guard(tokenizer))
                : tokenizer.streamingDecoder();
        return new Decoding(model, request, prompt, settings, ahead, decoder, 0);
    }
}
